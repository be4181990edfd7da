/* excerpt: which trials a page shows word for word, reply against gold answer.
 *
 * A page lists every trial of what it shows, but ten thousand replies with their gold answers would
 * make it too big to mail. So it carries the texts of a limited number: the worst of each cell
 * first, round by round, since those are what a reader wants to see. Gold answers are not in a
 * result (they follow from the recipe): whoever can make them fills them in before the page is
 * made.
 */
#ifndef REPORT_EXCERPT_H
#define REPORT_EXCERPT_H

#include "base/arena.h"
#include "base/err.h"
#include "report/figures.h"

#include <stddef.h>

enum { EXCERPTS_USUAL = 1000, EXCERPT_TEXT_BYTES_MAX = 16 * 1024 };

struct excerpt {
    const struct result *result;
    size_t trial_index;      /* in result->trials */
    struct str gold;         /* {NULL, 0}: not known … */
    struct str gold_missing; /* … and why, a sentence; "" where nobody tried */
};

struct excerpts {
    struct arena arena;    /* for the golds, too */
    struct excerpt *items; /* by result, then by place in it */
    size_t count;
    size_t trial_count; /* of everything that passes the filter */
};

/* At most `most` trials of the figures. */
int excerpts_choose(struct excerpts *out, const struct figures *figures, size_t most,
                    struct err *err);
void excerpts_release(struct excerpts *excerpts);

/* The excerpt of a trial, or NULL. */
const struct excerpt *excerpts_find(const struct excerpts *excerpts, const struct result *result,
                                    size_t trial_index);

#endif
