/* comparison: which differences between models are real.
 *
 * A contender is one model of one result; the same model in two results is two contenders, so that
 * an earlier and a later sweep show a vendor's drift. Two contenders are compared on the prompts
 * that both were sent, byte for byte: trials pair by the fingerprint of what was sent, never by
 * cell or sample number. What does not pair is counted and explained, not compared.
 *
 * A sweep that ended lengths when it had decided (--until-decided) has fewer samples where the
 * difference looked large: usual intervals would be wrong. Its rows are judged by a confidence
 * sequence (stats/watched.h), as its summaries are.
 *
 * Pure: results in, numbers and verdicts out. Statistics and their sources are in src/stats;
 * every verdict is corrected for all that are made (stats/multiple.h).
 */
#ifndef REPORT_COMPARISON_H
#define REPORT_COMPARISON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "record/result.h"
#include "report/figures.h"
#include "stats/curve.h"
#include "stats/falloff.h"
#include "stats/groups.h"
#include "stats/interval.h"
#include "stats/paired.h"
#include "stats/repeat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* They are named A to Z in tables. */
enum { CONTENDERS_MAX = 26 };

/* A reply counts as correct from this score on, for prices: near enough word for word. */
#define COMPARISON_CORRECT_SCORE 0.9

struct comparison_settings {
    uint64_t seed;    /* of the resampling */
    double threshold; /* 0 … 1, for effective lengths */
    /* The score of a guesser (generators/generator.h), NaN where unknown; or NULL. */
    double (*chance)(struct str task, uint64_t needles);
    struct figures_filter filter;
    bool only_drift; /* compare a model with itself in another result, nothing else */
    struct str
        baseline; /* a model: compare the others with it, not with one another; "" for none */
};

struct contender {
    const struct result *result; /* borrowed from the results compared */
    struct str model;
    struct str label; /* printable, unique; says "simulated" where it is */
    bool simulated;
    bool watched; /* its sweep ended cells when it had seen enough (--until-decided) */
    size_t trials;
    size_t counted; /* of trials: those with a score, failures as 0 */
    size_t correct; /* of counted: those with COMPARISON_CORRECT_SCORE or more */
    double score_sum;
    int64_t cost_picodollars;        /* of all trials; negative when one's price is unknown */
    double dollars_per_correct;      /* cost / correct; NaN when unknown or none is correct */
    double output_tokens_per_answer; /* mean, reasoning included; NaN when unknown */
    double first_text_ms_median;     /* TTFT; NaN when unknown */
    double first_text_ms_p95;
    double output_tokens_per_second; /* median of output tokens / time from first token to end */
};

/* What is compared with one another: one task with one needle count. */
struct comparison_group {
    struct str task;
    uint64_t needles;
    double chance; /* NaN where unknown */
};

/* A contender's scores along the lengths of a group. */
struct contender_curve {
    size_t contender;
    size_t group;
    struct stats_point *points; /* ascending; NaN where nothing counted */
    uint64_t *counts;           /* trials behind each */
    size_t point_count;
    struct stats_interval mean;         /* of the points with a score, each weighing the same */
    struct stats_interval above_chance; /* the same, corrected; NaN where chance is unknown */
    struct stats_interval auc_128k;     /* NaN unless 8k and 128k were measured */
    struct stats_interval auc_1m;
    size_t auc_128k_missing; /* doublings between that were not measured */
    size_t auc_1m_missing;
    struct stats_effective_length effective;
    bool has_half; /* two lengths or more have scores, and their sizes were fixed before */
    struct stats_half_length half;
    bool has_depths;                    /* depths are known and differ */
    struct stats_groups depths;         /* beginning, middle, end */
    struct stats_repeatability repeats; /* of prompts that were sent more than once */
    size_t rank; /* 1 + contenders found better over all lengths; 0 where not all were compared */
};

/* Two contenders and how their trials pair. */
struct comparison_pairing {
    size_t first;
    size_t second;
    size_t paired;     /* prompts that both answered with a score */
    size_t unscored;   /* prompts both were sent, of which one or both have no score */
    size_t only_first; /* prompts the second was never sent */
    size_t only_second;
    struct str reason; /* why others do not pair: "seed 1 against 2"; "" when all do */
    /* Output tokens per answer, second / first, over paired prompts; NaN when unknown. */
    struct stats_interval token_ratio;
};

enum verdict {
    VERDICT_TIE, /* at this sample size */
    VERDICT_FIRST_BETTER,
    VERDICT_SECOND_BETTER,
    VERDICT_TOO_FEW /* so few pairs could not decide anything among so many comparisons */
};

struct comparison_row {
    size_t pairing;
    size_t group;
    uint64_t length_tokens; /* 0: all lengths together */
    bool watched;           /* by one of both: stats/watched.h, and p is anytime-valid */
    size_t pairs;      /* prompts; of all lengths where watched, samples that each length has */
    double first_mean; /* over the pairs */
    double second_mean;
    struct stats_paired difference; /* second - first */
    double adjusted_p;              /* Holm's, over all rows */
    double detectable; /* the difference that so many pairs find at 80 %; NaN for none */
    enum verdict verdict;
};

struct comparison {
    struct arena arena;
    struct contender *contenders;
    size_t contender_count;
    struct comparison_group *groups;
    size_t group_count;
    struct contender_curve *curves; /* by group, then contender */
    size_t curve_count;
    struct comparison_pairing *pairings;
    size_t pairing_count;
    struct comparison_row *rows; /* by pairing, group, length; all lengths after each */
    size_t row_count;
    double threshold;
    bool any_simulated;
    bool any_watched;
};

/* Results are borrowed until comparison_release. ERR_INPUT when nothing passes the filter or the
 * baseline is no contender; ERR_LIMIT for more than CONTENDERS_MAX. */
int comparison_build(struct comparison *out, const struct result *results, size_t result_count,
                     const struct comparison_settings *settings, struct err *err);
void comparison_release(struct comparison *comparison);

/* What to know of the figures where a contender was watched, in words; "" where none was. */
struct str comparison_caveat(const struct comparison *comparison);

/* The curve of a contender in a group, or NULL. */
const struct contender_curve *comparison_curve(const struct comparison *comparison,
                                               size_t contender, size_t group);

/* "A" … "Z" for a contender, and what a verdict says of the two: "B better",
 * "tie at this sample size", "not enough data". */
char contender_letter(size_t contender);
void verdict_append(struct buf *out, const struct comparison *comparison,
                    const struct comparison_row *row);

#endif
