/* image: the file a vocabulary is mapped from.
 *
 * Built from OpenAI's rank file by tool/build_image.c on the machine it is used on, and laid out so
 * that opening one is a mapping and a look at its header: nothing is parsed. In order, without
 * gaps, in the machine's byte order:
 *
 *   struct image_header
 *   uint32_t            id of each single byte       256
 *   uint32_t            id of each two bytes         256 * 256
 *   struct image_slot   hash table of the tokens     1 << slot_bits
 *   uint64_t            hash table of the merges     1 << pair_bits
 *   char                bytes of the longer tokens   pool_bytes
 *
 * In this encoding family a token's id is its rank: the smaller, the earlier it is merged.
 */
#ifndef TOKEN_IMAGE_H
#define TOKEN_IMAGE_H

#include <assert.h>
#include <stdint.h>

#define IMAGE_MAGIC "haytoken"

enum {
    IMAGE_VERSION = 1,
    IMAGE_ID_BITS = 18, /* two ids and the id of what they merge to fit into 64 bits */
    IMAGE_TABLE_BITS_MAX = 24,
    IMAGE_POOL_BYTES_MAX = 1 << 24, /* an offset and a length fit into 32 bits */
    IMAGE_TOKEN_BYTES_MAX = 255
};

struct image_header {
    char magic[8]; /* IMAGE_MAGIC */
    uint32_t version;
    uint32_t token_count;
    uint32_t token_bytes_max; /* of the longest token */
    uint32_t slot_bits;
    uint32_t pair_bits;
    uint32_t pool_bytes;
    char encoding[16]; /* NUL-padded */
    uint64_t image_bytes;
    uint64_t checksum; /* XXH3-64 of the fields before this one */
};
static_assert(sizeof(struct image_header) == 64, "the tables start on a cache line");

/* One token. Open addressing, linear probing; the lower ids were entered first, so the commoner a
 * token is, the nearer it is to where the search begins. */
struct image_slot {
    uint64_t word; /* its first 8 bytes, the first one lowest, zero-padded */
    uint32_t id;
    uint32_t extent; /* length, and above the low 8 bits the offset of the bytes from the ninth on
                        in the pool; 0 for an empty slot */
};
static_assert(sizeof(struct image_slot) == 16, "a slot never straddles two cache lines");

#endif
