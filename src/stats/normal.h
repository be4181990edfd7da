/* normal: the standard normal distribution. */
#ifndef STATS_NORMAL_H
#define STATS_NORMAL_H

#define STATS_Z_95 1.959963984540054 /* the 97.5 % quantile */

double stats_normal_below(double z); /* P(Z <= z) */

/* The z with P(Z <= z) = p, to about 1e-15: P. J. Acklam's rational approximation (2003, relative
 * error 1.15e-9), then one step of Halley's method on the exact distribution. -inf and +inf at 0
 * and 1, NaN outside. */
double stats_normal_quantile(double p);

#endif
