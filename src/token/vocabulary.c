#include "token/vocabulary.h"

#include <xxhash.h>

static uint64_t checksum_of(const struct image_header *header)
{
    return XXH3_64bits(header, offsetof(struct image_header, checksum));
}

static uint64_t bytes_of(const struct image_header *header)
{
    return sizeof *header + (256 + 256 * 256) * sizeof(uint32_t) +
           (sizeof(struct image_slot) << header->slot_bits) +
           (sizeof(uint64_t) << header->pair_bits) + header->pool_bytes;
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
    if (header.checksum != checksum_of(&header) || header.slot_bits > IMAGE_TABLE_BITS_MAX ||
        header.pair_bits > IMAGE_TABLE_BITS_MAX || header.slot_bits == 0 || header.pair_bits == 0 ||
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
    *out = (struct vocabulary){.slot_bits = header.slot_bits,
                               .pair_bits = header.pair_bits,
                               .token_bytes_max = header.token_bytes_max};
    /* Mappings start on a page and the tables' sizes are multiples of 64: all are aligned. */
    out->byte_ids = (const uint32_t *)(const void *)at;
    at += 256 * sizeof *out->byte_ids;
    out->byte_pairs = (const uint32_t *)(const void *)at;
    at += sizeof *out->byte_pairs * 256 * 256;
    out->slots = (const struct image_slot *)(const void *)at;
    at += sizeof *out->slots << out->slot_bits;
    out->pairs = (const uint64_t *)(const void *)at;
    at += sizeof *out->pairs << out->pair_bits;
    out->pool = (struct str){at, header.pool_bytes};
    return 0;
}
