/* build_image: turns a tiktoken rank file into a vocabulary image (token/image.h) at build time.
 *
 * Usage: build_image ENCODING RANK_FILE IMAGE_FILE
 *
 * A rank file has one token a line, base64 of its bytes, a blank and its rank, in order of rank.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/file_draft.h"
#include "base/str.h"
#include "base/utf8.h"
#include "token/image.h"
#include "token/unicode_class.h"
#include "token/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { TOKENS_MAX = 1 << IMAGE_ID_BITS, RANK_FILE_BYTES_MAX = 1 << 26 };

struct tokens {
    struct str *items; /* owned; borrowed bytes */
    size_t count;
    size_t bytes_max;
    char *bytes; /* owned, of all of them */
};

static int base64_value(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

    return at != NULL ? (int)(at - alphabet) : -1;
}

/* Returns how many bytes were written to `out`, or 0 when `text` is not base64. */
static size_t decode_base64(struct str text, char *out)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t len = 0;

    while (str_ends(text, STR("="))) {
        text.len--;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = base64_value(text.p[i]);

        if (value < 0) {
            return 0;
        }
        bits = (bits << 6) | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            out[len++] = (char)(unsigned char)(bits >> bit_count);
        }
    }
    return len;
}

static int read_tokens(struct str file, const char *path, struct tokens *out, struct err *err)
{
    struct str line = {NULL, 0};
    size_t used = 0;

    out->items = calloc(TOKENS_MAX, sizeof *out->items);
    out->bytes = malloc(file.len + 1); /* base64 is longer than what it stands for */
    if (out->items == NULL || out->bytes == NULL) {
        return err_memory(err);
    }
    while (str_next_line(&file, &line)) {
        struct str_pair parts = str_cut(line, ' ');
        uint64_t rank = 0;
        struct str token = {out->bytes + used, decode_base64(parts.head, out->bytes + used)};

        if (token.len == 0 || token.len > IMAGE_TOKEN_BYTES_MAX || !str_to_u64(parts.tail, &rank) ||
            rank != out->count || rank >= TOKENS_MAX) {
            return err_set(err, ERR_INPUT, "%s: line %zu: not a token and the next rank", path,
                           out->count + 1);
        }
        out->items[out->count++] = token;
        used += token.len;
        if (token.len > out->bytes_max) {
            out->bytes_max = token.len;
        }
    }
    return 0;
}

/* The image while it is built. */
struct image {
    struct image_header header;
    uint32_t byte_ids[256];
    uint32_t byte_pairs[256 * 256];
    uint32_t character_ids[IMAGE_CHARACTERS];
    uint32_t joint_limits[IMAGE_JOINTS];
    struct piece_key *keys;   /* owned */
    uint32_t *ids;            /* owned */
    struct image_long *longs; /* owned */
    uint64_t *pairs;          /* owned */
    struct buf pool;
};

/* Tables are at most half full, so that a search that finds nothing ends soon too. */
static unsigned table_bits(size_t entries)
{
    unsigned bits = 1;

    while (((size_t)1 << bits) < 2 * entries) {
        bits++;
    }
    return bits;
}

static void enter_short(struct image *image, struct str token, uint32_t id)
{
    unsigned bits = image->header.short_bits;
    struct piece_key key = piece_key_at_end(token.p, token.len);
    size_t at = vocabulary_home(piece_key_hash(key), bits);

    while (image->keys[at].high != 0) {
        at = (at + 1) & (((size_t)1 << bits) - 1);
    }
    image->keys[at] = key;
    image->ids[at] = id;
}

static void enter_long(struct image *image, struct str token, uint32_t id)
{
    unsigned bits = image->header.long_bits;
    size_t at = vocabulary_home(piece_long_hash(token.p, token.len), bits);

    while (image->longs[at].extent != 0) {
        at = (at + 1) & (((size_t)1 << bits) - 1);
    }
    image->longs[at] =
        (struct image_long){id, (uint32_t)token.len | (uint32_t)image->pool.len << 8};
    buf_append(&image->pool, token);
}

static void enter_pair(struct image *image, uint32_t left, uint32_t right, uint32_t id)
{
    unsigned bits = image->header.pair_bits;
    uint64_t key = vocabulary_pair_key(left, right);
    size_t at = vocabulary_pair_home(key, bits);

    while (image->pairs[at] != 0) {
        at = (at + 1) & (((size_t)1 << bits) - 1);
    }
    image->pairs[at] = (key << IMAGE_ID_BITS) | id;
}

static uint32_t find(const struct vocabulary *vocabulary, const char *p, size_t len)
{
    struct piece_key key = piece_key_at_end(p, len);
    size_t at = 0;

    if (len > PIECE_SHORT_MAX) {
        return vocabulary_find_long(vocabulary, (struct str){p, len}, piece_long_hash(p, len));
    }
    at = vocabulary_find_key(vocabulary, key, piece_key_hash(key));
    return at == SIZE_MAX ? VOCABULARY_NONE : vocabulary->ids[at];
}

/* Which two tokens a token is merged from: sets *head to the length of the first, or to 0 for a
 * token that is never merged but found as a whole piece only. Encoding its bytes with the lower
 * ranks alone leaves these two: within a token's bytes the merges before it are the same wherever
 * it occurs, so no other two neighbours ever become it. */
static void find_parts(const struct vocabulary *vocabulary, struct str token, uint32_t id,
                       size_t *head)
{
    size_t ends[IMAGE_TOKEN_BYTES_MAX]; /* of the parts */
    size_t count = token.len;

    *head = 0;
    for (size_t i = 0; i < count; i++) {
        ends[i] = i + 1;
    }
    while (count > 2) {
        uint32_t best = VOCABULARY_NONE;
        size_t best_at = 0;

        for (size_t i = 0; i + 1 < count; i++) {
            size_t start = i == 0 ? 0 : ends[i - 1];
            size_t len = ends[i + 1] - start;
            uint32_t made = find(vocabulary, token.p + start, len);

            if (made < best) {
                best = made;
                best_at = i;
            }
        }
        if (best >= id) {
            return;
        }
        memmove(&ends[best_at], &ends[best_at + 1], (count - best_at - 1) * sizeof ends[0]);
        count--;
    }
    if (count == 2) {
        *head = ends[0];
    }
}

static void enter_merge(const struct vocabulary *vocabulary, struct str token, uint32_t id,
                        struct image *image)
{
    size_t head = 0;

    find_parts(vocabulary, token, id, &head);
    if (head != 0) {
        uint32_t left = find(vocabulary, token.p, head);
        uint32_t right = find(vocabulary, token.p + head, token.len - head);

        if ((left | right) < 256) {
            image->byte_pairs[left << 8 | right] = id;
        } else {
            enter_pair(image, left, right, id);
        }
    }
}

static void enter_characters(const struct vocabulary *vocabulary, struct image *image)
{
    for (uint32_t code = 0; code < IMAGE_CHARACTERS; code++) {
        char bytes[4];
        struct str character = {bytes, utf8_encode(code, bytes)};
        uint32_t id = find(vocabulary, character.p, character.len);
        size_t head = 0;

        image->character_ids[code] = VOCABULARY_NONE;
        if (id != VOCABULARY_NONE && character.len > 1 && (code < 0xD800 || code > 0xDFFF)) {
            find_parts(vocabulary, character, id, &head);
        }
        if (head != 0) {
            image->character_ids[code] = id;
        }
    }
}

static void limit_joint(struct image *image, struct str token, size_t at, uint32_t id)
{
    uint32_t *limit = &image->joint_limits[image_joint((unsigned char)token.p[at - 1],
                                                       (unsigned char)token.p[at])];

    if (id < *limit) {
        *limit = id;
    }
}

/* Where a token takes a part of a character together with a neighbour of it: after the bytes at its
 * start that continue one, and before a character at its end that is not all there. */
static void limit_joints(struct image *image, struct str token, uint32_t id)
{
    const unsigned char *p = (const unsigned char *)token.p;
    size_t first = 0;
    size_t last = token.len - 1;

    while (first < token.len && unicode_continues(p[first])) {
        first++;
    }
    while (last != 0 && unicode_continues(p[last])) {
        last--;
    }
    if (first != 0 && first < token.len) {
        limit_joint(image, token, first, id);
    }
    if (last != 0 && p[last] >= 0x80 && unicode_length_by_first(p[last]) > token.len - last) {
        limit_joint(image, token, last, id);
    }
}

static int make_tables(struct image *image, const struct tokens *tokens, struct err *err)
{
    struct image_header *header = &image->header;
    size_t longs = 0;

    for (size_t i = 0; i < tokens->count; i++) {
        longs += tokens->items[i].len > PIECE_SHORT_MAX;
    }
    header->short_bits = table_bits(tokens->count - longs);
    header->long_bits = table_bits(longs);
    header->pair_bits = table_bits(tokens->count);
    image->keys = calloc((size_t)1 << header->short_bits, sizeof *image->keys);
    image->ids = calloc((size_t)1 << header->short_bits, sizeof *image->ids);
    image->longs = calloc((size_t)1 << header->long_bits, sizeof *image->longs);
    image->pairs = calloc((size_t)1 << header->pair_bits, sizeof *image->pairs);
    if (image->keys == NULL || image->ids == NULL || image->longs == NULL || image->pairs == NULL) {
        return err_memory(err);
    }
    return 0;
}

static int enter_tokens(struct image *image, const struct tokens *tokens, struct err *err)
{
    size_t bytes_seen = 0;

    for (size_t i = 0; i < tokens->count; i++) {
        struct str token = tokens->items[i];

        if (token.len > PIECE_SHORT_MAX) {
            enter_long(image, token, (uint32_t)i);
        } else {
            enter_short(image, token, (uint32_t)i);
        }
        if (token.len == 1) {
            image->byte_ids[(unsigned char)token.p[0]] = (uint32_t)i;
            bytes_seen++;
        }
    }
    if (bytes_seen != 256) {
        return err_set(err, ERR_INPUT, "%zu of the 256 bytes have a token", bytes_seen);
    }
    return buf_check(&image->pool, "the pool of longer tokens", err);
}

static int fill(struct image *image, const struct tokens *tokens, struct err *err)
{
    struct vocabulary vocabulary;
    int rc = make_tables(image, tokens, err);

    if (rc == 0) {
        rc = enter_tokens(image, tokens, err);
    }
    if (rc != 0) {
        return rc;
    }
    vocabulary = (struct vocabulary){.keys = image->keys,
                                     .ids = image->ids,
                                     .longs = image->longs,
                                     .pool = buf_str(&image->pool),
                                     .short_bits = image->header.short_bits,
                                     .long_bits = image->header.long_bits,
                                     .token_bytes_max = tokens->bytes_max};
    enter_characters(&vocabulary, image);
    memset(image->byte_pairs, 0xFF, sizeof image->byte_pairs); /* VOCABULARY_NONE */
    memset(image->joint_limits, 0xFF, sizeof image->joint_limits);
    for (size_t i = 0; i < tokens->count; i++) {
        enter_merge(&vocabulary, tokens->items[i], (uint32_t)i, image);
        limit_joints(image, tokens->items[i], (uint32_t)i);
    }
    return 0;
}

static int write_image(struct image *image, const struct tokens *tokens, const char *encoding,
                       const char *path, struct err *err)
{
    struct image_header *header = &image->header;
    struct str parts[] = {
        {(const char *)header, sizeof *header},
        {(const char *)image->byte_ids, sizeof image->byte_ids},
        {(const char *)image->byte_pairs, sizeof image->byte_pairs},
        {(const char *)image->character_ids, sizeof image->character_ids},
        {(const char *)image->joint_limits, sizeof image->joint_limits},
        {(const char *)image->keys, sizeof *image->keys << header->short_bits},
        {(const char *)image->ids, sizeof *image->ids << header->short_bits},
        {(const char *)image->longs, sizeof *image->longs << header->long_bits},
        {(const char *)image->pairs, sizeof *image->pairs << header->pair_bits},
        buf_str(&image->pool),
    };
    struct buf file;
    int rc = 0;

    memcpy(header->magic, IMAGE_MAGIC, sizeof header->magic);
    header->version = IMAGE_VERSION;
    header->token_bytes_max = (uint32_t)tokens->bytes_max;
    header->pool_bytes = (uint32_t)image->pool.len;
    (void)snprintf(header->encoding, sizeof header->encoding, "%s", encoding);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        header->image_bytes += parts[i].len;
    }
    header->checksum = XXH3_64bits(header, offsetof(struct image_header, checksum));

    buf_init(&file, header->image_bytes);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        buf_append(&file, parts[i]);
    }
    rc = buf_check(&file, path, err);
    if (rc == 0) {
        rc = file_make_parent_folders(path, err);
    }
    if (rc == 0) {
        rc = file_replace(path, buf_str(&file), FILE_FOR_ALL, err);
    }
    buf_release(&file);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {ERR_NONE, ""};
    struct tokens tokens = {0};
    static struct image image; /* a quarter of a megabyte: not for the stack */
    struct buf ranks;
    int rc = 0;

    if (argc != 4) {
        (void)fputs("usage: build_image ENCODING RANK_FILE IMAGE_FILE\n", stderr);
        return 2;
    }
    buf_init(&ranks, RANK_FILE_BYTES_MAX);
    buf_init(&image.pool, IMAGE_POOL_BYTES_MAX);
    rc = file_read(argv[2], &ranks, &err);
    if (rc == 0) {
        rc = read_tokens(buf_str(&ranks), argv[2], &tokens, &err);
    }
    if (rc == 0) {
        rc = fill(&image, &tokens, &err);
    }
    if (rc == 0) {
        rc = write_image(&image, &tokens, argv[1], argv[3], &err);
    }
    if (rc != 0) {
        (void)fprintf(stderr, "build_image: %s\n", err.text);
    }
    free(tokens.items);
    free(tokens.bytes);
    free(image.keys);
    free(image.ids);
    free(image.longs);
    free(image.pairs);
    buf_release(&image.pool);
    buf_release(&ranks);
    return rc == 0 ? 0 : 1;
}
