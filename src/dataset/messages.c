#include "dataset/messages.h"

#include "base/json_reader.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 512 << 20, MESSAGES_MAX = 1 << 20 };

void messages_init(struct messages *messages)
{
    *messages = (struct messages){0};
    buf_init(&messages->text, TEXT_BYTES_MAX);
}

void messages_release(struct messages *messages)
{
    buf_release(&messages->text);
    free(messages->items);
    messages_init(messages);
}

static int open_message(struct messages *messages, struct err *err)
{
    if (messages->count == messages->cap) {
        size_t cap = messages->cap != 0 ? 2 * messages->cap : 16;
        struct message *grown = NULL;

        if (cap > MESSAGES_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d messages", MESSAGES_MAX);
        }
        grown = realloc(messages->items, cap * sizeof *grown);
        if (grown == NULL) {
            return err_memory(err);
        }
        messages->items = grown;
        messages->cap = cap;
    }
    messages->items[messages->count++] =
        (struct message){.start = messages->text.len, .role = PROMPT_ROLE_COUNT};
    return 0;
}

int messages_add(struct messages *messages, enum prompt_role role, struct str text, struct err *err)
{
    int rc = open_message(messages, err);

    if (rc != 0) {
        return rc;
    }
    buf_append(&messages->text, text);
    messages->items[messages->count - 1].role = role;
    messages->items[messages->count - 1].length = text.len;
    return buf_check(&messages->text, "prompt", err);
}

struct str messages_text(const struct messages *messages, size_t index)
{
    const struct message *message = &messages->items[index];

    return message->length != 0 ? (struct str){messages->text.p + message->start, message->length}
                                : (struct str){"", 0};
}

enum member { MEMBER_NONE, MEMBER_ROLE, MEMBER_CONTENT };

/* A list of messages, as it is read. */
struct list {
    struct messages *messages;
    int depth;
    enum member member;
    bool has_content;
    char role[16];
    size_t role_len;
};

static int shape_error(struct err *err)
{
    return err_set(err, ERR_INPUT, "not a list of {\"role\", \"content\"}");
}

static int end_message(struct list *list, struct err *err)
{
    struct message *message = &list->messages->items[list->messages->count - 1];
    struct str role = {list->role, list->role_len};

    if (!list->has_content) {
        return shape_error(err);
    }
    for (int i = 0; i < PROMPT_ROLE_COUNT; i++) {
        if (str_equal(role, str_from(prompt_role_name((enum prompt_role)i)))) {
            message->role = (enum prompt_role)i;
            return 0;
        }
    }
    return err_set(err, ERR_INPUT, "message %zu: role '%.*s' is neither user nor assistant",
                   list->messages->count - 1, STR_ARG(role));
}

static int begin_message(struct list *list, struct err *err)
{
    list->has_content = false;
    list->role_len = 0;
    list->member = MEMBER_NONE;
    return open_message(list->messages, err);
}

static int take_piece(struct list *list, struct str bytes, struct err *err)
{
    struct messages *messages = list->messages;

    if (list->member == MEMBER_CONTENT) {
        buf_append(&messages->text, bytes);
        messages->items[messages->count - 1].length += bytes.len;
        return buf_check(&messages->text, "prompt", err);
    }
    bytes = str_take(bytes, sizeof list->role - list->role_len);
    memcpy(list->role + list->role_len, bytes.p, bytes.len);
    list->role_len += bytes.len;
    return 0;
}

static int take_name(struct list *list, struct str name, struct err *err)
{
    bool is_content = str_equal(name, STR("content"));

    if (!is_content && !str_equal(name, STR("role"))) {
        return err_set(err, ERR_INPUT, "message %zu: unknown member '%.*s'",
                       list->messages->count - 1, STR_ARG(name));
    }
    list->member = is_content ? MEMBER_CONTENT : MEMBER_ROLE;
    if ((is_content && list->has_content) || (!is_content && list->role_len != 0)) {
        return shape_error(err);
    }
    list->has_content = list->has_content || is_content;
    return 0;
}

static int take_event(void *context, enum json_event event, struct str bytes, struct err *err)
{
    struct list *list = context;

    switch (event) {
    case JSON_READ_ARRAY:
        return list->depth++ == 0 ? 0 : shape_error(err);
    case JSON_READ_OBJECT:
        return list->depth++ == 1 ? begin_message(list, err) : shape_error(err);
    case JSON_READ_OBJECT_END:
        list->depth--;
        return end_message(list, err);
    case JSON_READ_ARRAY_END:
        list->depth--;
        return 0;
    case JSON_READ_KEY:
        return take_name(list, bytes, err);
    case JSON_READ_TEXT:
    case JSON_READ_TEXT_END:
        return list->depth == 2 ? 0 : shape_error(err);
    case JSON_READ_PIECE:
        return take_piece(list, bytes, err);
    case JSON_READ_NUMBER:
    case JSON_READ_TRUE:
    case JSON_READ_FALSE:
    case JSON_READ_NULL:
        break;
    }
    return shape_error(err);
}

/* Gives back what was taken for growth: several prompts of a million tokens are open at once. */
static void shrink(struct buf *text)
{
    char *smaller = text->p != NULL ? realloc(text->p, text->len + 1) : NULL;

    if (smaller != NULL) {
        text->p = smaller;
        text->cap = text->len + 1;
    }
}

int messages_read_json(struct messages *messages, struct str json, struct err *err)
{
    struct list list = {.messages = messages};
    struct json_reader reader;
    int rc = 0;

    /* Texts are no longer than their JSON: taking the room at once spares copies as it grows. */
    if (buf_reserve(&messages->text, json.len) == NULL) {
        return buf_check(&messages->text, "prompt", err);
    }
    json_reader_init(&reader, take_event, &list);
    rc = json_reader_feed(&reader, json, err);
    if (rc == 0) {
        rc = json_reader_finish(&reader, err);
    }
    shrink(&messages->text);
    return rc;
}

struct kept_prompt {
    struct prompt prompt;
    struct messages messages;
    size_t next;
};

static int next_piece(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct kept_prompt *self = (struct kept_prompt *)prompt;

    (void)err;
    if (self->next == self->messages.count) {
        return 0;
    }
    *piece = (struct prompt_piece){messages_text(&self->messages, self->next),
                                   self->messages.items[self->next].role, true, false};
    self->next++;
    return 1;
}

static void rewind_prompt(struct prompt *prompt)
{
    ((struct kept_prompt *)prompt)->next = 0;
}

static void free_prompt(struct prompt *prompt)
{
    struct kept_prompt *self = (struct kept_prompt *)prompt;

    messages_release(&self->messages);
    free(self);
}

int messages_prompt(struct prompt **out, struct messages *messages, struct err *err)
{
    static const struct prompt_ops ops = {next_piece, rewind_prompt, free_prompt};
    struct kept_prompt *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return err_memory(err);
    }
    self->prompt.ops = &ops;
    self->messages = *messages;
    messages_init(messages);
    *out = &self->prompt;
    return 0;
}
