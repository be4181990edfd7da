#include "cli/task.h"

#include "base/buf.h"
#include "cli/wrap.h"

enum { LIST_INDENT = 4, LINE_BYTES_MAX = 4096 };

void task_print_names(FILE *out)
{
    struct buf names;

    buf_init(&names, LINE_BYTES_MAX);
    for (size_t i = 0; generators[i] != NULL; i++) {
        buf_appendf(&names, "%s%s", i != 0 ? ", " : "", generators[i]->name);
    }
    (void)fputs("Tasks (haymaker generate --list explains them):\n", out);
    wrap_print(buf_str(&names), 0, 2, out);
    buf_release(&names);
}

static void print_option(const struct task_option *option, FILE *out)
{
    struct buf text;

    buf_init(&text, LINE_BYTES_MAX);
    buf_appendf(&text, "--task-option %s=%s: %s", option->name, option->form, option->help);
    if (option->value[0] != '\0') {
        buf_appendf(&text, " (default: %s)", option->value);
    }
    wrap_print(buf_str(&text), 0, LIST_INDENT, out);
    buf_release(&text);
}

static void print_task(const struct generator *generator, FILE *out)
{
    struct buf text;

    buf_init(&text, LINE_BYTES_MAX);
    buf_append(&text, str_from(generator->purpose));
    buf_appendf(&text, ". Grader %s; ", generator->grader);
    buf_appendf(&text, "%u needle%s unless told otherwise, for which chance is %.2g; version %s.",
                generator->needles_default, generator->needles_default == 1 ? "" : "s",
                generator->chance(generator->needles_default), generator->version);
    (void)fprintf(out, "%s\n", generator->name);
    wrap_print(buf_str(&text), 0, LIST_INDENT, out);
    for (const struct task_option *option = generator->options;
         option != NULL && option->name != NULL; option++) {
        print_option(option, out);
    }
    buf_release(&text);
}

void task_print_list(FILE *out)
{
    for (size_t i = 0; generators[i] != NULL; i++) {
        print_task(generators[i], out);
    }
}
