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
