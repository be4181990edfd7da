#include "sim/chat_request.h"

#include "base/utf8.h"

#include <string.h>

enum kind {
    KIND_OBJECT = 1 << 0,
    KIND_ARRAY = 1 << 1,
    KIND_TEXT = 1 << 2,
    KIND_NUMBER = 1 << 3,
    KIND_TRUTH = 1 << 4,
    KIND_NULL = 1 << 5
};

/* Where a field stands, and what its value may be. A NULL key: any element of an array. */
static const struct field_row {
    enum chat_field parent;
    const char *key;
    enum chat_field field;
    int kinds;
    const char *param; /* how OpenAI's errors call it */
} fields[] = {
    {CHAT_ROOT, "model", CHAT_MODEL, KIND_TEXT, "model"},
    {CHAT_ROOT, "stream", CHAT_STREAM, KIND_TRUTH | KIND_NULL, "stream"},
    {CHAT_ROOT, "stream_options", CHAT_STREAM_OPTIONS, KIND_OBJECT | KIND_NULL, "stream_options"},
    {CHAT_STREAM_OPTIONS, "include_usage", CHAT_INCLUDE_USAGE, KIND_TRUTH | KIND_NULL,
     "stream_options.include_usage"},
    {CHAT_ROOT, "max_completion_tokens", CHAT_OUTPUT_MAX, KIND_NUMBER | KIND_NULL,
     "max_completion_tokens"},
    {CHAT_ROOT, "max_tokens", CHAT_OUTPUT_MAX, KIND_NUMBER | KIND_NULL, "max_tokens"},
    {CHAT_ROOT, "messages", CHAT_MESSAGES, KIND_ARRAY, "messages"},
    {CHAT_MESSAGES, NULL, CHAT_MESSAGE, KIND_OBJECT, "messages"},
    {CHAT_MESSAGE, "role", CHAT_ROLE, KIND_TEXT, "messages.role"},
    {CHAT_MESSAGE, "content", CHAT_CONTENT, KIND_TEXT | KIND_ARRAY | KIND_NULL, "messages.content"},
    {CHAT_CONTENT, NULL, CHAT_PART, KIND_OBJECT, "messages.content"},
    {CHAT_PART, "type", CHAT_PART_TYPE, KIND_TEXT, "messages.content.type"},
    {CHAT_PART, "text", CHAT_PART_TEXT, KIND_TEXT, "messages.content.text"},
};
enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

static int handle(void *context, enum json_event event, struct str bytes, struct err *err);

void chat_request_init(struct chat_request *request)
{
    *request = (struct chat_request){.next = CHAT_ROOT};
    conversation_init(&request->conversation);
    json_reader_init(&request->reader, handle, request);
}

void chat_request_release(struct chat_request *request)
{
    conversation_release(&request->conversation);
}

static int reject(struct chat_request *request, const char *code, const char *param,
                  const char *message, struct err *err)
{
    request->error_code = code;
    request->error_param = param;
    return err_set(err, ERR_INPUT, "%s", message);
}

static enum chat_field child_of(enum chat_field parent, struct str key)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].parent == parent && str_equal(str_from(fields[i].key), key)) {
            return fields[i].field;
        }
    }
    return CHAT_IGNORED;
}

/* The field that a value belongs to: named by the key before it, or an element of an array. */
static enum chat_field value_field(const struct chat_request *request)
{
    enum chat_field parent = request->depth != 0 ? request->path[request->depth - 1] : CHAT_IGNORED;

    if (parent == CHAT_MESSAGES || parent == CHAT_CONTENT) {
        return child_of(parent, (struct str){0});
    }
    return request->next;
}

static int check_kind(struct chat_request *request, enum chat_field field, enum kind kind,
                      struct err *err)
{
    if (field == CHAT_ROOT && kind != KIND_OBJECT) {
        return reject(request, "invalid_type", NULL,
                      "The body of the request must be a JSON object.", err);
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].field == field && (fields[i].kinds & (int)kind) == 0) {
            request->error_code = "invalid_type";
            request->error_param = fields[i].param;
            return err_set(err, ERR_INPUT, "Invalid type for '%s'.", fields[i].param);
        }
    }
    return 0;
}

static int enter(struct chat_request *request, enum chat_field field, struct err *err)
{
    request->path[request->depth++] = field;
    request->next = CHAT_IGNORED;
    if (field == CHAT_MESSAGES) {
        request->has_messages = true;
    }
    if (field == CHAT_MESSAGE) {
        request->has_role = false;
        return conversation_begin(&request->conversation, err);
    }
    return 0;
}

static int leave(struct chat_request *request, struct err *err)
{
    enum chat_field field = request->path[--request->depth];

    request->next = CHAT_IGNORED;
    if (field == CHAT_MESSAGE && !request->has_role) {
        return reject(request, "missing_required_parameter", "messages.role",
                      "Missing required parameter: 'messages.role'.", err);
    }
    return 0;
}

static int take_piece(struct chat_request *request, struct str bytes, struct err *err)
{
    if (request->next == CHAT_CONTENT || request->next == CHAT_PART_TEXT) {
        return conversation_append(&request->conversation, bytes, err);
    }
    bytes = utf8_take(bytes, sizeof request->word - 1 - request->word_len);
    memcpy(request->word + request->word_len, bytes.p, bytes.len);
    request->word_len += bytes.len;
    return 0;
}

static int take_role(struct chat_request *request, struct str word, struct err *err)
{
    static const struct {
        const char *name;
        enum role role;
    } roles[] = {
        {"system", ROLE_SYSTEM},
        {"developer", ROLE_SYSTEM},
        {"user", ROLE_USER},
        {"assistant", ROLE_ASSISTANT},
    };

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (str_equal(word, str_from(roles[i].name))) {
            request->conversation.messages[request->conversation.count - 1].role = roles[i].role;
            request->has_role = true;
            return 0;
        }
    }
    return reject(request, "invalid_value", "messages.role",
                  "Invalid role: a message is from 'system', 'developer', 'user' or 'assistant'.",
                  err);
}

static int end_text(struct chat_request *request, struct err *err)
{
    struct str word = {request->word, request->word_len};

    if (request->next == CHAT_MODEL) {
        memcpy(request->model, word.p, word.len);
        request->model[word.len] = '\0';
    }
    if (request->next == CHAT_ROLE) {
        return take_role(request, word, err);
    }
    if (request->next == CHAT_PART_TYPE && !str_equal(word, STR("text"))) {
        return reject(request, "invalid_value", "messages.content.type",
                      "Only text can be read here: a content part must be of type 'text'.", err);
    }
    return 0;
}

static int take_number(struct chat_request *request, enum chat_field field, struct str digits,
                       struct err *err)
{
    if (field != CHAT_OUTPUT_MAX) {
        return 0;
    }
    if (!str_to_u64(digits, &request->output_tokens_max) || request->output_tokens_max == 0) {
        return reject(request, "invalid_value", "max_completion_tokens",
                      "The limit of output tokens must be a whole number above 0.", err);
    }
    return 0;
}

static void take_truth(struct chat_request *request, enum chat_field field, bool truth)
{
    if (field == CHAT_STREAM) {
        request->is_stream = truth;
    } else if (field == CHAT_INCLUDE_USAGE) {
        request->include_usage = truth;
    }
}

static enum kind kind_of(enum json_event event)
{
    static const enum kind kinds[] = {
        [JSON_READ_OBJECT] = KIND_OBJECT, [JSON_READ_ARRAY] = KIND_ARRAY,
        [JSON_READ_TEXT] = KIND_TEXT,     [JSON_READ_NUMBER] = KIND_NUMBER,
        [JSON_READ_TRUE] = KIND_TRUTH,    [JSON_READ_FALSE] = KIND_TRUTH,
        [JSON_READ_NULL] = KIND_NULL,
    };

    return kinds[event];
}

static int begin_value(struct chat_request *request, enum json_event event, struct str bytes,
                       struct err *err)
{
    enum chat_field field = value_field(request);
    int rc = check_kind(request, field, kind_of(event), err);

    if (rc != 0) {
        return rc;
    }
    if (event == JSON_READ_OBJECT || event == JSON_READ_ARRAY) {
        return enter(request, field, err);
    }
    if (event == JSON_READ_TEXT) {
        request->next = field;
        request->word_len = 0;
        return 0;
    }
    if (event == JSON_READ_NUMBER) {
        return take_number(request, field, bytes, err);
    }
    take_truth(request, field, event == JSON_READ_TRUE);
    return 0;
}

static int handle(void *context, enum json_event event, struct str bytes, struct err *err)
{
    struct chat_request *request = context;

    switch (event) {
    case JSON_READ_KEY:
        request->next = child_of(request->path[request->depth - 1], bytes);
        return 0;
    case JSON_READ_OBJECT_END:
    case JSON_READ_ARRAY_END:
        return leave(request, err);
    case JSON_READ_PIECE:
        return take_piece(request, bytes, err);
    case JSON_READ_TEXT_END:
        return end_text(request, err);
    case JSON_READ_OBJECT:
    case JSON_READ_ARRAY:
    case JSON_READ_TEXT:
    case JSON_READ_NUMBER:
    case JSON_READ_TRUE:
    case JSON_READ_FALSE:
    case JSON_READ_NULL:
        return begin_value(request, event, bytes, err);
    }
    return 0;
}

/* A failure without a field of its own is one of JSON. */
static int json_failed(const struct chat_request *request, int rc, struct err *err)
{
    if (rc == ERR_INPUT && request->error_code == NULL) {
        return err_wrap(err, "We could not parse the JSON body of your request");
    }
    return rc;
}

int chat_request_feed(struct chat_request *request, struct str chunk, struct err *err)
{
    int rc = json_reader_feed(&request->reader, chunk, err);

    return rc != 0 ? json_failed(request, rc, err) : 0;
}

int chat_request_finish(struct chat_request *request, struct err *err)
{
    int rc = json_reader_finish(&request->reader, err);

    if (rc != 0) {
        return json_failed(request, rc, err);
    }
    if (request->model[0] == '\0') {
        return reject(request, "missing_required_parameter", "model",
                      "You must provide a model parameter.", err);
    }
    if (!request->has_messages) {
        return reject(request, "missing_required_parameter", "messages",
                      "Missing required parameter: 'messages'.", err);
    }
    if (request->conversation.count == 0) {
        return reject(request, "empty_array", "messages",
                      "Invalid 'messages': empty array. At least one message is expected.", err);
    }
    return 0;
}
