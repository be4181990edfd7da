/* messages: a conversation that is kept, as opposed to one that a generator makes anew.
 *
 * All texts lie in one buffer, so a prompt of a million tokens takes its own bytes and little more.
 */
#ifndef DATASET_MESSAGES_H
#define DATASET_MESSAGES_H

#include "base/buf.h"
#include "prompt/prompt.h"

struct message {
    size_t start; /* in `text` */
    size_t length;
    enum prompt_role role;
};

struct messages {
    struct buf text;
    struct message *items; /* owned */
    size_t count;
    size_t cap;
};

void messages_init(struct messages *messages);
void messages_release(struct messages *messages);

int messages_add(struct messages *messages, enum prompt_role role, struct str text,
                 struct err *err);

/* Appends what a JSON text says: a list of {"role", "content"} with the roles user and assistant.
 * ERR_INPUT says what else it is, and at which byte. */
int messages_read_json(struct messages *messages, struct str json, struct err *err);

struct str messages_text(const struct messages *messages, size_t index); /* borrowed */

/* A prompt over the messages, which it takes: *messages is empty afterwards. */
int messages_prompt(struct prompt **out, struct messages *messages, struct err *err);

#endif
