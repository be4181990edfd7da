#include "token/memo.h"

#include <stdlib.h>

enum { FIRST_BITS = 8, FIRST_WORDS = 1024 };

void memo_release(struct memo *memo)
{
    free(memo->places);
    free(memo->log);
    *memo = (struct memo){.bytes_max = memo->bytes_max};
}

void memo_trim(struct memo *memo)
{
    size_t used = (sizeof(uint64_t) << memo->bits) + memo->words * sizeof(uint64_t);

    if (memo->bits != 0 && used > memo->bytes_max) {
        memset(memo->places, 0, sizeof(uint64_t) << memo->bits);
        memo->count = 0;
        memo->words = 1;
    }
}

static void enter(uint64_t *places, unsigned bits, uint64_t place)
{
    size_t mask = ((size_t)1 << bits) - 1;
    size_t at = (size_t)(place >> (64 - bits));

    while (places[at] != 0) {
        at = (at + 1) & mask;
    }
    places[at] = place;
}

/* At most half full, so that searches stay short. */
static int make_place(struct memo *memo, struct err *err)
{
    unsigned bits = memo->bits == 0 ? FIRST_BITS : memo->bits + 1;
    uint64_t *places = NULL;

    if (memo->bits != 0 && memo->count < (1U << memo->bits) / 2) {
        return 0;
    }
    if (bits > 32) {
        return err_memory(err);
    }
    places = calloc((size_t)1 << bits, sizeof *places);
    if (places == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; memo->bits != 0 && i < (size_t)1 << memo->bits; i++) {
        if (memo->places[i] != 0) {
            enter(places, bits, memo->places[i]);
        }
    }
    free(memo->places);
    memo->places = places;
    memo->bits = bits;
    return 0;
}

static int make_room(struct memo *memo, size_t words, struct err *err)
{
    size_t cap = (size_t)memo->words_cap + memo->words_cap / 2 + words + FIRST_WORDS;
    uint64_t *grown = NULL;

    if (words <= memo->words_cap - memo->words) {
        return 0;
    }
    if (cap > UINT32_MAX) {
        return err_memory(err);
    }
    grown = realloc(memo->log, cap * sizeof *grown);
    if (grown == NULL) {
        return err_memory(err);
    }
    memo->log = grown;
    memo->words_cap = (uint32_t)cap;
    if (memo->words == 0) {
        memo->words = 1;
    }
    return 0;
}

uint32_t memo_add(struct memo *memo, struct str piece, uint64_t hash, const uint32_t *ids,
                  size_t id_count, struct err *err)
{
    size_t piece_words = memo_piece_words(piece.len);
    size_t words = 1 + piece_words + (id_count + 1) / 2;
    struct memo_entry *entry = NULL;
    uint64_t *at = NULL;
    uint32_t place = 0;

    if (make_place(memo, err) != 0 || make_room(memo, words, err) != 0) {
        return 0;
    }
    place = memo->words;
    at = memo->log + place;
    memset(at, 0, words * sizeof *at);
    entry = (struct memo_entry *)(void *)at;
    entry->piece_bytes = (uint32_t)piece.len;
    entry->id_count = (uint32_t)id_count;
    if (piece.len <= PIECE_SHORT_MAX) {
        struct piece_key key = piece_key_at_end(piece.p, piece.len);

        memcpy(entry->piece, &key, sizeof key);
    } else {
        memcpy(entry->piece, piece.p, piece.len);
    }
    memcpy(entry->piece + piece_words, ids, id_count * sizeof *ids);
    enter(memo->places, memo->bits, (hash & ~(uint64_t)UINT32_MAX) | place);
    memo->words += (uint32_t)words;
    memo->count++;
    return place;
}
