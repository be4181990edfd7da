#include "sim/conversation.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

int conversation_move_first(struct conversation *conversation, size_t index, struct err *err)
{
    struct message moved = conversation->messages[index];
    char *text = conversation->text.p;
    char *copy = NULL;

    assert(index < conversation->count);
    if (index == 0) {
        return 0;
    }
    copy = malloc(moved.len + 1);
    if (copy == NULL) {
        return err_memory(err);
    }
    /* The blank line that stood before it comes after it. */
    memcpy(copy, text + moved.at, moved.len);
    memmove(text + moved.len + 2, text, moved.at - 2);
    memcpy(text, copy, moved.len);
    memcpy(text + moved.len, "\n\n", 2);
    free(copy);
    for (size_t i = index; i != 0; i--) {
        conversation->messages[i] = conversation->messages[i - 1];
        conversation->messages[i].at += moved.len + 2;
    }
    conversation->messages[0] = (struct message){.role = moved.role, .at = 0, .len = moved.len};
    return 0;
}

static void drop_start(struct conversation *conversation, size_t start)
{
    struct message *messages = conversation->messages;
    size_t first = 0;
    size_t base = 0;

    while (first + 1 < conversation->count && messages[first].at + messages[first].len <= start) {
        first++;
    }
    base = start > messages[first].at ? start : messages[first].at;
    messages[first].len -= base - messages[first].at;
    messages[first].at = base;
    conversation->count -= first;
    memmove(messages, messages + first, conversation->count * sizeof *messages);
    for (size_t i = 0; i < conversation->count; i++) {
        messages[i].at -= base;
    }
    conversation->text.len -= base;
    memmove(conversation->text.p, conversation->text.p + base, conversation->text.len);
}

void conversation_keep_last(struct conversation *conversation, size_t bytes)
{
    struct str whole = conversation_whole(conversation);
    const struct message *last = NULL;
    size_t start = 0;

    if (whole.len <= bytes || conversation->count == 0) {
        return;
    }
    last = &conversation->messages[conversation->count - 1];
    start = whole.len - bytes;
    if (start > last->at + last->len) {
        start = last->at + last->len;
    }
    /* Not into the middle of a character: on to its end. */
    while (start < whole.len && ((unsigned char)whole.p[start] & 0xC0U) == 0x80U) {
        start++;
    }
    drop_start(conversation, start);
}

void conversation_keep_first(struct conversation *conversation, size_t bytes)
{
    size_t end = utf8_take(conversation_whole(conversation), bytes).len;

    while (conversation->count > 1 && conversation->messages[conversation->count - 1].at >= end) {
        conversation->count--;
    }
    if (conversation->count != 0) {
        struct message *last = &conversation->messages[conversation->count - 1];

        if (last->at + last->len > end) {
            last->len = end > last->at ? end - last->at : 0;
        }
        conversation->text.len = last->at + last->len;
    }
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
