#include "generators/needle_file.h"

#include "generators/planted.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/json_reader.h"

#include <xxhash.h>

enum { FILE_BYTES_MAX = 64 << 20 };

enum member { MEMBER_NEEDLE, MEMBER_QUESTION, MEMBER_EXPECT, MEMBER_COUNT, MEMBER_OTHER };

static const char *const member_names[MEMBER_COUNT] = {"needle", "question", "expect"};

/* A line while it is read. */
struct reading {
    struct buf texts[MEMBER_COUNT];
    size_t depth;       /* of objects and arrays */
    enum member member; /* whose value is read */
};

static enum member find_member(struct str key)
{
    for (int i = 0; i < MEMBER_COUNT; i++) {
        if (str_equal(key, str_from(member_names[i]))) {
            return (enum member)i;
        }
    }
    return MEMBER_OTHER;
}

static int handle(void *context, enum json_event event, struct str bytes, struct err *err)
{
    struct reading *reading = context;
    bool is_wanted = reading->depth == 1 && reading->member < MEMBER_COUNT;

    switch (event) {
    case JSON_READ_OBJECT:
    case JSON_READ_ARRAY:
        if (is_wanted || (reading->depth == 0 && event == JSON_READ_ARRAY)) {
            break;
        }
        reading->depth++;
        return 0;
    case JSON_READ_OBJECT_END:
    case JSON_READ_ARRAY_END:
        reading->depth--;
        return 0;
    case JSON_READ_KEY:
        reading->member = reading->depth == 1 ? find_member(bytes) : reading->member;
        return 0;
    case JSON_READ_TEXT:
        if (reading->depth == 0) {
            break;
        }
        if (is_wanted) {
            buf_reset(&reading->texts[reading->member]);
        }
        return 0;
    case JSON_READ_PIECE:
        if (is_wanted) {
            buf_append(&reading->texts[reading->member], bytes);
        }
        return 0;
    case JSON_READ_TEXT_END:
        return 0;
    case JSON_READ_NUMBER:
    case JSON_READ_TRUE:
    case JSON_READ_FALSE:
    case JSON_READ_NULL:
        if (is_wanted || reading->depth == 0) {
            break;
        }
        return 0;
    }
    return err_set(err, ERR_INPUT, "needs an object with the texts needle, question and expect");
}

static int keep(struct reading *reading, enum member member, struct arena *arena, struct str *out,
                struct err *err)
{
    struct str text = str_trim(buf_str(&reading->texts[member]));
    int rc = buf_check(&reading->texts[member], member_names[member], err);

    if (rc == 0 && text.len == 0) {
        rc = err_set(err, ERR_INPUT, "\"%s\" is missing or empty", member_names[member]);
    }
    if (rc == 0) {
        *out = arena_copy(arena, text);
        rc = out->p == NULL ? err_memory(err) : 0;
    }
    return rc;
}

static int read_line(struct reading *reading, struct str line, struct arena *arena,
                     struct invented_fact *out, struct err *err)
{
    struct json_reader reader;
    int rc = 0;

    for (int i = 0; i < MEMBER_COUNT; i++) {
        buf_reset(&reading->texts[i]);
    }
    reading->depth = 0;
    reading->member = MEMBER_OTHER;
    json_reader_init(&reader, handle, reading);
    rc = json_reader_feed(&reader, line, err);
    if (rc == 0) {
        rc = json_reader_finish(&reader, err);
    }
    if (rc == 0) {
        rc = keep(reading, MEMBER_NEEDLE, arena, &out->sentence, err);
    }
    if (rc == 0) {
        rc = keep(reading, MEMBER_QUESTION, arena, &out->question, err);
    }
    return rc != 0 ? rc : keep(reading, MEMBER_EXPECT, arena, &out->value, err);
}

static int read_lines(struct reading *reading, const char *path, struct str text,
                      struct arena *arena, struct invented_fact *out, size_t *count,
                      struct err *err)
{
    struct str line = {0};
    size_t number = 0;

    while (str_next_line(&text, &line)) {
        number++;
        if (str_trim(line).len == 0) {
            continue;
        }
        if (read_line(reading, line, arena, &out[*count], err) != 0) {
            return err_wrap(err, "%s: line %zu", path, number);
        }
        ++*count;
    }
    return *count != 0 ? 0 : err_set(err, ERR_INPUT, "%s: no needle in it", path);
}

static size_t count_lines(struct str text)
{
    struct str line = {0};
    size_t count = 0;

    while (str_next_line(&text, &line)) {
        count++;
    }
    return count;
}

int needle_file_read(const char *path, struct arena *arena, struct invented_fact **out,
                     size_t *count, uint64_t *hash, struct err *err)
{
    struct reading reading = {.member = MEMBER_OTHER};
    struct buf file;
    int rc = 0;

    buf_init(&file, FILE_BYTES_MAX);
    for (int i = 0; i < MEMBER_COUNT; i++) {
        buf_init(&reading.texts[i], PLANTED_TEXT_BYTES_MAX);
    }
    *count = 0;
    rc = file_read(path, &file, err);
    if (rc == 0) {
        *hash = XXH3_64bits(file.p, file.len);
        *out = arena_alloc(arena, count_lines(buf_str(&file)) + 1, sizeof **out);
        rc = *out == NULL ? err_memory(err)
                          : read_lines(&reading, path, buf_str(&file), arena, *out, count, err);
    }
    for (int i = 0; i < MEMBER_COUNT; i++) {
        buf_release(&reading.texts[i]);
    }
    buf_release(&file);
    return rc;
}
