/* Every kind of chart, in the order in which a page shows them. */
#include "report/chart.h"

#include "report/decision.h"

extern const struct chart chart_accuracy;
extern const struct chart chart_differences;
extern const struct chart chart_heatmap;
extern const struct chart chart_outcomes;
extern const struct chart chart_first_text;
extern const struct chart chart_time;
extern const struct chart chart_cost;
extern const struct chart chart_value;
extern const struct chart chart_tokens;

/* clang-format off */
const struct chart *const charts[] = {
    &chart_accuracy,
    &chart_differences,
    &chart_heatmap,
    &chart_outcomes,
    &chart_first_text,
    &chart_time,
    &chart_cost,
    &chart_value,
    &chart_tokens,
    NULL,
};
/* clang-format on */

void chart_append_note(struct buf *out, const struct chart *chart, const struct figures *figures)
{
    buf_append(out, str_from(chart->note));
    if (chart->claims_note != NULL && figures->decision != NULL &&
        figures->decision->claim_finding_count != 0) {
        buf_append_char(out, ' ');
        buf_append(out, str_from(chart->claims_note));
    }
}

const struct chart *chart_find(struct str kind)
{
    for (size_t i = 0; charts[i] != NULL; i++) {
        if (str_equal(kind, str_from(charts[i]->kind))) {
            return charts[i];
        }
    }
    return NULL;
}
