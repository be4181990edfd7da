#include "cli/compare_report.h"

#include "base/units.h"
#include "base/utf8.h"
#include "cli/compare_words.h"
#include "cli/grid.h"
#include "cli/wrap.h"
#include "record/price.h"

#include <math.h>

/* Where it goes and how. */
struct page {
    struct buf *out;
    bool is_markdown;
};

static void append_heading(const struct page *page, const char *words)
{
    buf_appendf(page->out, page->is_markdown ? "\n## %s\n\n" : "\n%s\n", words);
}

/* Breaks words at blanks so that no line is wider than WRAP_WIDTH; `indent` columns before each. */
static void append_wrapped(struct buf *out, struct str words, size_t indent)
{
    size_t column = 0;

    while (words.len != 0) {
        struct str_pair parts = str_cut(words, ' ');
        size_t width = utf8_length(parts.head);

        if (column == 0 || column + 1 + width > WRAP_WIDTH) {
            buf_append_char(out, '\n');
            for (column = 0; column < indent; column++) {
                buf_append_char(out, ' ');
            }
        } else {
            buf_append_char(out, ' ');
            column++;
        }
        buf_append(out, parts.head);
        column += width;
        words = parts.tail;
    }
}

enum { LINE_INDENT = 2, NOTE_INDENT = 4 };

/* A line of prose; in Markdown an entry of a list. */
static void append_line_at(const struct page *page, struct str words, size_t indent)
{
    if (page->is_markdown) {
        buf_append(page->out, indent == LINE_INDENT ? STR("- ") : STR("  - "));
        markdown_append_escaped(page->out, words);
        buf_append_char(page->out, '\n');
        return;
    }
    page->out->len -= page->out->len != 0 ? 1 : 0; /* its line end comes before the first word */
    append_wrapped(page->out, words, indent);
    buf_append_char(page->out, '\n');
}

static void append_line(const struct page *page, struct str words)
{
    append_line_at(page, words, LINE_INDENT);
}

static int append_grid(const struct page *page, struct grid *grid, struct err *err)
{
    int rc = page->is_markdown ? grid_append_markdown(grid, page->out, err)
                               : grid_append_text(grid, page->out, err);

    grid_release(grid);
    return rc;
}

/* The next cell from a buffer that is emptied for the one after it. */
static void cell_of(struct grid *grid, struct buf *text)
{
    grid_cell(grid, buf_str(text));
    buf_reset(text);
}

enum { CELL_BYTES_MAX = 4096 };

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
    return append_grid(page, &grid, err);
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
    append_line(page, buf_str(&text));
    buf_reset(&text);
    if (pairing->reason.len != 0) {
        buf_appendf(&text, "not compared: %zu of %c and %zu of %c (", pairing->only_first, first,
                    pairing->only_second, second);
        utf8_append_printable(&text, pairing->reason);
        buf_append_char(&text, ')');
        append_line(page, buf_str(&text));
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
    append_heading(page, title.p != NULL ? title.p : "");
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
    return append_grid(page, &grid, err);
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
    append_line(page, buf_str(&text));
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
    append_heading(page, text.p != NULL ? text.p : "");
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
    return append_grid(page, &grid, err);
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
    rc = append_grid(page, &grid, err);
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
        append_line(page, buf_str(&text));
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

    append_heading(page, "Price and speed, all lengths (correct: a score of 90 % or more)");
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
    return append_grid(page, &grid, err);
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
        append_line(page, buf_str(&text));
        buf_release(&text);
    }
}

/* ---- claims ---- */

/* The first bin is closed at its lower end, so that what is above 4,095 is told as from 4k on. */
static void append_bin_edge(struct buf *out, uint64_t tokens)
{
    units_append_length(out, tokens + tokens % 2);
}

static void append_claim_finding(const struct page *page, const struct compare_report *report,
                                 const struct claim_finding *finding)
{
    const struct claim *claim = &report->claims->claims[finding->claim];
    const struct claim_bin *bin = &claim->bins[finding->bin];
    const struct contender_curve *curve =
        comparison_curve(report->comparison, finding->contender, finding->group);
    const struct stats_interval *measured = &curve->points[finding->point].score;
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    utf8_append_printable(&text, claim->said_by);
    buf_appendf(&text, " says %.1f at ", 100.0 * bin->score);
    append_bin_edge(&text, bin->above_tokens);
    buf_append_char(&text, '-');
    append_bin_edge(&text, bin->up_to_tokens);
    buf_append(&text, STR(", measured "));
    words_append_score(&text, measured->mean, measured->high - measured->low);
    buf_append_char(&text, ' ');
    words_append_interval(&text, measured->low, measured->high);
    buf_appendf(&text, ", n=%llu: %s", (unsigned long long)curve->counts[finding->point],
                claim_state_name(finding->state));
    append_line(page, buf_str(&text));
    buf_release(&text);
}

/* What the sweep set that vendors state as effort. */
static void append_parameters(struct buf *out, const struct contender *contender)
{
    const struct result_plan *plan = &contender->result->plan;

    if (plan->parameter_count == 0) {
        buf_append(out, STR("the sweep set no effort"));
        return;
    }
    buf_append(out, STR("the sweep set "));
    for (size_t i = 0; i < plan->parameter_count; i++) {
        buf_append(out, i != 0 ? STR(", ") : STR(""));
        utf8_append_printable(out, utf8_take(plan->parameters[i], 128));
    }
}

static void append_claim_notes(const struct page *page, const struct claim *claim,
                               const struct contender *contender)
{
    struct buf text;

    buf_init(&text, CELL_BYTES_MAX);
    buf_append(&text, STR("source: "));
    utf8_append_printable(&text, claim->source);
    buf_append(&text, STR(", read "));
    utf8_append_printable(&text, claim->read_on);
    append_line_at(page, buf_str(&text), NOTE_INDENT);
    buf_reset(&text);
    buf_append(&text, STR("dataset: "));
    utf8_append_printable(&text, claim->dataset);
    buf_append(&text, STR("; here: Haymaker's own haystacks"));
    append_line_at(page, buf_str(&text), NOTE_INDENT);
    buf_reset(&text);
    buf_append(&text, STR("lengths: "));
    utf8_append_printable(&text, claim->tokenizer);
    buf_append(&text, contender->result->plan.fill == CASE_FILL_EXACT
                          ? STR("; here: at the bin's upper end, the claim is its mean")
                          : STR("; here: spread over the bin likewise"));
    append_line_at(page, buf_str(&text), NOTE_INDENT);
    buf_reset(&text);
    buf_append(&text, STR("effort: "));
    utf8_append_printable(&text, claim->effort.len != 0 ? claim->effort : STR("not stated"));
    buf_append(&text, STR("; "));
    append_parameters(&text, contender);
    append_line_at(page, buf_str(&text), NOTE_INDENT);
    for (size_t i = 0; i < claim->caveat_count; i++) {
        buf_reset(&text);
        utf8_append_printable(&text, claim->caveats[i]);
        append_line_at(page, buf_str(&text), NOTE_INDENT);
    }
    buf_release(&text);
}

static void append_claims(const struct page *page, const struct compare_report *report)
{
    const struct claim_finding *findings = report->claim_findings;

    append_heading(page, "Claims");
    if (report->claim_finding_count == 0) {
        append_line(page, STR("none is known of these models at these lengths and needle counts"));
    }
    for (size_t i = 0; i < report->claim_finding_count; i++) {
        const struct claim *claim = &report->claims->claims[findings[i].claim];
        const struct contender *contender = &report->comparison->contenders[findings[i].contender];
        bool is_first = i == 0 || findings[i].claim != findings[i - 1].claim ||
                        findings[i].contender != findings[i - 1].contender;
        bool is_last = i + 1 == report->claim_finding_count ||
                       findings[i].claim != findings[i + 1].claim ||
                       findings[i].contender != findings[i + 1].contender;

        if (is_first) {
            struct buf text;

            buf_init(&text, CELL_BYTES_MAX);
            buf_appendf(&text, "%c ", contender_letter(findings[i].contender));
            buf_append(&text, contender->label);
            buf_append(&text, STR(", claims about "));
            utf8_append_printable(&text, claim->name);
            append_line(page, buf_str(&text));
            buf_release(&text);
        }
        append_claim_finding(page, report, &findings[i]);
        if (is_last) {
            append_claim_notes(page, claim, contender);
        }
    }
}

/* ---- requirements ---- */

static void append_measured(struct buf *out, const struct requirement *requirement,
                            const struct requirement_finding *finding)
{
    const struct stats_interval *measured = &finding->measured;

    if (isnan(measured->mean)) {
        buf_append_char(out, '-');
    } else if (requirement->where == REQUIREMENT_EFFECTIVE) {
        units_append_length(out, (uint64_t)measured->low);
        if (isinf(measured->high)) {
            buf_append(out, STR(" or more"));
        } else if (measured->high > measured->low) {
            buf_append_char(out, '-');
            units_append_length(out, (uint64_t)measured->high);
        }
    } else {
        words_append_score(out, measured->mean, measured->high - measured->low);
        buf_append_char(out, ' ');
        words_append_interval(out, measured->low, measured->high);
    }
}

static int append_requirements(const struct page *page, const struct compare_report *report,
                               struct err *err)
{
    struct grid grid = {.failure = 0};
    struct buf text;

    append_heading(page, "Requirements (the 95 % interval decides, not the mean)");
    buf_init(&text, CELL_BYTES_MAX);
    grid_column(&grid, "", GRID_LEFT);
    grid_column(&grid, "needles", GRID_RIGHT);
    grid_column(&grid, "requirement", GRID_LEFT);
    grid_column(&grid, "measured", GRID_RIGHT);
    grid_column(&grid, "verdict", GRID_LEFT);
    for (size_t i = 0; i < report->requirement_finding_count; i++) {
        const struct requirement_finding *finding = &report->requirement_findings[i];
        const struct requirement *requirement = &report->requirements[finding->requirement];

        if (finding->contender == SIZE_MAX) {
            grid_cell(&grid, STR("-"));
            grid_cell(&grid, STR("-"));
        } else {
            grid_cellf(&grid, "%c", contender_letter(finding->contender));
            grid_cellf(&grid, "%llu",
                       (unsigned long long)report->comparison->groups[finding->group].needles);
        }
        utf8_append_printable(&text, utf8_take(requirement->text, 256));
        cell_of(&grid, &text);
        append_measured(&text, requirement, finding);
        cell_of(&grid, &text);
        grid_cell(&grid, str_from(requirement_state_name(finding->state)));
    }
    buf_release(&text);
    return append_grid(page, &grid, err);
}

int compare_append_requirements(const struct compare_report *report, struct buf *out,
                                struct err *err)
{
    struct page page = {.out = out};

    return append_requirements(&page, report, err);
}

/* ---- all of it ---- */

static int append_all(const struct page *page, const struct compare_report *report, struct err *err)
{
    const struct comparison *comparison = report->comparison;
    int rc = append_contenders(page, comparison, err);

    if (comparison->pairing_count != 0) {
        append_heading(page, "Pairs");
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
    if (report->claims != NULL) {
        append_claims(page, report);
    }
    if (rc == 0 && report->requirement_finding_count != 0) {
        rc = append_requirements(page, report, err);
    }
    return rc != 0 ? rc : buf_check(page->out, "comparison", err);
}

int compare_append_text(const struct compare_report *report, struct buf *out, struct err *err)
{
    struct page page = {.out = out};

    return append_all(&page, report, err);
}

int compare_append_markdown(const struct compare_report *report, struct buf *out, struct err *err)
{
    struct page page = {.out = out, .is_markdown = true};

    buf_append(out, STR("# Comparison\n\n"));
    return append_all(&page, report, err);
}
