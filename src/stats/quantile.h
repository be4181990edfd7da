/* quantile: order statistics of a handful of numbers.
 *
 * Stats turns marks into numbers with an honest uncertainty. Nothing here knows what the numbers
 * measure.
 */
#ifndef STATS_QUANTILE_H
#define STATS_QUANTILE_H

#include <stddef.h>

void stats_sort(double *values, size_t n); /* ascending; no NaN among them */

/* The value below which the share `p` (0 … 1) of the sorted values lies, interpolated linearly:
 * type 7 of Hyndman & Fan, "Sample Quantiles in Statistical Packages", The American Statistician
 * 50(4), 1996, which is what R and NumPy give by default. NaN for n = 0. */
double stats_quantile(const double *sorted, size_t n, double p);

double stats_median(const double *sorted, size_t n);

#endif
