#include "record/fields.h"

#include "record/price.h"
#include "record/result.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

json_t *json_from_str(struct str text)
{
    struct buf clean;
    json_t *value = NULL;

    if (utf8_invalid_at(text) == SIZE_MAX) {
        return json_stringn_nocheck(text.len != 0 ? text.p : "", text.len);
    }
    buf_init(&clean, text.len * 3 + 1);
    while (text.len != 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);

        buf_append(&clean, len != 0 ? str_take(text, len) : STR("\xEF\xBF\xBD"));
        text = str_skip(text, len != 0 ? len : 1);
    }
    value = clean.failure == 0 ? json_stringn_nocheck(clean.p, clean.len) : NULL;
    buf_release(&clean);
    return value;
}

static json_t *json_from_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *field_value(const struct field *field, const void *member)
{
    int64_t count = 0;
    int number = 0;

    switch (field->kind) {
    case FIELD_TEXT:
        return json_from_str(*(const struct str *)member);
    case FIELD_COUNT:
        return json_integer((json_int_t) * (const uint64_t *)member);
    case FIELD_KNOWN_COUNT:
        count = *(const int64_t *)member;
        return count >= 0 ? json_integer(count) : json_null();
    case FIELD_INT:
        return json_integer(*(const int *)member);
    case FIELD_KNOWN_INT:
        number = *(const int *)member;
        return number >= 0 ? json_integer(number) : json_null();
    case FIELD_ORDINAL:
        number = *(const int *)member;
        return number >= 0 ? json_integer((json_int_t)number + 1) : json_null();
    case FIELD_NUMBER:
        return json_from_number(*(const double *)member);
    case FIELD_KNOWN_NUMBER:
        return *(const double *)member >= 0.0 ? json_from_number(*(const double *)member)
                                              : json_null();
    case FIELD_DOLLARS:
        count = *(const int64_t *)member;
        return count >= 0 ? json_real((double)count / (double)PRICE_DOLLAR) : json_null();
    case FIELD_BOOL:
        return json_boolean(*(const bool *)member);
    case FIELD_CANARY:
        return *(const enum canary_state *)member == CANARY_NOT_ASKED
                   ? json_null()
                   : json_boolean(*(const enum canary_state *)member == CANARY_FOUND);
    case FIELD_OUTCOME:
        return json_string(outcome_name(*(const enum outcome *)member));
    }
    return NULL;
}

int fields_write(const struct field *fields, size_t count, const void *record, json_t *object,
                 struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = field_value(&fields[i], (const char *)record + fields[i].offset);

        if (value == NULL || json_object_set_new(object, fields[i].name, value) != 0) {
            return err_memory(err);
        }
    }
    return 0;
}

static int wrong_kind(const char *name, const char *wanted, struct err *err)
{
    return err_set(err, ERR_INPUT, "field \"%s\" is not %s", name, wanted);
}

static int read_integer(const char *name, const json_t *value, json_int_t least, json_int_t most,
                        json_int_t *out, struct err *err)
{
    *out = json_integer_value(value);
    if (!json_is_integer(value) || *out < least || *out > most) {
        return err_set(err, ERR_INPUT, "field \"%s\" is not a whole number from %lld to %lld", name,
                       (long long)least, (long long)most);
    }
    return 0;
}

/* -1 stands for null. */
static int read_known(const struct field *field, const json_t *value, json_int_t least,
                      json_int_t most, json_int_t *out, struct err *err)
{
    if (json_is_null(value)) {
        *out = -1;
        return 0;
    }
    return read_integer(field->name, value, least, most, out, err);
}

static int read_number(const struct field *field, const json_t *value, double if_null, double *out,
                       struct err *err)
{
    if (json_is_null(value)) {
        *out = if_null;
        return 0;
    }
    if (!json_is_number(value)) {
        return wrong_kind(field->name, "a number", err);
    }
    *out = json_number_value(value);
    return 0;
}

static int read_dollars(const struct field *field, const json_t *value, int64_t *out,
                        struct err *err)
{
    double dollars = 0.0;
    int rc = read_number(field, value, -1.0, &dollars, err);

    if (rc != 0) {
        return rc;
    }
    if (dollars * (double)PRICE_DOLLAR >= (double)PRICE_COST_MAX) {
        return wrong_kind(field->name, "an amount of dollars", err);
    }
    *out = dollars < 0.0 ? PRICE_UNKNOWN : llround(dollars * (double)PRICE_DOLLAR);
    return 0;
}

static int read_outcome(const struct field *field, const json_t *value, enum outcome *out,
                        struct err *err)
{
    struct str name = {json_string_value(value), json_string_length(value)};

    if (!json_is_string(value) || !outcome_from_name(name, out)) {
        return wrong_kind(field->name, "a known outcome", err);
    }
    return 0;
}

static int read_field(const struct field *field, const json_t *value, void *member,
                      struct arena *arena, struct err *err)
{
    json_int_t number = 0;
    int rc = 0;

    switch (field->kind) {
    case FIELD_TEXT:
        if (!json_is_string(value)) {
            return wrong_kind(field->name, "a text", err);
        }
        *(struct str *)member =
            arena_copy(arena, (struct str){json_string_value(value), json_string_length(value)});
        return ((struct str *)member)->p != NULL ? 0 : err_memory(err);
    case FIELD_COUNT:
        rc = read_integer(field->name, value, 0, INT64_MAX, &number, err);
        *(uint64_t *)member = (uint64_t)number;
        return rc;
    case FIELD_KNOWN_COUNT:
        rc = read_known(field, value, 0, INT64_MAX, &number, err);
        *(int64_t *)member = number;
        return rc;
    case FIELD_INT:
        rc = read_integer(field->name, value, INT32_MIN, INT32_MAX, &number, err);
        *(int *)member = (int)number;
        return rc;
    case FIELD_KNOWN_INT:
        rc = read_known(field, value, 0, INT32_MAX, &number, err);
        *(int *)member = (int)number;
        return rc;
    case FIELD_ORDINAL:
        rc = read_known(field, value, 1, INT32_MAX, &number, err);
        *(int *)member = number > 0 ? (int)number - 1 : -1;
        return rc;
    case FIELD_NUMBER:
        return read_number(field, value, (double)NAN, member, err);
    case FIELD_KNOWN_NUMBER:
        return read_number(field, value, -1.0, member, err);
    case FIELD_DOLLARS:
        return read_dollars(field, value, member, err);
    case FIELD_BOOL:
        *(bool *)member = json_is_true(value);
        return json_is_boolean(value) ? 0 : wrong_kind(field->name, "true or false", err);
    case FIELD_CANARY:
        *(enum canary_state *)member = json_is_true(value)    ? CANARY_FOUND
                                       : json_is_false(value) ? CANARY_MISSING
                                                              : CANARY_NOT_ASKED;
        return json_is_boolean(value) || json_is_null(value)
                   ? 0
                   : wrong_kind(field->name, "true, false or null", err);
    case FIELD_OUTCOME:
        return read_outcome(field, value, member, err);
    }
    return 0;
}

int fields_read(const struct field *fields, size_t count, const json_t *object, void *record,
                struct arena *arena, struct err *err)
{
    if (!json_is_object(object)) {
        return err_set(err, ERR_INPUT, "not a JSON object");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        int rc = 0;

        if (value == NULL) {
            return err_set(err, ERR_INPUT, "field \"%s\" is missing", fields[i].name);
        }
        rc = read_field(&fields[i], value, (char *)record + fields[i].offset, arena, err);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

int json_get_text(const json_t *object, const char *name, struct arena *arena, struct str *out,
                  struct err *err)
{
    const struct field field = {name, FIELD_TEXT, 0};

    return fields_read(&field, 1, object, out, arena, err);
}

/* The items of the array `field->name`, each of `item_bytes`, put into the arena; how many there
 * are. */
static int read_items(const struct field *field, const json_t *object, size_t item_bytes,
                      struct arena *arena, void **out, size_t *count, struct err *err)
{
    const json_t *array = json_object_get(object, field->name);
    int rc = 0;

    if (!json_is_array(array)) {
        return wrong_kind(field->name, "an array", err);
    }
    *count = json_array_size(array);
    *out = arena_alloc(arena, *count + 1, item_bytes);
    if (*out == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < *count; i++) {
        rc = read_field(field, json_array_get(array, i), (char *)*out + i * item_bytes, arena, err);
    }
    return rc;
}

int json_get_texts(const json_t *object, const char *name, struct arena *arena, struct str **out,
                   size_t *count, struct err *err)
{
    const struct field field = {name, FIELD_TEXT, 0};
    void *items = NULL;
    int rc = read_items(&field, object, sizeof **out, arena, &items, count, err);

    *out = items;
    return rc;
}

int json_get_counts(const json_t *object, const char *name, struct arena *arena, uint64_t **out,
                    size_t *count, struct err *err)
{
    const struct field field = {name, FIELD_COUNT, 0};
    void *items = NULL;
    int rc = read_items(&field, object, sizeof **out, arena, &items, count, err);

    *out = items;
    return rc;
}
