/* option: what a task lets its user choose beyond the recipe, as rows of a table.
 *
 * `--task-option NAME=VALUE` sets one. A generator declares its rows; checking, --list and the
 * plan's record come from them. The form of a value says what it may be:
 *
 *     "yes|no"    one of these words; of yes and no, NAME alone is yes and "no-NAME" is no
 *     "1..64"     a whole number, both ends included
 *     "FILE"      any text that is not empty
 *
 * A plan records the options that differ from the default, in the order of the rows. So two plans
 * are equal when they ask for the same, however it was typed.
 */
#ifndef GENERATORS_OPTION_H
#define GENERATORS_OPTION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All static. A table ends with a NULL name. */
struct task_option {
    const char *name; /* small letters and dashes */
    const char *form;
    const char *help;  /* one sentence, lower case, no full stop */
    const char *value; /* the default, in the same form; "" for none */
};

/* Texts "NAME=VALUE", each with a NUL after it. */
struct task_options {
    const struct str *items;
    size_t count;
};

/* Reads what was typed against the rows of `task` (NULL for none): *out has what differs from the
 * defaults, in `arena`. ERR_USAGE names the known options, or the form that a value has. */
int task_options_read(const char *task, const struct task_option *rows, const char *const *typed,
                      size_t typed_count, struct arena *arena, struct task_options *out,
                      struct err *err);

/* The value of the option called `name`, which is one of the rows: as set, or the default. There is
 * a NUL after it; it is borrowed from `set` or static. */
struct str task_option_text(const struct task_option *rows, struct task_options set,
                            const char *name);
bool task_option_is_yes(const struct task_option *rows, struct task_options set, const char *name);
uint64_t task_option_count(const struct task_option *rows, struct task_options set,
                           const char *name);

#endif
