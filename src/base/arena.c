#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, ALIGNMENT = 16 };

struct arena_block {
    struct arena_block *previous;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) unsigned char data[];
};

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->last;

    while (block != NULL) {
        struct arena_block *previous = block->previous;

        free(block);
        block = previous;
    }
    *arena = (struct arena){0};
}

static struct arena_block *add_block(struct arena *arena, size_t bytes)
{
    size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    struct arena_block *block = malloc(sizeof *block + size);

    if (block == NULL) {
        return NULL;
    }
    block->previous = arena->last;
    block->used = 0;
    block->size = size;
    arena->last = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    struct arena_block *block = arena->last;
    size_t bytes = 0;
    void *out = NULL;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) {
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (block == NULL || bytes > block->size - block->used) {
        block = add_block(arena, bytes);
        if (block == NULL) {
            return NULL;
        }
    }
    out = block->data + block->used;
    block->used += bytes;
    arena->bytes += bytes;
    memset(out, 0, bytes);
    return out;
}

struct str arena_copy(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + 1, 1);

    if (copy == NULL) {
        return (struct str){0};
    }
    if (text.len != 0) {
        memcpy(copy, text.p, text.len);
    }
    return (struct str){copy, text.len};
}
