#include "sim/conversation.h"

#include <assert.h>
#include <stdlib.h>

void conversation_init(struct conversation *conversation)
{
    *conversation = (struct conversation){0};
    buf_init(&conversation->text, CONVERSATION_BYTES_MAX);
}

void conversation_release(struct conversation *conversation)
{
    buf_release(&conversation->text);
    free(conversation->messages);
    conversation->messages = NULL;
    conversation->count = 0;
    conversation->cap = 0;
}

int conversation_begin(struct conversation *conversation, struct err *err)
{
    if (conversation->count == conversation->cap) {
        size_t cap = conversation->cap != 0 ? conversation->cap * 2 : 64;
        struct message *grown = realloc(conversation->messages, cap * sizeof *grown);

        if (grown == NULL) {
            return err_memory(err);
        }
        conversation->messages = grown;
        conversation->cap = cap;
    }
    if (conversation->count != 0) {
        buf_append(&conversation->text, STR("\n\n"));
    }
    conversation->messages[conversation->count++] =
        (struct message){.role = ROLE_USER, .at = conversation->text.len};
    return buf_check(&conversation->text, "the conversation", err);
}

int conversation_append(struct conversation *conversation, struct str piece, struct err *err)
{
    assert(conversation->count != 0);
    buf_append(&conversation->text, piece);
    conversation->messages[conversation->count - 1].len += piece.len;
    return buf_check(&conversation->text, "the conversation", err);
}

struct str conversation_text(const struct conversation *conversation, size_t index)
{
    const struct message *message = &conversation->messages[index];

    assert(index < conversation->count);
    return str_take(str_skip(conversation_whole(conversation), message->at), message->len);
}

struct str conversation_whole(const struct conversation *conversation)
{
    return buf_str(&conversation->text);
}
