#include "prompt/fingerprint.h"

#include <stdlib.h>
#include <xxhash.h>

void fingerprint_hex(struct fingerprint fingerprint, char out[FINGERPRINT_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        out[i] = digits[(fingerprint.high >> (60 - 4 * i)) & 15U];
        out[16 + i] = digits[(fingerprint.low >> (60 - 4 * i)) & 15U];
    }
    out[FINGERPRINT_HEX] = '\0';
}

struct fingerprint_state *fingerprint_new(void)
{
    struct fingerprint_state *fingerprint = calloc(1, sizeof *fingerprint);

    if (fingerprint == NULL) {
        return NULL;
    }
    fingerprint->update = hash_update_get();
    fingerprint->hash = XXH3_createState();
    if (fingerprint->hash == NULL) {
        free(fingerprint);
        return NULL;
    }
    fingerprint_reset(fingerprint);
    return fingerprint;
}

void fingerprint_free(struct fingerprint_state *fingerprint)
{
    if (fingerprint != NULL) {
        (void)XXH3_freeState(fingerprint->hash);
        free(fingerprint);
    }
}

void fingerprint_reset(struct fingerprint_state *fingerprint)
{
    (void)XXH3_128bits_reset(fingerprint->hash);
    fingerprint->in_message = false;
}

void fingerprint_copy(struct fingerprint_state *to, const struct fingerprint_state *from)
{
    XXH3_copyState(to->hash, from->hash);
    to->in_message = from->in_message;
}

void fingerprint_open(struct fingerprint_state *fingerprint, const struct prompt_piece *piece)
{
    /* The NUL that ends the message before, and this one's mark. */
    static const char marks[PROMPT_ROLE_COUNT][2] = {{'\0', 'u'}, {'\0', 'a'}};
    size_t skipped = fingerprint->in_message ? 0 : 1;

    if (piece->opens_message) {
        fingerprint->update(fingerprint->hash, marks[piece->role] + skipped, 2 - skipped);
        fingerprint->in_message = true;
    }
}

void fingerprint_add(struct fingerprint_state *fingerprint, const struct prompt_piece *piece)
{
    fingerprint_open(fingerprint, piece);
    fingerprint->update(fingerprint->hash, piece->text.p, piece->text.len);
}

struct fingerprint fingerprint_finish(struct fingerprint_state *fingerprint)
{
    XXH128_hash_t hash;

    if (fingerprint->in_message) {
        (void)XXH3_128bits_update(fingerprint->hash, "", 1);
        fingerprint->in_message = false;
    }
    hash = XXH3_128bits_digest(fingerprint->hash);
    return (struct fingerprint){hash.high64, hash.low64};
}
