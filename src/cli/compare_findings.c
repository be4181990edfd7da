#include "cli/compare_findings.h"

#include "base/units.h"
#include "base/utf8.h"
#include "cli/compare_words.h"

#include <math.h>

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
    page_append_line(page, buf_str(&text));
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

static void append_own_dataset(struct buf *out, const struct result_dataset *dataset)
{
    if (dataset->name.len == 0) {
        buf_append(out, STR("; here: Haymaker's own haystacks"));
        return;
    }
    buf_append(out, STR("; here: "));
    utf8_append_printable(out, utf8_take(dataset->name, 128));
    buf_append(out, STR(", revision "));
    utf8_append_printable(out, dataset->revision.len != 0 ? utf8_take(dataset->revision, 64)
                                                          : STR("unknown"));
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
    page_append_line_at(page, buf_str(&text), PAGE_NOTE_INDENT);
    buf_reset(&text);
    buf_append(&text, STR("dataset: "));
    utf8_append_printable(&text, claim->dataset);
    append_own_dataset(&text, &contender->result->plan.dataset);
    page_append_line_at(page, buf_str(&text), PAGE_NOTE_INDENT);
    buf_reset(&text);
    buf_append(&text, STR("lengths: "));
    utf8_append_printable(&text, claim->tokenizer);
    buf_append(&text, contender->result->plan.fill == CASE_FILL_EXACT &&
                              contender->result->plan.dataset.name.len == 0
                          ? STR("; here: at the bin's upper end, the claim is its mean")
                          : STR("; here: spread over the bin likewise"));
    page_append_line_at(page, buf_str(&text), PAGE_NOTE_INDENT);
    buf_reset(&text);
    buf_append(&text, STR("effort: "));
    utf8_append_printable(&text, claim->effort.len != 0 ? claim->effort : STR("not stated"));
    buf_append(&text, STR("; "));
    append_parameters(&text, contender);
    page_append_line_at(page, buf_str(&text), PAGE_NOTE_INDENT);
    for (size_t i = 0; i < claim->caveat_count; i++) {
        buf_reset(&text);
        utf8_append_printable(&text, claim->caveats[i]);
        page_append_line_at(page, buf_str(&text), PAGE_NOTE_INDENT);
    }
    buf_release(&text);
}

void findings_append_claims(const struct page *page, const struct compare_report *report)
{
    const struct claim_finding *findings = report->claim_findings;

    page_append_heading(page, "Claims");
    if (report->claim_finding_count == 0) {
        page_append_line(page,
                         STR("none is known of these models at these lengths and needle counts"));
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
            page_append_line(page, buf_str(&text));
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

int findings_append_requirements(const struct page *page, const struct compare_report *report,
                                 struct err *err)
{
    struct grid grid = {.failure = 0};
    struct buf text;

    page_append_heading(page, "Requirements (the 95 % interval decides, not the mean)");
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
    return page_append_grid(page, &grid, err);
}

int compare_append_requirements(const struct compare_report *report, struct buf *out,
                                struct err *err)
{
    struct page page = {.out = out};

    return findings_append_requirements(&page, report, err);
}
