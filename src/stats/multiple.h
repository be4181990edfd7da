/* multiple: many comparisons at once.
 *
 * Twenty cells compared at 5 % each show a "winner" among equals two times in three. Holm's
 * step-down (S. Holm, Scandinavian Journal of Statistics 6(2), 1979) keeps the chance of even one
 * such error at 5 % whatever the comparisons have to do with one another, and never finds less than
 * Bonferroni's correction.
 */
#ifndef STATS_MULTIPLE_H
#define STATS_MULTIPLE_H

#include "base/err.h"

#include <stddef.h>

/* Adjusted p-values, in the order given: the i-th smallest of n becomes the largest of
 * min(1, (n - j + 1) p_j) over all j up to i. NaN marks a comparison that was not made: it stays
 * NaN and is not among the n. `adjusted` has room for `count` and may be `p` itself. */
int stats_holm(const double *p, size_t count, double *adjusted, struct err *err);

#endif
