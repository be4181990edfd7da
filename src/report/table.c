/* Every kind of chart, in the order in which a page shows them. */
#include "report/chart.h"

extern const struct chart chart_accuracy;
extern const struct chart chart_heatmap;

const struct chart *const charts[] = {
    &chart_accuracy,
    &chart_heatmap,
    NULL,
};

const struct chart *chart_find(struct str kind)
{
    for (size_t i = 0; charts[i] != NULL; i++) {
        if (str_equal(kind, str_from(charts[i]->kind))) {
            return charts[i];
        }
    }
    return NULL;
}
