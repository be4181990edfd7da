/* What was tested and how: everything that somebody needs to judge a result or to repeat it. */
#include "report/page_parts.h"

#include "report/html.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>

enum { SERVED_MAX = 4, TEXT_BYTES_MAX = 4096, SHOWN_BYTES_MAX = 600 };

/* One line of printable, escaped text; "–" for none. */
static void append_text(struct buf *out, struct str text)
{
    struct buf printable;

    if (text.len == 0) {
        buf_append(out, STR("–"));
        return;
    }
    buf_init(&printable, TEXT_BYTES_MAX);
    utf8_append_printable(&printable, utf8_take(text, SHOWN_BYTES_MAX));
    html_append_escaped(out, buf_str(&printable));
    buf_append(out, text.len > SHOWN_BYTES_MAX ? STR(" …") : STR(""));
    buf_release(&printable);
}

/* Folders above the files are the author's business, not that of whoever gets the page. */
static struct str file_name_of(struct str path)
{
    while (str_cut(path, '/').ok) {
        path = str_cut(path, '/').tail;
    }
    return path;
}

static void append_path(struct buf *out, const struct result *result)
{
    append_text(out, file_name_of(result->path));
}

static void append_task(struct buf *out, const struct result *result)
{
    append_text(out, result->plan.task);
    for (size_t i = 0; i < result->plan.task_option_count; i++) {
        buf_append(out, STR(", "));
        append_text(out, result->plan.task_options[i]);
    }
}

static void append_grader(struct buf *out, const struct result *result)
{
    append_text(out, result->plan.grader);
}

static void append_lengths(struct buf *out, const struct result *result)
{
    for (size_t i = 0; i < result->plan.length_count; i++) {
        buf_append(out, i != 0 ? STR(", ") : STR(""));
        units_append_length(out, result->plan.lengths[i]);
    }
    buf_append(out, result->plan.fill == CASE_FILL_UNIFORM
                        ? STR(" tokens of o200k_base, spread over the upper half of each")
                        : STR(" tokens of o200k_base, each within 0.5 % below"));
}

static void append_needles(struct buf *out, const struct result *result)
{
    for (size_t i = 0; i < result->plan.needle_count; i++) {
        buf_appendf(out, "%s%llu", i != 0 ? ", " : "", (unsigned long long)result->plan.needles[i]);
    }
    if (result->plan.depth_count != 0) {
        buf_append(out, STR(", the wanted one at depth "));
    }
    for (size_t i = 0; i < result->plan.depth_count; i++) {
        buf_appendf(out, "%s%llu %%", i != 0 ? ", " : "",
                    (unsigned long long)result->plan.depths_percent[i]);
    }
}

static void append_samples(struct buf *out, const struct result *result)
{
    buf_appendf(out, "%llu per cell", (unsigned long long)result->plan.samples);
    if (result->plan.probes > 1) {
        buf_appendf(out, ", %llu questions about each haystack",
                    (unsigned long long)result->plan.probes);
    }
    if (result->plan.trials > 1) {
        buf_appendf(out, ", each prompt sent %llu times", (unsigned long long)result->plan.trials);
    }
    buf_append(out, result->plan.cold ? STR(", each prompt salted against caches") : STR(""));
    buf_append(out, result->plan.canary ? STR(", with checkpoints") : STR(""));
}

static void append_seed(struct buf *out, const struct result *result)
{
    buf_appendf(out, "%llu", (unsigned long long)result->plan.seed);
}

static void append_corpus(struct buf *out, const struct result *result)
{
    append_text(out,
                result->plan.corpus.len != 0 ? file_name_of(result->plan.corpus) : STR("built in"));
    buf_append(out, STR(", hash "));
    append_text(out, result->corpus_hash);
    buf_append(out, STR(", generator version "));
    append_text(out, result->generator_version);
}

static void append_question(struct buf *out, const struct result *result)
{
    if (result->plan.needle.len == 0) {
        buf_append(out, STR("the task's own"));
        return;
    }
    append_text(out, result->plan.needle);
    buf_append(out, STR(" / "));
    append_text(out, result->plan.question);
    buf_append(out, STR(" / expected: "));
    append_text(out, result->plan.expect);
}

static void append_parameters(struct buf *out, const struct result *result)
{
    bool any = result->plan.max_output_tokens > 0;

    if (any) {
        buf_appendf(out, "at most %lld output tokens", (long long)result->plan.max_output_tokens);
    }
    for (size_t i = 0; i < result->plan.parameter_count; i++) {
        buf_append(out, any ? STR(", ") : STR(""));
        append_text(out, result->plan.parameters[i]);
        any = true;
    }
    buf_append(out, any ? STR("") : STR("the endpoint's defaults"));
}

static void append_created(struct buf *out, const struct result *result)
{
    append_text(out, result->created);
    buf_append(out, STR(" (UTC), Haymaker "));
    append_text(out, result->program_version);
}

static const struct {
    const char *name;
    void (*append)(struct buf *out, const struct result *result);
} settings[] = {
    {"File", append_path},
    {"Started", append_created},
    {"Task", append_task},
    {"Graded by", append_grader},
    {"Context lengths", append_lengths},
    {"Needles", append_needles},
    {"Samples", append_samples},
    {"Seed", append_seed},
    {"Corpus", append_corpus},
    {"Question", append_question},
    {"Parameters sent", append_parameters},
};

static void append_settings(struct buf *out, const struct figures *figures)
{
    buf_append(out, STR("<table class=\"words\"><caption>What was asked</caption>\n<tbody>\n"));
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        buf_appendf(out, "<tr><th scope=\"row\">%s</th>", settings[i].name);
        for (size_t j = 0; j < figures->result_count; j++) {
            buf_append(out, STR("<td>"));
            settings[i].append(out, &figures->results[j]);
            buf_append(out, STR("</td>"));
        }
        buf_append(out, STR("</tr>\n"));
    }
    buf_append(out, STR("</tbody></table>\n"));
}

static bool is_named(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

typedef struct str (*trial_text)(const struct result_trial *trial);

static struct str served_model_of(const struct result_trial *trial)
{
    return trial->served_model;
}

static struct str dropped_of(const struct result_trial *trial)
{
    return trial->dropped_parameters;
}

/* Each different text of a model's trials, a few at most. */
static void append_different(struct buf *out, const struct result *result, struct str model,
                             trial_text text)
{
    struct str named[SERVED_MAX];
    size_t count = 0;

    for (size_t i = 0; i < result->trial_count && count < SERVED_MAX; i++) {
        struct str name = text(&result->trials[i]);

        if (name.len != 0 && str_equal(result->trials[i].model, model) &&
            !is_named(named, count, name)) {
            buf_append(out, count != 0 ? STR(", ") : STR(""));
            append_text(out, name);
            named[count++] = name;
        }
    }
    if (count == 0) {
        buf_append(out, STR("–"));
    }
}

static void append_price(struct buf *out, double dollars)
{
    if (isnan(dollars)) {
        buf_append(out, STR("<td>–</td>"));
    } else {
        buf_appendf(out, "<td>$%g</td>", dollars);
    }
}

static void append_endpoint(struct buf *out, const struct result *result,
                            const struct result_endpoint *endpoint)
{
    buf_append(out, STR("<tr><th scope=\"row\">"));
    append_text(out, endpoint->model);
    buf_append(out, STR("</th><td>"));
    append_text(out, endpoint->protocol);
    buf_append(out, STR("</td><td>"));
    append_text(out, endpoint->base_url);
    buf_append(out, STR("</td><td>"));
    append_different(out, result, endpoint->model, served_model_of);
    buf_append(out, STR("</td>"));
    append_price(out, endpoint->input_dollars);
    append_price(out, endpoint->output_dollars);
    buf_append(out, STR("<td>"));
    append_text(out, endpoint->price_source);
    if (endpoint->price_as_of.len != 0) {
        buf_append(out, STR(", "));
        append_text(out, endpoint->price_as_of);
    }
    buf_append(out, STR("</td><td>"));
    append_different(out, result, endpoint->model, dropped_of);
    buf_append(out, STR("</td></tr>\n"));
}

static void append_endpoints(struct buf *out, const struct figures *figures)
{
    static const char *const columns[] = {"Model",
                                          "Protocol",
                                          "Where",
                                          "Answered by",
                                          "Input, per million tokens",
                                          "Output, per million tokens",
                                          "Price from",
                                          "Parameters it refused",
                                          NULL};

    html_append_table_head(out, "The endpoints, with the price below the first tier", columns);
    for (size_t i = 0; i < figures->result_count; i++) {
        for (size_t j = 0; j < figures->results[i].endpoint_count; j++) {
            append_endpoint(out, &figures->results[i], &figures->results[i].endpoints[j]);
        }
    }
    buf_append(out, STR("</tbody></table>\n"));
}

int page_add_method(struct page *page, struct err *err)
{
    page_open_section(page, "method", "What was tested", "What was tested and how");
    buf_append(&page->sections,
               STR("<p>Every endpoint was sent the same bytes: prompts follow from task, seed, "
                   "lengths, needles and corpus, and <code>haymaker generate</code> with the same "
                   "settings writes them again. Intervals hold the true mean in 95 of 100 sweeps; "
                   "with few samples they are wide.</p>\n"));
    page_open_numbers(&page->sections, "What was asked");
    append_settings(&page->sections, page->figures);
    page_close_numbers(&page->sections);
    page_open_numbers(&page->sections, "Endpoints");
    append_endpoints(&page->sections, page->figures);
    page_close_numbers(&page->sections);
    page_close_section(page);
    return buf_check(&page->sections, "page", err);
}
