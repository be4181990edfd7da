#include "cli/model.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/environment.h"
#include "cli/key.h"
#include "token/token.h"

#include <string.h>

static int keep(struct arena *arena, struct str text, const char **out, struct err *err)
{
    struct str copy = arena_copy(arena, text);

    if (copy.p == NULL) {
        return err_memory(err);
    }
    *out = copy.p;
    return 0;
}

static int check_sim_model(struct str model, struct err *err)
{
    struct buf known;
    struct err why;
    int rc = sim_model_check(model, &why);

    if (rc == 0) {
        return 0;
    }
    buf_init(&known, 4096);
    for (size_t i = 0; sim_models[i].name != NULL; i++) {
        buf_appendf(&known, "%ssim/%s", i != 0 ? ", " : "", sim_models[i].name);
    }
    rc = err_set(err, ERR_USAGE, "%s; known: %.*s, each also with faults (haymaker serve --help)",
                 why.text, STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}

static int start_sim(struct models *models, struct err *err)
{
    struct sim_settings settings = {0}; /* any port */
    int rc = tokenizer_open(&models->tokenizer, TOKEN_O200K_BASE, err);

    settings.tokenizer = models->tokenizer;
    return rc != 0 ? rc : sim_start(&models->sim, &settings, err);
}

static int find_base_url(struct models *models, const struct catalogue_target *target,
                         const struct model_settings *settings, const char **out, struct err *err)
{
    int rc = 0;

    if (strcmp(target->provider->name, "sim") == 0) {
        rc = check_sim_model(target->model_name, err);
        if (rc == 0 && models->sim == NULL) {
            rc = start_sim(models, err);
        }
        if (rc == 0) {
            *out = sim_base_url(models->sim);
        }
        return rc;
    }
    if (settings->base_url != NULL) {
        *out = settings->base_url;
        return 0;
    }
    return catalogue_base_url(target, environment_get, &models->arena, out, err);
}

static int find_price(struct model *model, const struct model_settings *settings, struct err *err)
{
    char today[CLOCK_STAMP_MAX];
    const struct catalogue_price *found = NULL;
    int rc = 0;

    model->price_as_of = "";
    model->price_source = "";
    if (settings->price != NULL) {
        rc = price_parse(str_from(settings->price), &model->price, err);
        model->has_price = rc == 0;
        if (model->target.provider->batch_discount_percent > 0) {
            model->price.batch_discount_percent = model->target.provider->batch_discount_percent;
        }
        model->price_source = "--price";
        return rc != 0 ? err_wrap(err, "--price") : 0;
    }
    if (model->target.model == NULL) {
        return 0;
    }
    clock_stamp(clock_system(), today);
    found = catalogue_price_on(model->target.model, str_take(str_from(today), 10));
    if (found != NULL) {
        model->price = found->price;
        model->has_price = true;
        model->price_as_of = found->as_of != NULL ? found->as_of : "";
        model->price_source = found->source != NULL ? found->source : "";
    }
    return 0;
}

/* The model's own headers of the catalogue and the user's, NULL-terminated. */
static int join_headers(const struct model *model, const struct model_settings *settings,
                        struct arena *arena, const char *const **out, struct err *err)
{
    const struct catalogue_model *known = model->target.model;
    size_t count = 0;
    const char **joined = NULL;

    while (settings->headers != NULL && settings->headers[count] != NULL) {
        count++;
    }
    count += known != NULL ? known->headers.count : 0;
    joined = arena_alloc(arena, count + 1, sizeof *joined);
    if (joined == NULL) {
        return err_memory(err);
    }
    count = 0;
    for (size_t i = 0; known != NULL && i < known->headers.count; i++) {
        joined[count++] = known->headers.items[i];
    }
    for (size_t i = 0; settings->headers != NULL && settings->headers[i] != NULL; i++) {
        joined[count++] = settings->headers[i];
    }
    *out = joined;
    return 0;
}

static int fill_endpoint(struct models *models, struct model *model,
                         const struct model_settings *settings, struct err *err)
{
    const struct key_settings key = {settings->key_file, settings->key_command};
    struct endpoint *endpoint = &model->endpoint;
    struct str query = str_from(model->target.provider->query);
    int rc = 0;

    model->quirks = catalogue_quirks(&model->target);
    *endpoint = (struct endpoint){
        .protocol = settings->protocol != NULL ? settings->protocol : model->target.protocol,
        .max_output_tokens = settings->max_output_tokens,
        .quirks = &model->quirks,
        .allows_plain_http = settings->allows_plain_http,
        .caches_haystack = settings->caches_haystack,
    };
    if (str_starts(query, STR("api-version="))) {
        endpoint->api_version = str_skip(query, STR("api-version=").len).p;
    }
    rc = keep(&models->arena, model->target.model_name, &endpoint->model, err);
    if (rc == 0 && settings->is_for_planning) {
        endpoint->base_url = "";
        return 0;
    }
    if (rc == 0) {
        rc = catalogue_place(&model->target, STR("region"), environment_get, &models->arena,
                             &endpoint->region, err);
    }
    if (rc == 0) {
        rc = find_base_url(models, &model->target, settings, &endpoint->base_url, err);
    }
    if (rc == 0) {
        rc = key_find(model->target.provider, &key, &models->arena, &endpoint->credentials, err);
    }
    if (rc == 0) {
        rc = catalogue_parameters(&model->target, settings->parameters, &models->arena,
                                  &endpoint->parameters, err);
    }
    if (rc == 0) {
        rc = join_headers(model, settings, &models->arena, &endpoint->headers, err);
    }
    return rc != 0 ? rc : endpoint_check(endpoint, err);
}

static int open_model(struct models *models, struct str name, const struct model_settings *settings,
                      struct model *out, struct err *err)
{
    int rc = catalogue_find(&models->catalogue, name, &out->target, err);

    if (rc == 0) {
        rc = find_price(out, settings, err);
    }
    return rc != 0 ? rc : fill_endpoint(models, out, settings, err);
}

int models_open(struct models *out, const struct str *names, size_t count,
                const struct model_settings *settings, struct err *err)
{
    int rc = 0;

    *out = (struct models){0};
    rc = catalogue_open(&out->catalogue, settings->models_file, err);
    if (rc != 0) {
        return rc;
    }
    out->count = count;
    out->models = arena_alloc(&out->arena, count, sizeof *out->models);
    if (out->models == NULL) {
        rc = err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = open_model(out, names[i], settings, &out->models[i], err);
    }
    if (rc != 0) {
        models_release(out);
    }
    return rc;
}

void models_release(struct models *models)
{
    sim_stop(models->sim);
    tokenizer_free(models->tokenizer);
    catalogue_release(&models->catalogue);
    arena_release(&models->arena);
    *models = (struct models){0};
}
