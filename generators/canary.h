/* canary: three marked facts in a haystack, by which a reply shows how much of it was read.
 *
 *     Checkpoint 2 of 3: KRT481.
 *
 * One stands at the start of the haystack, one in the middle, one at the end, and the request for
 * their codes follows the task's question. An endpoint that cuts the prompt in silence loses the
 * ones in what it cut. The reply's last line answers the request, so that grading can take it off
 * (score/canary.h) and mark the rest by the task's own rule.
 *
 * Codes are three consonants and three digits, drawn by sample: the same at every length and for
 * every probe. No code can be guessed from another.
 */
#ifndef GENERATORS_CANARY_H
#define GENERATORS_CANARY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "record/case.h"
#include "token/token.h"

#include <stdint.h>

/* Draws the codes of a sample, in `arena`. ERR_MEMORY only. */
int canary_draw(uint64_t seed, uint32_t sample, struct arena *arena,
                struct str codes[CANARY_PLACES], struct err *err);

/* "Checkpoint 2 of 3: KRT481." */
void canary_write_fact(enum canary_place place, struct str code, struct buf *out);

/* What is appended to the task's question; begins with a space. */
void canary_write_request(struct buf *out);

/* Sets *tokens to those of the whole reply: the answer and, if there are codes, a line feed and
 * "Checkpoints: KRT481, LMP204, QXV093". */
int canary_count_reply(const struct answer_key *key, const struct tokenizer *tokenizer,
                       uint64_t *tokens, struct err *err);

#endif
