#include "cli/compare_report.h"

#include "base/units.h"
#include "base/utf8.h"
#include "cli/compare_findings.h"
#include "cli/compare_page.h"
#include "cli/compare_words.h"
#include "record/price.h"

#include <math.h>

static void append_group_name(struct buf *out, const struct comparison_group *group)
{
    utf8_append_printable(out, group->task);
    if (group->needles != 0) {
        buf_appendf(out, ", %llu needle%s", (unsigned long long)group->needles,
                    group->needles == 1 ? "" : "s");
    }
}

static int append_contenders(const struct page *page, const struct comparison *comparison,
                             struct err *err)
{
    struct grid grid = {.failure = 0};
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    grid_column(&grid, "", GRID_LEFT);
    grid_column(&grid, "model", GRID_LEFT);
    grid_column(&grid, "asked", GRID_LEFT);
    grid_column(&grid, "result", GRID_LEFT);
    for (size_t i = 0; i < comparison->contender_count; i++) {
        const struct contender *contender = &comparison->contenders[i];

        grid_cellf(&grid, "%c", contender_letter(i));
        grid_cell(&grid, contender->label);
        utf8_append_printable(&text, str_take(contender->result->created, 10));
        cell_of(&grid, &text);
        utf8_append_printable(&text, utf8_take(contender->result->path, CELL_BYTES_MAX / 4));
        cell_of(&grid, &text);
    }
    buf_release(&text);
    return page_append_grid(page, &grid, err);
}

/* ---- pairs ---- */

static void append_pairing(const struct page *page, const struct comparison_pairing *pairing)
{
    char first = contender_letter(pairing->first);
    char second = contender_letter(pairing->second);
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    buf_appendf(&text, "%c and %c: %zu prompts, the same bytes to both", first, second,
                pairing->paired);
    if (pairing->unscored != 0) {
        buf_appendf(&text, "; %zu more without a score of both", pairing->unscored);
    }
    page_append_line(page, buf_str(&text));
    buf_reset(&text);
    if (pairing->reason.len != 0) {
        buf_appendf(&text, "not compared: %zu of %c and %zu of %c (", pairing->only_first, first,
                    pairing->only_second, second);
        utf8_append_printable(&text, pairing->reason);
        buf_append_char(&text, ')');
        page_append_line(page, buf_str(&text));
    }
    buf_release(&text);
}

/* ---- differences ---- */

static void add_row(struct grid *grid, struct buf *text, const struct comparison *comparison,
                    const struct comparison_row *row)
{
    double width = row->difference.high - row->difference.low;

    if (row->length_tokens == 0) {
        buf_append(text, STR("all"));
    } else {
        units_append_length(text, row->length_tokens);
    }
    cell_of(grid, text);
    grid_cellf(grid, "%zu", row->pairs);
    words_append_score(text, row->first_mean, width);
    cell_of(grid, text);
    words_append_score(text, row->second_mean, width);
    cell_of(grid, text);
    words_append_difference(text, row->difference.mean, width);
    cell_of(grid, text);
    words_append_signed_interval(text, row->difference.low, row->difference.high);
    cell_of(grid, text);
    words_append_p(text, row->adjusted_p);
    cell_of(grid, text);
    verdict_append(text, comparison, row);
    cell_of(grid, text);
}

/* Rows of one pairing and group, which lie together. Returns the row after them. */
static size_t add_rows(struct grid *grid, const struct comparison *comparison, size_t first)
{
    struct buf text;
    size_t i = first;

    buf_init(&text, CELL_BYTES_MAX);
    while (i < comparison->row_count &&
           comparison->rows[i].pairing == comparison->rows[first].pairing &&
           comparison->rows[i].group == comparison->rows[first].group) {
        add_row(grid, &text, comparison, &comparison->rows[i++]);
    }
    buf_release(&text);
    return i;
}

static int append_rows(const struct page *page, const struct comparison *comparison, size_t *row,
                       struct err *err)
{
    const struct comparison_pairing *pairing =
        &comparison->pairings[comparison->rows[*row].pairing];
    char first[2] = {contender_letter(pairing->first), '\0'};
    char second[2] = {contender_letter(pairing->second), '\0'};
    char difference[6] = {second[0], ' ', '-', ' ', first[0], '\0'};
    struct grid grid = {.failure = 0};
    struct buf title;

    buf_init(&title, CELL_BYTES_MAX);
    append_group_name(&title, &comparison->groups[comparison->rows[*row].group]);
    buf_appendf(&title, ": %s against %s, scores in %%", second, first);
    page_append_heading(page, title.p != NULL ? title.p : "");
    buf_release(&title);
    grid_column(&grid, "len", GRID_RIGHT);
    grid_column(&grid, "n", GRID_RIGHT);
    grid_column(&grid, first, GRID_POINT);
    grid_column(&grid, second, GRID_POINT);
    grid_column(&grid, difference, GRID_POINT);
    grid_column(&grid, "95 %", GRID_RIGHT);
    grid_column(&grid, "p", GRID_RIGHT);
    grid_column(&grid, "verdict", GRID_LEFT);
    *row = add_rows(&grid, comparison, *row);
    return page_append_grid(page, &grid, err);
}

static void append_power(const struct page *page, const struct comparison *comparison)
{
    double least = (double)INFINITY;
    double most = 0.0;
    struct buf text;

    for (size_t i = 0; i < comparison->row_count; i++) {
        if (!isnan(comparison->rows[i].detectable)) {
            least = fmin(least, comparison->rows[i].detectable);
            most = fmax(most, comparison->rows[i].detectable);
        }
    }
    buf_init(&text, CELL_BYTES_MAX);
    buf_appendf(&text, "p is corrected for %zu comparison%s (Holm).", comparison->row_count,
                comparison->row_count == 1 ? "" : "s");
    if (most > 0.0 && round(100.0 * least) == round(100.0 * most)) {
        buf_appendf(&text, " Found with 80 %%: a difference of %.0f points.", 100.0 * most);
    } else if (most > 0.0) {
        buf_appendf(&text, " Found with 80 %%: differences of %.0f to %.0f points.", 100.0 * least,
                    100.0 * most);
    }
    page_append_line(page, buf_str(&text));
    buf_release(&text);
}

/* ---- each model by itself ---- */

static void add_scores(struct grid *grid, struct buf *text, const struct contender_curve *curve)
{
    double width = curve->mean.high - curve->mean.low;

    grid_cellf(grid, "%c", contender_letter(curve->contender));
    if (curve->rank != 0) {
        grid_cellf(grid, "%zu", curve->rank);
    } else {
        grid_cell(grid, STR("-"));
    }
    words_append_score(text, curve->mean.mean, width);
    cell_of(grid, text);
    words_append_interval(text, curve->mean.low, curve->mean.high);
    cell_of(grid, text);
    words_append_score(text, curve->above_chance.mean,
                       curve->above_chance.high - curve->above_chance.low);
    cell_of(grid, text);
    words_append_score(text, curve->auc_128k.mean, curve->auc_128k.high - curve->auc_128k.low);
    cell_of(grid, text);
    words_append_score(text, curve->auc_1m.mean, curve->auc_1m.high - curve->auc_1m.low);
    cell_of(grid, text);
}

static int append_scores(const struct page *page, const struct comparison *comparison, size_t group,
                         struct err *err)
{
    struct grid grid = {.failure = 0};
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    append_group_name(&text, &comparison->groups[group]);
    buf_append(&text, STR(": the models, all lengths"));
    page_append_heading(page, text.p != NULL ? text.p : "");
    buf_reset(&text);
    grid_column(&grid, "", GRID_LEFT);
    grid_column(&grid, "rank", GRID_RIGHT);
    grid_column(&grid, "mean", GRID_POINT);
    grid_column(&grid, "95 %", GRID_RIGHT);
    grid_column(&grid, "above chance", GRID_POINT);
    grid_column(&grid, "AUC@128k", GRID_POINT);
    grid_column(&grid, "AUC@1M", GRID_POINT);
    for (size_t i = 0; i < comparison->curve_count; i++) {
        if (comparison->curves[i].group == group) {
            add_scores(&grid, &text, &comparison->curves[i]);
        }
    }
    buf_release(&text);
    return page_append_grid(page, &grid, err);
}

static void add_lengths(struct grid *grid, struct buf *text, const struct contender_curve *curve)
{
    grid_cellf(grid, "%c", contender_letter(curve->contender));
    words_append_effective(text, &curve->effective, curve->points, curve->point_count);
    cell_of(grid, text);
    if (curve->has_half) {
        words_append_half(text, &curve->half, curve->points, curve->point_count);
    } else {
        buf_append_char(text, '-');
    }
    cell_of(grid, text);
    for (size_t i = 0; i < STATS_THIRDS; i++) {
        words_append_score(text, curve->has_depths ? curve->depths.means[i] : (double)NAN, 1.0);
        cell_of(grid, text);
    }
    if (curve->has_depths) {
        words_append_p(text, curve->depths.p);
    } else {
        buf_append_char(text, '-');
    }
    cell_of(grid, text);
}

static int append_lengths(const struct page *page, const struct comparison *comparison,
                          size_t group, struct err *err)
{
    struct grid grid = {.failure = 0};
    struct buf effective; /* a title, needed until the table is written */
    struct buf text;
    int rc = 0;

    buf_init(&text, CELL_BYTES_MAX);
    buf_init(&effective, CELL_BYTES_MAX);
    buf_appendf(&effective, "holds %.3g %% to", 100.0 * comparison->threshold);
    buf_append_char(page->out, '\n');
    grid_column(&grid, "", GRID_LEFT);
    grid_column(&grid, effective.p != NULL ? effective.p : "", GRID_RIGHT);
    grid_column(&grid, "falls to 50 % at", GRID_RIGHT);
    grid_column(&grid, "begin", GRID_RIGHT);
    grid_column(&grid, "middle", GRID_RIGHT);
    grid_column(&grid, "end", GRID_RIGHT);
    grid_column(&grid, "p of depth", GRID_RIGHT);
    for (size_t i = 0; i < comparison->curve_count; i++) {
        if (comparison->curves[i].group == group) {
            add_lengths(&grid, &text, &comparison->curves[i]);
        }
    }
    rc = page_append_grid(page, &grid, err);
    buf_release(&text);
    buf_release(&effective);
    return rc;
}

static void append_repeats(const struct page *page, const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->curve_count; i++) {
        const struct contender_curve *curve = &comparison->curves[i];
        struct buf text;

        if (curve->repeats.questions == 0) {
            continue;
        }
        buf_init(&text, CELL_BYTES_MAX);
        buf_appendf(&text, "%c was sent %zu prompts more than once (",
                    contender_letter(curve->contender), curve->repeats.questions);
        append_group_name(&text, &comparison->groups[curve->group]);
        buf_appendf(&text,
                    "): %.0f %% scored the same each time, a prompt's scores spread by %.1f "
                    "points",
                    100.0 * curve->repeats.same_share, 100.0 * curve->repeats.within_sd);
        if (!isnan(curve->repeats.intraclass)) {
            buf_appendf(&text,
                        "; %.0f %% of the variance is between prompts (ICC), the rest is chance",
                        100.0 * fmax(0.0, curve->repeats.intraclass));
        }
        page_append_line(page, buf_str(&text));
        buf_release(&text);
    }
}

/* ---- price and speed ---- */

static void add_economy(struct grid *grid, struct buf *text, const struct comparison *comparison,
                        size_t index)
{
    const struct contender *contender = &comparison->contenders[index];

    grid_cellf(grid, "%c", contender_letter(index));
    grid_cellf(grid, "%zu of %zu", contender->correct, contender->counted);
    price_append_cost(text, contender->cost_picodollars);
    cell_of(grid, text);
    price_append_cost(text, isnan(contender->dollars_per_correct)
                                ? PRICE_UNKNOWN
                                : (int64_t)(contender->dollars_per_correct * (double)PRICE_DOLLAR));
    cell_of(grid, text);
    if (isnan(contender->output_tokens_per_answer)) {
        buf_append_char(text, '-');
    } else {
        units_append_count(text, (uint64_t)llround(contender->output_tokens_per_answer));
    }
    cell_of(grid, text);
    for (int i = 0; i < 2; i++) {
        double ms = i == 0 ? contender->first_text_ms_median : contender->first_text_ms_p95;

        if (isnan(ms)) {
            buf_append_char(text, '-');
        } else {
            units_append_duration(text, ms / 1e3);
        }
        cell_of(grid, text);
    }
    if (isnan(contender->output_tokens_per_second)) {
        grid_cell(grid, STR("-"));
    } else {
        grid_cellf(grid, "%.0f", contender->output_tokens_per_second);
    }
}

static int append_economy(const struct page *page, const struct comparison *comparison,
                          struct err *err)
{
    struct grid grid = {.failure = 0};
    struct buf text;

    page_append_heading(page, "Price and speed, all lengths (correct: a score of 90 % or more)");
    buf_init(&text, CELL_BYTES_MAX);
    grid_column(&grid, "", GRID_LEFT);
    grid_column(&grid, "correct", GRID_RIGHT);
    grid_column(&grid, "cost", GRID_RIGHT);
    grid_column(&grid, "per correct", GRID_RIGHT);
    grid_column(&grid, "tokens out", GRID_RIGHT);
    grid_column(&grid, "TTFT", GRID_RIGHT);
    grid_column(&grid, "p95", GRID_RIGHT);
    grid_column(&grid, "tokens/s", GRID_RIGHT);
    for (size_t i = 0; i < comparison->contender_count; i++) {
        add_economy(&grid, &text, comparison, i);
    }
    buf_release(&text);
    return page_append_grid(page, &grid, err);
}

static void append_token_ratios(const struct page *page, const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->pairing_count; i++) {
        const struct comparison_pairing *pairing = &comparison->pairings[i];
        struct buf text;

        if (isnan(pairing->token_ratio.mean)) {
            continue;
        }
        buf_init(&text, CELL_BYTES_MAX);
        buf_appendf(&text, "on the same prompts as %c, %c ", contender_letter(pairing->first),
                    contender_letter(pairing->second));
        words_append_token_ratio(&text, &pairing->token_ratio);
        page_append_line(page, buf_str(&text));
        buf_release(&text);
    }
}

/* ---- all of it ---- */

static int append_all(const struct page *page, const struct decision *decision, struct err *err)
{
    const struct comparison *comparison = decision->comparison;
    int rc = append_contenders(page, comparison, err);

    if (comparison->pairing_count != 0) {
        page_append_heading(page, "Pairs");
    }
    for (size_t i = 0; i < comparison->pairing_count; i++) {
        append_pairing(page, &comparison->pairings[i]);
    }
    for (size_t row = 0; rc == 0 && row < comparison->row_count;) {
        rc = append_rows(page, comparison, &row, err);
    }
    if (comparison->row_count != 0) {
        append_power(page, comparison);
    }
    if (comparison->any_watched) {
        page_append_line(page, comparison_caveat(comparison));
    }
    for (size_t i = 0; rc == 0 && i < comparison->group_count; i++) {
        rc = append_scores(page, comparison, i, err);
        if (rc == 0) {
            rc = append_lengths(page, comparison, i, err);
        }
    }
    append_repeats(page, comparison);
    if (rc == 0) {
        rc = append_economy(page, comparison, err);
    }
    append_token_ratios(page, comparison);
    if (decision->claims != NULL) {
        findings_append_claims(page, decision);
    }
    if (rc == 0 && decision->requirement_finding_count != 0) {
        rc = findings_append_requirements(page, decision, err);
    }
    return rc != 0 ? rc : buf_check(page->out, "comparison", err);
}

int compare_append_text(const struct decision *decision, struct buf *out, struct err *err)
{
    struct page page = {.out = out};

    return append_all(&page, decision, err);
}

int compare_append_markdown(const struct decision *decision, struct buf *out, struct err *err)
{
    struct page page = {.out = out, .is_markdown = true};

    buf_append(out, STR("# Comparison\n\n"));
    return append_all(&page, decision, err);
}
