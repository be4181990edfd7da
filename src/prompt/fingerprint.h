/* fingerprint: how a running fingerprint is kept. Private to src/prompt; prompt/prompt.h has what
 * it is of.
 */
#ifndef PROMPT_FINGERPRINT_H
#define PROMPT_FINGERPRINT_H

#include "prompt/hash.h"
#include "prompt/prompt.h"

#include <stdbool.h>

struct fingerprint_state {
    void *hash; /* an XXH3_state_t; owned */
    hash_update_function *update;
    bool in_message;
};

/* What of a piece stands before its text, which the caller then gives to update. */
void fingerprint_open(struct fingerprint_state *fingerprint, const struct prompt_piece *piece);

/* Makes `to` what it would be had it been given the pieces so far. */
void fingerprint_copy(struct fingerprint_state *to, const struct fingerprint_state *from);

#endif
