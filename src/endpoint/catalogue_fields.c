#include "endpoint/catalogue_fields.h"

#include "base/str.h"
#include "base/units.h"
#include "endpoint/catalogue.h"
#include "record/price.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* More than any model's window will be for a while, and far from overflow. */
#define TOKENS_MAX (INT64_C(1) << 40)

static struct str text_of(const json_t *value)
{
    return (struct str){json_string_value(value), json_string_length(value)};
}

static int wrong(const struct catalogue_row *row, const char *wanted, struct err *err)
{
    return err_set(err, ERR_INPUT, "field \"%s\" is not %s", row->name, wanted);
}

static int keep_text(struct str text, struct arena *arena, const char **out, struct err *err)
{
    *out = arena_copy(arena, text).p;
    return *out != NULL ? 0 : err_memory(err);
}

static int read_text(const struct catalogue_row *row, const json_t *value, struct arena *arena,
                     void *member, struct err *err)
{
    if (!json_is_string(value) || json_string_length(value) == 0) {
        return wrong(row, "a text", err);
    }
    return keep_text(text_of(value), arena, member, err);
}

static int read_day(const struct catalogue_row *row, const json_t *value, struct arena *arena,
                    void *member, struct err *err)
{
    if (!json_is_string(value) || !catalogue_is_day(text_of(value))) {
        return wrong(row, "a day like \"2026-11-22\"", err);
    }
    return keep_text(text_of(value), arena, member, err);
}

static int read_texts(const struct catalogue_row *row, const json_t *value, struct arena *arena,
                      void *member, struct err *err)
{
    size_t count = json_array_size(value);
    const char **items = NULL;

    if (!json_is_array(value)) {
        return wrong(row, "a list of texts", err);
    }
    items = arena_alloc(arena, count + 1, sizeof *items);
    if (items == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);

        if (!json_is_string(item) || json_string_length(item) == 0) {
            return wrong(row, "a list of texts", err);
        }
        if (keep_text(text_of(item), arena, &items[i], err) != 0) {
            return err->code;
        }
    }
    *(struct catalogue_texts *)member = (struct catalogue_texts){items, count};
    return 0;
}

static int read_whole(const struct catalogue_row *row, const json_t *value, int64_t least,
                      int64_t most, int64_t *out, struct err *err)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < least || number > most) {
        return err_set(err, ERR_INPUT,
                       "field \"%s\" is not a whole number from %" PRId64 " to %" PRId64, row->name,
                       least, most);
    }
    *out = number;
    return 0;
}

/* JSON has the number as a double; a rate is what its nearest six decimals say. */
static int read_dollars(const struct catalogue_row *row, const json_t *value, int64_t *out,
                        struct err *err)
{
    double micro = json_number_value(value) * (double)PRICE_RATE_DOLLAR;
    double whole = round(micro);

    if (!json_is_number(value) || !(micro >= 0.0 && micro <= (double)PRICE_RATE_MAX) ||
        fabs(micro - whole) > 1e-3) {
        return wrong(row, "dollars per million tokens, from 0 to 3000 with at most 6 decimals",
                     err);
    }
    *out = (int64_t)whole;
    return 0;
}

static int read_choice(const struct catalogue_row *row, const json_t *value, int *out,
                       struct err *err)
{
    struct buf words;
    int rc = 0;

    for (int i = 0; json_is_string(value) && row->words[i] != NULL; i++) {
        if (str_equal(text_of(value), str_from(row->words[i]))) {
            *out = i;
            return 0;
        }
    }
    buf_init(&words, ERR_TEXT_MAX);
    for (size_t i = 0; row->words[i] != NULL; i++) {
        buf_appendf(&words, "%s\"%s\"", i != 0 ? ", " : "one of ", row->words[i]);
    }
    rc = wrong(row, words.p != NULL ? words.p : "", err);
    buf_release(&words);
    return rc;
}

static int read_list(const struct catalogue_row *row, json_t *value, bool partly,
                     struct arena *arena, char *record, struct err *err)
{
    size_t count = json_array_size(value);
    char *items = NULL;

    if (!json_is_array(value)) {
        return wrong(row, "a list", err);
    }
    items = arena_alloc(arena, count + 1, row->shape->size);
    if (items == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (catalogue_fields_read(row->shape, json_array_get(value, i), partly, arena,
                                  items + i * row->shape->size, err) != 0) {
            return err_wrap(err, "%s[%zu]", row->name, i);
        }
    }
    memcpy(record + row->offset, &items, sizeof items);
    memcpy(record + row->count_offset, &count, sizeof count);
    return 0;
}

static int read_object(const struct catalogue_row *row, json_t *value, bool partly,
                       struct arena *arena, void *member, struct err *err)
{
    return catalogue_fields_read(row->shape, value, partly, arena, member, err) == 0
               ? 0
               : err_wrap(err, "%s", row->name);
}

static int read_number(const struct catalogue_row *row, const json_t *value, void *member,
                       struct err *err)
{
    int64_t *count = member;
    int rc = 0;

    switch ((int)row->kind) {
    case CATALOGUE_ABOVE:
        rc = read_whole(row, value, 0, TOKENS_MAX, count, err);
        *count += rc == 0 ? 1 : 0;
        return rc;
    case CATALOGUE_HOUR:
        return read_whole(row, value, 0, 24, count, err);
    case CATALOGUE_PERCENT:
        return read_whole(row, value, 0, 1000, count, err);
    case CATALOGUE_PART:
        return read_whole(row, value, 0, 100, count, err);
    case CATALOGUE_DOLLARS:
        return read_dollars(row, value, count, err);
    default:
        return read_whole(row, value, 1, TOKENS_MAX, count, err);
    }
}

static int read_row(const struct catalogue_row *row, json_t *value, bool partly,
                    struct arena *arena, char *record, struct err *err)
{
    void *member = record + row->offset;

    switch (row->kind) {
    case CATALOGUE_TEXT:
        return read_text(row, value, arena, member, err);
    case CATALOGUE_DAY:
        return read_day(row, value, arena, member, err);
    case CATALOGUE_TEXTS:
        return read_texts(row, value, arena, member, err);
    case CATALOGUE_BOOL:
        *(bool *)member = json_is_true(value);
        return json_is_boolean(value) ? 0 : wrong(row, "true or false", err);
    case CATALOGUE_RATIO:
        *(double *)member = json_number_value(value);
        return *(double *)member > 0.0 ? 0 : wrong(row, "a number above 0", err);
    case CATALOGUE_CHOICE:
        return read_choice(row, value, member, err);
    case CATALOGUE_OBJECT:
        return read_object(row, value, partly, arena, member, err);
    case CATALOGUE_LIST:
        return read_list(row, value, partly, arena, record, err);
    case CATALOGUE_ELSEWHERE:
        return json_is_array(value) ? 0 : wrong(row, "a list", err);
    case CATALOGUE_TOKENS:
    case CATALOGUE_ABOVE:
    case CATALOGUE_HOUR:
    case CATALOGUE_PERCENT:
    case CATALOGUE_PART:
    case CATALOGUE_DOLLARS:
        return read_number(row, value, member, err);
    }
    return 0;
}

static int refuse_unknown(const struct catalogue_shape *shape, json_t *object, struct err *err)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(object, name, value)
    {
        bool is_known = false;

        for (size_t i = 0; i < shape->row_count; i++) {
            is_known = is_known || strcmp(shape->rows[i].name, name) == 0;
        }
        if (!is_known) {
            return err_set(err, ERR_INPUT, "unknown field \"%.80s\"", name);
        }
    }
    return 0;
}

int catalogue_fields_read(const struct catalogue_shape *shape, json_t *object, bool partly,
                          struct arena *arena, void *record, struct err *err)
{
    int rc = 0;

    if (!json_is_object(object)) {
        return err_set(err, ERR_INPUT, "not an object");
    }
    if (shape->blank != NULL) {
        memcpy(record, shape->blank, shape->size);
    } else {
        memset(record, 0, shape->size);
    }
    rc = refuse_unknown(shape, object, err);
    for (size_t i = 0; rc == 0 && i < shape->row_count; i++) {
        const struct catalogue_row *row = &shape->rows[i];
        json_t *value = json_object_get(object, row->name);

        if (value != NULL) {
            rc = read_row(row, value, partly, arena, record, err);
        } else if (row->required && !partly) {
            rc = err_set(err, ERR_INPUT, "field \"%s\" is missing", row->name);
        }
    }
    if (rc == 0 && !partly && shape->check != NULL) {
        rc = shape->check(record, err);
    }
    return rc;
}
