#include "cli/models_json.h"

#include "cli/output.h"

#include <jansson.h>

/* Enough for micro-dollars; more would show how doubles round. */
enum { REAL_DIGITS = 12 };

static json_t *texts(const struct catalogue_texts *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        (void)json_array_append_new(array, json_string(list->items[i]));
    }
    return array;
}

static json_t *tokens(int64_t count)
{
    return count >= 0 ? json_integer(count) : json_null();
}

static json_t *dollars(int64_t rate)
{
    return rate >= 0 ? json_real((double)rate / (double)PRICE_RATE_DOLLAR) : json_null();
}

static json_t *rates_object(const struct price_rates *rates)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "input", dollars(rates->input), "output",
                     dollars(rates->output), "cache_read", dollars(rates->cache_read),
                     "cache_write_5m", dollars(rates->cache_write_5m), "cache_write_1h",
                     dollars(rates->cache_write_1h));
}

static json_t *tiers_array(const struct price *price)
{
    json_t *array = json_array();

    for (size_t i = 0; i < price->tier_count; i++) {
        json_t *tier = rates_object(&price->tiers[i].rates);

        (void)json_object_set_new(tier, "from_input_tokens",
                                  json_integer(price->tiers[i].from_input_tokens));
        (void)json_array_append_new(array, tier);
    }
    return array;
}

static json_t *peaks_array(const struct price *price)
{
    json_t *array = json_array();

    for (size_t i = 0; i < price->peak_count; i++) {
        const struct price_peak *peak = &price->peaks[i];

        (void)json_array_append_new(
            array, json_pack("{s:I, s:I, s:I}", "from_hour_utc", (json_int_t)peak->from_hour_utc,
                             "until_hour_utc", (json_int_t)peak->until_hour_utc, "percent",
                             (json_int_t)peak->percent));
    }
    return array;
}

static json_t *price_object(const struct catalogue_price *price)
{
    json_t *object = NULL;
    json_t *conditions = NULL;

    if (price == NULL) {
        return json_null();
    }
    object = rates_object(&price->price.rates);
    conditions = json_pack("{s:o, s:o, s:I, s:b, s:s?, s:s?, s:s, s:s, s:s?}", "tiers",
                           tiers_array(&price->price), "peaks", peaks_array(&price->price),
                           "batch_discount_percent",
                           (json_int_t)price->price.batch_discount_percent, "lower_bound",
                           (int)price->is_lower_bound, "from", price->from, "until", price->until,
                           "as_of", price->as_of, "source", price->source, "note", price->note);
    if (json_object_update(object, conditions) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(conditions);
    return object;
}

static const char *sampling_word(enum catalogue_sampling sampling)
{
    switch (sampling) {
    case CATALOGUE_SAMPLING_TAKEN:
        return "taken";
    case CATALOGUE_SAMPLING_WITHOUT_REASONING:
        return "without-reasoning";
    case CATALOGUE_SAMPLING_REFUSED:
        return "refused";
    case CATALOGUE_SAMPLING_UNKNOWN:
        break;
    }
    return "unknown";
}

static json_t *model_object(const struct catalogue_model *model, struct str day)
{
    const char *protocol = model->protocol != NULL ? model->protocol : model->provider->protocol;

    /* A value that could not be made makes the whole NULL. */
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s?, s:s?}", "id",
                     model->id, "provider", model->provider->name, "protocol", protocol, "aliases",
                     texts(&model->aliases), "window_input_tokens",
                     tokens(model->window_input_tokens), "window_output_tokens",
                     tokens(model->window_output_tokens), "window_total_tokens",
                     tokens(model->window_total_tokens), "sampling", sampling_word(model->sampling),
                     "efforts", texts(&model->efforts), "thinking", texts(&model->thinking),
                     "price", price_object(catalogue_price_on(model, day)), "retired",
                     model->retired, "note", model->note);
}

int models_json_print(const struct catalogue_model *models, size_t count, struct str day, FILE *out,
                      struct err *err)
{
    json_t *array = json_array();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = json_array_append_new(array, model_object(&models[i], day));
    }
    if (rc != 0) {
        json_decref(array);
        return err_memory(err);
    }
    return output_json(array, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS), out, err);
}
