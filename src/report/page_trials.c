/* The list of trials: compact rows for all of them, texts for those that excerpt.h chose. The
 * page's script makes it searchable and draws only what is looked at.
 */
#include "report/page_parts.h"

#include "report/excerpt.h"
#include "report/html.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static void append_string(struct buf *out, struct str text)
{
    json_t *string = json_stringn(text.len != 0 ? text.p : "", text.len);
    char *dumped = string != NULL
                       ? json_dumps(string, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII)
                       : NULL;

    if (dumped == NULL) {
        out->failure = ERR_MEMORY;
    } else {
        html_append_json(out, str_from(dumped));
    }
    free(dumped);
    json_decref(string);
}

/* The start of a long text, without a split character; the script says how much is missing. */
static struct str shown_part(struct str text)
{
    return text.len > EXCERPT_TEXT_BYTES_MAX ? utf8_take(text, EXCERPT_TEXT_BYTES_MAX) : text;
}

static void append_text_member(struct buf *out, const char *name, struct str text)
{
    if (text.len != 0) {
        buf_appendf(out, ",\"%s\":", name);
        append_string(out, shown_part(text));
    }
}

static void append_excerpt(struct buf *out, const struct excerpt *excerpt)
{
    const struct result_trial *trial = &excerpt->result->trials[excerpt->trial_index];

    buf_append(out, STR("{\"reply\":"));
    append_string(out, shown_part(trial->reply));
    if (trial->reply.len > EXCERPT_TEXT_BYTES_MAX) {
        buf_appendf(out, ",\"cut\":%zu", trial->reply.len - shown_part(trial->reply).len);
    }
    if (excerpt->gold.p != NULL) {
        append_text_member(out, "gold", excerpt->gold);
    } else {
        append_text_member(out, "goldMissing", excerpt->gold_missing);
    }
    append_text_member(out, "error", trial->error);
    append_text_member(out, "finish", trial->finish_reason);
    append_text_member(out, "served", trial->served_model);
    append_text_member(out, "request", trial->request_id);
    append_text_member(out, "fingerprint", trial->fingerprint);
    buf_append_char(out, '}');
}

static void append_known(struct buf *out, double value, const char *format)
{
    buf_append_char(out, ',');
    if (isnan(value) || value < 0) {
        buf_append(out, STR("null"));
    } else if (format[0] == 'f') {
        buf_appendf(out, "%.4g", value);
    } else {
        buf_appendf(out, "%.0f", value);
    }
}

/* [series, length, sample, probe, repeat, outcome, score, lenient, depth, wanted, nearest, first
 * text in ms, end in ms, input, cached, output, reasoning, dollars, text]: the order that page.js
 * knows. */
static void append_row(struct buf *out, const struct figures *figures, const struct series *series,
                       const struct result_trial *trial, long text)
{
    bool marked = outcome_counts(trial->outcome);

    buf_appendf(out, "[%zu,%zu,%llu,%llu,%llu,%d", (size_t)(series - figures->series),
                figures_length_index(figures, trial->length_tokens),
                (unsigned long long)trial->sample, (unsigned long long)trial->probe,
                (unsigned long long)trial->repeat, (int)trial->outcome);
    append_known(out, marked ? trial->mark.score : (double)NAN, "fraction");
    append_known(out, marked ? trial->mark.lenient : (double)NAN, "fraction");
    append_known(out, trial->depth, "fraction");
    append_known(out, trial->wanted, "whole");
    append_known(out, marked ? trial->mark.nearest_needle : MARK_NO_NEEDLE, "whole");
    append_known(out, trial->first_text_ms, "fraction");
    append_known(out, trial->end_ms, "fraction");
    append_known(out, (double)trial->input_tokens, "whole");
    append_known(out, (double)trial->cached_tokens, "whole");
    append_known(out, (double)trial->output_tokens, "whole");
    append_known(out, (double)trial->reasoning_tokens, "whole");
    append_known(out, (double)trial->cost_picodollars / 1e12, "fraction");
    buf_appendf(out, ",%ld]\n", text);
}

static void append_rows(struct buf *out, const struct figures *figures,
                        const struct excerpts *excerpts)
{
    bool first = true;

    for (size_t i = 0; i < figures->result_count; i++) {
        const struct result *result = &figures->results[i];

        for (size_t j = 0; j < result->trial_count; j++) {
            const struct series *series = figures_series_of(figures, result, &result->trials[j]);
            const struct excerpt *excerpt = excerpts_find(excerpts, result, j);

            if (series != NULL &&
                figures_length_index(figures, result->trials[j].length_tokens) != SIZE_MAX) {
                buf_append(out, first ? STR("") : STR(","));
                append_row(out, figures, series, &result->trials[j],
                           excerpt != NULL ? (long)(excerpt - excerpts->items) : -1L);
                first = false;
            }
        }
    }
}

static void append_names(struct buf *out, const struct figures *figures)
{
    struct buf name;

    buf_init(&name, 64);
    buf_append(out, STR("{\"series\":["));
    for (size_t i = 0; i < figures->series_count; i++) {
        buf_append(out, i != 0 ? STR(",") : STR(""));
        append_string(out, figures->series[i].label);
    }
    buf_append(out, STR("],\"lengths\":["));
    for (size_t i = 0; i < figures->length_count; i++) {
        buf_reset(&name);
        units_append_length(&name, figures->lengths[i]);
        buf_append(out, i != 0 ? STR(",") : STR(""));
        append_string(out, buf_str(&name));
    }
    buf_append(out, STR("],\"outcomes\":["));
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        buf_append(out, i != 0 ? STR(",") : STR(""));
        append_string(out, str_from(outcome_name((enum outcome)i)));
    }
    buf_release(&name);
}

static void append_data(struct buf *out, const struct figures *figures,
                        const struct excerpts *excerpts)
{
    append_names(out, figures);
    buf_append(out, STR("],\"texts\":["));
    for (size_t i = 0; i < excerpts->count; i++) {
        buf_append(out, i != 0 ? STR(",\n") : STR(""));
        append_excerpt(out, &excerpts->items[i]);
    }
    buf_append(out, STR("],\"rows\":["));
    append_rows(out, figures, excerpts);
    buf_append(out, STR("]}"));
}

static void append_note(struct buf *out, const struct excerpts *excerpts)
{
    buf_append(out, STR("<p>"));
    units_append_count(out, excerpts->trial_count);
    buf_append(out, excerpts->trial_count == 1 ? STR(" trial. ") : STR(" trials. "));
    if (excerpts->count == excerpts->trial_count) {
        buf_append(out, STR("Each can be opened: the reply beside the gold answer, with the "
                            "differences marked."));
    } else if (excerpts->count == 0) {
        buf_append(out, STR("Replies are in the result file, not on this page."));
    } else {
        units_append_count(out, excerpts->count);
        buf_append(out,
                   STR(" of them, the worst of each model and length first, can be opened: the "
                       "reply beside the gold answer, with the differences marked. The others' "
                       "replies are in the result file."));
    }
    buf_append(out, STR(" Replies are what the models wrote: nobody has checked them.</p>\n"));
}

int page_add_trials(struct page *page, struct err *err)
{
    struct excerpts none = {0};
    const struct excerpts *excerpts = page->settings->excerpts;
    int rc = 0;

    if (excerpts == NULL) {
        rc = excerpts_choose(&none, page->figures, 0, err);
        excerpts = &none;
    }
    if (rc == 0) {
        page_open_section(page, "trials", "Every trial", "Every trial");
        append_note(&page->sections, excerpts);
        buf_append(&page->sections, STR("<div id=\"trial-list\"></div>\n"));
        page_close_section(page);
        append_data(&page->trials, page->figures, excerpts);
        rc = buf_check(&page->trials, "list of trials", err);
    }
    excerpts_release(&none);
    return rc;
}
