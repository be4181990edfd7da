#include "score/grader.h"

#include "base/buf.h"
#include "score/canary.h"

#include <math.h>
#include <stddef.h>

int grader_mark(const struct grader *grader, const struct answer_key *key, struct str reply,
                struct mark *mark, struct err *err)
{
    int rc = grader->grade(key, canary_cut(key, reply), mark, err);

    if (!grader->gives_recall) {
        mark->precision = (double)NAN;
        mark->recall = (double)NAN;
    }
    canary_mark(key, reply, mark);
    return rc;
}

int grader_find(struct str name, const struct grader **out, struct err *err)
{
    struct buf known;
    int rc = 0;

    buf_init(&known, 1024);
    for (size_t i = 0; graders[i] != NULL; i++) {
        if (str_equal(name, str_from(graders[i]->name))) {
            *out = graders[i];
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%s%s", i != 0 ? ", " : "", graders[i]->name);
    }
    rc = err_set(err, ERR_USAGE, "unknown grader '%.*s'; known: %.*s", STR_ARG(name),
                 STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}
