#include "record/same_sweep.h"

#include "record/json_text.h"
#include "record/result_json.h"

static int differs(const struct result *a, const struct result *b, const char *what,
                   const json_t *of_a, const json_t *of_b, struct err *err)
{
    struct buf text_a;
    struct buf text_b;
    int rc = json_text_values(of_a, of_b, &text_a, &text_b, err);

    if (rc == 0) {
        rc = err_set(err, ERR_INPUT, "%.*s and %.*s are not of one sweep: %s is %.200s and %.200s",
                     STR_ARG(a->path), STR_ARG(b->path), what, text_a.p, text_b.p);
    }
    buf_release(&text_a);
    buf_release(&text_b);
    return rc;
}

/* Whether `of_b` has every member of `of_a`, and alike. */
static int compare_members(const struct result *a, const struct result *b, json_t *of_a,
                           json_t *of_b, struct err *err)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(of_a, name, value)
    {
        const json_t *other = json_object_get(of_b, name);

        if (!json_equal(value, other)) {
            return differs(a, b, name, value, other, err);
        }
    }
    return 0;
}

/* Compares member by member; steals both. */
static int compare(const struct result *a, const struct result *b, json_t *of_a, json_t *of_b,
                   struct err *err)
{
    int rc = of_a != NULL && of_b != NULL ? 0 : ERR_MEMORY; /* *err is filled */

    if (rc == 0) {
        rc = compare_members(a, b, of_a, of_b, err);
    }
    if (rc == 0) {
        rc = compare_members(b, a, of_b, of_a, err);
    }
    json_decref(of_a);
    json_decref(of_b);
    return rc;
}

static json_t *versions_of(const struct result *result, struct err *err)
{
    json_t *object = json_pack(
        "{s:s#, s:s#, s:s#, s:I}", "program_version", result->program_version.p,
        (int)result->program_version.len, "generator_version", result->generator_version.p,
        (int)result->generator_version.len, "corpus_hash", result->corpus_hash.p,
        (int)result->corpus_hash.len, "number of endpoints", (json_int_t)result->endpoint_count);

    if (object == NULL) {
        (void)err_memory(err);
    }
    return object;
}

int same_sweep_check(const struct result *a, const struct result *b, struct err *err)
{
    int rc = compare(a, b, plan_to_json(&a->plan, err), plan_to_json(&b->plan, err), err);

    if (rc == 0) {
        rc = compare(a, b, versions_of(a, err), versions_of(b, err), err);
    }
    for (size_t i = 0; rc == 0 && i < a->endpoint_count; i++) {
        rc = compare(a, b, endpoint_to_json(&a->endpoints[i], err),
                     endpoint_to_json(&b->endpoints[i], err), err);
    }
    return rc;
}
