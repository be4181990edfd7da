/* Every kind of chart, in the order in which a page shows them. */
#include "report/chart.h"

extern const struct chart chart_accuracy;
extern const struct chart chart_heatmap;
extern const struct chart chart_outcomes;
extern const struct chart chart_first_text;
extern const struct chart chart_time;
extern const struct chart chart_cost;
extern const struct chart chart_value;
extern const struct chart chart_tokens;

const struct chart *const charts[] = {
    &chart_accuracy,   &chart_heatmap, &chart_outcomes,
    &chart_first_text, &chart_time,    &chart_cost,
    &chart_value,      &chart_tokens,  NULL,
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
