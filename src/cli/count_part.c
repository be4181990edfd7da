#include "cli/count_part.h"

#include "record/json_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* A part being counted. */
struct counting {
    const struct count_settings *settings;
    struct token_session *session;
    struct token_ids *ids; /* of the current line */
    struct count_part *part;
    uint64_t tokens; /* of the current line */
};

static int add_text(struct counting *counting, struct str text, struct err *err)
{
    uint64_t tokens = 0;
    int rc = 0;

    if (counting->settings->ids) {
        return token_session_encode(counting->session, text, counting->ids, err);
    }
    rc = token_session_count(counting->session, text, &tokens, err);
    counting->tokens += tokens;
    return rc;
}

static void append_number(struct buf *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    buf_append(out, (struct str){digits + at, sizeof digits - at});
}

static void append_ids(struct counting *counting)
{
    struct buf *out = &counting->part->output;

    for (size_t i = 0; i < counting->ids->count; i++) {
        if (i != 0) {
            buf_append_char(out, ' ');
        }
        append_number(out, counting->ids->ids[i]);
    }
    counting->ids->count = 0;
}

static void finish_line(struct counting *counting, size_t line)
{
    struct count_part *part = counting->part;

    if (counting->settings->ids) {
        append_ids(counting);
    } else {
        append_number(&part->output, counting->tokens);
        if (part->is_named) {
            buf_appendf(&part->output, "\t%s:%zu", part->path, line);
        }
    }
    buf_append_char(&part->output, '\n');
    part->tokens += counting->tokens;
    counting->tokens = 0;
}

static struct str json_text(const json_t *string)
{
    return (struct str){json_string_value(string), json_string_length(string)};
}

/* A message's content: a string, a list of parts of which the texts count, or null. */
static int add_content(struct counting *counting, const json_t *content, struct err *err)
{
    size_t i = 0;
    const json_t *part = NULL;
    int rc = 0;

    if (json_is_string(content)) {
        return add_text(counting, json_text(content), err);
    }
    if (!json_is_array(content) && !json_is_null(content)) {
        return err_set(err, ERR_INPUT, "field '%s': a message without content",
                       counting->settings->field);
    }
    json_array_foreach(content, i, part)
    {
        const json_t *text = json_object_get(part, "text");

        if (rc == 0 && json_is_string(text)) {
            rc = add_text(counting, json_text(text), err);
        }
    }
    return rc;
}

static int add_messages(struct counting *counting, const json_t *messages, struct err *err)
{
    size_t i = 0;
    const json_t *message = NULL;
    int rc = 0;

    json_array_foreach(messages, i, message)
    {
        if (rc == 0) {
            rc = add_content(counting, json_object_get(message, "content"), err);
        }
    }
    return rc;
}

/* openai/mrcr's `prompt` is a list of messages as JSON text; the field may also be the list. */
static int add_message_field(struct counting *counting, const json_t *field, struct err *err)
{
    json_t *parsed = NULL;
    json_error_t error;
    int rc = 0;

    if (json_is_string(field)) {
        parsed = json_text_read((struct str){json_string_value(field), json_string_length(field)},
                                JSON_ALLOW_NUL, &error, err);
        if (parsed == NULL && err->code == ERR_MEMORY) {
            return ERR_MEMORY;
        }
        if (parsed == NULL) {
            return err_set(err, ERR_INPUT, "field '%s' is not JSON text: %s (character %d)",
                           counting->settings->field, error.text, error.position);
        }
        field = parsed;
    }
    if (json_is_array(field)) {
        rc = add_messages(counting, field, err);
    } else {
        rc = err_set(err, ERR_INPUT, "field '%s' is not a list of messages",
                     counting->settings->field);
    }
    json_decref(parsed);
    return rc;
}

static int add_record(struct counting *counting, struct str line, struct err *err)
{
    const char *name = counting->settings->field;
    json_error_t error;
    json_t *record = json_text_read(line, JSON_ALLOW_NUL, &error, err);
    const json_t *field = NULL;
    int rc = 0;

    if (record == NULL && err->code == ERR_MEMORY) {
        return ERR_MEMORY;
    }
    if (record == NULL) {
        return err_set(err, ERR_INPUT, "not JSON: %s (character %d)", error.text, error.position);
    }
    field = json_object_get(record, name);
    if (field == NULL) {
        rc = err_set(err, ERR_INPUT, "%s '%s'",
                     json_is_object(record) ? "no field" : "not an object with a field", name);
    } else if (counting->settings->messages) {
        rc = add_message_field(counting, field, err);
    } else if (json_is_string(field)) {
        rc = add_text(counting, json_text(field), err);
    } else {
        rc = err_set(err, ERR_INPUT, "field '%s' is not a string", name);
    }
    json_decref(record);
    return rc;
}

static int count_lines(struct counting *counting, struct err *err)
{
    struct str rest = counting->part->bytes;
    struct str line = {NULL, 0};

    for (size_t number = counting->part->first_line; str_next_line(&rest, &line); number++) {
        if (str_trim(line).len == 0) {
            continue;
        }
        if (add_record(counting, line, err) != 0) {
            return err_wrap(err, "line %zu", number);
        }
        finish_line(counting, number);
    }
    return 0;
}

static int count_text(struct counting *counting, struct err *err)
{
    int rc = add_text(counting, counting->part->bytes, err);

    if (counting->settings->ids) {
        append_ids(counting);
    }
    counting->part->tokens = counting->tokens;
    return rc;
}

void count_part_run(struct count_part *part, const struct count_settings *settings,
                    struct token_session *session, struct token_ids *ids)
{
    struct counting counting = {.settings = settings, .session = session, .ids = ids, .part = part};
    int rc = settings->field != NULL ? count_lines(&counting, &part->err)
                                     : count_text(&counting, &part->err);

    ids->count = 0; /* of a line that failed */
    if (rc == 0) {
        rc = buf_check(&part->output, "the output", &part->err);
    }
    if (rc != 0) {
        (void)err_wrap(&part->err, "%s",
                       strcmp(part->path, "-") == 0 ? "standard input" : part->path);
    }
}
