/* grader: reply -> mark.
 *
 * The fifth step of the flow. A grader is pure: the same key and reply give the same mark, to the
 * bit, on every machine. It knows nothing of endpoints, so a run can be scored again offline.
 * Adding one is one file that exports one `const struct grader`, and one line in table.c.
 */
#ifndef SCORE_GRADER_H
#define SCORE_GRADER_H

#include "base/err.h"
#include "base/str.h"
#include "record/case.h"
#include "record/mark.h"

#include <stdbool.h>

struct grader {
    const char *name;
    const char *purpose; /* one line: what gets which score */
    const char *source;  /* where the rule comes from */
    bool needs_prefix;   /* it reads key->prefix */
    bool gives_recall;   /* it sets the mark's precision and recall */
    bool needs_answers;  /* it reads key->answers, and key->answer only for mark->exact */

    /* For grader_mark. ERR_MEMORY, or ERR_LIMIT for texts of 1 GiB; any bytes are a valid reply. */
    int (*grade)(const struct answer_key *key, struct str reply, struct mark *mark,
                 struct err *err);
};

extern const struct grader *const graders[]; /* NULL-terminated; table.c */

/* The mark of a reply: the grader's, of what answers the task, and the canary's (canary.h). */
int grader_mark(const struct grader *grader, const struct answer_key *key, struct str reply,
                struct mark *mark, struct err *err);

/* ERR_USAGE that names the known graders. */
int grader_find(struct str name, const struct grader **out, struct err *err);

#endif
