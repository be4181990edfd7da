#include "sim/request.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static int handle(void *context, enum json_event event, struct str bytes, struct err *err);

void request_init(struct request *request, const struct request_form *form, struct str model)
{
    *request = (struct request){.form = form, .system_index = SIZE_MAX};
    request->shows_reasoning = form->shows_reasoning;
    request->has_model = model.len != 0;
    model = utf8_take(model, sizeof request->model - 1);
    if (model.len != 0) {
        memcpy(request->model, model.p, model.len);
    }
    conversation_init(&request->conversation);
    json_reader_init(&request->reader, handle, request);
}

void request_release(struct request *request)
{
    conversation_release(&request->conversation);
}

static int reject(struct request *request, const char *code, const char *param, const char *message,
                  struct err *err)
{
    request->error_code = code;
    (void)snprintf(request->error_param, sizeof request->error_param, "%s", param);
    return err_set(err, ERR_INPUT, "%s", message);
}

static int reject_missing(struct request *request, const char *param, struct err *err)
{
    (void)reject(request, "missing_required_parameter", param, "", err);
    return err_set(err, ERR_INPUT, "Missing required parameter: '%s'.", param);
}

/* "messages[].role" as errors call it: "messages.role". */
static void name_param(struct request *request, const char *path)
{
    size_t len = 0;

    for (; *path != '\0' && len < sizeof request->error_param - 1; path++) {
        if (*path != '[' && *path != ']') {
            request->error_param[len++] = *path;
        }
    }
    request->error_param[len] = '\0';
}

static struct str path_of(const struct request *request)
{
    struct str path = json_path_str(&request->path);
    struct str wrapper = str_from(request->form->wrapper);

    return wrapper.len != 0 && str_starts(path, wrapper) ? str_skip(path, wrapper.len) : path;
}

static const struct request_field *find_field(const struct request *request)
{
    struct str path = path_of(request);

    if (request->path.depth == 0) {
        return NULL;
    }
    for (const struct request_field *field = request->form->fields; field->path != NULL; field++) {
        if (str_equal(str_from(field->path), path)) {
            return field;
        }
    }
    return NULL;
}

/* Settings stand at the top or in groups there, never in a list. */
static void note_parameter(struct request *request, struct str key)
{
    struct str path = json_path_container(&request->path);
    size_t len = strlen(request->parameters);

    if (!str_contains(path, STR("[]")) && len + key.len + 3 <= sizeof request->parameters) {
        (void)snprintf(request->parameters + len, sizeof request->parameters - len, "%s%.*s ",
                       len == 0 ? " " : "", STR_ARG(key));
    }
}

bool request_has_parameter(const struct request *request, struct str name)
{
    char wanted[REQUEST_WORD_MAX];

    (void)snprintf(wanted, sizeof wanted, " %.*s ", STR_ARG(name));
    return strstr(request->parameters, wanted) != NULL;
}

static int begin_message(struct request *request, enum role role, struct err *err)
{
    int rc = conversation_begin(&request->conversation, err);

    if (rc == 0) {
        request->conversation.messages[request->conversation.count - 1].role = role;
    }
    return rc;
}

static int begin_system(struct request *request, struct err *err)
{
    request->system_index = request->conversation.count;
    return begin_message(request, ROLE_SYSTEM, err);
}

static int enter(struct request *request, const struct request_field *field, enum json_event event,
                 struct err *err)
{
    enum request_action action = field != NULL ? field->action : REQUEST_CHECK;

    json_path_enter(&request->path, event);
    request->open[request->path.depth - 1] = field;
    if (action == REQUEST_MESSAGES) {
        request->has_messages = true;
    } else if (action == REQUEST_MESSAGE) {
        request->has_role = false;
        return begin_message(request, ROLE_USER, err);
    } else if (action == REQUEST_SYSTEM) {
        return begin_system(request, err);
    } else if (action == REQUEST_CACHE) {
        request->is_cache_marked = true;
    }
    return 0;
}

static int leave(struct request *request, struct err *err)
{
    const struct request_field *field = request->open[request->path.depth - 1];

    json_path_leave(&request->path);
    if (field != NULL && field->action == REQUEST_MESSAGE && !request->has_role &&
        !request->form->is_role_optional) {
        char param[64];

        (void)snprintf(param, sizeof param, "%s.role", request->form->messages);
        return reject_missing(request, param, err);
    }
    return 0;
}

/* Each block of a message is a turn of its own; those of the system message stay together. */
static int begin_block(struct request *request, struct err *err)
{
    size_t last = request->conversation.count - 1;
    const struct message *open = &request->conversation.messages[last];

    return open->len != 0 && last != request->system_index ? begin_message(request, open->role, err)
                                                           : 0;
}

static int begin_text(struct request *request, const struct request_field *field, struct err *err)
{
    request->field = field;
    request->word_len = 0;
    if (field != NULL && field->action == REQUEST_MESSAGES) {
        request->has_messages = true;
        return begin_message(request, ROLE_USER, err);
    }
    if (field != NULL && field->action == REQUEST_SYSTEM) {
        return begin_system(request, err);
    }
    if (field != NULL && field->action == REQUEST_TEXT && request->form->blocks_are_messages) {
        return begin_block(request, err);
    }
    return 0;
}

static int take_piece(struct request *request, struct str bytes, struct err *err)
{
    enum request_action action = request->field != NULL ? request->field->action : REQUEST_CHECK;

    if (action == REQUEST_TEXT || action == REQUEST_SYSTEM || action == REQUEST_MESSAGES) {
        return conversation_append(&request->conversation, bytes, err);
    }
    bytes = utf8_take(bytes, sizeof request->word - 1 - request->word_len);
    if (bytes.len != 0) {
        memcpy(request->word + request->word_len, bytes.p, bytes.len);
        request->word_len += bytes.len;
    }
    return 0;
}

static int take_role(struct request *request, struct str word, struct err *err)
{
    for (const struct request_role *role = request->form->roles; role->name != NULL; role++) {
        if (str_equal(word, str_from(role->name))) {
            request->conversation.messages[request->conversation.count - 1].role = role->role;
            request->has_role = true;
            return 0;
        }
    }
    request->error_code = "invalid_value";
    name_param(request, request->field->path);
    return err_set(err, ERR_INPUT, "Invalid value for '%s': '%.*s' is not a role here.",
                   request->error_param, STR_ARG(word));
}

static int take_part_type(struct request *request, struct str word, struct err *err)
{
    char wanted[REQUEST_WORD_MAX + 2];

    (void)snprintf(wanted, sizeof wanted, " %.*s ", STR_ARG(word));
    if (strstr(request->form->part_types, wanted) != NULL) {
        return 0;
    }
    name_param(request, request->field->path);
    request->error_code = "invalid_value";
    return err_set(err, ERR_INPUT, "Only text can be read here: '%s' cannot be '%.*s'.",
                   request->error_param, STR_ARG(word));
}

static int end_text(struct request *request, struct err *err)
{
    struct str word = {request->word, request->word_len};
    enum request_action action = request->field != NULL ? request->field->action : REQUEST_CHECK;

    if (action == REQUEST_MODEL && !request->has_model) {
        memcpy(request->model, word.p, word.len);
        request->model[word.len] = '\0';
    } else if (action == REQUEST_ROLE) {
        return take_role(request, word, err);
    } else if (action == REQUEST_PART_TYPE) {
        return take_part_type(request, word, err);
    } else if (action == REQUEST_REASONS) {
        request->reasons = !str_equal(word, STR("none")) && !str_equal(word, STR("disabled"));
    } else if (action == REQUEST_SHOWS_REASONING) {
        request->shows_reasoning = !str_equal(word, STR("omitted"));
    }
    return 0;
}

static int take_number(struct request *request, const struct request_field *field,
                       struct str digits, struct err *err)
{
    if (field->action == REQUEST_REASONS) {
        request->reasons = !str_equal(digits, STR("0"));
    }
    if (field->action == REQUEST_OUTPUT_MAX &&
        (!str_to_u64(digits, &request->output_tokens_max) || request->output_tokens_max == 0)) {
        return reject(request, "invalid_value", request->form->output_max,
                      "The limit of output tokens must be a whole number above 0.", err);
    }
    return 0;
}

static void take_truth(struct request *request, const struct request_field *field, bool truth)
{
    if (field->action == REQUEST_STREAM) {
        request->is_stream = truth;
    } else if (field->action == REQUEST_USAGE_WANTED) {
        request->is_usage_wanted = truth;
    } else if (field->action == REQUEST_REASONS) {
        request->reasons = truth;
    } else if (field->action == REQUEST_SHOWS_REASONING) {
        request->shows_reasoning = truth;
    }
}

static enum request_kind kind_of(enum json_event event)
{
    static const enum request_kind kinds[] = {
        [JSON_READ_OBJECT] = KIND_OBJECT, [JSON_READ_ARRAY] = KIND_ARRAY,
        [JSON_READ_TEXT] = KIND_TEXT,     [JSON_READ_NUMBER] = KIND_NUMBER,
        [JSON_READ_TRUE] = KIND_TRUTH,    [JSON_READ_FALSE] = KIND_TRUTH,
        [JSON_READ_NULL] = KIND_NULL,
    };

    return kinds[event];
}

static int check_kind(struct request *request, const struct request_field *field,
                      enum request_kind kind, struct err *err)
{
    if (request->path.depth == 0 && kind != KIND_OBJECT) {
        return reject(request, "invalid_type", "", "The body of the request must be a JSON object.",
                      err);
    }
    if (field != NULL && (field->kinds & (int)kind) == 0) {
        name_param(request, field->path);
        request->error_code = "invalid_type";
        return err_set(err, ERR_INPUT, "Invalid type for '%s'.", request->error_param);
    }
    return 0;
}

static int begin_value(struct request *request, enum json_event event, struct str bytes,
                       struct err *err)
{
    const struct request_field *field = find_field(request);
    int rc = check_kind(request, field, kind_of(event), err);

    if (rc != 0) {
        return rc;
    }
    if (event == JSON_READ_OBJECT || event == JSON_READ_ARRAY) {
        return enter(request, field, event, err);
    }
    if (event == JSON_READ_TEXT) {
        return begin_text(request, field, err);
    }
    if (field == NULL) {
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
    struct request *request = context;

    switch (event) {
    case JSON_READ_KEY:
        note_parameter(request, bytes);
        json_path_key(&request->path, bytes);
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
static int json_failed(const struct request *request, int rc, struct err *err)
{
    if (rc == ERR_INPUT && request->error_code == NULL) {
        return err_wrap(err, "We could not parse the JSON body of your request");
    }
    return rc;
}

int request_feed(struct request *request, struct str chunk, struct err *err)
{
    int rc = json_reader_feed(&request->reader, chunk, err);

    return rc != 0 ? json_failed(request, rc, err) : 0;
}

int request_finish(struct request *request, struct err *err)
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
        return reject_missing(request, request->form->messages, err);
    }
    if (request->conversation.count == (request->system_index != SIZE_MAX ? 1U : 0U)) {
        (void)reject(request, "empty_array", request->form->messages, "", err);
        return err_set(err, ERR_INPUT,
                       "Invalid '%s': empty array. At least one message is expected.",
                       request->form->messages);
    }
    if (request->form->is_output_max_required && !request->is_count &&
        request->output_tokens_max == 0) {
        return reject_missing(request, request->form->output_max, err);
    }
    if (request->system_index != SIZE_MAX && request->system_index != 0) {
        return conversation_move_first(&request->conversation, request->system_index, err);
    }
    return 0;
}
