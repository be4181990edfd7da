/* image: the file a vocabulary is mapped from.
 *
 * Built from OpenAI's rank file by tool/build_image.c on the machine it is used on, and laid out so
 * that opening one is a mapping and a look at its header: nothing is parsed. In order, without
 * gaps, in the machine's byte order:
 *
 *   struct image_header
 *   uint32_t           id of each single byte                       256
 *   uint32_t           id of what ids below 256 merge to            256 * 256
 *   uint32_t           id of each character of the first plane      IMAGE_CHARACTERS
 *   uint32_t           least id that crosses each joint             IMAGE_JOINTS
 *   struct piece_key   hash table of the tokens up to 15 bytes      1 << short_bits
 *   uint32_t           their ids, at the same places                1 << short_bits
 *   struct image_long  hash table of the longer tokens              1 << long_bits
 *   uint64_t           hash table of the other merges               1 << pair_bits
 *   char               bytes of the longer tokens                   pool_bytes
 *
 * In this encoding family a token's id is its rank: the smaller, the earlier it is merged.
 */
#ifndef TOKEN_IMAGE_H
#define TOKEN_IMAGE_H

#include <assert.h>
#include <stdint.h>

#define IMAGE_MAGIC "haytoken"

enum {
    IMAGE_VERSION = 3,
    IMAGE_ID_BITS = 18, /* two ids and the id of what they merge to fit into 64 bits */
    IMAGE_TABLE_BITS_MAX = 24,
    IMAGE_POOL_BYTES_MAX = 1 << 24, /* an offset and a length fit into 32 bits */
    IMAGE_TOKEN_BYTES_MAX = 255
};

/* Merging may start from some characters in place of their bytes; merge.h says which and why. The
 * characters are those of the first plane. A joint of two characters is known by the byte before it
 * (one of 64 that continue a character, a blank, or other ASCII) and the one after it (ASCII, or
 * one that starts something longer). */
enum {
    IMAGE_CHARACTERS = 0x10000,
    IMAGE_JOINT_BEFORE = 66,
    IMAGE_JOINT_AFTER = 64,
    IMAGE_JOINTS = IMAGE_JOINT_BEFORE * IMAGE_JOINT_AFTER
};

static inline uint32_t image_joint(unsigned char before, unsigned char after)
{
    uint32_t row = before >= 0x80 ? before & 0x3FU : 64U + (before != ' ');
    uint32_t column = after < 0xC2 ? 0U : after - 0xC1U;

    return row * IMAGE_JOINT_AFTER + column;
}

struct image_header {
    char magic[8]; /* IMAGE_MAGIC */
    uint32_t version;
    uint32_t token_bytes_max; /* of the longest token */
    uint32_t short_bits;
    uint32_t long_bits;
    uint32_t pair_bits;
    uint32_t pool_bytes;
    char encoding[16]; /* NUL-padded */
    uint64_t image_bytes;
    uint64_t checksum; /* XXH3-64 of the fields before this one */
};
static_assert(sizeof(struct image_header) == 64, "the tables start on a cache line");

/* Up to 15 bytes and how many: equal keys are equal pieces, so two comparisons of words find a
 * token. The first byte is the lowest of `low`, the length the highest of `high`; bytes that are
 * not there are 0. All zero is an empty place in the table.
 *
 * Tables have open addressing and linear probing; the lower ids were entered first, so the commoner
 * a token is, the nearer it is to where the search begins. */
struct piece_key {
    uint64_t low;
    uint64_t high;
};
static_assert(sizeof(struct piece_key) == 16, "a key never straddles two cache lines");

struct image_long {
    uint32_t id;
    uint32_t extent; /* length, and above the low 8 bits the offset in the pool; 0 when empty */
};

#endif
