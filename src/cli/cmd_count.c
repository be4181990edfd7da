#include "cli/cli.h"

#include "base/buf.h"
#include "base/file.h"
#include "token/token.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_BYTES_MAX = 1 << 16 };

struct count_settings {
    const char *encoding;
    const char *field; /* of each JSONL line; NULL for plain text */
    bool messages;
    bool ids;
};

static const char *const encoding_names[] = {"o200k_base", "cl100k_base", NULL};

static const struct opt count_options[] = {
    {OPT_TEXT, 'e', "encoding", "NAME", "o200k_base (default) or cl100k_base",
     offsetof(struct count_settings, encoding), encoding_names},
    OPT(OPT_TEXT, 'j', "jsonl", "FIELD", "count this field of each line of JSONL",
        struct count_settings, field),
    OPT(OPT_FLAG, 'm', "messages", NULL,
        "with --jsonl: the field holds a list of messages, count their contents",
        struct count_settings, messages),
    OPT(OPT_FLAG, 'i', "ids", NULL, "print the token ids instead of how many there are",
        struct count_settings, ids),
};

/* What counting needs, and where it stands. */
struct counter {
    struct count_settings settings;
    struct tokenizer *tokenizer;
    struct token_ids ids; /* reused */
    struct buf output;    /* reused; ids on their way out */
    const char *path;     /* of the file, "-" for standard input */
    bool named;           /* files were named: print the name beside the count */
    uint64_t total;
};

/* What one line of output is about. */
struct entry {
    uint64_t tokens;
    size_t line; /* of the JSONL file, from 1; 0 for a whole file */
};

static int add_text(struct counter *counter, struct str text, struct entry *entry, struct err *err)
{
    uint64_t tokens = 0;
    int rc = 0;

    if (counter->settings.ids) {
        return tokenizer_encode(counter->tokenizer, text, &counter->ids, err);
    }
    rc = tokenizer_count(counter->tokenizer, text, &tokens, err);
    entry->tokens += tokens;
    return rc;
}

static void print_ids(struct counter *counter)
{
    struct buf *output = &counter->output;

    for (size_t i = 0; i < counter->ids.count; i++) {
        char digits[16];
        size_t at = sizeof digits;
        uint32_t id = counter->ids.ids[i];

        do {
            digits[--at] = (char)('0' + id % 10);
            id /= 10;
        } while (id != 0);
        if (i != 0) {
            buf_append_char(output, ' ');
        }
        buf_append(output, (struct str){digits + at, sizeof digits - at});
        if (output->len > OUTPUT_BYTES_MAX / 2) {
            (void)fwrite(output->p, 1, output->len, stdout);
            buf_reset(output);
        }
    }
    buf_append_char(output, '\n');
    (void)fwrite(output->p, 1, output->len, stdout);
    buf_reset(output);
    counter->ids.count = 0;
}

static void print_entry(struct counter *counter, const struct entry *entry)
{
    if (counter->settings.ids) {
        print_ids(counter);
        return;
    }
    counter->total += entry->tokens;
    (void)printf("%" PRIu64, entry->tokens);
    if (counter->named) {
        (void)printf("\t%s", counter->path);
        if (entry->line != 0) {
            (void)printf(":%zu", entry->line);
        }
    }
    (void)putchar('\n');
}

static struct str json_text(const json_t *string)
{
    return (struct str){json_string_value(string), json_string_length(string)};
}

/* A message's content: a string, a list of parts of which the texts count, or null. */
static int add_content(struct counter *counter, const json_t *content, struct entry *entry,
                       struct err *err)
{
    size_t i = 0;
    const json_t *part = NULL;
    int rc = 0;

    if (json_is_string(content)) {
        return add_text(counter, json_text(content), entry, err);
    }
    if (!json_is_array(content) && !json_is_null(content)) {
        return err_set(err, ERR_INPUT, "field '%s': a message without content",
                       counter->settings.field);
    }
    json_array_foreach(content, i, part)
    {
        const json_t *text = json_object_get(part, "text");

        if (rc == 0 && json_is_string(text)) {
            rc = add_text(counter, json_text(text), entry, err);
        }
    }
    return rc;
}

static int add_messages(struct counter *counter, const json_t *messages, struct entry *entry,
                        struct err *err)
{
    size_t i = 0;
    const json_t *message = NULL;
    int rc = 0;

    json_array_foreach(messages, i, message)
    {
        if (rc == 0) {
            rc = add_content(counter, json_object_get(message, "content"), entry, err);
        }
    }
    return rc;
}

/* openai/mrcr's `prompt` is a list of messages as JSON text; the field may also be the list. */
static int add_message_field(struct counter *counter, const json_t *field, struct entry *entry,
                             struct err *err)
{
    json_t *parsed = NULL;
    json_error_t error;
    int rc = 0;

    if (json_is_string(field)) {
        parsed =
            json_loadb(json_string_value(field), json_string_length(field), JSON_ALLOW_NUL, &error);
        if (parsed == NULL) {
            return err_set(err, ERR_INPUT, "field '%s' is not JSON text: %s (character %d)",
                           counter->settings.field, error.text, error.position);
        }
        field = parsed;
    }
    if (json_is_array(field)) {
        rc = add_messages(counter, field, entry, err);
    } else {
        rc = err_set(err, ERR_INPUT, "field '%s' is not a list of messages",
                     counter->settings.field);
    }
    json_decref(parsed);
    return rc;
}

static int count_record(struct counter *counter, struct str line, struct entry *entry,
                        struct err *err)
{
    json_error_t error;
    json_t *record = json_loadb(line.p, line.len, JSON_ALLOW_NUL, &error);
    const json_t *field = NULL;
    int rc = 0;

    if (record == NULL) {
        return err_set(err, ERR_INPUT, "not JSON: %s (character %d)", error.text, error.position);
    }
    field = json_object_get(record, counter->settings.field);
    if (field == NULL) {
        rc = err_set(err, ERR_INPUT, "%s '%s'",
                     json_is_object(record) ? "no field" : "not an object with a field",
                     counter->settings.field);
    } else if (counter->settings.messages) {
        rc = add_message_field(counter, field, entry, err);
    } else if (json_is_string(field)) {
        rc = add_text(counter, json_text(field), entry, err);
    } else {
        rc = err_set(err, ERR_INPUT, "field '%s' is not a string", counter->settings.field);
    }
    json_decref(record);
    return rc;
}

static const char *input_name(const struct counter *counter)
{
    return strcmp(counter->path, "-") == 0 ? "standard input" : counter->path;
}

static int count_records(struct counter *counter, struct str text, struct err *err)
{
    struct str line = {NULL, 0};
    size_t number = 0;

    while (str_next_line(&text, &line)) {
        struct entry entry = {.line = ++number};

        if (str_trim(line).len == 0) {
            continue;
        }
        if (count_record(counter, line, &entry, err) != 0) {
            return err_wrap(err, "%s: line %zu", input_name(counter), number);
        }
        print_entry(counter, &entry);
    }
    return 0;
}

static int count_bytes(struct counter *counter, struct str text, struct err *err)
{
    struct entry entry = {0};

    if (counter->settings.field != NULL) {
        return count_records(counter, text, err);
    }
    if (add_text(counter, text, &entry, err) != 0) {
        return err_wrap(err, "%s", input_name(counter));
    }
    print_entry(counter, &entry);
    return 0;
}

/* Mapped, so that a file of any size takes no memory; what cannot be mapped (a pipe) is read. */
static int count_file(struct counter *counter, const char *path, struct err *err)
{
    struct file_map map = {0};
    struct buf bytes;
    bool is_stdin = strcmp(path, "-") == 0;
    int rc = is_stdin ? 0 : file_map_open(&map, path, err);

    buf_init(&bytes, SIZE_MAX / 4);
    counter->path = path;
    if (is_stdin || rc == ERR_INPUT) {
        rc = file_read(path, &bytes, err);
        map.bytes = buf_str(&bytes);
    }
    if (rc == 0) {
        rc = count_bytes(counter, map.bytes, err);
    }
    file_map_release(&map);
    buf_release(&bytes);
    return rc;
}

static int count_inputs(struct counter *counter, const struct opt_args *files, struct err *err)
{
    int rc = 0;

    counter->named = files->count != 0;
    if (!counter->named) {
        return count_file(counter, "-", err);
    }
    for (size_t i = 0; rc == 0 && i < files->count; i++) {
        rc = count_file(counter, files->items[i], err);
    }
    if (rc == 0 && files->count > 1 && !counter->settings.ids) {
        (void)printf("%" PRIu64 "\ttotal\n", counter->total);
    }
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct counter counter = {.settings = {.encoding = encoding_names[0]}};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    struct opt_args files = {0};
    enum token_encoding encoding = TOKEN_O200K_BASE;
    int rc = 0;

    buf_init(&counter.output, OUTPUT_BYTES_MAX);
    if (rest == NULL) {
        rc = err_memory(err);
        goto done;
    }
    rc = command_parse(self, argc, argv, &counter.settings, rest, &files, err);
    if (rc == 0 && counter.settings.messages && counter.settings.field == NULL) {
        rc = err_set(err, ERR_USAGE, "--messages needs --jsonl FIELD");
    }
    if (rc == 0) {
        rc = token_encoding_from_name(str_from(counter.settings.encoding), &encoding, err);
    }
    if (rc == 0) {
        rc = tokenizer_open(&counter.tokenizer, encoding, err);
    }
    if (rc == 0) {
        rc = count_inputs(&counter, &files, err);
    }
done:
    token_ids_release(&counter.ids);
    buf_release(&counter.output);
    tokenizer_free(counter.tokenizer);
    free(rest);
    return rc;
}

const struct command cmd_count = {
    .name = "count",
    .purpose = "exact token counts of files or standard input",
    .usage = "[FILE…]",
    .examples = "  haymaker count book.txt notes.txt\n"
                "  git diff | haymaker count --encoding cl100k_base\n"
                "  haymaker count --jsonl prompt --messages cases.jsonl\n"
                "  haymaker count --ids --jsonl text corpus.jsonl\n",
    .notes = "Prints a count, a tab and the name for each file, then a total if there are\n"
             "several; for standard input alone just the count. With --jsonl there is one\n"
             "count for each line that is not blank, and FILE:LINE beside it. With --ids the\n"
             "ids take the place of count and name.\n"
             "\n"
             "Counts are those of OpenAI's tiktoken. Special tokens in the text are counted\n"
             "as the characters they are. A byte that is not valid UTF-8 counts as a symbol.\n"
             "\n"
             "--messages sums over the contents of the messages and adds nothing for roles or\n"
             "separators, which differ between endpoints. The field is a list of messages or,\n"
             "as in openai/mrcr's \"prompt\", such a list as JSON text.\n",
    .options = count_options,
    .option_count = sizeof count_options / sizeof count_options[0],
    .run = run,
};
