#include "dataset/snappy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES_MAX = 5, TAG_BYTES_MAX = 5 };

struct snappy {
    uint64_t expected;
    uint64_t produced;
    bool has_length; /* the text's length, which comes first, is read */

    unsigned char tag[TAG_BYTES_MAX]; /* an element's head, which input may end in */
    size_t tag_len;

    size_t literal; /* bytes of the literal at hand still to come */
    size_t copy;    /* bytes of the copy at hand still to come … */
    size_t offset;  /* … from so far behind */

    size_t mask;
    char *window; /* a ring of mask + 1 bytes: the last ones produced */
};

int snappy_new(struct snappy **out, uint64_t expected, struct err *err)
{
    struct snappy *snappy = calloc(1, sizeof *snappy);
    size_t size = 256;

    if (snappy == NULL) {
        return err_memory(err);
    }
    while (size < SNAPPY_WINDOW && size < expected) {
        size *= 2;
    }
    snappy->expected = expected;
    snappy->mask = size - 1;
    snappy->window = malloc(size);
    if (snappy->window == NULL) {
        free(snappy);
        return err_memory(err);
    }
    *out = snappy;
    return 0;
}

void snappy_free(struct snappy *snappy)
{
    if (snappy != NULL) {
        free(snappy->window);
        free(snappy);
    }
}

static int fault(const struct snappy *snappy, const char *what, struct err *err)
{
    return err_set(err, ERR_INPUT, "snappy: %s after %llu bytes", what,
                   (unsigned long long)snappy->produced);
}

/* Moves input to the tag until it has `need` bytes; false when the input ends before. */
static bool fill_tag(struct snappy *snappy, struct str *in, size_t need)
{
    while (snappy->tag_len < need && in->len != 0) {
        snappy->tag[snappy->tag_len++] = (unsigned char)in->p[0];
        *in = str_skip(*in, 1);
    }
    return snappy->tag_len >= need;
}

static int read_length(struct snappy *snappy, struct str *in, struct err *err)
{
    uint64_t length = 0;

    while (snappy->tag_len == 0 || (snappy->tag[snappy->tag_len - 1] & 0x80U) != 0) {
        if (snappy->tag_len == LENGTH_BYTES_MAX) {
            return fault(snappy, "no length", err);
        }
        if (!fill_tag(snappy, in, snappy->tag_len + 1)) {
            return 0;
        }
    }
    for (size_t i = 0; i < snappy->tag_len; i++) {
        length |= (uint64_t)(snappy->tag[i] & 0x7FU) << (7 * i);
    }
    if (length != snappy->expected) {
        return err_set(err, ERR_INPUT, "snappy: %llu bytes where the page says %llu",
                       (unsigned long long)length, (unsigned long long)snappy->expected);
    }
    snappy->has_length = true;
    snappy->tag_len = 0;
    return 0;
}

static size_t tag_length(unsigned char first)
{
    static const size_t copy_bytes[] = {0, 2, 3, 5};
    unsigned more = first >> 2;

    if ((first & 3U) != 0) {
        return copy_bytes[first & 3U];
    }
    return more < 60 ? 1 : more - 60 + 2;
}

static size_t little_endian(const unsigned char *bytes, size_t count)
{
    size_t value = 0;

    for (size_t i = 0; i < count; i++) {
        value |= (size_t)bytes[i] << (8 * i);
    }
    return value;
}

static int begin_copy(struct snappy *snappy, size_t bytes, struct err *err)
{
    const unsigned char *tag = snappy->tag;

    if ((tag[0] & 3U) == 1) {
        snappy->copy = 4 + (tag[0] >> 2 & 7U);
        snappy->offset = (size_t)(tag[0] >> 5) << 8 | tag[1];
    } else {
        snappy->copy = (size_t)(tag[0] >> 2) + 1;
        snappy->offset = little_endian(tag + 1, bytes - 1);
    }
    if (snappy->offset == 0 || snappy->offset > snappy->produced) {
        return fault(snappy, "a copy from before the text", err);
    }
    if (snappy->offset > snappy->mask + 1) {
        return err_set(err, ERR_INPUT,
                       "snappy: a copy from %zu bytes back is not supported (at most %zu)",
                       snappy->offset, snappy->mask + 1);
    }
    return 0;
}

/* Reads the head of the next element. *begun is false when more input is needed. */
static int begin_element(struct snappy *snappy, struct str *in, bool *begun, struct err *err)
{
    size_t bytes = 0;
    int rc = 0;

    *begun = false;
    if (!fill_tag(snappy, in, 1)) {
        return 0;
    }
    bytes = tag_length(snappy->tag[0]);
    if (!fill_tag(snappy, in, bytes)) {
        return 0;
    }
    if ((snappy->tag[0] & 3U) == 0) {
        snappy->literal = (bytes == 1 ? (size_t)(snappy->tag[0] >> 2)
                                      : little_endian(snappy->tag + 1, bytes - 1)) +
                          1;
    } else {
        rc = begin_copy(snappy, bytes, err);
    }
    snappy->tag_len = 0;
    *begun = true;
    if (rc == 0 && snappy->literal + snappy->copy > snappy->expected - snappy->produced) {
        rc = fault(snappy, "more text than the page says", err);
    }
    return rc;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The bytes from `position` on that lie in one piece in the ring. */
static size_t piece_from(const struct snappy *snappy, uint64_t position)
{
    return snappy->mask + 1 - ((size_t)position & snappy->mask);
}

static void remember(struct snappy *snappy, const char *bytes, size_t count)
{
    while (count != 0) {
        size_t part = least(count, piece_from(snappy, snappy->produced));

        memcpy(snappy->window + ((size_t)snappy->produced & snappy->mask), bytes, part);
        snappy->produced += part;
        bytes += part;
        count -= part;
    }
}

static size_t give_literal(struct snappy *snappy, struct str *in, char *out, size_t room)
{
    size_t part = least(least(snappy->literal, in->len), room);

    memcpy(out, in->p, part);
    remember(snappy, in->p, part);
    *in = str_skip(*in, part);
    snappy->literal -= part;
    return part;
}

/* A copy may overlap what it makes, so it goes on in parts no longer than its offset. */
static size_t give_copy(struct snappy *snappy, char *out, size_t room)
{
    uint64_t from = snappy->produced - snappy->offset;
    size_t part = least(least(snappy->copy, room), least(snappy->offset, piece_from(snappy, from)));

    memcpy(out, snappy->window + ((size_t)from & snappy->mask), part);
    remember(snappy, out, part);
    snappy->copy -= part;
    return part;
}

int snappy_read(struct snappy *snappy, struct str *in, char *out, size_t room, size_t *got,
                struct err *err)
{
    bool goes_on = true;
    int rc = snappy->has_length ? 0 : read_length(snappy, in, err);

    *got = 0;
    goes_on = snappy->has_length;
    while (rc == 0 && goes_on && *got < room && snappy->produced < snappy->expected) {
        if (snappy->literal != 0) {
            goes_on = in->len != 0;
            *got += goes_on ? give_literal(snappy, in, out + *got, room - *got) : 0;
        } else if (snappy->copy != 0) {
            *got += give_copy(snappy, out + *got, room - *got);
        } else {
            rc = begin_element(snappy, in, &goes_on, err);
        }
    }
    return rc;
}
