#include "dataset/rle.h"

void rle_init(struct rle *rle, struct str bytes, unsigned width)
{
    *rle = (struct rle){.rest = bytes, .width = width};
}

static bool take_varint(struct rle *rle, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 35 && rle->rest.len != 0; shift += 7) {
        unsigned char byte = (unsigned char)rle->rest.p[0];

        rle->rest = str_skip(rle->rest, 1);
        *value |= (uint64_t)(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) {
            return true;
        }
    }
    return false;
}

static bool begin_repeated(struct rle *rle, uint64_t count)
{
    size_t bytes = (rle->width + 7) / 8;

    if (rle->rest.len < bytes) {
        return false;
    }
    rle->repeated = 0;
    for (size_t i = 0; i < bytes; i++) {
        rle->repeated |= (uint32_t)(unsigned char)rle->rest.p[i] << (8 * i);
    }
    rle->rest = str_skip(rle->rest, bytes);
    rle->left = count;
    rle->is_packed = false;
    return rle->width == RLE_WIDTH_MAX || rle->repeated >> rle->width == 0;
}

static bool begin_run(struct rle *rle)
{
    uint64_t head = 0;

    while (rle->left == 0) {
        if (!take_varint(rle, &head)) {
            return false;
        }
        if ((head & 1U) == 0) {
            if (!begin_repeated(rle, head >> 1)) {
                return false;
            }
        } else {
            rle->left = (head >> 1) * 8;
            rle->is_packed = true;
            rle->bits = 0;
            rle->bit_count = 0;
        }
    }
    return true;
}

/* Writers may leave out the last bytes of a last group, but never those of a value that counts. */
static bool take_packed(struct rle *rle, uint32_t *value)
{
    while (rle->bit_count < rle->width) {
        if (rle->rest.len == 0) {
            return false;
        }
        rle->bits |= (uint64_t)(unsigned char)rle->rest.p[0] << rle->bit_count;
        rle->bit_count += 8;
        rle->rest = str_skip(rle->rest, 1);
    }
    *value = (uint32_t)(rle->bits & (((uint64_t)1 << rle->width) - 1));
    rle->bits >>= rle->width;
    rle->bit_count -= rle->width;
    return true;
}

bool rle_next(struct rle *rle, uint32_t *value)
{
    *value = 0;
    if (rle->width == 0) {
        return true;
    }
    if (rle->left == 0 && !begin_run(rle)) {
        return false;
    }
    rle->left--;
    if (rle->is_packed) {
        return take_packed(rle, value);
    }
    *value = rle->repeated;
    return true;
}
