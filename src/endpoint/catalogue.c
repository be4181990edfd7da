#include "endpoint/catalogue.h"

#include "base/buf.h"
#include "base/file.h"
#include "endpoint/catalogue_shape.h"
#include "record/json_text.h"

#include <jansson.h>
#include <string.h>

enum { FILE_BYTES_MAX = 16 * 1024 * 1024, SAME_AS_MAX = 8 };

/* Entries of one kind, laid over one another as JSON before they become structs. */
struct layers {
    const char *list;  /* the field of the file: "models" */
    const char *kind;  /* one of them, for errors: "model" */
    const char *key;   /* the field that tells them apart: "id" */
    const char *basis; /* a field that names the entry to start from, or NULL */
    const struct catalogue_shape *shape;
    json_t *merged;  /* key -> entry, in the order in which they came first */
    json_t *origins; /* key -> name of the last file that said something about it */
};

/* Where a text that needs a file, an entry and a field is put together. */
static int name_entry(const struct layers *layers, const char *file, const json_t *entry,
                      size_t index, struct err *err)
{
    const char *key = json_string_value(json_object_get(entry, layers->key));

    if (key == NULL) {
        return err_wrap(err, "%s: %s[%zu]", file, layers->list, index);
    }
    return err_wrap(err, "%s: %s \"%.80s\"", file, layers->kind, key);
}

/* Reads an entry into a struct that is thrown away: it is right, whatever else it is laid over. */
static int check_alone(const struct layers *layers, json_t *entry, bool partly, struct err *err)
{
    struct arena arena = {0};
    void *scratch = arena_alloc(&arena, 1, layers->shape->size);
    int rc = scratch != NULL
                 ? catalogue_fields_read(layers->shape, entry, partly, &arena, scratch, err)
                 : err_memory(err);

    if (rc == 0 && json_object_get(entry, layers->key) == NULL) {
        rc = err_set(err, ERR_INPUT, "field \"%s\" is missing", layers->key);
    }
    arena_release(&arena);
    return rc;
}

/* json_copy leaves out what there is no memory for. */
static json_t *copy_of(json_t *object)
{
    json_t *copy = json_object();

    if (copy != NULL && json_object_update(copy, object) != 0) {
        json_decref(copy);
        copy = NULL;
    }
    return copy;
}

/* `seen` holds the keys of the file at hand. */
static int add_entry(struct layers *layers, const char *file, json_t *entry, json_t *seen,
                     struct err *err)
{
    const char *key = json_string_value(json_object_get(entry, layers->key));
    json_t *below = key != NULL ? json_object_get(layers->merged, key) : NULL;
    bool has_basis = layers->basis != NULL && json_object_get(entry, layers->basis) != NULL;

    if (check_alone(layers, entry, below != NULL || has_basis, err) != 0) {
        return err->code;
    }
    if (json_object_get(seen, key) != NULL) {
        return err_set(err, ERR_INPUT, "it is there twice");
    }
    if (json_object_set_new(seen, key, json_true()) != 0 ||
        json_object_set_new(layers->origins, key, json_string(file)) != 0 ||
        (below != NULL ? json_object_update(below, entry)
                       : json_object_set_new(layers->merged, key, copy_of(entry))) != 0) {
        return err_memory(err);
    }
    return 0;
}

static int add_list(struct layers *layers, const char *file, const json_t *document,
                    struct err *err)
{
    const json_t *list = json_object_get(document, layers->list);
    json_t *seen = json_object();
    int rc = seen != NULL ? 0 : err_memory(err);

    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);

        if (add_entry(layers, file, entry, seen, err) != 0) {
            rc = name_entry(layers, file, entry, i, err);
        }
    }
    json_decref(seen);
    return rc;
}

static int parse_source(const struct catalogue_source *source, json_t **out, struct err *err)
{
    struct arena arena = {0};
    struct catalogue_document document;
    json_error_t problem = {.line = 0};
    int rc = 0;

    *out = json_text_read(source->bytes, JSON_REJECT_DUPLICATES, &problem, err);
    if (*out == NULL) {
        return err_wrap(err, "%s: line %d", source->name, problem.line);
    }
    rc = catalogue_fields_read(&catalogue_document_shape, *out, false, &arena, &document, err);
    arena_release(&arena);
    return rc == 0 ? 0 : err_wrap(err, "%s", source->name);
}

/* Fields that say how one endpoint is reached are not another's. */
static void drop_own_fields(json_t *entry)
{
    static const char *const own[] = {"id", "aliases", "same_as", "protocol", "headers", "retired"};

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        (void)json_object_del(entry, own[i]);
    }
}

/* Lays an entry over the one it is said to be the same as, which may itself be the same as
 * another. */
static int resolve(const struct layers *models, const char *key, unsigned depth, struct err *err)
{
    json_t *entry = json_object_get(models->merged, key);
    json_t *same_as = json_object_get(entry, models->basis);
    const char *basis_key = json_string_value(same_as);
    json_t *whole = NULL;

    if (same_as == NULL) {
        return 0;
    }
    if (json_object_get(models->merged, basis_key) == NULL) {
        return err_set(err, ERR_INPUT, "same_as: there is no model \"%.80s\"", basis_key);
    }
    if (depth == SAME_AS_MAX) {
        return err_set(err, ERR_INPUT, "same_as leads in a circle");
    }
    if (resolve(models, basis_key, depth + 1, err) != 0) {
        return err->code;
    }
    whole = copy_of(json_object_get(models->merged, basis_key));
    if (whole == NULL) {
        return err_memory(err);
    }
    drop_own_fields(whole);
    if (json_object_update(whole, entry) != 0) {
        json_decref(whole);
        return err_memory(err);
    }
    (void)json_object_del(whole, models->basis);
    return json_object_set_new(models->merged, key, whole) == 0 ? 0 : err_memory(err);
}

/* Reads all merged entries into one array. */
static int read_merged(const struct layers *layers, struct arena *arena, void **out, size_t *count,
                       struct err *err)
{
    const char *key = NULL;
    json_t *entry = NULL;
    char *at = NULL;
    int rc = 0;

    *count = json_object_size(layers->merged);
    *out = arena_alloc(arena, *count + 1, layers->shape->size);
    if (*out == NULL) {
        return err_memory(err);
    }
    at = *out;
    json_object_foreach(layers->merged, key, entry)
    {
        rc = rc == 0 ? catalogue_fields_read(layers->shape, entry, false, arena, at, err) : rc;
        if (rc != 0) {
            return name_entry(layers, json_string_value(json_object_get(layers->origins, key)),
                              entry, 0, err);
        }
        at += layers->shape->size;
    }
    return 0;
}

static int surcharge(struct price_rates *rates, int64_t percent, struct err *err)
{
    int64_t *const all[] = {&rates->input, &rates->output, &rates->cache_read,
                            &rates->cache_write_5m, &rates->cache_write_1h};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (*all[i] != PRICE_UNKNOWN) {
            *all[i] = (*all[i] * percent + 99) / 100;
        }
        if (*all[i] > PRICE_RATE_MAX) {
            return err_set(err, ERR_INPUT, "price_percent makes it dearer than can be counted");
        }
    }
    return 0;
}

static int finish_price(struct catalogue_price *price, const struct catalogue_entry *entry,
                        struct arena *arena, struct err *err)
{
    struct price *rates = &price->price;
    struct price_tier *tiers = arena_alloc(arena, rates->tier_count + 1, sizeof *tiers);

    int rc = tiers != NULL ? surcharge(&rates->rates, entry->price_percent, err) : err_memory(err);

    for (size_t i = 0; rc == 0 && i < rates->tier_count; i++) {
        tiers[i] = rates->tiers[i];
        rc = surcharge(&tiers[i].rates, entry->price_percent, err);
    }
    rates->tiers = tiers;
    if (rates->batch_discount_percent == CATALOGUE_UNKNOWN) {
        rates->batch_discount_percent = entry->model.provider->batch_discount_percent;
    }
    return rc;
}

static int finish_model(struct catalogue *catalogue, struct catalogue_entry *entry, struct err *err)
{
    struct catalogue_model *model = &entry->model;
    struct str_pair parts = str_cut(str_from(model->id), '/');
    struct catalogue_price *prices = NULL;
    int rc = 0;

    if (!parts.ok || parts.tail.len == 0) {
        return err_set(err, ERR_INPUT, "its id is not PROVIDER/MODEL");
    }
    model->name = parts.tail.p;
    model->provider = catalogue_provider(catalogue, parts.head);
    if (model->provider == NULL) {
        return err_set(err, ERR_INPUT, "there is no provider \"%.*s\"", STR_ARG(parts.head));
    }
    prices = arena_alloc(&catalogue->arena, model->price_count + 1, sizeof *prices);
    if (prices == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < model->price_count; i++) {
        prices[i] = model->prices[i];
        rc = finish_price(&prices[i], entry, &catalogue->arena, err);
    }
    model->prices = prices;
    return rc;
}

static int finish_models(struct catalogue *catalogue, const struct layers *layers,
                         struct catalogue_entry *entries, size_t count, struct err *err)
{
    struct catalogue_model *models = arena_alloc(&catalogue->arena, count + 1, sizeof *models);

    if (models == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = entries[i].model.id;

        if (finish_model(catalogue, &entries[i], err) != 0) {
            return err_wrap(err, "%s: model \"%.80s\"",
                            json_string_value(json_object_get(layers->origins, id)), id);
        }
        models[i] = entries[i].model;
    }
    catalogue->models = models;
    catalogue->model_count = count;
    return 0;
}

static int check_models_of(const struct catalogue *catalogue, const struct layers *layers,
                           struct err *err)
{
    for (size_t i = 0; i < catalogue->provider_count; i++) {
        const char *name = catalogue->providers[i].name;
        const char *of = catalogue->providers[i].models_of;

        if (of != NULL && catalogue_provider(catalogue, str_from(of)) == NULL) {
            return err_set(err, ERR_INPUT,
                           "%s: provider \"%.80s\": models_of: there is no provider \"%.80s\"",
                           json_string_value(json_object_get(layers->origins, name)), name, of);
        }
    }
    return 0;
}

static int build(struct catalogue *catalogue, const struct layers *providers,
                 const struct layers *models, struct err *err)
{
    void *entries = NULL;
    size_t count = 0;
    int rc = read_merged(providers, &catalogue->arena, &entries, &catalogue->provider_count, err);

    if (rc != 0) {
        return rc;
    }
    catalogue->providers = entries;
    if (check_models_of(catalogue, providers, err) != 0) {
        return err->code;
    }
    /* Resolving replaces values, never keys, so that the iterator stays valid. */
    for (void *at = json_object_iter(models->merged); at != NULL;
         at = json_object_iter_next(models->merged, at)) {
        const char *id = json_object_iter_key(at);

        if (resolve(models, id, 0, err) != 0) {
            return err_wrap(err, "%s: model \"%.80s\"",
                            json_string_value(json_object_get(models->origins, id)), id);
        }
    }
    rc = read_merged(models, &catalogue->arena, &entries, &count, err);
    return rc == 0 ? finish_models(catalogue, models, entries, count, err) : rc;
}

int catalogue_read(struct catalogue *out, const struct catalogue_source *sources, size_t count,
                   struct err *err)
{
    struct layers providers = {"providers",   "provider",   "name", NULL, &catalogue_provider_shape,
                               json_object(), json_object()};
    struct layers models = {"models",      "model",      "id", "same_as", &catalogue_entry_shape,
                            json_object(), json_object()};
    int rc = 0;

    *out = (struct catalogue){0};
    if (providers.merged == NULL || providers.origins == NULL || models.merged == NULL ||
        models.origins == NULL) {
        rc = err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        json_t *document = NULL;

        rc = parse_source(&sources[i], &document, err);
        if (rc == 0) {
            rc = add_list(&providers, sources[i].name, document, err);
        }
        if (rc == 0) {
            rc = add_list(&models, sources[i].name, document, err);
        }
        json_decref(document);
    }
    if (rc == 0) {
        rc = build(out, &providers, &models, err);
    }
    json_decref(providers.merged);
    json_decref(providers.origins);
    json_decref(models.merged);
    json_decref(models.origins);
    if (rc != 0) {
        catalogue_release(out);
    }
    return rc;
}

static int read_files(struct catalogue *out, const char *installed, const char *user_file,
                      struct err *err)
{
    const char *const paths[] = {installed, user_file};
    struct catalogue_source sources[2];
    struct buf texts[2];
    size_t count = user_file != NULL ? 2 : 1;
    int rc = 0;

    buf_init(&texts[0], FILE_BYTES_MAX);
    buf_init(&texts[1], FILE_BYTES_MAX);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = file_read(paths[i], &texts[i], err);
        sources[i] = (struct catalogue_source){paths[i], buf_str(&texts[i])};
    }
    if (rc == 0) {
        rc = catalogue_read(out, sources, count, err);
    }
    buf_release(&texts[0]);
    buf_release(&texts[1]);
    return rc;
}

int catalogue_open(struct catalogue *out, const char *user_file, struct err *err)
{
    struct buf installed;
    struct buf configured;
    int rc = 0;

    *out = (struct catalogue){0};
    buf_init(&installed, 8192);
    buf_init(&configured, 8192);
    rc = file_data_path("models.json", &installed, err);
    if (rc == 0 && user_file == NULL && file_config_path("models.json", &configured) &&
        file_exists(configured.p)) {
        user_file = configured.p;
    }
    if (rc == 0) {
        rc = read_files(out, installed.p, user_file, err);
    }
    buf_release(&installed);
    buf_release(&configured);
    return rc;
}

void catalogue_release(struct catalogue *catalogue)
{
    arena_release(&catalogue->arena);
    *catalogue = (struct catalogue){0};
}
