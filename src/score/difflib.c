#include "score/difflib.h"

#include "base/arena.h"
#include "score/code_point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_BYTES_LIMIT = 1 << 30,
    AUTOJUNK_LENGTH = 200, /* of b; CPython's constant */
    PAGE_UNITS = 1024,
    PAGE_COUNT = (CODE_POINT_LIMIT + PAGE_UNITS - 1) / PAGE_UNITS,
    SCAN_MAX = 16 /* a shorter list is searched faster in order than by halving */
};

/* Units become ids: 1, 2, 3 … in the order in which b first has them, 0 for a unit of a that b
 * lacks. The id of a popular unit carries this mark, so that "equal and not popular" is a
 * comparison of two numbers. */
#define POPULAR 0x80000000U

struct unit {
    uint32_t first; /* of `places`: its ascending positions in b … */
    uint32_t count; /* … and how many; none for a popular unit */
    bool popular;
};

struct ids {
    uint32_t *items;
    uint32_t count;
};

struct texts {
    struct arena arena;          /* owns all below */
    uint32_t *pages[PAGE_COUNT]; /* code -> id; only the pages that b needs exist */
    struct unit *units;          /* by id */
    uint32_t unit_count;         /* highest id */
    struct ids a;
    struct ids b;
    struct ids anchors; /* ascending positions in a of units that are in b and not popular */
    uint32_t *places;
};

struct range {
    uint32_t a_low;
    uint32_t a_high;
    uint32_t b_low;
    uint32_t b_high;
};

struct block {
    uint32_t a;
    uint32_t b;
    uint32_t size;
};

static bool allocate(struct texts *texts, size_t a_bytes, size_t b_bytes)
{
    size_t units_max = b_bytes < CODE_POINT_LIMIT ? b_bytes : CODE_POINT_LIMIT;

    texts->a.items = arena_alloc(&texts->arena, a_bytes, sizeof(uint32_t));
    texts->anchors.items = arena_alloc(&texts->arena, a_bytes, sizeof(uint32_t));
    texts->b.items = arena_alloc(&texts->arena, b_bytes, sizeof(uint32_t));
    texts->places = arena_alloc(&texts->arena, b_bytes, sizeof(uint32_t));
    texts->units = arena_alloc(&texts->arena, units_max + 1, sizeof(struct unit));
    return texts->a.items != NULL && texts->anchors.items != NULL && texts->b.items != NULL &&
           texts->places != NULL && texts->units != NULL;
}

static bool read_b(struct texts *texts, struct str text)
{
    while (text.len != 0) {
        uint32_t code = code_point_next(&text);
        uint32_t **page = &texts->pages[code / PAGE_UNITS];
        uint32_t *id = NULL;

        if (*page == NULL) {
            *page = arena_alloc(&texts->arena, PAGE_UNITS, sizeof(uint32_t));
            if (*page == NULL) {
                return false;
            }
        }
        id = &(*page)[code % PAGE_UNITS];
        if (*id == 0) {
            *id = ++texts->unit_count;
        }
        texts->units[*id].count++;
        texts->b.items[texts->b.count++] = *id;
    }
    return true;
}

/* CPython's __chain_b: where each unit is in b, the popular ones left out. */
static void index_b(struct texts *texts)
{
    uint32_t limit = texts->b.count >= AUTOJUNK_LENGTH ? texts->b.count / 100 + 1 : texts->b.count;
    uint32_t next = 0;

    for (uint32_t id = 1; id <= texts->unit_count; id++) {
        struct unit *unit = &texts->units[id];

        unit->popular = unit->count > limit;
        unit->first = next;
        next += unit->popular ? 0 : unit->count;
        unit->count = 0;
    }
    for (uint32_t j = 0; j < texts->b.count; j++) {
        struct unit *unit = &texts->units[texts->b.items[j]];

        if (unit->popular) {
            texts->b.items[j] |= POPULAR;
        } else {
            texts->places[unit->first + unit->count++] = j;
        }
    }
}

static void read_a(struct texts *texts, struct str text)
{
    while (text.len != 0) {
        uint32_t code = code_point_next(&text);
        const uint32_t *page = texts->pages[code / PAGE_UNITS];
        uint32_t id = page != NULL ? page[code % PAGE_UNITS] : 0;
        uint32_t i = texts->a.count++;

        if (id != 0 && texts->units[id].popular) {
            id |= POPULAR;
        } else if (id != 0) {
            texts->anchors.items[texts->anchors.count++] = i;
        }
        texts->a.items[i] = id;
    }
}

/* Index of the first of the ascending numbers that is at least `low`. */
static uint32_t first_from(const uint32_t *numbers, uint32_t count, uint32_t low)
{
    uint32_t at = 0;

    while (count > SCAN_MAX) {
        uint32_t half = count / 2;

        if (numbers[at + half] < low) {
            at += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    while (count != 0 && numbers[at] < low) {
        at++;
        count--;
    }
    return at;
}

/* Length of the run of equal, unpopular units from a[i] and b[j] on; the first pair is known. */
static uint32_t run_length(const struct texts *texts, const struct range *range, uint32_t i,
                           uint32_t j)
{
    uint32_t a_left = range->a_high - i;
    uint32_t b_left = range->b_high - j;
    uint32_t max = a_left < b_left ? a_left : b_left;
    const uint32_t *a = texts->a.items + i;
    const uint32_t *b = texts->b.items + j;
    uint32_t size = 1;

    while (size < max && a[size] == b[size] && a[size] < POPULAR) {
        size++;
    }
    return size;
}

/* Extends `best` by the longest run that begins at a[i], if that is longer. */
static void try_runs_at(const struct texts *texts, const struct range *range, uint32_t i,
                        struct block *best)
{
    const uint32_t *a = texts->a.items;
    const uint32_t *b = texts->b.items;
    const struct unit *unit = &texts->units[a[i]];
    const uint32_t *places = texts->places + unit->first;
    bool may_continue = i > range->a_low && a[i - 1] < POPULAR;

    for (uint32_t k = first_from(places, unit->count, range->b_low); k < unit->count; k++) {
        uint32_t j = places[k];
        uint32_t size = 0;

        if (j >= range->b_high || range->b_high - j <= best->size) {
            break; /* no later run is long enough */
        }
        if (may_continue && j > range->b_low && a[i - 1] == b[j - 1]) {
            continue; /* seen as part of the run that began earlier */
        }
        size = run_length(texts, range, i, j);
        if (size > best->size) {
            *best = (struct block){i, j, size};
        }
    }
}

/* CPython's find_longest_match: of the longest runs of unpopular units the one that begins first in
 * a, then in b, grown by equal units of any kind at both ends. Where there is no such run it still
 * grows from the lower corner: a common beginning counts, a common end does not. Runs are followed
 * from where they begin instead of row by row, which finds the same one and needs no rows. */
static struct block find_longest(const struct texts *texts, const struct range *range)
{
    const uint32_t *a = texts->a.items;
    const uint32_t *b = texts->b.items;
    struct block best = {range->a_low, range->b_low, 0};

    for (uint32_t k = first_from(texts->anchors.items, texts->anchors.count, range->a_low);
         k < texts->anchors.count; k++) {
        uint32_t i = texts->anchors.items[k];

        if (i >= range->a_high || range->a_high - i <= best.size) {
            break;
        }
        try_runs_at(texts, range, i, &best);
    }
    while (best.a > range->a_low && best.b > range->b_low && a[best.a - 1] == b[best.b - 1]) {
        best.a--;
        best.b--;
        best.size++;
    }
    while (best.a + best.size < range->a_high && best.b + best.size < range->b_high &&
           a[best.a + best.size] == b[best.b + best.size]) {
        best.size++;
    }
    return best;
}

static bool is_empty(const struct range *range)
{
    return range->a_low == range->a_high || range->b_low == range->b_high;
}

/* The sum of all matching blocks. Of the two ranges beside a block the shorter is searched first,
 * so each range that waits halves what is left and 33 places are enough. */
static uint64_t count_matches(const struct texts *texts)
{
    enum { WAITING_MAX = 40 };
    struct range waiting[WAITING_MAX] = {{0, texts->a.count, 0, texts->b.count}};
    uint32_t count = is_empty(&waiting[0]) ? 0 : 1;
    uint64_t matches = 0;

    while (count != 0) {
        struct range range = waiting[--count];
        struct block block = find_longest(texts, &range);
        struct range left = {range.a_low, block.a, range.b_low, block.b};
        struct range right = {block.a + block.size, range.a_high, block.b + block.size,
                              range.b_high};
        bool left_is_shorter = left.a_high - left.a_low < right.a_high - right.a_low;
        struct range sides[2] = {left_is_shorter ? right : left, left_is_shorter ? left : right};

        if (block.size == 0) {
            continue;
        }
        matches += block.size;
        for (size_t side = 0; side < 2; side++) {
            if (!is_empty(&sides[side])) {
                waiting[count++] = sides[side];
            }
        }
    }
    return matches;
}

int difflib_ratio(struct str a, struct str b, double *ratio, struct err *err)
{
    struct texts texts = {0};
    uint64_t length = 0;
    int rc = 0;

    if (a.len >= TEXT_BYTES_LIMIT || b.len >= TEXT_BYTES_LIMIT) {
        return err_set(err, ERR_LIMIT, "texts of 1 GiB cannot be compared");
    }
    if (!allocate(&texts, a.len, b.len) || !read_b(&texts, b)) {
        rc = err_memory(err);
        goto done;
    }
    index_b(&texts);
    read_a(&texts, a);
    length = (uint64_t)texts.a.count + texts.b.count;
    /* 2 M is exact, so this rounds once, as Python does. */
    *ratio = length == 0 ? 1.0 : 2.0 * (double)count_matches(&texts) / (double)length;
done:
    arena_release(&texts.arena);
    return rc;
}
