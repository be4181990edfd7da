#include "token/vocabulary.h"

#include <xxhash.h>

#define ALL UINT64_MAX
const struct piece_key piece_masks[PIECE_SHORT_MAX + 2] = {
    {0, 0},           {ALL >> 56, 0},   {ALL >> 48, 0},   {ALL >> 40, 0},   {ALL >> 32, 0},
    {ALL >> 24, 0},   {ALL >> 16, 0},   {ALL >> 8, 0},    {ALL, 0},         {ALL, ALL >> 56},
    {ALL, ALL >> 48}, {ALL, ALL >> 40}, {ALL, ALL >> 32}, {ALL, ALL >> 24}, {ALL, ALL >> 16},
    {ALL, ALL >> 8},  {0, 0},
};

struct piece_key piece_key_at_end(const char *p, size_t len)
{
    char bytes[16] = {0};

    memcpy(bytes, p, len <= PIECE_SHORT_MAX ? len : 0);
    return piece_key_of(bytes, len);
}

static uint64_t checksum_of(const struct image_header *header)
{
    return XXH3_64bits(header, offsetof(struct image_header, checksum));
}

static uint64_t bytes_of(const struct image_header *header)
{
    return sizeof *header + (256 + 256 * 256 + IMAGE_CHARACTERS + IMAGE_JOINTS) * sizeof(uint32_t) +
           ((sizeof(struct piece_key) + sizeof(uint32_t)) << header->short_bits) +
           (sizeof(struct image_long) << header->long_bits) +
           (sizeof(uint64_t) << header->pair_bits) + header->pool_bytes;
}

static bool is_table_size(uint32_t bits)
{
    return bits != 0 && bits <= IMAGE_TABLE_BITS_MAX;
}

int vocabulary_open(struct vocabulary *out, struct str image, const char *path,
                    const char *encoding, struct err *err)
{
    struct image_header header;
    const char *at = image.p + sizeof header;

    if (image.len < sizeof header || memcmp(image.p, IMAGE_MAGIC, sizeof header.magic) != 0) {
        return err_set(err, ERR_INPUT, "%s: not a vocabulary image", path);
    }
    memcpy(&header, image.p, sizeof header);
    if (header.version != IMAGE_VERSION) {
        return err_set(err, ERR_INPUT, "%s: image version %u, this program reads %d; rebuild it",
                       path, (unsigned)header.version, IMAGE_VERSION);
    }
    if (header.checksum != checksum_of(&header) || !is_table_size(header.short_bits) ||
        !is_table_size(header.long_bits) || !is_table_size(header.pair_bits) ||
        header.image_bytes != bytes_of(&header)) {
        return err_set(err, ERR_INPUT, "%s: damaged header; rebuild it", path);
    }
    if (strncmp(header.encoding, encoding, sizeof header.encoding) != 0) {
        return err_set(err, ERR_INPUT, "%s: an image of %.*s, not of %s", path,
                       (int)sizeof header.encoding, header.encoding, encoding);
    }
    if (header.image_bytes != image.len) {
        return err_set(err, ERR_INPUT, "%s: %zu bytes, should be %llu; rebuild it", path, image.len,
                       (unsigned long long)header.image_bytes);
    }
    *out = (struct vocabulary){.short_bits = header.short_bits,
                               .long_bits = header.long_bits,
                               .pair_bits = header.pair_bits,
                               .token_bytes_max = header.token_bytes_max};
    /* Mappings start on a page and the tables' sizes are multiples of 64: all are aligned. */
    out->byte_ids = (const uint32_t *)(const void *)at;
    at += 256 * sizeof *out->byte_ids;
    out->byte_pairs = (const uint32_t *)(const void *)at;
    at += sizeof *out->byte_pairs * 256 * 256;
    out->character_ids = (const uint32_t *)(const void *)at;
    at += sizeof *out->character_ids * IMAGE_CHARACTERS;
    out->joint_limits = (const uint32_t *)(const void *)at;
    at += sizeof *out->joint_limits * IMAGE_JOINTS;
    out->keys = (const struct piece_key *)(const void *)at;
    at += sizeof *out->keys << out->short_bits;
    out->ids = (const uint32_t *)(const void *)at;
    at += sizeof *out->ids << out->short_bits;
    out->longs = (const struct image_long *)(const void *)at;
    at += sizeof *out->longs << out->long_bits;
    out->pairs = (const uint64_t *)(const void *)at;
    at += sizeof *out->pairs << out->pair_bits;
    out->pool = (struct str){at, header.pool_bytes};
    return 0;
}

uint32_t vocabulary_find_long(const struct vocabulary *vocabulary, struct str piece, uint64_t hash)
{
    size_t mask = ((size_t)1 << vocabulary->long_bits) - 1;
    size_t at = vocabulary_home(hash, vocabulary->long_bits);

    if (piece.len > vocabulary->token_bytes_max) {
        return VOCABULARY_NONE;
    }
    for (size_t probes = 0; probes <= mask; probes++) {
        const struct image_long *found = &vocabulary->longs[at];
        size_t offset = found->extent >> 8;

        if (found->extent == 0) {
            return VOCABULARY_NONE;
        }
        if ((found->extent & 0xFFU) == piece.len && offset + piece.len <= vocabulary->pool.len &&
            memcmp(vocabulary->pool.p + offset, piece.p, piece.len) == 0) {
            return found->id;
        }
        at = (at + 1) & mask;
    }
    return VOCABULARY_NONE;
}
