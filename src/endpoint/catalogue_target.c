#include "endpoint/catalogue.h"

#include "base/buf.h"
#include "endpoint/catalogue_shape.h"

#include <string.h>
#include <strings.h>

enum { URL_BYTES_MAX = 4096 };

static bool is_alias(const struct catalogue_model *model, struct str name)
{
    for (size_t i = 0; i < model->aliases.count; i++) {
        if (str_equal(name, str_from(model->aliases.items[i]))) {
            return true;
        }
    }
    return false;
}

/* "-2026-04-23", "-20260423" or "@" and anything, after the model's own name. */
static bool is_snapshot(struct str name, struct str of)
{
    struct str rest = str_skip(name, of.len);
    size_t digits = 0;

    if (!str_starts(name, of) || rest.len < 2) {
        return false;
    }
    if (rest.p[0] == '@') {
        return true;
    }
    if (rest.p[0] != '-') {
        return false;
    }
    for (size_t i = 1; i < rest.len; i++) {
        bool is_digit = rest.p[i] >= '0' && rest.p[i] <= '9';

        digits += is_digit ? 1 : 0;
        if (!is_digit && (rest.p[i] != '-' || (i != 5 && i != 8))) {
            return false;
        }
    }
    return digits == 8 && (rest.len == 9 || rest.len == 11);
}

static const struct catalogue_model *model_named(const struct catalogue *catalogue,
                                                 const struct catalogue_provider *provider,
                                                 struct str name)
{
    const struct catalogue_model *snapshot_of = NULL;

    for (size_t i = 0; i < catalogue->model_count; i++) {
        const struct catalogue_model *model = &catalogue->models[i];

        if (model->provider != provider) {
            continue;
        }
        if (str_equal(name, str_from(model->name)) || is_alias(model, name)) {
            return model;
        }
        if (is_snapshot(name, str_from(model->name))) {
            snapshot_of = model;
        }
    }
    return snapshot_of;
}

const struct catalogue_provider *catalogue_provider(const struct catalogue *catalogue,
                                                    struct str name)
{
    for (size_t i = 0; i < catalogue->provider_count; i++) {
        if (str_equal(name, str_from(catalogue->providers[i].name))) {
            return &catalogue->providers[i];
        }
    }
    return NULL;
}

void catalogue_append_providers(const struct catalogue *catalogue, struct buf *out)
{
    for (size_t i = 0; i < catalogue->provider_count; i++) {
        buf_appendf(out, "%s%s", i != 0 ? ", " : "", catalogue->providers[i].name);
    }
}

static int unknown_provider(const struct catalogue *catalogue, struct str name, struct err *err)
{
    struct buf known;

    buf_init(&known, ERR_TEXT_MAX);
    catalogue_append_providers(catalogue, &known);
    (void)err_set(err, ERR_USAGE, "'%.*s' is not PROVIDER/MODEL with one of these providers: %.*s",
                  STR_ARG(name), STR_ARG(buf_str(&known)));
    buf_release(&known);
    return ERR_USAGE;
}

static const char *route_protocol(const struct catalogue_provider *provider, struct str name)
{
    for (size_t i = 0; i < provider->route_count; i++) {
        if (str_starts(name, str_from(provider->routes[i].model_prefix))) {
            return provider->routes[i].protocol;
        }
    }
    return provider->protocol;
}

int catalogue_find(const struct catalogue *catalogue, struct str name, struct catalogue_target *out,
                   struct err *err)
{
    struct str_pair parts = str_cut(name, '/');
    const struct catalogue_provider *provider = catalogue_provider(catalogue, parts.head);
    const struct catalogue_model *model = NULL;

    if (provider == NULL || parts.tail.len == 0) {
        return unknown_provider(catalogue, name, err);
    }
    model = model_named(catalogue, provider, parts.tail);
    if (model == NULL && provider->models_of != NULL) {
        model = model_named(catalogue, catalogue_provider(catalogue, str_from(provider->models_of)),
                            parts.tail);
    }
    *out = (struct catalogue_target){
        .provider = provider,
        .model = model,
        .model_name = parts.tail,
        .protocol = route_protocol(provider, parts.tail),
        .tokens_per_o200k = provider->tokens_per_o200k,
    };
    if (model != NULL && model->protocol != NULL) {
        out->protocol = model->protocol;
    }
    /* Another protocol has another name for it. */
    if (str_equal(str_from(out->protocol), str_from(provider->protocol))) {
        out->max_output_parameter = provider->max_output_parameter;
    }
    if (model != NULL && model->max_output_parameter != NULL) {
        out->max_output_parameter = model->max_output_parameter;
    }
    if (model != NULL && model->tokens_per_o200k > 0.0) {
        out->tokens_per_o200k = model->tokens_per_o200k;
    }
    return 0;
}

/* Days are compared as texts, so their form matters more than the calendar. */
bool catalogue_is_day(struct str text)
{
    static const char form[] = "dddd-dd-dd";

    if (text.len != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';

        if (form[i] == 'd' ? !is_digit : text.p[i] != form[i]) {
            return false;
        }
    }
    return true;
}

static bool holds_on(const struct catalogue_price *price, struct str day)
{
    struct str from = str_from(price->from);
    struct str until = str_from(price->until);

    /* All are ten characters long, so the order of bytes is that of days. */
    return (from.len == 0 || (day.len == from.len && memcmp(from.p, day.p, day.len) <= 0)) &&
           (until.len == 0 || (day.len == until.len && memcmp(day.p, until.p, day.len) <= 0));
}

const struct catalogue_price *catalogue_price_on(const struct catalogue_model *model,
                                                 struct str day)
{
    for (size_t i = 0; model != NULL && i < model->price_count; i++) {
        if (holds_on(&model->prices[i], day)) {
            return &model->prices[i];
        }
    }
    return NULL;
}

/* A value without the slashes at its end, since the template goes on with one; NULL when none of
 * the variables is set and there is no other value. */
static struct str placeholder_value(const struct catalogue_placeholder *placeholder,
                                    catalogue_lookup *lookup)
{
    struct str value = str_from(placeholder->otherwise);

    for (size_t i = placeholder->variables.count; i != 0; i--) {
        struct str set = str_trim(str_from(lookup(placeholder->variables.items[i - 1])));

        value = set.len != 0 ? set : value;
    }
    while (str_ends(value, STR("/"))) {
        value.len--;
    }
    return value;
}

static const struct catalogue_placeholder *
placeholder_named(const struct catalogue_provider *provider, struct str name)
{
    for (size_t i = 0; i < provider->placeholder_count; i++) {
        if (str_equal(name, str_from(provider->placeholders[i].name))) {
            return &provider->placeholders[i];
        }
    }
    return NULL;
}

static const char *url_template(const struct catalogue_provider *provider, catalogue_lookup *lookup)
{
    for (size_t i = 0; i < provider->region_count; i++) {
        const struct catalogue_region *region = &provider->regions[i];
        const struct catalogue_placeholder *placeholder =
            placeholder_named(provider, str_from(region->placeholder));

        if (str_equal(placeholder_value(placeholder, lookup), str_from(region->value))) {
            return region->base_url;
        }
    }
    return provider->base_url;
}

static int find_value(const struct catalogue_provider *provider, struct str name,
                      catalogue_lookup *lookup, struct str *out, struct err *err)
{
    const struct catalogue_placeholder *placeholder = placeholder_named(provider, name);

    *out = (struct str){NULL, 0};
    if (placeholder == NULL) {
        return 0;
    }
    *out = placeholder_value(placeholder, lookup);
    if (out->len == 0) {
        return err_set(err, ERR_USAGE, "%s needs its %s: set %s", provider->name, placeholder->name,
                       placeholder->variables.count != 0 ? placeholder->variables.items[0] : "it");
    }
    return 0;
}

int catalogue_place(const struct catalogue_target *target, struct str name,
                    catalogue_lookup *lookup, struct arena *arena, const char **out,
                    struct err *err)
{
    struct str value;
    int rc = find_value(target->provider, name, lookup, &value, err);

    *out = NULL;
    if (rc == 0 && value.len != 0) {
        *out = arena_copy(arena, value).p;
        rc = *out != NULL ? 0 : err_memory(err);
    }
    return rc;
}

int catalogue_base_url(const struct catalogue_target *target, catalogue_lookup *lookup,
                       struct arena *arena, const char **out, struct err *err)
{
    const struct catalogue_provider *provider = target->provider;
    struct str_pair parts = {{NULL, 0}, {NULL, 0}, true};
    struct buf url;
    int rc = 0;

    if (provider->base_url == NULL) {
        return err_set(err, ERR_USAGE, "%s/… needs --base-url, e.g. http://localhost:8000/v1",
                       provider->name);
    }
    buf_init(&url, URL_BYTES_MAX);
    parts = str_cut(str_from(url_template(provider, lookup)), '{');
    buf_append(&url, parts.head);
    while (rc == 0 && parts.ok) {
        struct str_pair rest = str_cut(parts.tail, '}');
        struct str value;

        rc = find_value(provider, rest.head, lookup, &value, err);
        buf_append(&url, value);
        parts = str_cut(rest.tail, '{');
        buf_append(&url, parts.head);
    }
    if (rc == 0) {
        rc = buf_check(&url, "the base URL", err);
    }
    if (rc == 0) {
        *out = arena_copy(arena, buf_str(&url)).p;
        rc = *out != NULL ? 0 : err_memory(err);
    }
    buf_release(&url);
    return rc;
}

static const char *const auth_headers[QUIRK_AUTH_COUNT] = {
    [QUIRK_AUTH_BEARER] = "authorization",
    [QUIRK_AUTH_X_API_KEY] = "x-api-key",
    [QUIRK_AUTH_API_KEY] = "api-key",
    [QUIRK_AUTH_X_GOOG_API_KEY] = "x-goog-api-key",
};

/* QUIRK_AUTH_COUNT for a header that is not one of them. */
static enum quirk_auth auth_by(const char *key_header)
{
    int auth = QUIRK_AUTH_PROTOCOL;

    while (key_header != NULL && auth < QUIRK_AUTH_COUNT &&
           (auth_headers[auth] == NULL || strcasecmp(key_header, auth_headers[auth]) != 0)) {
        auth++;
    }
    return (enum quirk_auth)auth;
}

bool catalogue_auth_known(const char *key_header)
{
    return auth_by(key_header) != QUIRK_AUTH_COUNT;
}

struct quirks catalogue_quirks(const struct catalogue_target *target)
{
    const struct catalogue_provider *provider = target->provider;

    return (struct quirks){
        .max_tokens_name = target->max_output_parameter,
        .auth = auth_by(provider->key_header),
        .tells_usage_unasked = provider->tells_usage_unasked,
        .counts_reasoning_apart = provider->usage == CATALOGUE_USAGE_REASONING_APART,
        .roles_alternate = provider->roles_alternate,
    };
}

static bool names_same(const char *parameter, const char *other)
{
    return str_equal(str_cut(str_from(parameter), '=').head, str_cut(str_from(other), '=').head);
}

static bool is_among(const char *const *parameters, const char *wanted)
{
    for (size_t i = 0; parameters != NULL && parameters[i] != NULL; i++) {
        if (names_same(parameters[i], wanted)) {
            return true;
        }
    }
    return false;
}

int catalogue_parameters(const struct catalogue_target *target, const char *const *user_parameters,
                         struct arena *arena, const char *const **out, struct err *err)
{
    const struct catalogue_texts *own = &target->provider->parameters;
    const char **list = NULL;
    size_t user_count = 0;
    size_t count = 0;

    while (user_parameters != NULL && user_parameters[user_count] != NULL) {
        user_count++;
    }
    list = arena_alloc(arena, own->count + user_count + 1, sizeof *list);
    if (list == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < own->count; i++) {
        if (!is_among(user_parameters, own->items[i])) {
            list[count++] = own->items[i];
        }
    }
    for (size_t i = 0; i < user_count; i++) {
        list[count++] = user_parameters[i];
    }
    *out = list;
    return 0;
}
