#include "token/merge.h"
#include "token/merge_units.h"

#include <assert.h>

/* A possible merge as one number, so that the least is the one of lowest rank and the leftmost of
 * those: what two units make, and the number of the first. Signed, as processors without newer
 * instructions compare signed numbers faster. */
enum { AT_BITS = 8, AT_MASK = (1 << AT_BITS) - 1 };
static_assert((int)MERGE_SHORT_BYTES <= (int)AT_MASK, "a unit's number fits, and one more");
static_assert(IMAGE_ID_BITS + AT_BITS < 31, "a possible merge is below INT32_MAX");

static int32_t possible_merge(const struct vocabulary *vocabulary, const uint32_t *ids, size_t at,
                              size_t next)
{
    uint32_t made = vocabulary_merge(vocabulary, ids[at], ids[next]);

    return made == VOCABULARY_NONE ? INT32_MAX : (int32_t)(made << AT_BITS | (uint32_t)at);
}

static int32_t least(const int32_t *merges, size_t count)
{
    int32_t found = INT32_MAX;

    for (size_t i = 0; i < count; i++) {
        found = merges[i] < found ? merges[i] : found;
    }
    return found;
}

/* A piece being merged. Unit i is at ids[i] as long as it lives. */
struct lane {
    size_t piece; /* its number */
    size_t units;
    size_t merged; /* the unit that the last merge made; `units` before the first one */
    uint32_t ids[MERGE_SHORT_BYTES];
    int32_t merges[MERGE_SHORT_BYTES]; /* of each unit with the next */
    uint8_t next[MERGE_SHORT_BYTES];   /* `units` for the last */
    uint8_t previous[MERGE_SHORT_BYTES + 1];
};

static void lane_start(const struct vocabulary *vocabulary, struct lane *lane, struct str piece,
                       size_t number)
{
    lane->piece = number;
    lane->units = merge_split_units(vocabulary, piece, lane->ids, NULL);
    lane->merged = lane->units;
    for (size_t i = 0; i < lane->units; i++) {
        lane->next[i] = (uint8_t)(i + 1);
        lane->previous[i + 1] = (uint8_t)i;
        lane->merges[i] = INT32_MAX;
    }
    for (size_t i = 0; i + 1 < lane->units; i++) {
        vocabulary_fetch_merge(vocabulary, lane->ids[i], lane->ids[i + 1]);
    }
}

/* Finds what the units make that are new neighbours, which was fetched in the step before. */
static void lane_look_up(const struct vocabulary *vocabulary, struct lane *lane)
{
    size_t at = lane->merged;
    size_t next = 0;

    if (at == lane->units) {
        for (size_t i = 0; i + 1 < lane->units; i++) {
            lane->merges[i] = possible_merge(vocabulary, lane->ids, i, i + 1);
        }
        return;
    }
    next = lane->next[at];
    if (next != lane->units) {
        lane->merges[at] = possible_merge(vocabulary, lane->ids, at, next);
    }
    if (at != 0) {
        size_t before = lane->previous[at];

        lane->merges[before] = possible_merge(vocabulary, lane->ids, before, at);
    }
}

static void lane_merge(const struct vocabulary *vocabulary, struct lane *lane, int32_t best)
{
    size_t at = (size_t)best & AT_MASK;
    size_t gone = lane->next[at];
    size_t next = lane->next[gone];

    lane->ids[at] = (uint32_t)best >> AT_BITS;
    lane->next[at] = (uint8_t)next;
    lane->previous[next] = (uint8_t)at;
    lane->merges[gone] = INT32_MAX;
    lane->merges[at] = INT32_MAX;
    lane->merged = at;
    if (next != lane->units) {
        vocabulary_fetch_merge(vocabulary, lane->ids[at], lane->ids[next]);
    }
    if (at != 0) {
        vocabulary_fetch_merge(vocabulary, lane->ids[lane->previous[at]], lane->ids[at]);
    }
}

/* Moves the living units' ids to the front and returns how many. */
static size_t lane_finish(struct lane *lane)
{
    size_t count = 0;

    for (size_t i = 0; i < lane->units; i = lane->next[i]) {
        lane->ids[count++] = lane->ids[i];
    }
    return count;
}

enum { LANES = 8 };

int merge_short(const struct vocabulary *vocabulary, const struct str *pieces, size_t piece_count,
                merge_done_function *done, void *context, struct err *err)
{
    struct lane lanes[LANES];
    size_t lane_count = 0;
    size_t started = 0;

    while (lane_count < LANES && started < piece_count) {
        lane_start(vocabulary, &lanes[lane_count++], pieces[started], started);
        started++;
    }
    for (size_t i = 0; lane_count != 0; i = i + 1 < lane_count ? i + 1 : 0) {
        struct lane *lane = &lanes[i];
        int32_t best = 0;

        lane_look_up(vocabulary, lane);
        best = least(lane->merges, lane->units);
        if (best != INT32_MAX) {
            lane_merge(vocabulary, lane, best);
            continue;
        }
        if (done(context, lane->piece, lane->ids, lane_finish(lane), err) != 0) {
            return (int)err->code;
        }
        if (started < piece_count) {
            lane_start(vocabulary, lane, pieces[started], started);
            started++;
        } else if (i != --lane_count) {
            *lane = lanes[lane_count];
        }
    }
    return 0;
}
