/* scan_window: the split patterns on 64 bytes at a time.
 *
 * A window is 64 bytes of text from where a piece starts, as one bit mask for each kind of
 * character: bit i stands for byte i, and every byte of a character has the character's bit. Where
 * pieces start in it then follows from shifts and sums of masks, for all of them at once and
 * without a branch on what the text says. (Addition carries along a run of ones: that is how a run
 * is followed to its end.)
 *
 * What is rare is not worked out: `limit` says from where on the answer may be wrong, and the
 * scalar functions take the piece that is there. The next window starts where the last certain
 * piece ended, so that no state goes from one to the next.
 *
 * Included by one source file for each instruction set, which supplies what fills the masks.
 */
#ifndef TOKEN_SCAN_WINDOW_H
#define TOKEN_SCAN_WINDOW_H

#include "token/piece_step.h"
#include "token/scan.h"
#include "token/unicode_class.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WINDOW_BYTES = 64 };

struct window {
    uint64_t upper;
    uint64_t lower;
    uint64_t caseless;
    uint64_t mark;
    uint64_t number;
    uint64_t blank;
    uint64_t newline;
    uint64_t other;
    /* Of single characters, which are also in the masks above. */
    uint64_t space;
    uint64_t slash;
    uint64_t apostrophe;
    /* Of bytes. */
    uint64_t long_character; /* of characters of several bytes or of none */
    uint64_t continuation;   /* not the first of their character */
    unsigned bytes;          /* 64, or less when the last character goes on beyond */
};

/* Fills the masks from the 64 bytes at `p`. */
typedef void window_function(const unsigned char *p, struct window *out);

/* Where some bytes are that tell characters of several bytes apart. */
struct window_long_bytes {
    uint64_t continuing;                   /* 80 to BF */
    uint64_t below_b0, below_a0, below_9f; /* of those, the lower ones */
    uint64_t c3, d0, d1, e2, e3, e4, ef;   /* first bytes, */
    uint64_t ideographic;                  /* E5 to E9, EB and EC among them */
    uint64_t x80, x97, b7, bc;             /* second ones, */
    uint64_t from_90_to_a7;                /* and third ones */
    uint64_t from_81_to_84, from_88_to_8f, from_9a_to_a0;
};

/* Classes of what text in many languages is mostly made of:
 *
 *   U+00C0 to U+00FF   Latin letters and two signs
 *   U+0400 to U+045F   Cyrillic
 *   U+2010 to U+2027   dashes, quotation marks, dots
 *   U+3001 to U+3020   some of the Chinese marks, and some of their like at U+FF01 to U+FF20
 *   U+4000 to U+9FFF   ideographs but the signs U+4DC0 to U+4DFF
 *   U+B000 to U+CFFF   Korean syllables
 *
 * Returns the bytes of other characters. */
static inline uint64_t window_classify_scripts(struct window *window,
                                               const struct window_long_bytes *bytes)
{
    uint64_t second = bytes->continuing >> 1;
    uint64_t third = bytes->continuing >> 2;
    uint64_t sign = bytes->c3 & ((bytes->x97 | bytes->b7) >> 1);
    uint64_t upper =
        (bytes->d0 & (bytes->below_b0 >> 1)) | (bytes->c3 & (bytes->below_9f >> 1) & ~sign);
    uint64_t lower =
        ((bytes->d0 | bytes->c3) & second & ~upper & ~sign) | (bytes->d1 & (bytes->below_a0 >> 1));
    uint64_t caseless = (bytes->ideographic | (bytes->e4 & ~(bytes->b7 >> 1))) & second & third;
    uint64_t marks = (bytes->e3 & (bytes->x80 >> 1)) | (bytes->ef & (bytes->bc >> 1));
    uint64_t symbol =
        (marks & ((bytes->from_81_to_84 | bytes->from_88_to_8f | bytes->from_9a_to_a0) >> 2)) |
        (bytes->e2 & (bytes->x80 >> 1) & (bytes->from_90_to_a7 >> 2));
    uint64_t of_three = caseless | symbol;
    uint64_t inside = (upper | lower | sign | of_three) << 1 | of_three << 2;

    window->upper |= upper | upper << 1;
    window->lower |= lower | lower << 1;
    window->caseless |= caseless | caseless << 1 | caseless << 2;
    window->other |= sign | sign << 1 | symbol | symbol << 1 | symbol << 2;
    window->continuation |= inside;
    return window->long_character & ~(upper | lower | sign | of_three | inside);
}

/* Room for the classes of a window's bytes, and for a store of four at its last byte. */
struct window_classes {
    uint8_t of[WINDOW_BYTES + 4];
};

/* For each byte of `these`, which are whole long characters, its character's class; but not for a
 * character that goes on beyond the window, which then ends before it. Returns the bytes that have
 * got a class; the others are left with any value. */
static inline uint64_t window_classify_long(const unsigned char *p, uint64_t these,
                                            struct window *window, struct window_classes *classes)
{
    const unsigned char *end = p + WINDOW_BYTES;
    uint64_t left = these;

    while (left != 0) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        size_t len = unicode_length_by_first(p[at]);
        uint32_t class = 0;

        if (len > WINDOW_BYTES - at) {
            window->bytes = at;
            break;
        }
        class = UINT32_C(0x01010101) * unicode_class_at(p + at, end, &len);
        memcpy(&classes->of[at], &class, sizeof class);
        window->continuation |= ((UINT64_C(1) << len) - 2) << at;
        left &= ~(((UINT64_C(1) << len) - 1) << at);
    }
    return these & ~left;
}

/* Those bits of `run` that a run starting at one of `starts` reaches; `starts` is part of `run`. */
static inline uint64_t window_run_from(uint64_t run, uint64_t starts)
{
    return (run & ~(run + starts)) | starts;
}

static inline uint64_t window_below(unsigned bit)
{
    return bit >= WINDOW_BYTES ? ~UINT64_C(0) : (UINT64_C(1) << bit) - 1;
}

static inline uint64_t window_lowest(uint64_t bits)
{
    return bits & (0 - bits);
}

/* Where pieces start, and the bits of that which are certain. */
struct window_starts {
    uint64_t bits;
    uint64_t certain;
};

/* What the two patterns have in common, given what differs in them. */
struct window_kinds {
    uint64_t letter;
    uint64_t other;    /* symbols: what [^\s\p{L}\p{N}] matches, but tails */
    uint64_t tail;     /* line ends, and slashes in o200k, that go with the symbols before them */
    uint64_t prefix;   /* symbols that start a piece and would take a letter after them */
    uint64_t prefixed; /* the bytes after those */
};

static inline void window_find_prefixes(const struct window *window, struct window_kinds *kinds)
{
    uint64_t inside = kinds->other & window->continuation;

    kinds->prefix = kinds->other & ~(kinds->other << 1) & ~(window->space << 1);
    kinds->prefixed = ((kinds->prefix << 1) + inside) & ~inside;
}

/* \p{N}{1,3}: every third of a run. */
static inline uint64_t window_numbers(uint64_t number)
{
    uint64_t third = number & (number << 1) & (number << 2);
    uint64_t next = number & ~(number << 1);
    uint64_t starts = 0;

    while (next != 0) {
        starts |= next;
        next = (next << 3) & third;
    }
    return starts;
}

static inline struct window_starts window_common(const struct window *window,
                                                 const struct window_kinds *kinds)
{
    uint64_t newline = window->newline & ~kinds->tail;
    uint64_t blank = window->blank;
    uint64_t white = blank | newline;
    uint64_t after_line = blank & (newline << 1);
    uint64_t closed = ((blank + after_line) & ~blank) & newline;
    uint64_t uncertain =
        (blank | window->number) & window->long_character; /* rare, so not worked out */
    struct window_starts starts = {0, window_below(window->bytes - 2)};

    starts.bits |= kinds->letter & ~(kinds->letter << 1) & ~(blank << 1) & ~kinds->prefixed;
    starts.bits |= window_numbers(window->number);
    starts.bits |= kinds->other & ~(kinds->other << 1) & ~(window->space << 1);
    starts.bits |= white & ~(white << 1);
    starts.bits |= after_line;
    starts.bits |= blank & ~(white >> 1); /* the last one goes with what follows */

    if (closed != 0) {
        uncertain |= window_lowest(newline); /* lines of blanks only */
    }
    if (uncertain != 0) {
        starts.certain &= window_lowest(uncertain) - 1;
    }
    if ((white >> (window->bytes - 1)) != 0) {
        /* Blanks up to the edge: what becomes of them depends on what follows. */
        uint64_t not_white = ~white & window_below(window->bytes);
        unsigned start = not_white == 0 ? 0 : 64 - (unsigned)__builtin_clzll(not_white);

        starts.certain &= window_below(start + 1);
    }
    return starts;
}

/* Makes one piece, or the end of one, of what stands from `at` to `end`. */
static inline void window_join(struct window_starts *starts, unsigned at, unsigned end)
{
    starts->bits &= ~(window_below(end) & ~window_below(at));
    starts->bits |= end < WINDOW_BYTES ? UINT64_C(1) << end : 0;
}

static inline struct window_starts window_o200k(const unsigned char *p, const struct window *window)
{
    uint64_t letter = window->upper | window->lower | window->caseless;
    uint64_t mark = window->mark & ~(window->mark + (window->mark & (letter << 1)));
    uint64_t both = window->caseless | mark;
    uint64_t tail =
        window_run_from(window->newline | window->slash, window->newline & (window->other << 1));
    struct window_kinds kinds = {
        .letter = letter | mark, .other = window->other & ~tail, .tail = tail};
    struct window_starts starts;
    uint64_t uncertain = (window->mark & ~mark) | (window->upper & (both << 1));
    uint64_t contractions = 0;
    unsigned joined = 0;

    window_find_prefixes(window, &kinds);
    starts = window_common(window, &kinds);
    starts.bits |= window->upper & (window->lower << 1);
    if (uncertain != 0) {
        starts.certain &= window_lowest(uncertain) - 1;
    }
    contractions = window->apostrophe & (kinds.letter << 1) & starts.certain;
    while (contractions != 0) {
        unsigned at = (unsigned)__builtin_ctzll(contractions);
        unsigned end = (unsigned)(skip_contraction(p + at, p + WINDOW_BYTES) - p);

        if (end != at && at != joined) {
            window_join(&starts, at, end);
            joined = end;
        }
        contractions &= contractions - 1;
    }
    return starts;
}

static inline struct window_starts window_cl100k(const unsigned char *p,
                                                 const struct window *window)
{
    uint64_t symbol = window->other | window->mark;
    uint64_t tail = window_run_from(window->newline, window->newline & (symbol << 1));
    struct window_kinds kinds = {
        .letter = window->upper | window->lower | window->caseless, .other = symbol, .tail = tail};
    struct window_starts starts;
    uint64_t contractions = 0;

    window_find_prefixes(window, &kinds);
    starts = window_common(window, &kinds);
    contractions = window->apostrophe & kinds.prefix & (kinds.letter >> 1) & starts.certain;
    while (contractions != 0) {
        unsigned at = (unsigned)__builtin_ctzll(contractions);
        unsigned end = (unsigned)(skip_contraction(p + at, p + WINDOW_BYTES) - p);

        if (end != at) {
            window_join(&starts, at + 1, end);
        }
        contractions &= contractions - 1;
    }
    return starts;
}

typedef struct window_starts window_starts_function(const unsigned char *p,
                                                    const struct window *window);

/* Writes the offsets of the bits, lowest first and `base` added, and up to 64 places in all;
 * returns past the last. */
typedef size_t *window_emit_function(size_t *out, uint64_t bits, size_t base);

static inline size_t *window_emit(size_t *out, uint64_t bits, size_t base)
{
    while (bits != 0) {
        *out++ = base + (unsigned)__builtin_ctzll(bits);
        bits &= bits - 1;
    }
    return out;
}

/* What a scan_function is made of. Inlined, so that the calls are direct. */
struct window_scanner {
    window_function *fill;
    window_starts_function *starts;
    window_emit_function *emit;
    piece_function *piece_end;
};

static inline __attribute__((always_inline)) size_t
scan_windows(const struct window_scanner *scanner, struct str text, size_t from, size_t *ends,
             size_t ends_max)
{
    const unsigned char *start = (const unsigned char *)text.p;
    size_t *out = ends;

    while (text.len - from >= WINDOW_BYTES && ends_max - (size_t)(out - ends) >= WINDOW_BYTES) {
        const unsigned char *p = start + from;
        struct window window;
        struct window_starts starts;
        uint64_t bits = 0;

        scanner->fill(p, &window);
        starts = scanner->starts(p, &window);
        bits = starts.bits & starts.certain & ~UINT64_C(1);
        if (bits != 0) {
            out = scanner->emit(out, bits, from);
            from += 63 - (unsigned)__builtin_clzll(bits);
        } else {
            from = (size_t)(scanner->piece_end(p, start + text.len) - start);
            *out++ = from;
        }
    }
    if (out != ends && text.len - from >= WINDOW_BYTES) {
        return (size_t)(out - ends);
    }
    while (from < text.len && (size_t)(out - ends) < ends_max) {
        from = (size_t)(scanner->piece_end(start + from, start + text.len) - start);
        *out++ = from;
    }
    return (size_t)(out - ends);
}

/* Defines scan_o200k and scan_cl100k. */
#define SCAN_WINDOW_FUNCTIONS(fill, emit)                                                          \
    static size_t scan_o200k(struct str text, size_t from, size_t *ends, size_t ends_max)          \
    {                                                                                              \
        static const struct window_scanner scanner = {fill, window_o200k, emit, piece_end_o200k};  \
                                                                                                   \
        return scan_windows(&scanner, text, from, ends, ends_max);                                 \
    }                                                                                              \
                                                                                                   \
    static size_t scan_cl100k(struct str text, size_t from, size_t *ends, size_t ends_max)         \
    {                                                                                              \
        static const struct window_scanner scanner = {fill, window_cl100k, emit,                   \
                                                      piece_end_cl100k};                           \
                                                                                                   \
        return scan_windows(&scanner, text, from, ends, ends_max);                                 \
    }

#endif
