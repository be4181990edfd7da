#include "endpoint/request_json.h"

#include "base/utf8.h"
#include "prompt/body.h"
#include "record/json_text.h"

#include <jansson.h>

static bool has_failed(const struct request_json *request)
{
    return request->failure.code != ERR_NONE;
}

/* Whether one path is the other or leads to it: "a" and "a.b", but not "a" and "ab". */
static bool overlap(struct str a, struct str b)
{
    struct str shorter = a.len < b.len ? a : b;
    struct str longer = a.len < b.len ? b : a;

    return str_starts(longer, shorter) &&
           (longer.len == shorter.len || longer.p[shorter.len] == '.');
}

static bool is_refused(const struct request_json *request, struct str path)
{
    if (request->refused == NULL) {
        return false;
    }
    for (size_t i = 0; i < request->refused->count; i++) {
        if (str_equal(request->refused->paths[i], path)) {
            return true;
        }
    }
    return false;
}

/* True when the member may be added: what stands in its way is a default, or nothing. */
static bool make_way(struct request_json *request, const struct request_member *added)
{
    for (size_t i = 0; i < request->count; i++) {
        struct request_member *member = &request->members[i];

        if (!overlap(member->path, added->path)) {
            continue;
        }
        if (added->origin == REQUEST_DEFAULT) {
            return false;
        }
        if (member->origin == REQUEST_DEFAULT) {
            member->is_sent = false;
            continue;
        }
        if (member->origin == REQUEST_USER) {
            (void)err_set(&request->failure, ERR_USAGE, "parameter '%.*s' is given twice",
                          STR_ARG(added->path));
        } else {
            (void)err_set(&request->failure, ERR_USAGE,
                          "parameter '%.*s' is set by the program itself%s", STR_ARG(added->path),
                          added->path.len < member->path.len
                              ? ", in part: give the other members as NAME.MEMBER=JSON"
                              : "");
        }
        return false;
    }
    return true;
}

static bool is_about_streaming(struct str path)
{
    return overlap(path, STR("stream")) || overlap(path, STR("stream_options"));
}

static void add(struct request_json *request, struct request_member added)
{
    if (has_failed(request) || !make_way(request, &added)) {
        return;
    }
    if (request->count == REQUEST_MEMBERS_MAX) {
        (void)err_set(&request->failure, ERR_USAGE, "more than %d parameters", REQUEST_MEMBERS_MAX);
        return;
    }
    if (request->answer_is_whole && is_about_streaming(added.path)) {
        added.is_sent = false;
    }
    request->members[request->count++] = added;
}

void request_json_own(struct request_json *request, const char *path, const char *json)
{
    add(request, (struct request_member){str_from(path), str_from(json), REQUEST_OWN, true});
}

static void append_string(struct buf *out, struct str text)
{
    buf_append_char(out, '"');
    json_append_escaped(out, text);
    buf_append_char(out, '"');
}

/* The buffer's text in the arena; the buffer is released. */
static struct str keep(struct request_json *request, struct buf *text)
{
    struct str copy = {0};

    if (buf_check(text, "a member of the request", &request->failure) == 0) {
        copy = arena_copy(request->arena, buf_str(text));
        if (copy.p == NULL) {
            (void)err_memory(&request->failure);
        }
    }
    buf_release(text);
    return copy;
}

void request_json_own_string(struct request_json *request, const char *path, const char *text,
                             const char *what)
{
    struct buf json = {0};
    struct str kept;

    if (has_failed(request)) {
        return;
    }
    if (utf8_invalid_at(str_from(text)) != SIZE_MAX) {
        (void)err_set(&request->failure, ERR_USAGE, "%s is not UTF-8", what);
        return;
    }
    buf_init(&json, REQUEST_JSON_MAX);
    append_string(&json, str_from(text));
    kept = keep(request, &json);
    add(request, (struct request_member){str_from(path), kept, REQUEST_OWN, true});
}

void request_json_default(struct request_json *request, const char *path, const char *json)
{
    struct str name = str_from(path);

    add(request,
        (struct request_member){name, str_from(json), REQUEST_DEFAULT, !is_refused(request, name)});
}

void request_json_limit(struct request_json *request, const char *path, const char *other_path,
                        int64_t count)
{
    struct str name = str_from(path);
    struct str other = str_from(other_path);
    struct buf json = {0};
    struct str kept;

    if (has_failed(request) || count <= 0) {
        return;
    }
    buf_init(&json, REQUEST_JSON_MAX);
    buf_appendf(&json, "%lld", (long long)count);
    kept = keep(request, &json);
    if (other_path == NULL) {
        add(request, (struct request_member){name, kept, REQUEST_OWN, true});
    } else if (is_refused(request, name)) {
        add(request, (struct request_member){other, kept, REQUEST_OWN, true});
        add(request, (struct request_member){name, kept, REQUEST_OWN, false});
    } else {
        add(request, (struct request_member){name, kept, REQUEST_LIMIT, true});
        add(request, (struct request_member){other, kept, REQUEST_OWN, false});
    }
}

static int check_json(struct str text, struct err *err)
{
    json_t *value = json_text_read(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL, err);

    json_decref(value);
    return value != NULL ? 0 : (int)err->code;
}

/* Segments that are not empty, and few enough. */
static bool is_path(struct str path)
{
    size_t depth = 0;
    struct str_pair parts = {.tail = path, .ok = true};

    while (parts.ok) {
        parts = str_cut(parts.tail, '.');
        depth++;
        if (parts.head.len == 0 || depth > REQUEST_DEPTH_MAX) {
            return false;
        }
    }
    return utf8_invalid_at(path) == SIZE_MAX;
}

static struct str find_home(const struct request_home *homes, struct str name)
{
    for (; homes != NULL && homes->name != NULL; homes++) {
        if (str_equal(str_from(homes->name), name)) {
            return str_from(homes->path);
        }
    }
    return name;
}

static void add_parameter(struct request_json *request, const char *text,
                          const struct request_home *homes)
{
    struct str_pair parts = str_cut(str_from(text), '=');
    struct str path = find_home(homes, parts.head);
    struct err problem = {ERR_NONE, ""};

    if (!parts.ok || !is_path(parts.head)) {
        (void)err_set(&request->failure, ERR_USAGE, "parameter '%s' is not NAME=JSON", text);
    } else if (check_json(parts.tail, &problem) == ERR_MEMORY) {
        (void)err_memory(&request->failure);
    } else if (problem.code != ERR_NONE) {
        (void)err_set(&request->failure, ERR_USAGE,
                      "parameter '%s': what follows the '=' is not JSON (a text needs its quotes)",
                      text);
    } else {
        add(request,
            (struct request_member){path, parts.tail, REQUEST_USER, !is_refused(request, path)});
    }
}

void request_json_parameters(struct request_json *request, const char *const *parameters,
                             const struct request_home *homes)
{
    for (; parameters != NULL && *parameters != NULL && !has_failed(request); parameters++) {
        add_parameter(request, *parameters, homes);
    }
}

/* The member's path from `prefix` to the next dot, that dot included; the whole path when there is
 * none. Members with equal groups belong into one object. */
static struct str group_of(struct str path, struct str prefix)
{
    struct str_pair parts = str_cut(str_skip(path, prefix.len), '.');

    return str_take(path, prefix.len + parts.head.len + (parts.ok ? 1 : 0));
}

static bool opens_group(const struct request_json *request, size_t index, struct str prefix)
{
    struct str group = group_of(request->members[index].path, prefix);

    for (size_t i = 0; i < index; i++) {
        const struct request_member *member = &request->members[i];

        if (member->is_sent && str_starts(member->path, prefix) &&
            str_equal(group_of(member->path, prefix), group)) {
            return false;
        }
    }
    return true;
}

/* Appends the members below `prefix` ("" or "a.b."). */
static void append_below(const struct request_json *request, struct str prefix, struct buf *out)
{
    bool is_first = true;

    for (size_t i = 0; i < request->count; i++) {
        const struct request_member *member = &request->members[i];
        struct str group = group_of(member->path, prefix);
        struct str name = str_skip(group, prefix.len);

        if (!member->is_sent || !str_starts(member->path, prefix) ||
            !opens_group(request, i, prefix)) {
            continue;
        }
        if (!is_first) {
            buf_append_char(out, ',');
        }
        is_first = false;
        if (group.len == member->path.len) {
            append_string(out, name);
            buf_append_char(out, ':');
            buf_append(out, member->json);
        } else {
            append_string(out, str_take(name, name.len - 1));
            buf_append(out, STR(":{"));
            append_below(request, group, out);
            buf_append_char(out, '}');
        }
    }
}

/* The user may not set the messages, nor a member of them: a name given twice in one object means
 * what the server likes. */
static int check_list(const struct request_json *request, const char *list, struct err *err)
{
    struct str name = str_cut(str_skip(str_from(list), 1), '"').head;

    for (size_t i = 0; i < request->count; i++) {
        if (overlap(request->members[i].path, name)) {
            return err_set(err, ERR_USAGE, "parameter '%.*s' is set by the program itself",
                           STR_ARG(request->members[i].path));
        }
    }
    return 0;
}

int request_json_head(const struct request_json *request, const char *list, struct str *head,
                      struct err *err)
{
    struct buf text = {0};
    int rc = 0;

    if (has_failed(request)) {
        *err = request->failure;
        return err->code;
    }
    rc = check_list(request, list, err);
    if (rc != 0) {
        return rc;
    }
    buf_init(&text, REQUEST_JSON_MAX);
    buf_append_char(&text, '{');
    append_below(request, (struct str){"", 0}, &text);
    if (text.len > 1) {
        buf_append_char(&text, ',');
    }
    buf_append(&text, str_from(list));
    rc = buf_check(&text, "the request's members", err);
    if (rc == 0) {
        *head = arena_copy(request->arena, buf_str(&text));
        rc = head->p != NULL ? 0 : err_memory(err);
    }
    buf_release(&text);
    return rc;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* Whether what follows a name ends it: its closing quote, or a member of it, or what is said of it.
 * The quoted key of a JSON object is no mention. */
static bool ends_name(struct str rest, bool whole)
{
    if (rest.len == 0) {
        return false;
    }
    if (rest.p[0] == '"') {
        return !str_starts(rest, STR("\":"));
    }
    if (rest.p[0] == '\\' || is_quote(rest.p[0])) {
        return true;
    }
    return !whole && (rest.p[0] == ':' || rest.p[0] == '.');
}

/* Where the name is first mentioned, or SIZE_MAX. */
static size_t find_mention(struct str words, struct str name, bool whole)
{
    size_t from = 0;

    while (from < words.len) {
        size_t at = str_find(str_skip(words, from), name);

        if (at == SIZE_MAX) {
            return SIZE_MAX;
        }
        at += from;
        if (at != 0 && is_quote(words.p[at - 1]) &&
            ends_name(str_skip(words, at + name.len), whole)) {
            return at;
        }
        from = at + 1;
    }
    return SIZE_MAX;
}

static struct str last_segment(struct str path)
{
    for (struct str_pair parts = str_cut(path, '.'); parts.ok; parts = str_cut(path, '.')) {
        path = parts.tail;
    }
    return path;
}

/* By its whole path or its own name; failing that by the object it is in. */
static size_t find_member(const struct request_member *member, struct str words, bool by_object)
{
    size_t by_path = 0;
    size_t by_name = 0;

    if (by_object) {
        return find_mention(words, str_cut(member->path, '.').head, true);
    }
    by_path = find_mention(words, member->path, false);
    by_name = find_mention(words, last_segment(member->path), false);
    return by_path < by_name ? by_path : by_name;
}

const struct request_member *request_json_blamed(const struct request_json *request,
                                                 struct str words)
{
    const struct request_member *blamed = NULL;

    for (int by_object = 0; by_object <= 1 && blamed == NULL; by_object++) {
        size_t first = SIZE_MAX;

        for (size_t i = 0; i < request->count; i++) {
            const struct request_member *member = &request->members[i];
            size_t at = 0;

            if (!member->is_sent || member->origin == REQUEST_OWN) {
                continue;
            }
            at = find_member(member, words, by_object != 0);
            if (at < first) {
                first = at;
                blamed = member;
            }
        }
    }
    return blamed;
}
