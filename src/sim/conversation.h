/* conversation: the messages of a request, held once.
 *
 * All texts stand in one buffer in the order they came, a blank line between two of them, so that a
 * reader can go through one message or through everything said as one text.
 */
#ifndef SIM_CONVERSATION_H
#define SIM_CONVERSATION_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

enum role { ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT };

enum { CONVERSATION_BYTES_MAX = 256 * 1024 * 1024 }; /* about 50M tokens */

struct message {
    enum role role;
    size_t at; /* where its text begins in `text` */
    size_t len;
};

struct conversation {
    struct buf text;
    struct message *messages; /* owned */
    size_t count;
    size_t cap;
};

void conversation_init(struct conversation *conversation);
void conversation_release(struct conversation *conversation);

/* Begins a message of no text; what conversation_append appends belongs to it. */
int conversation_begin(struct conversation *conversation, struct err *err);
int conversation_append(struct conversation *conversation, struct str piece, struct err *err);

/* Puts the message of that index before all others, its text too. */
int conversation_move_first(struct conversation *conversation, size_t index, struct err *err);

/* Forgets all but the last `bytes` of what was said, or all but the first; whole characters and at
 * least one message remain. */
void conversation_keep_last(struct conversation *conversation, size_t bytes);
void conversation_keep_first(struct conversation *conversation, size_t bytes);

/* Borrowed from the conversation until it changes. */
struct str conversation_text(const struct conversation *conversation, size_t index);
struct str conversation_whole(const struct conversation *conversation);

#endif
