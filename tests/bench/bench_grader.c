/* bench_grader: how many pairs of texts are compared in a second.
 *
 * Usage: bench_grader FILE
 *
 * The file has two texts for each pair, a and b, each with a NUL byte after it. All pairs are
 * compared again and again for a quarter of a second, or once where that takes longer. One line of
 * JSON: pairs a second, the slowest pair of the first round, and the ratios.
 */
#include "score/difflib.h"
#include "timing.h"

#include "base/file.h"

#include <string.h>

enum { PAIRS_MAX = 256 };

static const double round_ms = 250;

struct pair {
    struct str a;
    struct str b;
    double ratio;
};

static struct str take_text(struct str *rest)
{
    struct str_pair cut = str_cut(*rest, '\0');

    *rest = cut.tail;
    return cut.head;
}

static double compare(struct pair *pair)
{
    double start = timing_ms();
    struct err err;

    timing_check(difflib_ratio(pair->a, pair->b, &pair->ratio, &err), &err);
    return timing_ms() - start;
}

int main(int argc, char **argv)
{
    static struct pair pairs[PAIRS_MAX];
    struct file_map map = {0};
    struct err err;
    size_t count = 0;
    size_t compared = 0;
    double slowest = 0;
    double total = 0;

    if (argc != 2) {
        (void)fputs("usage: bench_grader FILE\n", stderr);
        return 2;
    }
    timing_check(file_map_open(&map, argv[1], &err), &err);
    for (struct str rest = map.bytes; rest.len != 0 && count < PAIRS_MAX; count++) {
        pairs[count].a = take_text(&rest);
        pairs[count].b = take_text(&rest);
    }
    for (size_t round = 0; round == 0 || total < round_ms; round++) {
        for (size_t i = 0; i < count; i++) {
            double ms = compare(&pairs[i]);

            slowest = round == 0 && ms > slowest ? ms : slowest;
            total += ms;
            compared++;
        }
    }
    (void)printf("{\"pairs_per_s\":%.3f,\"slowest_ms\":%.3f,\"ratios\":[",
                 1e3 * (double)compared / total, slowest);
    for (size_t i = 0; i < count; i++) {
        (void)printf("%s%.17g", i != 0 ? "," : "", pairs[i].ratio);
    }
    (void)printf("]}\n");
    file_map_release(&map);
    return 0;
}
