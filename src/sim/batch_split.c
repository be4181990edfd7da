#include "sim/batch_split.h"

#include "base/json_reader.h"
#include "base/utf8.h"
#include "sim/json_path.h"

#include <ctype.h>
#include <string.h>

struct splitter {
    const struct batch_form *form;
    batch_item_handler handler;
    void *context;
    struct str text; /* all that is being read */
    struct json_reader reader;
    struct json_path path;
    struct batch_item item;
    size_t body_begin;
    size_t body_depth; /* of the body being read; 0: not in one */
    char *word;        /* the text being read goes there; NULL: nowhere */
    size_t word_len;
};

/* The next character that counts, or NUL. */
static char next_char(struct str *text)
{
    while (text->len != 0 && text->p[0] == '_') {
        *text = str_skip(*text, 1);
    }
    if (text->len == 0) {
        return '\0';
    }
    *text = str_skip(*text, 1);
    return (char)tolower((unsigned char)text->p[-1]);
}

static bool is_at(struct str path, const char *wanted)
{
    struct str other = str_from(wanted);
    char c = '\0';

    if (wanted == NULL) {
        return false;
    }
    do {
        c = next_char(&path);
        if (c != next_char(&other)) {
            return false;
        }
    } while (c != '\0');
    return true;
}

static void enter(struct splitter *splitter, enum json_event event)
{
    struct str path = json_path_str(&splitter->path);
    bool is_body = splitter->body_depth == 0 && is_at(path, splitter->form->body);

    if (event == JSON_READ_OBJECT && splitter->body_depth == 0 &&
        is_at(path, splitter->form->item)) {
        splitter->item = (struct batch_item){.body = {0}};
    }
    json_path_enter(&splitter->path, event);
    if (is_body) {
        splitter->body_begin = (size_t)splitter->reader.position;
        splitter->body_depth = splitter->path.depth;
    }
}

static int leave(struct splitter *splitter, enum json_event event, struct err *err)
{
    bool ends_body = splitter->body_depth == splitter->path.depth;
    struct str container = json_path_container(&splitter->path);
    bool ends_item = event == JSON_READ_OBJECT_END && splitter->body_depth == 0 &&
                     is_at(container, splitter->form->item);
    size_t end = (size_t)splitter->reader.position + 1;

    json_path_leave(&splitter->path);
    if (ends_body) {
        splitter->body_depth = 0;
        splitter->item.body = str_skip(str_take(splitter->text, end), splitter->body_begin);
    }
    return ends_item ? splitter->handler(splitter->context, &splitter->item, err) : 0;
}

static void begin_text(struct splitter *splitter)
{
    struct str path = json_path_str(&splitter->path);

    splitter->word = NULL;
    splitter->word_len = 0;
    if (splitter->body_depth == 0 && is_at(path, splitter->form->id)) {
        splitter->word = splitter->item.id;
    } else if (splitter->body_depth == 0 && is_at(path, splitter->form->url)) {
        splitter->word = splitter->item.url;
    }
}

static void take_piece(struct splitter *splitter, struct str bytes)
{
    if (splitter->word == NULL) {
        return;
    }
    bytes = utf8_take(bytes, BATCH_WORD_MAX - 1 - splitter->word_len);
    if (bytes.len != 0) {
        memcpy(splitter->word + splitter->word_len, bytes.p, bytes.len);
        splitter->word_len += bytes.len;
        splitter->word[splitter->word_len] = '\0';
    }
}

static int handle(void *context, enum json_event event, struct str bytes, struct err *err)
{
    struct splitter *splitter = context;

    switch (event) {
    case JSON_READ_OBJECT:
    case JSON_READ_ARRAY:
        enter(splitter, event);
        return 0;
    case JSON_READ_OBJECT_END:
    case JSON_READ_ARRAY_END:
        return leave(splitter, event, err);
    case JSON_READ_KEY:
        json_path_key(&splitter->path, bytes);
        return 0;
    case JSON_READ_TEXT:
        begin_text(splitter);
        return 0;
    case JSON_READ_PIECE:
        take_piece(splitter, bytes);
        return 0;
    case JSON_READ_TEXT_END:
    case JSON_READ_NUMBER:
    case JSON_READ_TRUE:
    case JSON_READ_FALSE:
    case JSON_READ_NULL:
        break;
    }
    return 0;
}

static int split_text(struct splitter *splitter, struct str text, struct err *err)
{
    int rc = 0;

    splitter->text = text;
    splitter->path = (struct json_path){.len = 0};
    splitter->body_depth = 0;
    json_reader_init(&splitter->reader, handle, splitter);
    rc = json_reader_feed(&splitter->reader, text, err);
    return rc == 0 ? json_reader_finish(&splitter->reader, err) : rc;
}

int batch_split(const struct batch_form *form, struct str text, batch_item_handler handler,
                void *context, struct err *err)
{
    struct splitter splitter = {.form = form, .handler = handler, .context = context};
    struct str line;
    unsigned long long number = 0;
    int rc = 0;

    if (!form->is_lines) {
        return split_text(&splitter, text, err);
    }
    while (rc == 0 && str_next_line(&text, &line)) {
        number++;
        if (str_trim(line).len == 0) {
            continue;
        }
        rc = split_text(&splitter, line, err);
        if (rc == ERR_INPUT) {
            rc = err_wrap(err, "line %llu", number);
        }
    }
    return rc;
}

struct member {
    char *out;
    size_t size;
};

static int take_member(void *context, const struct batch_item *item, struct err *err)
{
    const struct member *member = context;
    struct str id = utf8_take(str_from(item->id), member->size - 1);

    (void)err;
    memcpy(member->out, id.p, id.len);
    member->out[id.len] = '\0';
    return 0;
}

bool batch_member(struct str text, const char *path, char *out, size_t size)
{
    const struct batch_form form = {.item = "", .id = path};
    struct member member = {out, size};
    struct err err;

    out[0] = '\0';
    return batch_split(&form, text, take_member, &member, &err) == 0 && out[0] != '\0';
}
