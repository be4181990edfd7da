/* writer: a writer that answers "write a poem about tapirs".
 *
 * The writer expands a grammar: an opening, body parts until the reply is as long as was asked, and
 * a close. What it writes follows from the grammar and the random stream alone, so a reply can be
 * written again, or without those before it. Writing allocates nothing but what the output buffer
 * needs; it copies phrases and adds up their tokens (generators/phrase.h).
 */
#ifndef GENERATORS_WRITER_H
#define GENERATORS_WRITER_H

#include "generators/grammar.h"

#include "base/buf.h"
#include "base/random.h"

#include <stddef.h>
#include <stdint.h>

enum { WRITER_TARGET_BY_FORMAT = 0, WRITER_REPLY_BYTES_MAX = 64 * 1024 };

struct token_session;

struct writer_task {
    size_t format; /* indices into the grammar's lists */
    size_t topic;
    uint32_t target_tokens; /* the size to aim at, or WRITER_TARGET_BY_FORMAT to draw it */
};

/* Appends a reply to `out`. A failure is the buffer's, sticky (buf_check). `random` is copied: the
 * same stream gives the same reply. */
void writer_reply(const struct grammar *grammar, const struct writer_task *task,
                  struct random random, struct buf *out);

/* The same; returns the reply's tokens. Those of the grammar were counted (grammar_count_tokens),
 * and the session, which the few joints that are not safe are counted with, is of that tokenizer.
 */
uint64_t writer_reply_counted(const struct grammar *grammar, const struct writer_task *task,
                              struct random random, struct token_session *session, struct buf *out);

/* A reply's target size as the format's writers choose it, drawn from `random`. */
uint32_t writer_draw_target(const struct grammar_format *format, struct random *random);

#endif
