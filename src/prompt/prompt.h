/* prompt: a conversation as a stream.
 *
 * The step between a case and its bytes: a prompt is a sequence of messages, a message a sequence
 * of pieces, and a piece a borrowed slice of text. Nobody holds the whole: a generator supplies the
 * pieces in order, as often as asked, and whoever reads them (a token count, a request body, a
 * file) takes them one at a time. A million tokens therefore need no more memory than a thousand.
 *
 * Pieces of one message must join where a token boundary is certain, so that token counts add up:
 * prompt/joint.h has the rules. Messages are counted apart, as the benchmarks do.
 */
#ifndef PROMPT_PROMPT_H
#define PROMPT_PROMPT_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct tokenizer;

enum prompt_role { PROMPT_USER, PROMPT_ASSISTANT, PROMPT_ROLE_COUNT };

const char *prompt_role_name(enum prompt_role role); /* "user", "assistant" */

struct prompt_piece {
    struct str text; /* UTF-8; borrowed from the prompt until its next call */
    enum prompt_role role;
    bool opens_message;  /* this piece is the first of its message */
    bool opens_question; /* all before it is the haystack, which probes share */
};

/* What a generator implements. The struct it allocates begins with a `struct prompt`. */
struct prompt {
    const struct prompt_ops *ops;
};

struct prompt_ops {
    /* 1 and a piece, 0 after the last one, or a negative error. */
    int (*next)(struct prompt *prompt, struct prompt_piece *piece, struct err *err);
    /* Back to the first piece; the same bytes follow again. */
    void (*rewind)(struct prompt *prompt);
    void (*free)(struct prompt *prompt);
};

int prompt_next(struct prompt *prompt, struct prompt_piece *piece, struct err *err);
void prompt_rewind(struct prompt *prompt);
void prompt_free(struct prompt *prompt); /* NULL is fine */

/* XXH3-128 over, for each message, one byte for its role ('u' or 'a'), its text, and a NUL byte.
 * It is of the conversation, not of a wire format: every endpoint gets the same. */
enum { FINGERPRINT_HEX = 32 };
struct fingerprint {
    uint64_t high;
    uint64_t low;
};
void fingerprint_hex(struct fingerprint fingerprint, char out[FINGERPRINT_HEX + 1]);

/* A running fingerprint: add the pieces in order, then finish. NULL from new when memory is short.
 */
struct fingerprint_state;
struct fingerprint_state *fingerprint_new(void);
void fingerprint_add(struct fingerprint_state *fingerprint, const struct prompt_piece *piece);
struct fingerprint fingerprint_finish(struct fingerprint_state *fingerprint);
void fingerprint_reset(struct fingerprint_state *fingerprint);
void fingerprint_free(struct fingerprint_state *fingerprint); /* NULL is fine */

/* What is known of a prompt before its first byte is sent. */
struct prompt_measure {
    uint64_t messages[PROMPT_ROLE_COUNT];
    uint64_t bytes;         /* UTF-8, of the texts alone */
    uint64_t escaped_bytes; /* the same inside JSON strings, without the quotes */
    uint64_t code_points;
    uint64_t tokens; /* o200k_base, summed over messages */
    struct fingerprint fingerprint;
};

/* A running measure: add the pieces in order, then finish. */
struct prompt_meter;
int prompt_meter_new(struct prompt_meter **out, const struct tokenizer *tokenizer, struct err *err);
int prompt_meter_add(struct prompt_meter *meter, const struct prompt_piece *piece, struct err *err);
/* The same for a piece whose tokens, or all of whose sizes, are known; debug builds count them
 * nevertheless. */
struct prompt_sizes {
    uint64_t tokens;
    uint64_t escaped_bytes;
    uint64_t code_points;
};
void prompt_meter_add_counted(struct prompt_meter *meter, const struct prompt_piece *piece,
                              uint64_t tokens);
void prompt_meter_add_sized(struct prompt_meter *meter, const struct prompt_piece *piece,
                            const struct prompt_sizes *sizes);
/* Of what was added so far, which ends with a whole message. More may follow. */
struct fingerprint prompt_meter_fingerprint(struct prompt_meter *meter);
/* Makes `to` what it would be had it been given the pieces so far. */
void prompt_meter_copy_fingerprint(const struct prompt_meter *meter, struct fingerprint_state *to);
uint64_t prompt_meter_tokens(const struct prompt_meter *meter); /* so far */
void prompt_meter_finish(struct prompt_meter *meter, struct prompt_measure *out);
void prompt_meter_free(struct prompt_meter *meter);

/* Rewinds the prompt, measures all of it, and rewinds it again. */
int prompt_measure(struct prompt *prompt, const struct tokenizer *tokenizer,
                   struct prompt_measure *out, struct err *err);

#endif
