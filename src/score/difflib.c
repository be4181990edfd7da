#include "score/difflib.h"

#include "base/arena.h"
#include "score/code_point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_BYTES_LIMIT = 1 << 30,
    AUTOJUNK_LENGTH = 200, /* of b; CPython's constant */
    PAGE_UNITS = 512,
    PAGE_COUNT = (CODE_POINT_LIMIT + PAGE_UNITS - 1) / PAGE_UNITS,
    SCAN_MAX = 16 /* a shorter list is searched faster in order than by halving */
};

/* The texts are kept as codes, with a mark on each unit that is popular in b, so that "equal and
 * not popular" is a comparison of two numbers. What b lacks cannot equal anything. */
#define POPULAR 0x80000000U
#define ABSENT  0xFFFFFFFFU

/* What is known of a code. */
struct unit {
    uint32_t first; /* of `places`: its ascending positions in b … */
    uint32_t count; /* … and how many; none for a popular unit */
    uint32_t mark;  /* 0, POPULAR or ABSENT */
};

struct page {
    struct page *next;
    struct unit units[PAGE_UNITS];
};

struct positions {
    uint32_t *items;
    uint32_t count;
};

struct texts {
    struct arena arena;             /* owns all below */
    struct page *pages[PAGE_COUNT]; /* by code; only those that b needs exist … */
    struct page *first_page;        /* … and are linked from here */
    uint32_t *a;
    uint32_t *b;
    uint32_t a_count;
    uint32_t b_count;
    struct positions anchors; /* ascending positions in a of units that are in b and not popular */
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
    texts->a = arena_alloc(&texts->arena, a_bytes, sizeof(uint32_t));
    texts->b = arena_alloc(&texts->arena, b_bytes, sizeof(uint32_t));
    /* One more than there can be, for the writes below that count for nothing. */
    texts->anchors.items = arena_alloc(&texts->arena, a_bytes + 1, sizeof(uint32_t));
    texts->places = arena_alloc(&texts->arena, b_bytes + 1, sizeof(uint32_t));
    return texts->a != NULL && texts->b != NULL && texts->anchors.items != NULL &&
           texts->places != NULL;
}

static struct page *add_page(struct texts *texts, uint32_t code)
{
    struct page *page = arena_alloc(&texts->arena, 1, sizeof *page);

    if (page != NULL) {
        page->next = texts->first_page;
        texts->first_page = page;
        texts->pages[code / PAGE_UNITS] = page;
    }
    return page;
}

static bool count_b(struct texts *texts)
{
    for (uint32_t j = 0; j < texts->b_count; j++) {
        uint32_t code = texts->b[j];
        struct page *page = texts->pages[code / PAGE_UNITS];

        if (page == NULL) {
            page = add_page(texts, code);
            if (page == NULL) {
                return false;
            }
        }
        page->units[code % PAGE_UNITS].count++;
    }
    return true;
}

/* Deals out `places` and marks the popular units, whose count becomes 0 for good; the others'
 * counts become 0 until their places are filled. */
static void assign_places(struct texts *texts)
{
    uint32_t limit = texts->b_count >= AUTOJUNK_LENGTH ? texts->b_count / 100 + 1 : texts->b_count;
    uint32_t next = 0;

    for (struct page *page = texts->first_page; page != NULL; page = page->next) {
        for (uint32_t i = 0; i < PAGE_UNITS; i++) {
            struct unit *unit = &page->units[i];

            if (unit->count == 0) {
                unit->mark = ABSENT;
            } else if (unit->count > limit) {
                unit->mark = POPULAR;
                unit->first = texts->b_count; /* the place that counts for nothing */
            } else {
                unit->first = next;
                next += unit->count;
            }
            unit->count = 0;
        }
    }
}

/* CPython's __chain_b: where each unit is in b, the popular ones left out. The loops over the texts
 * do not branch on a unit's kind: letters come in no order that a processor could foretell. */
static void index_b(struct texts *texts)
{
    uint32_t *b = texts->b;
    uint32_t *places = texts->places;

    assign_places(texts);
    for (uint32_t j = 0; j < texts->b_count; j++) {
        uint32_t code = b[j];
        struct unit *unit = &texts->pages[code / PAGE_UNITS]->units[code % PAGE_UNITS];

        places[unit->first + unit->count] = j;
        unit->count += unit->mark == 0 ? 1 : 0;
        b[j] = code | unit->mark;
    }
}

static void index_a(struct texts *texts)
{
    uint32_t *a = texts->a;
    uint32_t *anchors = texts->anchors.items;
    uint32_t anchor_count = 0;

    for (uint32_t i = 0; i < texts->a_count; i++) {
        uint32_t code = a[i];
        const struct page *page = texts->pages[code / PAGE_UNITS];
        uint32_t mark = page != NULL ? page->units[code % PAGE_UNITS].mark : ABSENT;

        anchors[anchor_count] = i;
        anchor_count += mark == 0 ? 1 : 0;
        a[i] = code | mark;
    }
    texts->anchors.count = anchor_count;
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
    const uint32_t *a = texts->a + i;
    const uint32_t *b = texts->b + j;
    uint32_t size = 1;

    while (size < max && a[size] == b[size] && a[size] < POPULAR) {
        size++;
    }
    return size;
}

/* Puts the longest run that begins at a[i] into *best, if it is longer. */
static void try_runs_at(const struct texts *texts, const struct range *range, uint32_t i,
                        struct block *best)
{
    const uint32_t *a = texts->a;
    const uint32_t *b = texts->b;
    const struct unit *unit = &texts->pages[a[i] / PAGE_UNITS]->units[a[i] % PAGE_UNITS];
    const uint32_t *places = texts->places + unit->first;
    bool may_continue = i > range->a_low && a[i - 1] < POPULAR;

    for (uint32_t k = first_from(places, unit->count, range->b_low); k < unit->count; k++) {
        uint32_t j = places[k];
        uint32_t size = 0;

        if (j >= range->b_high || range->b_high - j <= best->size) {
            break; /* no later run is long enough */
        }
        if (a[i + best->size] != b[j + best->size]) {
            continue;
        }
        if (may_continue && j > range->b_low && a[i - 1] == b[j - 1]) {
            continue; /* part of a run that began earlier */
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
    const uint32_t *a = texts->a;
    const uint32_t *b = texts->b;
    const struct positions *anchors = &texts->anchors;
    struct block best = {range->a_low, range->b_low, 0};

    for (uint32_t k = first_from(anchors->items, anchors->count, range->a_low);
         k + best.size < anchors->count; k++) {
        uint32_t i = anchors->items[k];

        if (i >= range->a_high || range->a_high - i <= best.size) {
            break;
        }
        /* A longer run needs that many anchors in a row; among prose few are. */
        if (anchors->items[k + best.size] == i + best.size) {
            try_runs_at(texts, range, i, &best);
        }
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
    struct range waiting[WAITING_MAX] = {{0, texts->a_count, 0, texts->b_count}};
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
    /* Equal texts are one block: their first longest run lies on the diagonal and grows both ways.
     */
    if (str_equal(a, b)) {
        *ratio = 1.0;
        return 0;
    }
    if (!allocate(&texts, a.len, b.len)) {
        rc = err_memory(err);
        goto done;
    }
    texts.a_count = (uint32_t)code_point_decode(a, texts.a);
    texts.b_count = (uint32_t)code_point_decode(b, texts.b);
    if (!count_b(&texts)) {
        rc = err_memory(err);
        goto done;
    }
    index_b(&texts);
    index_a(&texts);
    length = (uint64_t)texts.a_count + texts.b_count;
    /* 2 M is exact, so this rounds once, as Python does. */
    *ratio = length == 0 ? 1.0 : 2.0 * (double)count_matches(&texts) / (double)length;
done:
    arena_release(&texts.arena);
    return rc;
}
