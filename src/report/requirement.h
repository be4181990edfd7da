/* requirement: what a buyer demands, judged by what was measured.
 *
 *     [MODEL:] TASK [N needles] WHERE >= PERCENT
 *
 * WHERE is a length (512k), "overall" (the mean over lengths), "auc@128k" or "auc@1m"; or it is
 * "effective" and what follows >= is a length (effective >= 256k). Without MODEL it is asked of
 * every model, without "N needles" of each needle count.
 *
 * The interval decides, not the mean: a requirement has passed when the lower 95 % bound reaches
 * it, has failed when the upper bound does not, and is undecided between, which more samples would
 * change. Asking for several things at once needs no correction: a model has to pass all of them,
 * so that the chance to pass one that is not met stays below 2.5 % (intersection-union test, R. L.
 * Berger, Technometrics 24(4), 1982).
 */
#ifndef REPORT_REQUIREMENT_H
#define REPORT_REQUIREMENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "report/comparison.h"

#include <stddef.h>
#include <stdint.h>

enum { REQUIREMENTS_MAX = 256, REQUIREMENT_FINDINGS_MAX = 65536 };

enum requirement_where {
    REQUIREMENT_AT_LENGTH,
    REQUIREMENT_OVERALL,
    REQUIREMENT_AUC_128K,
    REQUIREMENT_AUC_1M,
    REQUIREMENT_EFFECTIVE
};

struct requirement {
    struct str text;  /* as written, trimmed */
    struct str model; /* "" for every one */
    struct str task;
    uint64_t needles; /* 0 for each */
    enum requirement_where where;
    uint64_t length_tokens; /* REQUIREMENT_AT_LENGTH */
    double least;           /* a score, 0 … 1; for REQUIREMENT_EFFECTIVE tokens */
};

/* Texts are borrowed from `text`. ERR_USAGE says what is wrong. */
int requirement_parse(struct str text, struct requirement *out, struct err *err);

/* One a line, blank lines and lines that begin with # left out, appended to out[0 … *count - 1],
 * which has room for REQUIREMENTS_MAX. ERR_USAGE names the line. */
int requirements_parse_lines(struct str lines, struct requirement *out, size_t *count,
                             struct err *err);

enum requirement_state {
    REQUIREMENT_PASSED,
    REQUIREMENT_FAILED,
    REQUIREMENT_UNDECIDED,
    REQUIREMENT_NOT_MEASURED
};
const char *requirement_state_name(enum requirement_state state); /* "pass", "FAIL", … */

struct requirement_finding {
    size_t requirement;
    size_t contender;               /* SIZE_MAX when no model that was measured is meant */
    size_t group;                   /* SIZE_MAX likewise */
    struct stats_interval measured; /* a score or tokens; NaN when not measured */
    uint64_t trials;                /* behind it; 0 where it is made of several cells */
    enum requirement_state state;
};

/* One finding per requirement, model and needle count that it is asked of; at least one each.
 * Allocated in `arena`. */
int requirements_judge(const struct requirement *requirements, size_t count,
                       const struct comparison *comparison, struct arena *arena,
                       struct requirement_finding **findings, size_t *finding_count,
                       struct err *err);

/* ERR_REQUIREMENT when one has failed; ERR_INCOMPLETE when none has but one is undecided or was not
 * measured, since a requirement that is not shown to be met does not count as met; else 0. */
int requirements_verdict(const struct requirement_finding *findings, size_t count, struct err *err);

#endif
