#include "generators/option.h"

#include "base/buf.h"

#include <string.h>

enum { OPTION_BYTES_MAX = 64 * 1024 };

static const struct task_option *find(const struct task_option *rows, struct str name)
{
    for (const struct task_option *row = rows; row != NULL && row->name != NULL; row++) {
        if (str_equal(name, str_from(row->name))) {
            return row;
        }
    }
    return NULL;
}

static bool is_yes_or_no(const struct task_option *row)
{
    return row != NULL && strcmp(row->form, "yes|no") == 0;
}

/* "NAME=VALUE", "NAME" and "no-NAME" as row and value; a NULL row where there is none. */
static const struct task_option *split(const struct task_option *rows, struct str typed,
                                       struct str *value)
{
    struct str_pair parts = str_cut(typed, '=');
    const struct task_option *row = find(rows, parts.head);

    *value = parts.tail;
    if (parts.ok) {
        return row;
    }
    if (is_yes_or_no(row)) {
        *value = STR("yes");
    } else if (row == NULL && str_starts(typed, STR("no-"))) {
        row = find(rows, str_skip(typed, 3));
        row = is_yes_or_no(row) ? row : NULL;
        *value = STR("no");
    }
    return row;
}

static int unknown(const char *task, const struct task_option *rows, struct str typed,
                   struct err *err)
{
    struct str name = str_cut(typed, '=').head;
    struct buf known;
    int rc = 0;

    if (rows == NULL || rows->name == NULL) {
        return err_set(err, ERR_USAGE, "--task-option: %s has no options", task);
    }
    buf_init(&known, OPTION_BYTES_MAX);
    for (const struct task_option *row = rows; row->name != NULL; row++) {
        buf_appendf(&known, "%s%s", row != rows ? ", " : "", row->name);
    }
    rc = err_set(err, ERR_USAGE, "--task-option: %s has no option '%.*s'; known: %.*s", task,
                 STR_ARG(name), STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}

/* "LEAST..MOST". */
static bool parse_range(struct str form, uint64_t *least, uint64_t *most)
{
    size_t dots = str_find(form, STR(".."));

    return dots != SIZE_MAX && str_to_u64(str_take(form, dots), least) &&
           str_to_u64(str_skip(form, dots + 2), most);
}

static bool is_one_of(struct str choices, struct str value)
{
    struct str_pair parts = {.tail = choices, .ok = true};

    while (parts.ok) {
        parts = str_cut(parts.tail, '|');
        if (str_equal(parts.head, value)) {
            return true;
        }
    }
    return false;
}

static bool fits(const struct task_option *row, struct str value)
{
    struct str form = str_from(row->form);
    uint64_t least = 0;
    uint64_t most = 0;
    uint64_t number = 0;

    if (value.len == 0 || value.len > OPTION_BYTES_MAX) {
        return false;
    }
    if (parse_range(form, &least, &most)) {
        return str_to_u64(value, &number) && number >= least && number <= most;
    }
    return !str_cut(form, '|').ok || is_one_of(form, value);
}

/* The last one typed for `row`, checked; empty where there is none. */
static int typed_value(const char *task, const struct task_option *rows,
                       const struct task_option *row, const char *const *typed, size_t count,
                       struct str *out, struct err *err)
{
    *out = (struct str){0};
    for (size_t i = 0; i < count; i++) {
        struct str value = {0};
        const struct task_option *found = split(rows, str_from(typed[i]), &value);

        if (found != row) {
            continue;
        }
        if (out->len != 0) {
            return err_set(err, ERR_USAGE, "--task-option: '%s' is set twice", row->name);
        }
        if (!fits(row, value)) {
            return err_set(err, ERR_USAGE, "--task-option: %s's '%s' takes %s, not '%.*s'", task,
                           row->name, row->form, STR_ARG(str_take(value, 200)));
        }
        *out = value;
    }
    return 0;
}

static int keep(const struct task_option *row, struct str value, struct arena *arena,
                struct str *out, struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, (size_t)2 * OPTION_BYTES_MAX);
    buf_appendf(&text, "%s=", row->name);
    buf_append(&text, value);
    rc = buf_check(&text, "option", err);
    if (rc == 0) {
        *out = arena_copy(arena, buf_str(&text));
        rc = out->p == NULL ? err_memory(err) : 0;
    }
    buf_release(&text);
    return rc;
}

int task_options_read(const char *task, const struct task_option *rows, const char *const *typed,
                      size_t typed_count, struct arena *arena, struct task_options *out,
                      struct err *err)
{
    struct str *items = arena_alloc(arena, typed_count + 1, sizeof *items);
    size_t count = 0;
    int rc = items == NULL ? err_memory(err) : 0;

    for (size_t i = 0; rc == 0 && i < typed_count; i++) {
        struct str value = {0};

        if (split(rows, str_from(typed[i]), &value) == NULL) {
            rc = unknown(task, rows, str_from(typed[i]), err);
        }
    }
    for (const struct task_option *row = rows; rc == 0 && row != NULL && row->name != NULL; row++) {
        struct str value = {0};

        rc = typed_value(task, rows, row, typed, typed_count, &value, err);
        if (rc == 0 && value.len != 0 && !str_equal(value, str_from(row->value))) {
            rc = keep(row, value, arena, &items[count++], err);
        }
    }
    *out = (struct task_options){items, count};
    return rc;
}

struct str task_option_text(const struct task_option *rows, struct task_options set,
                            const char *name)
{
    const struct task_option *row = find(rows, str_from(name));

    for (size_t i = 0; i < set.count; i++) {
        struct str_pair parts = str_cut(set.items[i], '=');

        if (str_equal(parts.head, str_from(name))) {
            return parts.tail;
        }
    }
    return row != NULL ? str_from(row->value) : STR("");
}

bool task_option_is_yes(const struct task_option *rows, struct task_options set, const char *name)
{
    return str_equal(task_option_text(rows, set, name), STR("yes"));
}

uint64_t task_option_count(const struct task_option *rows, struct task_options set,
                           const char *name)
{
    uint64_t number = 0;

    (void)str_to_u64(task_option_text(rows, set, name), &number);
    return number;
}
