#include "cli/plan_print.h"

#include "base/buf.h"
#include "base/units.h"
#include "cli/columns.h"
#include "cli/output.h"
#include "stats/power.h"

#include <jansson.h>
#include <math.h>

enum { TEXT_BYTES_MAX = 4 << 20 };

static size_t cells_per_model(const struct plan_print *print)
{
    return print->plan->needle_count * print->plan->length_count;
}

/* Two of the models are compared in `cells` cells at once. */
static struct stats_power power_for(size_t cells)
{
    struct stats_power power = stats_power_usual;

    power.alpha /= (double)cells;
    return power;
}

/* The smallest difference that is found in one of so many cells; NaN when there is none. */
static double detects(const struct estimate_sums *sums, size_t cells)
{
    struct stats_power power = power_for(cells);

    return stats_detectable_difference(&power, sums->haystacks);
}

static void append_difference(struct buf *out, double difference)
{
    if (isnan(difference)) {
        buf_append(out, STR("-"));
    } else {
        buf_appendf(out, "%.0f pp", ceil(difference * 100.0));
    }
}

static void append_sums(struct buf *out, const struct estimate_sums *sums, size_t cells)
{
    size_t start = out->len;

    buf_appendf(out, "%llu", (unsigned long long)sums->trials);
    columns_right(out, start, 6);
    start = out->len;
    units_append_count(out, sums->tokens);
    columns_right(out, start, 14);
    start = out->len;
    units_append_count(out, sums->input_tokens);
    columns_right(out, start, 14);
    start = out->len;
    price_append_cost(out, sums->cost);
    columns_right(out, start, 11);
    start = out->len;
    price_append_cost(out, sums->worst_cost);
    columns_right(out, start, 11);
    start = out->len;
    append_difference(out, detects(sums, cells));
    columns_right(out, start, 9);
    buf_append_char(out, '\n');
}

static void append_source(struct buf *out, const struct estimate_model *expected,
                          const struct model *model)
{
    buf_append(out, STR("  tokens: "));
    switch (expected->input_source) {
    case ESTIMATE_SIMULATED:
        buf_append(out, STR("by the loopback endpoint's own rule"));
        break;
    case ESTIMATE_CALIBRATED:
        buf_appendf(out, "%.3f per one of ours, as in the earlier result",
                    expected->input_per_token);
        break;
    case ESTIMATE_CATALOGUE:
        buf_appendf(out, "%.2f per one of ours, says the catalogue", expected->input_per_token);
        break;
    case ESTIMATE_ASSUMED:
        buf_append(out, STR("assumed to be ours: the catalogue knows no ratio"));
        break;
    }
    if (model->has_price) {
        buf_appendf(out, "\n  price: %s", model->price_source);
        if (model->price_as_of[0] != '\0') {
            buf_appendf(out, ", %s", model->price_as_of);
        }
    } else {
        buf_append(out, STR("\n  price: none is known: --price in=X,out=Y"));
    }
    buf_append_char(out, '\n');
}

/* What is saved by the cache, and what will not work. */
static void append_remarks(struct buf *out, const struct estimate_sums *sums)
{
    if (sums->cached_tokens != 0) {
        buf_append(out, STR("  cached: "));
        units_append_count(out, sums->cached_tokens);
        buf_appendf(out, " tokens of them, if the vendor's cache serves what was sent before\n");
    }
    if (sums->cache_written_tokens != 0) {
        buf_append(out, STR("  written to the cache: "));
        units_append_count(out, sums->cache_written_tokens);
        buf_append(out, STR(" tokens of them, at the price of writing\n"));
    }
    if (sums->too_long != 0) {
        buf_appendf(out, "  WARNING: %llu of %llu prompts do not fit the model's window\n",
                    (unsigned long long)sums->too_long, (unsigned long long)sums->trials);
    }
}

static void append_model(struct buf *out, const struct plan_print *print, size_t index)
{
    size_t cells = cells_per_model(print);
    struct estimate_sums sums = estimate_of_model(print->estimate, index);
    struct str name = print->plan->models[index];

    buf_appendf(out, "\n%.*s%s\n", STR_ARG(name), model_is_simulated(name) ? " (simulated)" : "");
    buf_append(out, STR("  ndl  length trials    our tokens    its tokens      price      worst"
                        "  detects\n"));
    for (size_t i = 0; i < print->estimate->cell_count; i++) {
        const struct estimate_cell *cell = &print->estimate->cells[i];

        if (cell->model == index) {
            size_t start = out->len;

            buf_appendf(out, "%llu", (unsigned long long)cell->needles);
            columns_right(out, start, 5);
            start = out->len;
            units_append_length(out, cell->length_tokens);
            columns_right(out, start, 8);
            buf_append_char(out, ' ');
            append_sums(out, &cell->sums, cells);
        }
    }
    if (cells > 1) {
        buf_append(out, STR("          all "));
        append_sums(out, &sums, 1);
    }
    append_source(out, &print->estimate->models[index], &print->models->models[index]);
    append_remarks(out, &sums);
}

static struct estimate_sums total_of(const struct plan_print *print)
{
    struct estimate_sums total = {0};

    for (size_t i = 0; i < print->plan->model_count; i++) {
        struct estimate_sums sums = estimate_of_model(print->estimate, i);

        estimate_add(&total, &sums);
    }
    return total;
}

static double seconds_of(const struct plan_print *print)
{
    return estimate_seconds(print->estimate, print->plan->model_count, print->concurrency,
                            print->requests_per_minute, print->tokens_per_minute);
}

static void append_total(struct buf *out, const struct plan_print *print)
{
    struct estimate_sums total = total_of(print);
    bool is_assumed = false;

    for (size_t i = 0; i < print->plan->model_count; i++) {
        is_assumed = is_assumed || print->estimate->models[i].speed_source == ESTIMATE_ASSUMED;
    }
    buf_append(out, STR("\nall models: "));
    units_append_count(out, total.trials);
    buf_append(out, STR(" trials, "));
    price_append_cost(out, total.cost);
    buf_append(out, STR(" (at worst "));
    price_append_cost(out, total.worst_cost);
    buf_append(out, STR("), "));
    units_append_bytes(out, (double)total.bytes);
    buf_append(out, STR(" to upload\nabout "));
    units_append_duration(out, seconds_of(print));
    buf_appendf(out, " with %llu in flight", (unsigned long long)print->concurrency);
    buf_append(out, is_assumed
                        ? STR(", if a model reads 10,000 tokens/s\nand writes 60 (assumed)\n")
                        : STR("\n"));
}

/* How much more (or less) a difference takes than what is planned. */
struct demand {
    uint64_t haystacks; /* per cell, or over all cells */
    int64_t cost;       /* of all models */
};

static struct demand demand_of(const struct plan_print *print, size_t cells)
{
    struct stats_power power = power_for(cells);
    struct estimate_sums total = total_of(print);
    struct estimate_sums first = estimate_of_model(print->estimate, 0);
    struct demand demand = {.haystacks = stats_samples_needed(&power, print->detect),
                            .cost = PRICE_UNKNOWN};
    double planned = (double)first.haystacks / (double)cells;

    if (total.cost != PRICE_UNKNOWN && demand.haystacks != UINT64_MAX) {
        double cost = (double)total.cost * ((double)demand.haystacks / planned);

        demand.cost = cost < (double)PRICE_COST_MAX ? (int64_t)cost : PRICE_COST_MAX;
    }
    return demand;
}

static void append_demand(struct buf *out, const struct plan_print *print, size_t cells,
                          const char *where)
{
    struct demand demand = demand_of(print, cells);

    buf_appendf(out, "to find %.3g pp %s: ", print->detect * 100.0, where);
    if (demand.haystacks == UINT64_MAX) {
        buf_append(out, STR("not possible\n"));
        return;
    }
    units_append_count(out, demand.haystacks);
    buf_append(out, STR(" haystacks, "));
    price_append_cost(out, demand.cost);
    buf_append_char(out, '\n');
}

int plan_print_text(const struct plan_print *print, FILE *out, struct err *err)
{
    const struct result_plan *plan = print->plan;
    struct buf text;
    int rc = 0;

    buf_init(&text, TEXT_BYTES_MAX);
    buf_appendf(&text, "Plan: %.*s, seed %llu, %llu samples a cell", STR_ARG(plan->task),
                (unsigned long long)plan->seed, (unsigned long long)plan->samples);
    if (plan->probes > 1) {
        buf_appendf(&text, ", %llu probes each", (unsigned long long)plan->probes);
    }
    if (plan->trials > 1) {
        buf_appendf(&text, ", each prompt %llu times", (unsigned long long)plan->trials);
    }
    if (print->is_batch) {
        buf_append(&text, STR(", in batches"));
    }
    if (print->shard != NULL) {
        buf_appendf(&text, ", shard %s", print->shard);
    }
    buf_append(&text, STR("; nothing was sent\n"));
    for (size_t i = 0; i < plan->model_count; i++) {
        append_model(&text, print, i);
    }
    append_total(&text, print);
    if (print->detect > 0.0) {
        size_t cells = cells_per_model(print);

        append_demand(&text, print, cells, "in each cell");
        if (cells > 1) {
            append_demand(&text, print, 1, "over all cells");
        }
    }
    rc = buf_check(&text, "the plan", err);
    if (rc == 0) {
        output_write(out, buf_str(&text));
    }
    buf_release(&text);
    return rc;
}

static json_t *number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *dollars_or_null(int64_t cost)
{
    return cost == PRICE_UNKNOWN ? json_null() : json_real((double)cost / (double)PRICE_DOLLAR);
}

static json_t *sums_json(const struct estimate_sums *sums, size_t cells)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "trials",
        (json_int_t)sums->trials, "haystacks", (json_int_t)sums->haystacks, "prompt_tokens",
        (json_int_t)sums->tokens, "upload_bytes", (json_int_t)sums->bytes, "input_tokens",
        (json_int_t)sums->input_tokens, "cached_tokens", (json_int_t)sums->cached_tokens,
        "cache_written_tokens", (json_int_t)sums->cache_written_tokens, "output_tokens",
        (json_int_t)sums->output_tokens, "too_long", (json_int_t)sums->too_long, "cost_dollars",
        dollars_or_null(sums->cost), "worst_cost_dollars", dollars_or_null(sums->worst_cost),
        "detectable_difference", number_or_null(detects(sums, cells)));
}

static json_t *cells_json(const struct plan_print *print, size_t index)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < print->estimate->cell_count; i++) {
        const struct estimate_cell *cell = &print->estimate->cells[i];

        if (cell->model == index) {
            json_t *json = sums_json(&cell->sums, cells_per_model(print));

            (void)json_object_set_new(json, "needles", json_integer((json_int_t)cell->needles));
            (void)json_object_set_new(json, "length_tokens",
                                      json_integer((json_int_t)cell->length_tokens));
            (void)json_array_append_new(cells, json);
        }
    }
    return cells;
}

static json_t *model_json(const struct plan_print *print, size_t index)
{
    const struct estimate_model *expected = &print->estimate->models[index];
    const struct model *model = &print->models->models[index];
    struct estimate_sums sums = estimate_of_model(print->estimate, index);
    struct str name = print->plan->models[index];

    return json_pack(
        "{s:s%, s:b, s:s, s:f, s:s, s:f, s:f, s:s, s:s, s:o, s:o}", "model", name.p, name.len,
        "simulated", (int)model_is_simulated(name), "tokens_source",
        estimate_source_name(expected->input_source), "tokens_per_token", expected->input_per_token,
        "speed_source", estimate_source_name(expected->speed_source), "read_tokens_per_s",
        expected->read_tokens_per_s, "write_tokens_per_s", expected->write_tokens_per_s,
        "price_source", model->has_price ? model->price_source : "", "price_as_of",
        model->has_price ? model->price_as_of : "", "total", sums_json(&sums, 1), "cells",
        cells_json(print, index));
}

static json_t *demand_json(const struct plan_print *print, size_t cells)
{
    struct demand demand = demand_of(print, cells);

    return json_pack("{s:o, s:o}", "haystacks",
                     demand.haystacks == UINT64_MAX ? json_null()
                                                    : json_integer((json_int_t)demand.haystacks),
                     "cost_dollars", dollars_or_null(demand.cost));
}

int plan_print_json(const struct plan_print *print, FILE *out, struct err *err)
{
    const struct result_plan *plan = print->plan;
    struct estimate_sums total = total_of(print);
    json_t *models = json_array();
    json_t *json = NULL;

    for (size_t i = 0; i < plan->model_count; i++) {
        (void)json_array_append_new(models, model_json(print, i));
    }
    json = json_pack("{s:s%, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:f}", "task", plan->task.p,
                     plan->task.len, "seed", (json_int_t)plan->seed, "samples",
                     (json_int_t)plan->samples, "probes",
                     (json_int_t)(plan->probes != 0 ? plan->probes : 1), "trials",
                     (json_int_t)(plan->trials != 0 ? plan->trials : 1), "concurrency",
                     (json_int_t)print->concurrency, "models", models, "total",
                     sums_json(&total, 1), "seconds", seconds_of(print));
    if (json != NULL && print->detect > 0.0) {
        (void)json_object_set_new(json, "detect",
                                  json_pack("{s:f, s:o, s:o}", "difference", print->detect,
                                            "each_cell", demand_json(print, cells_per_model(print)),
                                            "all_cells", demand_json(print, 1)));
    }
    return output_json(json, JSON_INDENT(2), out, err);
}
