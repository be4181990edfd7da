#include "cli/model.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES_MAX = 16384 };

/* Providers whose endpoints speak OpenAI's Chat Completions. */
struct provider {
    const char *name;
    const char *base_url;     /* NULL: --base-url is required */
    const char *key_variable; /* NULL: no key */
    bool key_required;
};

static const struct provider providers[] = {
    {"openai", "https://api.openai.com/v1", "OPENAI_API_KEY", true},
    {"compatible", NULL, "COMPATIBLE_API_KEY", false},
    {"sim", NULL, NULL, false},
};

static const struct provider *find_provider(struct str name)
{
    for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++) {
        if (str_equal(name, str_from(providers[i].name))) {
            return &providers[i];
        }
    }
    return NULL;
}

static int keep(struct arena *arena, struct str text, const char **out, struct err *err)
{
    struct str copy = arena_copy(arena, text);

    if (copy.p == NULL) {
        return err_memory(err);
    }
    *out = copy.p;
    return 0;
}

static int key_from_file(const char *path, struct arena *arena, const char **out, struct err *err)
{
    struct buf text;
    struct str key;
    int rc = 0;

    buf_init(&text, KEY_BYTES_MAX);
    rc = file_read(path, &text, err);
    key = str_trim(buf_str(&text));
    if (rc == 0 && key.len == 0) {
        rc = err_set(err, ERR_USAGE, "--key-file %s: the file is empty", path);
    }
    if (rc == 0) {
        rc = keep(arena, key, out, err);
    }
    if (text.p != NULL) {
        memset(text.p, 0, text.len);
    }
    buf_release(&text);
    return rc;
}

static int find_key(const struct provider *provider, const struct model_settings *settings,
                    struct arena *arena, const char **out, struct err *err)
{
    *out = NULL;
    if (provider->key_variable == NULL) {
        return 0;
    }
    if (settings->key_file != NULL) {
        return key_from_file(settings->key_file, arena, out, err);
    }
    /* Read from the main thread before any other starts. */
    *out = getenv(provider->key_variable); // NOLINT(concurrency-mt-unsafe)
    if (*out != NULL && (*out)[0] == '\0') {
        *out = NULL;
    }
    if (*out == NULL && provider->key_required) {
        return err_set(err, ERR_USAGE, "%s needs a key: set %s or give --key-file FILE",
                       provider->name, provider->key_variable);
    }
    return 0;
}

static int unknown_provider(struct str name, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "unknown provider in '%.*s'; known: openai/MODEL, compatible/MODEL with "
                   "--base-url (any server that speaks OpenAI's Chat Completions), sim/MODEL",
                   STR_ARG(name));
}

static int check_sim_model(struct str model, struct err *err)
{
    struct buf known;
    int rc = 0;

    buf_init(&known, 4096);
    for (size_t i = 0; sim_models[i].name != NULL; i++) {
        if (str_equal(model, str_from(sim_models[i].name))) {
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%ssim/%s", i != 0 ? ", " : "", sim_models[i].name);
    }
    rc = err_set(err, ERR_USAGE, "there is no simulated model '%.*s'; known: %.*s", STR_ARG(model),
                 STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}

static int find_base_url(struct models *models, const struct provider *provider,
                         const struct model_settings *settings, const char **out, struct err *err)
{
    if (strcmp(provider->name, "sim") == 0) {
        static const struct sim_settings any_port = {0};

        if (models->sim == NULL) {
            int rc = sim_start(&models->sim, &any_port, err);

            if (rc != 0) {
                return rc;
            }
        }
        *out = sim_base_url(models->sim);
        return 0;
    }
    *out = settings->base_url != NULL ? settings->base_url : provider->base_url;
    if (*out == NULL) {
        return err_set(err, ERR_USAGE, "%s/… needs --base-url, e.g. http://127.0.0.1:8000/v1",
                       provider->name);
    }
    return 0;
}

static int open_endpoint(struct models *models, struct str name,
                         const struct model_settings *settings, struct endpoint *out,
                         struct err *err)
{
    struct str_pair parts = str_cut(name, '/');
    const struct provider *provider = find_provider(parts.head);
    int rc = 0;

    if (provider == NULL || !parts.ok || parts.tail.len == 0) {
        return unknown_provider(name, err);
    }
    if (strcmp(provider->name, "sim") == 0) {
        rc = check_sim_model(parts.tail, err);
    }
    *out = (struct endpoint){
        .protocol = "openai-chat",
        .max_output_tokens = settings->max_output_tokens,
        .parameters = settings->parameters,
    };
    if (rc == 0) {
        rc = keep(&models->arena, parts.tail, &out->model, err);
    }
    if (rc == 0) {
        rc = find_key(provider, settings, &models->arena, &out->credentials.key, err);
    }
    if (rc == 0) {
        rc = find_base_url(models, provider, settings, &out->base_url, err);
    }
    return rc != 0 ? rc : endpoint_check(out, err);
}

int models_open(struct models *out, const struct str *names, size_t count,
                const struct model_settings *settings, struct err *err)
{
    int rc = 0;

    *out = (struct models){0};
    out->endpoints = arena_alloc(&out->arena, count, sizeof *out->endpoints);
    if (out->endpoints == NULL) {
        return err_memory(err);
    }
    out->count = count;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = open_endpoint(out, names[i], settings, &out->endpoints[i], err);
    }
    if (rc != 0) {
        models_release(out);
    }
    return rc;
}

void models_release(struct models *models)
{
    sim_stop(models->sim);
    arena_release(&models->arena);
    *models = (struct models){0};
}
