#include "stats/normal.h"

#include <math.h>
#include <stddef.h>

static const double square_root_of_2 = 1.4142135623730950488;
static const double square_root_of_2_pi = 2.5066282746310005024;

double stats_normal_below(double z)
{
    return 0.5 * erfc(-z / square_root_of_2);
}

/* Horner's rule, the highest power first. */
static double polynomial(const double *coefficients, size_t count, double x)
{
    double value = 0.0;

    for (size_t i = 0; i < count; i++) {
        value = value * x + coefficients[i];
    }
    return value;
}

static double approximate_quantile(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01, 1.0};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00, 1.0};
    static const double tail = 0.02425;

    if (p < tail) {
        double q = sqrt(-2.0 * log(p));

        return polynomial(c, 6, q) / polynomial(d, 5, q);
    }
    if (p > 1.0 - tail) {
        return -approximate_quantile(1.0 - p);
    }
    return polynomial(a, 6, (p - 0.5) * (p - 0.5)) * (p - 0.5) /
           polynomial(b, 6, (p - 0.5) * (p - 0.5));
}

double stats_normal_quantile(double p)
{
    double z = 0.0;
    double step = 0.0;

    if (!(p >= 0.0 && p <= 1.0)) {
        return (double)NAN;
    }
    if (p == 0.0 || p == 1.0) {
        return p == 0.0 ? -(double)INFINITY : (double)INFINITY;
    }
    z = approximate_quantile(p);
    step = (stats_normal_below(z) - p) * square_root_of_2_pi * exp(z * z / 2.0);
    return z - step / (1.0 + z * step / 2.0);
}
