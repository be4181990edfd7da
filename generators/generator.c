#include "generators/generator.h"

#include "base/buf.h"

#include <stdlib.h>

void test_case_free(struct test_case *test_case)
{
    if (test_case == NULL) {
        return;
    }
    prompt_free(test_case->prompt);
    arena_release(&test_case->arena);
    free(test_case);
}

int generator_find(struct str name, const struct generator **out, struct err *err)
{
    struct buf known;
    int rc = 0;

    buf_init(&known, 1024);
    for (size_t i = 0; generators[i] != NULL; i++) {
        if (str_equal(name, str_from(generators[i]->name))) {
            *out = generators[i];
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%s%s", i != 0 ? ", " : "", generators[i]->name);
    }
    rc = err_set(err, ERR_USAGE, "unknown task '%.*s'; known: %.*s", STR_ARG(name),
                 STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}
