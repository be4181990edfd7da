#include "dataset/case_file.h"

#include "base/buf.h"
#include "base/file.h"
#include "prompt/body.h"
#include "record/json_text.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1 << 20, SOURCES_MAX = 4096, ROWS_MAX = 1 << 22 };
static const int format_version = 1;

static void append_member(struct buf *out, const char *name, struct str text)
{
    buf_appendf(out, ", \"%s\": \"", name);
    json_append_escaped(out, text);
    buf_append_char(out, '"');
}

/* The folder of a path with its slash, "" for the working directory. */
static struct str folder_of(struct str path)
{
    while (path.len != 0 && path.p[path.len - 1] != '/') {
        path.len--;
    }
    return path;
}

/* The path of `target` (absolute) as seen from `folder` (absolute, with its slash). */
static void append_relative(struct buf *out, struct str folder, struct str target)
{
    size_t common = 0;

    for (size_t i = 0; i < folder.len && i < target.len && folder.p[i] == target.p[i]; i++) {
        common = folder.p[i] == '/' ? i + 1 : common;
    }
    for (size_t i = common; i < folder.len; i++) {
        if (folder.p[i] == '/') {
            buf_append(out, STR("../"));
        }
    }
    buf_append(out, str_skip(target, common));
}

static int append_path(struct buf *out, const char *case_path, const char *source, struct err *err)
{
    struct str folder = folder_of(str_from(case_path));
    struct buf named;
    char *absolute = realpath(source, NULL);
    char *from = NULL;

    if (absolute == NULL) {
        return err_system(err, "%s", source);
    }
    buf_init(&named, PATH_MAX);
    buf_append(&named, folder.len != 0 ? folder : STR("./"));
    from = case_path != NULL && named.p != NULL ? realpath(named.p, NULL) : NULL;
    buf_reset(&named);
    if (from != NULL) {
        buf_appendf(&named, "%s/", strcmp(from, "/") == 0 ? "" : from);
        append_relative(out, buf_str(&named), str_from(absolute));
    } else {
        buf_append(out, str_from(absolute));
    }
    free(from);
    free(absolute);
    buf_release(&named);
    return 0;
}

int case_file_write_head(const struct case_file *cases, const char *path, FILE *out,
                         struct err *err)
{
    struct buf line;
    struct buf source_path;
    int rc = 0;

    buf_init(&line, LINE_BYTES_MAX);
    buf_init(&source_path, PATH_MAX);
    buf_appendf(&line, "{\"haymaker_cases\": %d", format_version);
    append_member(&line, "format", str_from(cases->dataset->format));
    append_member(&line, "dataset", str_from(cases->dataset->name));
    append_member(&line, "revision", cases->revision);
    append_member(&line, "grader", cases->grader);
    buf_appendf(&line, ", \"answer_prefix\": %s, \"files\": [",
                cases->settings.leaves_out_answer_prefix ? "false" : "true");
    for (size_t i = 0; rc == 0 && i < cases->source_count; i++) {
        const struct case_source *source = &cases->sources[i];

        buf_reset(&source_path);
        rc = append_path(&source_path, path, source->path.p, err);
        buf_appendf(&line, "%s{\"sha256\": \"%s\"", i != 0 ? ", " : "", source->sha256);
        append_member(&line, "path", buf_str(&source_path));
        append_member(&line, "name", source->name);
        buf_appendf(&line, ", \"bytes\": %llu}", (unsigned long long)source->bytes);
    }
    buf_append(&line, STR("]}\n"));
    if (rc == 0) {
        rc = buf_check(&line, "the first line", err);
    }
    if (rc == 0) {
        (void)fwrite(line.p, 1, line.len, out); /* whoever closes the stream checks it */
    }
    buf_release(&line);
    buf_release(&source_path);
    return rc;
}

void case_file_write_row(const struct case_row *row, FILE *out)
{
    const struct prompt_measure *measure = &row->measure;
    char fingerprint[FINGERPRINT_HEX + 1];

    fingerprint_hex(measure->fingerprint, fingerprint);
    (void)fprintf(out, "{\"file\": %zu, \"row\": %llu, \"offset\": %llu, \"bytes\": %llu",
                  row->source, (unsigned long long)row->place.row,
                  (unsigned long long)row->place.offset, (unsigned long long)row->place.bytes);
    (void)fprintf(out, ", \"needles\": %llu, \"length_tokens\": %llu, \"answer_tokens\": %llu",
                  (unsigned long long)row->needles, (unsigned long long)row->length_tokens,
                  (unsigned long long)row->answer_tokens);
    (void)fprintf(out, ", \"depth\": %.6f, \"prompt_tokens\": %llu, \"prompt_bytes\": %llu",
                  row->depth, (unsigned long long)measure->tokens,
                  (unsigned long long)measure->bytes);
    (void)fprintf(out, ", \"escaped_bytes\": %llu, \"code_points\": %llu",
                  (unsigned long long)measure->escaped_bytes,
                  (unsigned long long)measure->code_points);
    (void)fprintf(out, ", \"user_messages\": %llu, \"assistant_messages\": %llu",
                  (unsigned long long)measure->messages[PROMPT_USER],
                  (unsigned long long)measure->messages[PROMPT_ASSISTANT]);
    (void)fprintf(out, ", \"fingerprint\": \"%s\"}\n", fingerprint);
}

/* A whole number of a row. */
struct number {
    const char *name;
    uint64_t *to;
};

static int read_numbers(const json_t *object, const struct number *numbers, size_t count,
                        struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, numbers[i].name);

        if (!json_is_integer(value) || json_integer_value(value) < 0) {
            return err_set(err, ERR_INPUT, "'%s' is not a whole number", numbers[i].name);
        }
        *numbers[i].to = (uint64_t)json_integer_value(value);
    }
    return 0;
}

static int copy_text(const json_t *object, const char *name, struct arena *arena, struct str *out,
                     struct err *err)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value)) {
        return err_set(err, ERR_INPUT, "'%s' is not a text", name);
    }
    *out = arena_copy(arena, (struct str){json_string_value(value), json_string_length(value)});
    return out->p != NULL ? 0 : err_memory(err);
}

static bool hex_digits(struct str text, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = memchr(digits, text.p[i], 16);

        if (digit == NULL) {
            return false;
        }
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

static int read_fingerprint(const json_t *object, struct fingerprint *out, struct err *err)
{
    const char *value = json_string_value(json_object_get(object, "fingerprint"));
    struct str text = str_from(value);

    if (text.len != FINGERPRINT_HEX || !hex_digits(str_take(text, 16), &out->high) ||
        !hex_digits(str_skip(text, 16), &out->low)) {
        return err_set(err, ERR_INPUT, "'fingerprint' is none");
    }
    return 0;
}

static int read_row(const struct case_file *cases, const json_t *object, struct case_row *row,
                    struct err *err)
{
    uint64_t source = 0;
    const struct number numbers[] = {
        {"file", &source},
        {"row", &row->place.row},
        {"offset", &row->place.offset},
        {"bytes", &row->place.bytes},
        {"needles", &row->needles},
        {"length_tokens", &row->length_tokens},
        {"answer_tokens", &row->answer_tokens},
        {"prompt_tokens", &row->measure.tokens},
        {"prompt_bytes", &row->measure.bytes},
        {"escaped_bytes", &row->measure.escaped_bytes},
        {"code_points", &row->measure.code_points},
        {"user_messages", &row->measure.messages[PROMPT_USER]},
        {"assistant_messages", &row->measure.messages[PROMPT_ASSISTANT]},
    };
    int rc = read_numbers(object, numbers, sizeof numbers / sizeof *numbers, err);

    if (rc == 0 && (source >= cases->source_count || row->needles == 0 ||
                    row->needles > UINT32_MAX || row->length_tokens == 0)) {
        rc = err_set(err, ERR_INPUT, "'file', 'needles' or 'length_tokens' is out of range");
    }
    row->source = (size_t)source;
    row->depth = json_number_value(json_object_get(object, "depth"));
    return rc != 0 ? rc : read_fingerprint(object, &row->measure.fingerprint, err);
}

static int read_source(struct case_file *cases, const json_t *object, struct str folder,
                       struct case_source *source, struct err *err)
{
    const struct number size = {"bytes", &source->bytes};
    struct str path = {0};
    struct str sha256 = {0};
    struct buf joined;
    int rc = copy_text(object, "path", &cases->arena, &path, err);

    if (rc == 0) {
        rc = copy_text(object, "name", &cases->arena, &source->name, err);
    }
    if (rc == 0) {
        rc = copy_text(object, "sha256", &cases->arena, &sha256, err);
    }
    if (rc == 0) {
        rc = read_numbers(object, &size, 1, err);
    }
    if (rc == 0 && sha256.len != DIGEST_HEX) {
        rc = err_set(err, ERR_INPUT, "'sha256' is none");
    }
    if (rc != 0) {
        return rc;
    }
    memcpy(source->sha256, sha256.p, DIGEST_HEX);
    buf_init(&joined, PATH_MAX);
    buf_append(&joined, str_starts(path, STR("/")) ? (struct str){0} : folder);
    buf_append(&joined, path);
    rc = buf_check(&joined, "path", err);
    source->path = arena_copy(&cases->arena, buf_str(&joined));
    buf_release(&joined);
    return rc == 0 && source->path.p == NULL ? err_memory(err) : rc;
}

static int read_sources(struct case_file *cases, const json_t *list, struct str folder,
                        struct err *err)
{
    int rc = 0;

    cases->source_count = json_array_size(list);
    if (cases->source_count == 0 || cases->source_count > SOURCES_MAX) {
        return err_set(err, ERR_INPUT, "'files' is no list of files");
    }
    cases->sources = arena_alloc(&cases->arena, cases->source_count, sizeof *cases->sources);
    if (cases->sources == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < cases->source_count; i++) {
        rc = read_source(cases, json_array_get(list, i), folder, &cases->sources[i], err);
    }
    return rc;
}

static int read_head(struct case_file *cases, const json_t *object, struct str folder,
                     struct err *err)
{
    struct str format = {0};
    int rc = 0;

    if (json_integer_value(json_object_get(object, "haymaker_cases")) != format_version) {
        return err_set(err, ERR_INPUT, "not a case file of this version (haymaker import)");
    }
    rc = copy_text(object, "format", &cases->arena, &format, err);
    if (rc == 0 && dataset_find(format, &cases->dataset, err) != 0) {
        err->code = ERR_INPUT;
        rc = ERR_INPUT;
    }
    if (rc == 0) {
        rc = copy_text(object, "revision", &cases->arena, &cases->revision, err);
    }
    if (rc == 0) {
        rc = copy_text(object, "grader", &cases->arena, &cases->grader, err);
    }
    cases->settings.leaves_out_answer_prefix =
        json_is_false(json_object_get(object, "answer_prefix"));
    return rc != 0 ? rc : read_sources(cases, json_object_get(object, "files"), folder, err);
}

/* Rows in an array that doubles; it moves to the arena at the end. */
struct row_list {
    struct case_row *rows;
    size_t cap;
};

static int add_row(struct case_file *cases, struct row_list *list, const json_t *object,
                   struct err *err)
{
    if (cases->row_count == list->cap) {
        size_t cap = list->cap != 0 ? 2 * list->cap : 256;
        struct case_row *grown = cap <= ROWS_MAX ? realloc(list->rows, cap * sizeof *grown) : NULL;

        if (grown == NULL) {
            return cap > ROWS_MAX ? err_set(err, ERR_LIMIT, "more than %d rows", ROWS_MAX)
                                  : err_memory(err);
        }
        list->rows = grown;
        list->cap = cap;
    }
    list->rows[cases->row_count] = (struct case_row){0};
    return read_row(cases, object, &list->rows[cases->row_count++], err);
}

static int read_lines(struct case_file *cases, struct row_list *list, FILE *file, struct str folder,
                      unsigned long long *number, struct err *err)
{
    struct buf line;
    int rc = 0;

    buf_init(&line, LINE_BYTES_MAX);
    while ((rc = file_read_line(file, &line, err)) == 1) {
        json_t *object = json_text_read(buf_str(&line), JSON_REJECT_DUPLICATES, NULL, err);

        ++*number;
        if (object == NULL && err->code == ERR_MEMORY) {
            rc = ERR_MEMORY;
        } else if (!json_is_object(object)) {
            rc = err_set(err, ERR_INPUT, "not a JSON object");
        } else {
            rc = *number == 1 ? read_head(cases, object, folder, err)
                              : add_row(cases, list, object, err);
        }
        json_decref(object);
        if (rc != 0) {
            break;
        }
    }
    buf_release(&line);
    return rc;
}

int case_file_read(struct case_file *cases, const char *path, struct err *err)
{
    FILE *file = fopen(path, "rb");
    struct row_list list = {0};
    unsigned long long number = 0;
    int rc = 0;

    *cases = (struct case_file){0};
    if (file == NULL) {
        return err_system(err, "%s", path);
    }
    rc = read_lines(cases, &list, file, folder_of(str_from(path)), &number, err);
    (void)fclose(file);
    if (rc != 0) {
        (void)err_wrap(err, "%s: line %llu", path, number);
    } else if (cases->row_count == 0) {
        rc = err_set(err, ERR_INPUT, "%s: no cases", path);
    }
    if (rc == 0 && list.rows != NULL) {
        cases->rows = arena_alloc(&cases->arena, cases->row_count, sizeof *cases->rows);
        if (cases->rows == NULL) {
            rc = err_memory(err);
        } else {
            memcpy(cases->rows, list.rows, cases->row_count * sizeof *cases->rows);
        }
    }
    if (rc != 0) {
        case_file_release(cases);
    }
    free(list.rows);
    return rc;
}

void case_file_release(struct case_file *cases)
{
    arena_release(&cases->arena);
    *cases = (struct case_file){0};
}

int case_file_verify(const struct case_file *cases, struct err *err)
{
    for (size_t i = 0; i < cases->source_count; i++) {
        const struct case_source *source = &cases->sources[i];
        char sha256[DIGEST_HEX + 1] = "";
        int rc = digest_file(source->path.p, sha256, err);

        if (rc != 0) {
            return rc;
        }
        if (strcmp(sha256, source->sha256) != 0) {
            return err_set(err, ERR_INPUT, "%s: not the file that was imported (its SHA-256 is %s)",
                           source->path.p, sha256);
        }
    }
    return 0;
}

const struct case_row *case_file_find(const struct case_file *cases, uint64_t needles,
                                      uint64_t length_tokens, uint64_t sample)
{
    for (size_t i = 0; i < cases->row_count; i++) {
        const struct case_row *row = &cases->rows[i];

        if (row->needles == needles && row->length_tokens == length_tokens && sample-- == 0) {
            return row;
        }
    }
    return NULL;
}
