#include "sim/failure.h"

#include "base/str.h"

static void append_slot(const struct sim_failure *failure, struct str name, struct buf *out)
{
    if (str_equal(name, STR("model"))) {
        buf_append(out, str_from(failure->model));
    } else if (str_equal(name, STR("param"))) {
        buf_append(out, str_from(failure->param));
    } else if (str_equal(name, STR("prompt"))) {
        buf_appendf(out, "%llu", (unsigned long long)failure->prompt_tokens);
    } else if (str_equal(name, STR("window"))) {
        buf_appendf(out, "%llu", (unsigned long long)failure->window_tokens);
    } else if (str_equal(name, STR("instead")) &&
               str_equal(str_from(failure->param), STR("max_tokens"))) {
        buf_append(out, STR(" Use 'max_completion_tokens' instead."));
    } else if (str_equal(name, STR("retry")) && failure->delay == DELAY_TEXT) {
        buf_appendf(out, " Please try again in %d.%ds.", SIM_DELAY_MS / 1000,
                    SIM_DELAY_MS % 1000 / 100);
    }
}

void sim_failure_message(const struct sim_failure *failure, const struct sim_failure_row *rows,
                         struct buf *out)
{
    struct str rest = str_from(rows[failure->kind].message);

    if (failure->message != NULL) {
        buf_append(out, str_from(failure->message));
        return;
    }
    while (rest.len != 0) {
        struct str_pair open = str_cut(rest, '{');
        struct str_pair slot = str_cut(open.tail, '}');

        buf_append(out, open.head);
        append_slot(failure, slot.head, out);
        rest = slot.tail;
    }
}
