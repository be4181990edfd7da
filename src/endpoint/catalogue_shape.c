#include "endpoint/catalogue_shape.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(enum catalogue_usage) == sizeof(int), "a choice is written as an int");
static_assert(sizeof(enum catalogue_sampling) == sizeof(int), "a choice is written as an int");

#define ROW_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define ROW(field, row_kind, type, member)                                                         \
    {                                                                                              \
        .name = (field), .kind = (row_kind), .offset = offsetof(type, member)                      \
    }
#define ROW_REQUIRED(field, row_kind, type, member)                                                \
    {                                                                                              \
        .name = (field), .kind = (row_kind), .required = true, .offset = offsetof(type, member)    \
    }
#define ROW_LIST(field, item_shape, type, member, count_member)                                    \
    {                                                                                              \
        .name = (field), .kind = CATALOGUE_LIST, .offset = offsetof(type, member),                 \
        .shape = &(item_shape), .count_offset = offsetof(type, count_member)                       \
    }
#define ROW_CHOICE(field, choices, type, member)                                                   \
    {                                                                                              \
        .name = (field), .kind = CATALOGUE_CHOICE, .offset = offsetof(type, member),               \
        .words = (choices)                                                                         \
    }

/* The file. */

static const struct catalogue_row document_rows[] = {
    ROW_REQUIRED("schema", CATALOGUE_TOKENS, struct catalogue_document, schema),
    ROW("about", CATALOGUE_TEXT, struct catalogue_document, about),
    {.name = "providers", .kind = CATALOGUE_ELSEWHERE},
    {.name = "models", .kind = CATALOGUE_ELSEWHERE},
};

static int check_document(const void *record, struct err *err)
{
    const struct catalogue_document *document = record;

    if (document->schema != CATALOGUE_SCHEMA) {
        return err_set(err, ERR_INPUT, "schema %lld is not the one this program reads (%d)",
                       (long long)document->schema, CATALOGUE_SCHEMA);
    }
    return 0;
}

const struct catalogue_shape catalogue_document_shape = {
    .rows = document_rows,
    .row_count = ROW_COUNT(document_rows),
    .size = sizeof(struct catalogue_document),
    .check = check_document,
};

/* Providers. */

static const struct catalogue_row placeholder_rows[] = {
    ROW_REQUIRED("name", CATALOGUE_TEXT, struct catalogue_placeholder, name),
    ROW_REQUIRED("variables", CATALOGUE_TEXTS, struct catalogue_placeholder, variables),
    ROW("otherwise", CATALOGUE_TEXT, struct catalogue_placeholder, otherwise),
};
static const struct catalogue_shape placeholder_shape = {
    .rows = placeholder_rows,
    .row_count = ROW_COUNT(placeholder_rows),
    .size = sizeof(struct catalogue_placeholder),
};

static const struct catalogue_row region_rows[] = {
    ROW_REQUIRED("placeholder", CATALOGUE_TEXT, struct catalogue_region, placeholder),
    ROW_REQUIRED("value", CATALOGUE_TEXT, struct catalogue_region, value),
    ROW_REQUIRED("base_url", CATALOGUE_TEXT, struct catalogue_region, base_url),
};
static const struct catalogue_shape region_shape = {
    .rows = region_rows,
    .row_count = ROW_COUNT(region_rows),
    .size = sizeof(struct catalogue_region),
};

static const struct catalogue_row route_rows[] = {
    ROW_REQUIRED("model_prefix", CATALOGUE_TEXT, struct catalogue_route, model_prefix),
    ROW_REQUIRED("protocol", CATALOGUE_TEXT, struct catalogue_route, protocol),
};
static const struct catalogue_shape route_shape = {
    .rows = route_rows,
    .row_count = ROW_COUNT(route_rows),
    .size = sizeof(struct catalogue_route),
};

static const struct catalogue_row limits_rows[] = {
    ROW_REQUIRED("path", CATALOGUE_TEXT, struct catalogue_limits, path),
    ROW("list", CATALOGUE_TEXT, struct catalogue_limits, list),
    ROW_REQUIRED("input_field", CATALOGUE_TEXT, struct catalogue_limits, input_field),
    ROW("output_field", CATALOGUE_TEXT, struct catalogue_limits, output_field),
};
static const struct catalogue_shape limits_shape = {
    .rows = limits_rows,
    .row_count = ROW_COUNT(limits_rows),
    .size = sizeof(struct catalogue_limits),
};

static const char *const usage_words[] = {"inclusive", "reasoning-apart", "cache-apart",
                                          "thoughts-apart", NULL};

#define PROVIDER(field, kind, member) ROW(field, kind, struct catalogue_provider, member)

static const struct catalogue_row provider_rows[] = {
    ROW_REQUIRED("name", CATALOGUE_TEXT, struct catalogue_provider, name),
    ROW_REQUIRED("protocol", CATALOGUE_TEXT, struct catalogue_provider, protocol),
    PROVIDER("base_url", CATALOGUE_TEXT, base_url),
    PROVIDER("models_of", CATALOGUE_TEXT, models_of),
    PROVIDER("query", CATALOGUE_TEXT, query),
    ROW_LIST("placeholders", placeholder_shape, struct catalogue_provider, placeholders,
             placeholder_count),
    ROW_LIST("regions", region_shape, struct catalogue_provider, regions, region_count),
    ROW_LIST("routes", route_shape, struct catalogue_provider, routes, route_count),
    PROVIDER("key_variables", CATALOGUE_TEXTS, key_variables),
    PROVIDER("key_required", CATALOGUE_BOOL, key_required),
    PROVIDER("key_header", CATALOGUE_TEXT, key_header),
    PROVIDER("parameters", CATALOGUE_TEXTS, parameters),
    PROVIDER("max_output_parameter", CATALOGUE_TEXT, max_output_parameter),
    PROVIDER("tells_usage_unasked", CATALOGUE_BOOL, tells_usage_unasked),
    PROVIDER("roles_alternate", CATALOGUE_BOOL, roles_alternate),
    PROVIDER("seed_parameter", CATALOGUE_TEXT, seed_parameter),
    PROVIDER("system_role", CATALOGUE_TEXT, system_role),
    ROW_CHOICE("usage", usage_words, struct catalogue_provider, usage),
    PROVIDER("count_path", CATALOGUE_TEXT, count_path),
    {.name = "limits",
     .kind = CATALOGUE_OBJECT,
     .offset = offsetof(struct catalogue_provider, limits),
     .shape = &limits_shape},
    PROVIDER("tokens_per_o200k", CATALOGUE_RATIO, tokens_per_o200k),
    PROVIDER("batch_discount_percent", CATALOGUE_PART, batch_discount_percent),
    PROVIDER("note", CATALOGUE_TEXT, note),
};

static bool has_placeholder(const struct catalogue_provider *provider, struct str name)
{
    for (size_t i = 0; i < provider->placeholder_count; i++) {
        if (str_equal(name, str_from(provider->placeholders[i].name))) {
            return true;
        }
    }
    return false;
}

static int check_url(const struct catalogue_provider *provider, const char *url, struct err *err)
{
    struct str_pair parts = str_cut(str_from(url), '{');

    while (parts.ok) {
        struct str_pair rest = str_cut(parts.tail, '}');

        if (!rest.ok || !has_placeholder(provider, rest.head)) {
            return err_set(err, ERR_INPUT, "base_url %s: {%.*s} is not among the placeholders", url,
                           STR_ARG(rest.head));
        }
        parts = str_cut(rest.tail, '{');
    }
    return 0;
}

static int check_provider(const void *record, struct err *err)
{
    const struct catalogue_provider *provider = record;
    int rc = check_url(provider, provider->base_url, err);

    if (rc == 0 && strchr(provider->name, '/') != NULL) {
        return err_set(err, ERR_INPUT, "a provider's name has no '/'");
    }
    if (rc == 0 && !catalogue_auth_known(provider->key_header)) {
        return err_set(err, ERR_INPUT, "key_header \"%.80s\" is not one that carries a key",
                       provider->key_header);
    }
    for (size_t i = 0; rc == 0 && i < provider->region_count; i++) {
        const struct catalogue_region *region = &provider->regions[i];

        rc = has_placeholder(provider, str_from(region->placeholder))
                 ? check_url(provider, region->base_url, err)
                 : err_set(err, ERR_INPUT, "regions[%zu]: no placeholder \"%s\"", i,
                           region->placeholder);
    }
    return rc;
}

const struct catalogue_shape catalogue_provider_shape = {
    .rows = provider_rows,
    .row_count = ROW_COUNT(provider_rows),
    .size = sizeof(struct catalogue_provider),
    .check = check_provider,
};

/* Prices. */

#define RATES_UNKNOWN                                                                              \
    {                                                                                              \
        PRICE_UNKNOWN, PRICE_UNKNOWN, PRICE_UNKNOWN, PRICE_UNKNOWN, PRICE_UNKNOWN                  \
    }
/* "More than 200,000" and "200,000 and more" are both in use; the first is the second of one token
 * more. */
static const struct catalogue_row tier_rows[] = {
    ROW("above_input_tokens", CATALOGUE_ABOVE, struct price_tier, from_input_tokens),
    ROW("from_input_tokens", CATALOGUE_TOKENS, struct price_tier, from_input_tokens),
    ROW_REQUIRED("input", CATALOGUE_DOLLARS, struct price_tier, rates.input),
    ROW_REQUIRED("output", CATALOGUE_DOLLARS, struct price_tier, rates.output),
    ROW("cache_read", CATALOGUE_DOLLARS, struct price_tier, rates.cache_read),
    ROW("cache_write_5m", CATALOGUE_DOLLARS, struct price_tier, rates.cache_write_5m),
    ROW("cache_write_1h", CATALOGUE_DOLLARS, struct price_tier, rates.cache_write_1h),
};
static const struct price_tier blank_tier = {.rates = RATES_UNKNOWN};

static int check_tier(const void *record, struct err *err)
{
    const struct price_tier *tier = record;

    return tier->from_input_tokens != 0
               ? 0
               : err_set(err, ERR_INPUT,
                         "field \"above_input_tokens\" or \"from_input_tokens\" is missing");
}

static const struct catalogue_shape tier_shape = {
    .rows = tier_rows,
    .row_count = ROW_COUNT(tier_rows),
    .size = sizeof(struct price_tier),
    .blank = &blank_tier,
    .check = check_tier,
};

static const struct catalogue_row peak_rows[] = {
    ROW_REQUIRED("from_hour_utc", CATALOGUE_HOUR, struct price_peak, from_hour_utc),
    ROW_REQUIRED("until_hour_utc", CATALOGUE_HOUR, struct price_peak, until_hour_utc),
    ROW_REQUIRED("percent", CATALOGUE_PERCENT, struct price_peak, percent),
};

static int check_peak(const void *record, struct err *err)
{
    const struct price_peak *peak = record;

    return peak->from_hour_utc < peak->until_hour_utc
               ? 0
               : err_set(err, ERR_INPUT, "until_hour_utc is not after from_hour_utc");
}

static const struct catalogue_shape peak_shape = {
    .rows = peak_rows,
    .row_count = ROW_COUNT(peak_rows),
    .size = sizeof(struct price_peak),
    .check = check_peak,
};

#define PRICE(field, kind, member) ROW(field, kind, struct catalogue_price, member)

static const struct catalogue_row price_rows[] = {
    ROW_REQUIRED("input", CATALOGUE_DOLLARS, struct catalogue_price, price.rates.input),
    ROW_REQUIRED("output", CATALOGUE_DOLLARS, struct catalogue_price, price.rates.output),
    ROW("cache_read", CATALOGUE_DOLLARS, struct catalogue_price, price.rates.cache_read),
    ROW("cache_write_5m", CATALOGUE_DOLLARS, struct catalogue_price, price.rates.cache_write_5m),
    ROW("cache_write_1h", CATALOGUE_DOLLARS, struct catalogue_price, price.rates.cache_write_1h),
    ROW_LIST("tiers", tier_shape, struct catalogue_price, price.tiers, price.tier_count),
    ROW_LIST("peaks", peak_shape, struct catalogue_price, price.peaks, price.peak_count),
    PRICE("batch_discount_percent", CATALOGUE_PART, price.batch_discount_percent),
    PRICE("from", CATALOGUE_DAY, from),
    PRICE("until", CATALOGUE_DAY, until),
    ROW_REQUIRED("as_of", CATALOGUE_DAY, struct catalogue_price, as_of),
    ROW_REQUIRED("source", CATALOGUE_TEXT, struct catalogue_price, source),
    PRICE("lower_bound", CATALOGUE_BOOL, is_lower_bound),
    PRICE("note", CATALOGUE_TEXT, note),
};
static const struct catalogue_price blank_price = {
    .price = {.rates = RATES_UNKNOWN, .batch_discount_percent = CATALOGUE_UNKNOWN}};

static int check_price(const void *record, struct err *err)
{
    const struct catalogue_price *price = record;
    const struct price_tier *tiers = price->price.tiers;
    const struct price_peak *peaks = price->price.peaks;

    for (size_t i = 1; i < price->price.tier_count; i++) {
        if (tiers[i].from_input_tokens <= tiers[i - 1].from_input_tokens) {
            return err_set(err, ERR_INPUT, "tiers[%zu] does not begin after the one before", i);
        }
    }
    for (size_t i = 1; i < price->price.peak_count; i++) {
        if (peaks[i].from_hour_utc < peaks[i - 1].until_hour_utc) {
            return err_set(err, ERR_INPUT, "peaks[%zu] begins before the one before ends", i);
        }
    }
    if (price->from != NULL && price->until != NULL && strcmp(price->from, price->until) > 0) {
        return err_set(err, ERR_INPUT, "it ends (%s) before it begins (%s)", price->until,
                       price->from);
    }
    return 0;
}

static const struct catalogue_shape price_shape = {
    .rows = price_rows,
    .row_count = ROW_COUNT(price_rows),
    .size = sizeof(struct catalogue_price),
    .blank = &blank_price,
    .check = check_price,
};

/* Models. */

static const char *const sampling_words[] = {"unknown", "taken", "without-reasoning", "refused",
                                             NULL};

#define MODEL(field, kind, member) ROW(field, kind, struct catalogue_entry, model.member)

static const struct catalogue_row entry_rows[] = {
    ROW_REQUIRED("id", CATALOGUE_TEXT, struct catalogue_entry, model.id),
    ROW("same_as", CATALOGUE_TEXT, struct catalogue_entry, same_as),
    ROW("price_percent", CATALOGUE_PERCENT, struct catalogue_entry, price_percent),
    MODEL("aliases", CATALOGUE_TEXTS, aliases),
    MODEL("protocol", CATALOGUE_TEXT, protocol),
    MODEL("headers", CATALOGUE_TEXTS, headers),
    MODEL("window_input_tokens", CATALOGUE_TOKENS, window_input_tokens),
    MODEL("window_output_tokens", CATALOGUE_TOKENS, window_output_tokens),
    MODEL("window_total_tokens", CATALOGUE_TOKENS, window_total_tokens),
    MODEL("max_output_parameter", CATALOGUE_TEXT, max_output_parameter),
    ROW_CHOICE("sampling", sampling_words, struct catalogue_entry, model.sampling),
    MODEL("efforts", CATALOGUE_TEXTS, efforts),
    MODEL("thinking", CATALOGUE_TEXTS, thinking),
    MODEL("tokens_per_o200k", CATALOGUE_RATIO, tokens_per_o200k),
    ROW_LIST("prices", price_shape, struct catalogue_entry, model.prices, model.price_count),
    MODEL("retired", CATALOGUE_DAY, retired),
    MODEL("note", CATALOGUE_TEXT, note),
};
static const struct catalogue_entry blank_entry = {
    .model = {.window_input_tokens = CATALOGUE_UNKNOWN,
              .window_output_tokens = CATALOGUE_UNKNOWN,
              .window_total_tokens = CATALOGUE_UNKNOWN},
    .price_percent = 100};

/* Whether one of two prices ends before the other begins. */
static bool are_apart(const struct catalogue_price *a, const struct catalogue_price *b)
{
    return (a->until != NULL && b->from != NULL && strcmp(a->until, b->from) < 0) ||
           (b->until != NULL && a->from != NULL && strcmp(b->until, a->from) < 0);
}

static int check_entry(const void *record, struct err *err)
{
    const struct catalogue_model *model = &((const struct catalogue_entry *)record)->model;

    if (model->window_total_tokens != CATALOGUE_UNKNOWN &&
        model->window_input_tokens > model->window_total_tokens) {
        return err_set(err, ERR_INPUT, "window_input_tokens is more than window_total_tokens");
    }
    for (size_t i = 0; i < model->price_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!are_apart(&model->prices[i], &model->prices[j])) {
                return err_set(err, ERR_INPUT, "prices[%zu] and prices[%zu] hold on the same day",
                               j, i);
            }
        }
    }
    return 0;
}

const struct catalogue_shape catalogue_entry_shape = {
    .rows = entry_rows,
    .row_count = ROW_COUNT(entry_rows),
    .size = sizeof(struct catalogue_entry),
    .blank = &blank_entry,
    .check = check_entry,
};
