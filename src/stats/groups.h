/* groups: does it matter where in the haystack the needle stands?
 *
 * A test of scores in groups (beginning, middle, end) within strata: what differs between lengths
 * and needle counts must not pass for an effect of depth.
 */
#ifndef STATS_GROUPS_H
#define STATS_GROUPS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { STATS_GROUPS_MAX = 8 };

enum stats_third { STATS_BEGINNING, STATS_MIDDLE, STATS_END, STATS_THIRDS };
enum stats_third stats_third_of(double depth); /* thirds of 0 … 1 */

/* One score, the group it is in and the stratum that it may be exchanged within. */
struct stats_grouped {
    double score;
    uint64_t stratum;  /* the cell; or the haystack where it has several questions */
    uint64_t question; /* what was answered; several answers to one question are one observation */
    uint32_t group;    /* below the number of groups */
};

struct stats_groups {
    double means[STATS_GROUPS_MAX];   /* of the group's scores; NaN for an empty group */
    size_t counts[STATS_GROUPS_MAX];  /* questions */
    double effects[STATS_GROUPS_MAX]; /* mean of score - mean of its stratum; NaN likewise */
    double p;                         /* that the groups are alike; 1 when nothing can differ */
};

/* The permutation test with statistic sum over groups of n_g effect_g², as the between-groups
 * sum of squares of a one-way analysis of variance with blocks: scores are exchanged within strata
 * 9,999 times and p = (as large or larger + 1) / 10,000 (B. Phipson and G. K. Smyth, Statistical
 * Applications in Genetics and Molecular Biology 9(1), 2010; P. Good, Permutation Tests, 2000).
 * Scores of the same stratum, question and group are averaged first: repeats of a prompt stand or
 * fall together, and must not pass for as many prompts. Reorders and joins `items`. ERR_INPUT for
 * no item, or a group that is not below `group_count`
 * (<= STATS_GROUPS_MAX). */
int stats_compare_groups(struct stats_grouped *items, size_t n, uint32_t group_count, uint64_t seed,
                         struct stats_groups *out, struct err *err);

#endif
