/* The summary of a page: a row per series with what decides. */
#include "report/page_parts.h"

#include "report/frame.h"
#include "report/html.h"
#include "report/tally.h"

#include "base/units.h"
#include "record/price.h"

#include <math.h>

/* A series over all its lengths. */
struct total {
    uint64_t planned;
    uint64_t counted;
    uint64_t answered;
    double cost_dollars;
    size_t priced;
    double score_sum;
    const struct result_cell *longest; /* with a score, or NULL */
    struct spread longest_first_text_s;
};

static struct total total_of(const struct figures *figures, const struct tallies *tallies,
                             size_t series_index)
{
    const struct series *series = &figures->series[series_index];
    struct total total = {.longest = NULL};

    for (size_t i = 0; i < series->cell_count; i++) {
        const struct result_cell *cell = series->cells[i];
        size_t length = figures_length_index(figures, cell->length_tokens);
        const struct tally *tally =
            &tallies->tallies[series_index * figures->length_count + length];

        total.planned += result_cell_needed(cell);
        total.counted += cell->counted;
        total.answered += cell->answered;
        total.cost_dollars += tally->cost_dollars;
        total.priced += tally->priced;
        total.score_sum += tally->score_sum;
        if (!isnan(cell->mean)) {
            total.longest = cell;
            total.longest_first_text_s = tally->first_text_s;
        }
    }
    return total;
}

static void append_dollars(struct buf *out, double dollars, bool known)
{
    buf_append(out, STR("<td>"));
    if (known && dollars < 9e6) {
        price_append_cost(out, llround(dollars * 1e12));
    } else {
        buf_append(out, STR("–"));
    }
    buf_append(out, STR("</td>"));
}

static void append_longest(struct buf *out, const struct total *total)
{
    if (total->longest == NULL) {
        buf_append(out, STR("<td>–</td><td>–</td><td>–</td>"));
        return;
    }
    buf_append(out, STR("<td>"));
    units_append_length(out, total->longest->length_tokens);
    buf_append(out, STR("</td><td>"));
    append_percent(out, total->longest->mean);
    if (!isnan(total->longest->low) && !isnan(total->longest->high)) {
        buf_appendf(out, " <small>%.0f to %.0f</small>", total->longest->low * 100,
                    total->longest->high * 100);
    }
    buf_append(out, STR("</td><td>"));
    if (isnan(total->longest_first_text_s.median)) {
        buf_append(out, STR("–"));
    } else {
        units_append_duration(out, total->longest_first_text_s.median);
    }
    buf_append(out, STR("</td>"));
}

static void append_row(struct buf *out, const struct series *series, const struct total *total)
{
    buf_append(out, STR("<tr><th scope=\"row\">"));
    html_append_escaped(out, series->label);
    buf_append(out, STR("</th>"));
    append_longest(out, total);
    buf_append(out, STR("<td>"));
    if (total->counted != 0) {
        append_percent(out, total->score_sum / (double)total->counted);
    } else {
        buf_append(out, STR("–"));
    }
    buf_appendf(out, "</td><td>%llu</td><td>%llu</td><td>%llu</td>",
                (unsigned long long)total->answered,
                (unsigned long long)(total->counted - total->answered),
                (unsigned long long)(total->planned - total->counted));
    append_dollars(out, total->cost_dollars, total->priced != 0);
    append_dollars(out, total->cost_dollars / total->score_sum,
                   total->priced != 0 && total->score_sum > 0);
    buf_append(out, STR("</tr>\n"));
}

int page_add_summary(struct page *page, struct err *err)
{
    static const char *const columns[] = {"Model",
                                          "Longest",
                                          "Score there",
                                          "First token there",
                                          "Score, all lengths",
                                          "Answered",
                                          "Without an answer",
                                          "Not delivered",
                                          "Cost",
                                          "Cost per right answer",
                                          NULL};
    const struct figures *figures = page->figures;
    struct tallies tallies;
    int rc = tallies_gather(&tallies, figures, err);

    if (rc != 0) {
        return rc;
    }
    page_open_section(page, "summary", "Summary", "Summary");
    buf_append(&page->sections,
               STR("<p>Scores are means as delivered: what came back counts as it was graded, "
                   "nothing at all (refused, empty, too long for the endpoint …) counts 0, and "
                   "what was not delivered (endpoint errors, timeouts, not run) is left out. Small "
                   "figures are 95&nbsp;% intervals. The cost per right answer is all money spent "
                   "over the sum of scores.</p>\n"));
    page_open_numbers(&page->sections, "Summary");
    html_append_table_head(&page->sections, "Each model at its longest length and overall",
                           columns);
    for (size_t i = 0; i < figures->series_count; i++) {
        struct total total = total_of(figures, &tallies, i);

        append_row(&page->sections, &figures->series[i], &total);
    }
    buf_append(&page->sections, STR("</tbody></table>\n"));
    page_close_numbers(&page->sections);
    page_close_section(page);
    tallies_release(&tallies);
    return buf_check(&page->sections, "page", err);
}
