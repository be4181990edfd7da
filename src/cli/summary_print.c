#include "cli/summary.h"

#include "base/buf.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/columns.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "record/price.h"

#include <math.h>

enum { NOTE_INDENT = 7, TEXT_BYTES_MAX = 16 << 20 };

/* As many decimals as the interval supports: none where it is wider than a point. */
static int decimals_of(double low, double high)
{
    return high - low < 0.01 ? 1 : 0;
}

/* Only what is all right reads 100. */
static void append_percent(struct buf *out, double share, int decimals, size_t width)
{
    double percent = 100.0 * share;

    if (isnan(share)) {
        buf_appendf(out, "%*s", (int)width, "-");
    } else if (decimals == 0 && percent >= 99.0 && percent < 100.0) {
        buf_appendf(out, "%*d", (int)width, 99);
    } else {
        buf_appendf(out, "%*.*f", (int)width, decimals, percent);
    }
}

static void append_mean(struct buf *out, double mean, double low, double high)
{
    int decimals = decimals_of(low, high);

    append_percent(out, mean, decimals, 6);
    buf_append(out, STR(" ["));
    append_percent(out, low, decimals, 5);
    buf_append_char(out, ',');
    append_percent(out, high, decimals, 6);
    buf_append_char(out, ']');
}

static void append_row(struct buf *out, const struct result_cell *cell, bool has_price)
{
    size_t start = 0;

    buf_appendf(out, "%4llu", (unsigned long long)cell->needles);
    start = out->len;
    units_append_length(out, cell->length_tokens);
    columns_right(out, start, 8);
    buf_appendf(out, "%5llu", (unsigned long long)cell->counted);
    append_mean(out, cell->mean, cell->low, cell->high);
    buf_appendf(out, "%5llu", (unsigned long long)cell->answered);
    append_percent(out, cell->answered_mean, decimals_of(cell->answered_low, cell->answered_high),
                   6);
    start = out->len;
    if (isnan(cell->median_first_text_ms)) {
        buf_append_char(out, '-');
    } else {
        units_append_duration(out, cell->median_first_text_ms / 1e3);
    }
    columns_right(out, start, 9);
    if (has_price) {
        start = out->len;
        price_append_cost(out, cell->cost_picodollars);
        columns_right(out, start, 10);
    }
    buf_append_char(out, '\n');
}

static void append_outcomes(struct buf *out, const struct result_cell *cell)
{
    const char *separator = "";

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (i != OUTCOME_SCORED && cell->outcomes[i] != 0) {
            buf_appendf(out, "%s%llu %s", separator, (unsigned long long)cell->outcomes[i],
                        outcome_name((enum outcome)i));
            separator = ", ";
        }
    }
    if (cell->spared != 0) {
        buf_appendf(out, "%s%llu not needed", separator, (unsigned long long)cell->spared);
        separator = ", ";
    }
    if (cell->ended + cell->spared < cell->planned) {
        buf_appendf(out, "%s%llu not answered", separator,
                    (unsigned long long)(cell->planned - cell->ended - cell->spared));
    }
}

static bool is_of(const struct result_cell *cell, const struct result_trial *trial)
{
    return trial->needles == cell->needles && trial->length_tokens == cell->length_tokens &&
           str_equal(trial->model, cell->model);
}

/* What endpoints said of prompts that did not fit. */
static void append_too_long(struct buf *out, const struct result *result,
                            const struct result_cell *cell)
{
    int64_t limit = -1;
    int64_t counted = -1;

    for (size_t i = 0; i < result->trial_count && cell->outcomes[OUTCOME_TOO_LONG] != 0; i++) {
        const struct result_trial *trial = &result->trials[i];

        if (is_of(cell, trial) && trial->outcome == OUTCOME_TOO_LONG) {
            limit = trial->limit_tokens > limit ? trial->limit_tokens : limit;
            counted = trial->counted_tokens > counted ? trial->counted_tokens : counted;
        }
    }
    if (limit >= 0) {
        buf_append(out, STR("too-long: the endpoint takes "));
        units_append_count(out, (uint64_t)limit);
        buf_append(out, STR(" tokens"));
        if (counted >= 0) {
            buf_append(out, STR(" and counted up to "));
            units_append_count(out, (uint64_t)counted);
        }
    }
}

static void append_cached(struct buf *out, const struct result *result,
                          const struct result_cell *cell)
{
    int64_t input = 0;

    if (cell->cached_tokens <= 0) {
        return;
    }
    for (size_t i = 0; i < result->trial_count; i++) {
        if (is_of(cell, &result->trials[i]) && result->trials[i].input_tokens > 0) {
            input += result->trials[i].input_tokens;
        }
    }
    units_append_count(out, (uint64_t)cell->cached_tokens);
    buf_append(out, STR(" of "));
    units_append_count(out, (uint64_t)input);
    buf_append(out, STR(" input tokens cached"));
    if (cell->cache_saved_picodollars > 0) {
        buf_append(out, STR(", which saved "));
        price_append_cost(out, cell->cache_saved_picodollars);
    }
}

static void append_canary(struct buf *out, const struct result_cell *cell)
{
    static const char *const places[CANARY_PLACES] = {
        [CANARY_START] = "start", [CANARY_MIDDLE] = "middle", [CANARY_END] = "end"};
    const char *separator = "canaries not found: ";

    for (int i = 0; i < CANARY_PLACES; i++) {
        if (cell->canary_missing[i] != 0) {
            buf_appendf(out, "%s%llu at the %s", separator,
                        (unsigned long long)cell->canary_missing[i], places[i]);
            separator = ", ";
        }
    }
}

static void append_repeats(struct buf *out, const struct result_cell *cell)
{
    const struct result_repeats *repeats = &cell->repeats;

    if (repeats->prompts == 0) {
        return;
    }
    buf_append(out, STR("sent several times: "));
    units_append_count(out, repeats->prompts);
    buf_append(out, repeats->prompts == 1 ? STR(" prompt, ") : STR(" prompts, "));
    append_percent(out, repeats->same_share, 0, 1);
    buf_appendf(out, " %% of them the same score each time, spread within a prompt %.1f points",
                100.0 * repeats->within_sd);
    if (!isnan(repeats->intraclass)) {
        buf_appendf(out, ", ICC %.2f", repeats->intraclass);
    }
}

/* Prints what a note holds on lines of its own, and empties it. */
static void flush_note(struct buf *note, FILE *out)
{
    if (note->len != 0) {
        wrap_print(buf_str(note), 0, NOTE_INDENT, out);
        buf_reset(note);
    }
}

static void print_cell(const struct result *result, const struct result_cell *cell, bool has_price,
                       FILE *out)
{
    struct buf text;

    buf_init(&text, TEXT_BYTES_MAX);
    append_row(&text, cell, has_price);
    output_write(out, buf_str(&text));
    buf_reset(&text);
    append_outcomes(&text, cell);
    flush_note(&text, out);
    append_too_long(&text, result, cell);
    flush_note(&text, out);
    append_canary(&text, cell);
    flush_note(&text, out);
    append_cached(&text, result, cell);
    flush_note(&text, out);
    append_repeats(&text, cell);
    flush_note(&text, out);
    buf_release(&text);
}

static bool any_price(const struct result *result)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        if (result->cells[i].cost_picodollars > 0) {
            return true;
        }
    }
    return false;
}

static void print_heading(const struct result_cell *cell, bool has_price, FILE *out)
{
    struct buf text;

    buf_init(&text, TEXT_BYTES_MAX);
    utf8_append_printable(&text, cell->model);
    buf_appendf(&text, "%s, %.*s: mean score in %% as delivered, and given an answer",
                model_is_simulated(cell->model) ? " (simulated)" : "", STR_ARG(cell->task));
    wrap_print(buf_str(&text), 0, 0, out);
    (void)fprintf(out, " ndl  length    n  mean  95 %% interval  ans  mean     TTFT%s\n",
                  has_price ? "      cost" : "");
    buf_release(&text);
}

/* A server that shortens prompts makes every other number of the model meaningless: say it last and
 * loudly. */
static void print_truncations(const struct result *result, FILE *out)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        struct buf text;

        if (cell->outcomes[OUTCOME_TRUNCATED] == 0) {
            continue;
        }
        buf_init(&text, TEXT_BYTES_MAX);
        buf_append(&text, STR("WARNING: "));
        utf8_append_printable(&text, cell->model);
        buf_appendf(&text, " counted far too few tokens in %llu of %llu prompts of ",
                    (unsigned long long)cell->outcomes[OUTCOME_TRUNCATED],
                    (unsigned long long)cell->ended);
        units_append_length(&text, cell->length_tokens);
        buf_append(&text, STR(": it did not read all of it."));
        (void)fputc('\n', out);
        wrap_print(buf_str(&text), 0, 0, out);
        buf_release(&text);
    }
}

void summary_print(const struct result *result, FILE *out)
{
    bool has_price = any_price(result);
    struct str model = {0};

    for (size_t i = 0; i < result->cell_count; i++) {
        const struct result_cell *cell = &result->cells[i];

        if (i == 0 || !str_equal(cell->model, model)) {
            if (i != 0) {
                (void)fputc('\n', out);
            }
            model = cell->model;
            print_heading(cell, has_price, out);
        }
        print_cell(result, cell, has_price, out);
    }
    print_truncations(result, out);
}
