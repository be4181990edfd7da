#include "token/merge_units.h"

#include "token/unicode_class.h"

/* The id of the character at `at` when it may start whole, and its length; else VOCABULARY_NONE. */
static uint32_t whole_character(const struct vocabulary *vocabulary, struct str piece, size_t at,
                                size_t *len)
{
    const unsigned char *p = (const unsigned char *)piece.p + at;
    uint32_t id = VOCABULARY_NONE;

    *len = unicode_length_by_first(*p);
    if (piece.len - at < *len || !unicode_continues(p[1])) {
        return VOCABULARY_NONE;
    }
    if (*len == 2) {
        id = vocabulary->character_ids[(p[0] & 0x1FU) << 6 | (p[1] & 0x3FU)];
    } else if (*len == 3 && unicode_continues(p[2]) && (p[0] != 0xE0 || p[1] >= 0xA0)) {
        id = vocabulary->character_ids[(p[0] & 0x0FU) << 12 | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU)];
    }
    if (at != 0 && id >= vocabulary->joint_limits[image_joint(p[-1], p[0])]) {
        return VOCABULARY_NONE;
    }
    if (piece.len - at > *len &&
        (id >= vocabulary->joint_limits[image_joint(p[*len - 1], p[*len])] ||
         unicode_continues(p[*len]))) {
        return VOCABULARY_NONE;
    }
    return id;
}

size_t merge_split_units(const struct vocabulary *vocabulary, struct str piece, uint32_t *ids,
                         uint8_t *bytes)
{
    size_t count = 0;

    for (size_t at = 0; at < piece.len;) {
        unsigned char byte = (unsigned char)piece.p[at];
        size_t len = 1;
        uint32_t id = VOCABULARY_NONE;

        if (byte >= 0xC2) {
            id = whole_character(vocabulary, piece, at, &len);
        }
        if (id == VOCABULARY_NONE) {
            id = vocabulary->byte_ids[byte];
            len = 1;
        }
        if (bytes != NULL) {
            bytes[count] = (uint8_t)len;
        }
        ids[count++] = id;
        at += len;
    }
    return count;
}
