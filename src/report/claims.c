#include "report/claims.h"

#include "base/buf.h"
#include "base/file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

const char *claim_state_name(enum claim_state state)
{
    switch (state) {
    case CLAIM_CONSISTENT:
        return "consistent";
    case CLAIM_NOT_REACHED:
        return "not reached";
    case CLAIM_EXCEEDED:
        return "exceeded";
    }
    return "";
}

/* "" for a member that is not there, where that is allowed. */
static int read_text(const json_t *object, const char *name, bool is_required, struct arena *arena,
                     struct str *out, struct err *err)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL && !is_required) {
        *out = STR("");
        return 0;
    }
    if (!json_is_string(value)) {
        return err_set(err, ERR_INPUT, "%s: a text is missing", name);
    }
    *out = arena_copy(arena, (struct str){json_string_value(value), json_string_length(value)});
    return out->p == NULL ? err_memory(err) : 0;
}

static int read_texts(const json_t *object, const char *name, struct arena *arena, struct str **out,
                      size_t *count, struct err *err)
{
    const json_t *list = json_object_get(object, name);
    size_t len = json_array_size(list);

    if (list != NULL && !json_is_array(list)) {
        return err_set(err, ERR_INPUT, "%s: not a list", name);
    }
    *out = arena_alloc(arena, len + 1, sizeof **out);
    if (*out == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < len; i++) {
        const json_t *item = json_array_get(list, i);

        if (!json_is_string(item)) {
            return err_set(err, ERR_INPUT, "%s: entry %zu is no text", name, i + 1);
        }
        (*out)[i] =
            arena_copy(arena, (struct str){json_string_value(item), json_string_length(item)});
        if ((*out)[i].p == NULL) {
            return err_memory(err);
        }
    }
    *count = len;
    return 0;
}

static int read_bin(const json_t *object, struct claim_bin *out, struct err *err)
{
    const json_t *above = json_object_get(object, "above");
    const json_t *up_to = json_object_get(object, "up_to");
    const json_t *percent = json_object_get(object, "percent");
    double value = json_number_value(percent);

    if (!json_is_integer(above) || !json_is_integer(up_to) || !json_is_number(percent) ||
        json_integer_value(above) < 0 || json_integer_value(up_to) <= json_integer_value(above) ||
        !(value >= 0.0 && value <= 100.0)) {
        return err_set(err, ERR_INPUT, "a bin wants above < up_to in tokens and percent 0 to 100");
    }
    *out = (struct claim_bin){
        .above_tokens = (uint64_t)json_integer_value(above),
        .up_to_tokens = (uint64_t)json_integer_value(up_to),
        .score = value / 100.0,
    };
    return 0;
}

static int read_bins(const json_t *object, struct arena *arena, struct claim *out, struct err *err)
{
    const json_t *bins = json_object_get(object, "bins");
    size_t count = json_array_size(bins);
    int rc = 0;

    if (count == 0) {
        return err_set(err, ERR_INPUT, "bins: a list is missing or empty");
    }
    out->bins = arena_alloc(arena, count, sizeof *out->bins);
    if (out->bins == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = read_bin(json_array_get(bins, i), &out->bins[i], err);
    }
    out->bin_count = count;
    return rc;
}

static int read_claim(const json_t *object, struct arena *arena, struct claim *out, struct err *err)
{
    const struct {
        const char *name;
        struct str *to;
        bool is_required;
    } texts[] = {
        {"name", &out->name, true},           {"effort", &out->effort, false},
        {"task", &out->task, true},           {"dataset", &out->dataset, true},
        {"tokenizer", &out->tokenizer, true}, {"said_by", &out->said_by, true},
        {"source", &out->source, true},       {"read_on", &out->read_on, true},
    };
    const json_t *needles = json_object_get(object, "needles");
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof texts / sizeof texts[0]; i++) {
        rc = read_text(object, texts[i].name, texts[i].is_required, arena, texts[i].to, err);
    }
    if (rc == 0 && (!json_is_integer(needles) || json_integer_value(needles) < 0)) {
        rc = err_set(err, ERR_INPUT, "needles: a whole number is missing");
    }
    if (rc == 0) {
        out->needles = (uint64_t)json_integer_value(needles);
        rc = read_texts(object, "models", arena, &out->models, &out->model_count, err);
    }
    if (rc == 0) {
        rc = read_texts(object, "caveats", arena, &out->caveats, &out->caveat_count, err);
    }
    return rc != 0 ? rc : read_bins(object, arena, out, err);
}

static int read_claims(const json_t *root, struct claims *out, struct err *err)
{
    const json_t *list = json_object_get(root, "claims");
    size_t count = json_array_size(list);
    int rc = 0;

    if (!json_is_array(list)) {
        return err_set(err, ERR_INPUT, "claims: a list is missing");
    }
    out->claims = arena_alloc(&out->arena, count + 1, sizeof *out->claims);
    if (out->claims == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = read_claim(json_array_get(list, i), &out->arena, &out->claims[i], err);
        if (rc != 0) {
            rc = err_wrap(err, "claim %zu", i + 1);
        }
    }
    out->count = count;
    return rc;
}

int claims_load(struct claims *out, const char *path, struct err *err)
{
    struct buf installed;
    struct buf text;
    json_error_t where;
    json_t *root = NULL;
    int rc = 0;

    *out = (struct claims){.count = 0};
    buf_init(&installed, 8192);
    buf_init(&text, FILE_BYTES_MAX);
    if (path == NULL) {
        rc = file_data_path("claims.json", &installed, err);
        path = installed.p;
    }
    if (rc == 0) {
        rc = file_read(path, &text, err);
    }
    if (rc != 0) {
        goto done;
    }
    root = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, &where);
    rc = root != NULL ? read_claims(root, out, err)
                      : err_set(err, ERR_INPUT, "line %d: %s", where.line, where.text);
    if (rc != 0) {
        rc = err_wrap(err, "%s", path);
        claims_release(out);
    }
done:
    json_decref(root);
    buf_release(&installed);
    buf_release(&text);
    return rc;
}

void claims_release(struct claims *claims)
{
    arena_release(&claims->arena);
    *claims = (struct claims){.count = 0};
}

/* What follows the last "/": the model's name without provider and route. */
static struct str plain_name(struct str model)
{
    size_t at = model.len;

    while (at != 0 && model.p[at - 1] != '/') {
        at--;
    }
    return str_skip(model, at);
}

static bool is_about(const struct claim *claim, struct str model, const struct claim_alias *aliases,
                     size_t alias_count)
{
    struct str name = plain_name(model);

    for (size_t i = 0; i < alias_count; i++) {
        if (str_equal(aliases[i].model, model)) {
            name = aliases[i].claimed;
        }
    }
    for (size_t i = 0; i < claim->model_count; i++) {
        if (str_equal(claim->models[i], name)) {
            return true;
        }
    }
    return false;
}

static size_t find_bin(const struct claim *claim, uint64_t length_tokens)
{
    for (size_t i = 0; i < claim->bin_count; i++) {
        if (length_tokens > claim->bins[i].above_tokens &&
            length_tokens <= claim->bins[i].up_to_tokens) {
            return i;
        }
    }
    return SIZE_MAX;
}

static enum claim_state judge(double claimed, const struct stats_interval *measured)
{
    if (claimed > measured->high) {
        return CLAIM_NOT_REACHED;
    }
    return claimed < measured->low ? CLAIM_EXCEEDED : CLAIM_CONSISTENT;
}

static void judge_curve(const struct claims *claims, size_t claim,
                        const struct contender_curve *curve, struct claim_finding *findings,
                        size_t *count)
{
    for (size_t i = 0; i < curve->point_count; i++) {
        size_t bin = find_bin(&claims->claims[claim], curve->points[i].length_tokens);

        if (bin != SIZE_MAX && !isnan(curve->points[i].score.mean)) {
            findings[(*count)++] = (struct claim_finding){
                .claim = claim,
                .bin = bin,
                .contender = curve->contender,
                .group = curve->group,
                .point = i,
                .state = judge(claims->claims[claim].bins[bin].score, &curve->points[i].score),
            };
        }
    }
}

int claims_judge(const struct claims *claims, const struct comparison *comparison,
                 const struct claim_alias *aliases, size_t alias_count, struct arena *arena,
                 struct claim_finding **findings, size_t *count, struct err *err)
{
    size_t points = 0;

    for (size_t i = 0; i < comparison->curve_count; i++) {
        points += comparison->curves[i].point_count;
    }
    *count = 0;
    *findings = arena_alloc(arena, claims->count * points + 1, sizeof **findings);
    if (*findings == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < comparison->curve_count; i++) {
        const struct contender_curve *curve = &comparison->curves[i];
        const struct comparison_group *group = &comparison->groups[curve->group];

        for (size_t j = 0; j < claims->count; j++) {
            if (claims->claims[j].needles == group->needles &&
                str_equal(claims->claims[j].task, group->task) &&
                is_about(&claims->claims[j], comparison->contenders[curve->contender].model,
                         aliases, alias_count)) {
                judge_curve(claims, j, curve, *findings, count);
            }
        }
    }
    return 0;
}
