#include "stats/proportion.h"

#include "stats/normal.h"

#include <math.h>

struct stats_interval stats_wilson(uint64_t successes, uint64_t n)
{
    double count = (double)n;
    double share = (double)successes / count;
    double z_squared = STATS_Z_95 * STATS_Z_95;
    double scale = 1.0 + z_squared / count;
    double centre = (share + z_squared / (2.0 * count)) / scale;
    double half = STATS_Z_95 / scale *
                  sqrt(share * (1.0 - share) / count + z_squared / (4.0 * count * count));

    if (n == 0) {
        return (struct stats_interval){(double)NAN, (double)NAN, (double)NAN};
    }
    return (struct stats_interval){
        .mean = share,
        .low = successes == 0 ? 0.0 : fmax(0.0, centre - half),
        .high = successes == n ? 1.0 : fmin(1.0, centre + half),
    };
}

double stats_mcnemar_p(uint64_t first_only, uint64_t second_only)
{
    uint64_t n = first_only + second_only;
    uint64_t fewer = first_only < second_only ? first_only : second_only;
    double log_term = -(double)n * log(2.0); /* of n choose 0, over 2^n */
    double tail = 0.0;

    for (uint64_t k = 0; k <= fewer; k++) {
        tail += exp(log_term);
        log_term += log((double)(n - k)) - log((double)(k + 1));
    }
    return fmin(1.0, 2.0 * tail);
}
