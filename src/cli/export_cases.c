#include "cli/export.h"

#include "base/buf.h"
#include "cli/case_text.h"
#include "cli/output.h"

#include <inttypes.h>

enum { RECORD_BYTES_MAX = 64 << 20 };

static uint64_t message_count(const struct test_case *test_case)
{
    const struct prompt_measure *measure = &test_case->measure;

    return measure->messages[PROMPT_USER] + measure->messages[PROMPT_ASSISTANT];
}

/* openai/mrcr has a number in every row; cases of other tasks have none to give. */
static int64_t desired_message(const struct test_case *test_case)
{
    const struct answer_key *key = &test_case->key;

    return test_case->needle_messages != NULL && key->wanted < key->needle_count
               ? (int64_t)test_case->needle_messages[key->wanted]
               : -1;
}

static void append_member(struct buf *out, const char *name, struct str text)
{
    buf_appendf(out, ", \"%s\": \"", name);
    case_text_append(out, CASE_TEXT_IN_JSON, text);
    buf_append_char(out, '"');
}

static void append_openai(struct buf *out, const struct test_case *test_case, const char *released)
{
    buf_append_char(out, '"');
    append_member(out, "answer", test_case->key.answer);
    append_member(out, "random_string_to_prepend", test_case->key.prefix);
    buf_appendf(out, ", \"n_needles\": %u, \"desired_msg_index\": %" PRId64,
                test_case->recipe.needles, desired_message(test_case));
    buf_appendf(out, ", \"total_messages\": %" PRIu64 ", \"n_chars\": %" PRIu64,
                message_count(test_case), test_case->measure.code_points);
    append_member(out, "date_added", str_from(released));
    buf_append(out, STR("}\n"));
}

static void append_description(struct buf *out, const struct test_case *test_case)
{
    const struct case_recipe *recipe = &test_case->recipe;
    char fingerprint[FINGERPRINT_HEX + 1];

    fingerprint_hex(test_case->measure.fingerprint, fingerprint);
    append_member(out, "task", recipe->task);
    buf_appendf(out, ", \"needles\": %u, \"length\": %" PRIu64 ", \"sample\": %u, \"probe\": %u",
                recipe->needles, recipe->length_tokens, recipe->sample, recipe->probe);
    buf_appendf(out, ", \"prompt_tokens\": %" PRIu64 ", \"answer_tokens\": %" PRIu64,
                test_case->measure.tokens, test_case->answer_tokens);
    buf_appendf(out, ", \"depth\": %.6f, \"fingerprint\": \"%s\"", test_case->depth, fingerprint);
    append_member(out, "random_string_to_prepend", test_case->key.prefix);
}

static void append_answers(struct buf *out, const struct test_case *test_case)
{
    buf_append(out, STR(", \"answers\": ["));
    for (size_t i = 0; i < test_case->key.answer_count; i++) {
        buf_append(out, i != 0 ? STR(", \"") : STR("\""));
        case_text_append(out, CASE_TEXT_IN_JSON, test_case->key.answers[i]);
        buf_append_char(out, '"');
    }
    buf_append_char(out, ']');
}

/* Inspect's Sample: input as chat messages, target, id, metadata. */
static void append_inspect(struct buf *out, const struct test_case *test_case)
{
    const struct case_recipe *recipe = &test_case->recipe;
    struct buf id;

    buf_init(&id, 1024);
    buf_appendf(&id, "%.*s/%u/%" PRIu64 "/%u/%u", STR_ARG(recipe->task), recipe->needles,
                recipe->length_tokens, recipe->sample, recipe->probe);
    if (recipe->depth_percent >= 0) {
        buf_appendf(&id, "/%d", recipe->depth_percent);
    }
    append_member(out, "target", test_case->key.answer);
    append_member(out, "id", buf_str(&id));
    buf_append(out, STR(", \"metadata\": {\"haymaker\": true"));
    append_description(out, test_case);
    append_answers(out, test_case);
    buf_append(out, STR("}}\n"));
    buf_release(&id);
}

static void append_jsonl(struct buf *out, const struct test_case *test_case)
{
    append_member(out, "answer", test_case->key.answer);
    append_answers(out, test_case);
    append_description(out, test_case);
    buf_append(out, STR("}\n"));
}

static void append_field(struct buf *out, struct str text)
{
    buf_append(out, STR(",\""));
    case_text_append(out, CASE_TEXT_IN_CSV, text);
    buf_append_char(out, '"');
}

static void append_csv(struct buf *out, const struct test_case *test_case, const char *released)
{
    buf_append_char(out, '"');
    append_field(out, test_case->key.answer);
    append_field(out, test_case->key.prefix);
    buf_appendf(out, ",%u,%" PRId64 ",%" PRIu64 ",%" PRIu64, test_case->recipe.needles,
                desired_message(test_case), message_count(test_case),
                test_case->measure.code_points);
    append_field(out, str_from(released));
    buf_append(out, STR("\r\n"));
}

void export_case_head(enum export_format format, FILE *out)
{
    if (format == EXPORT_CSV) {
        (void)fputs("prompt,answer,random_string_to_prepend,n_needles,desired_msg_index,"
                    "total_messages,n_chars,date_added\r\n",
                    out);
    }
}

int export_case(struct test_case *test_case, const char *released, enum export_format format,
                FILE *out, struct err *err)
{
    static const char *const starts[] = {
        [EXPORT_OPENAI_MRCR] = "{\"prompt\": \"",
        [EXPORT_INSPECT] = "{\"input\": ",
        [EXPORT_JSONL] = "{\"messages\": ",
        [EXPORT_CSV] = "\"",
    };
    static const enum case_text_place places[] = {
        [EXPORT_OPENAI_MRCR] = CASE_TEXT_IN_JSON_STRING,
        [EXPORT_INSPECT] = CASE_TEXT_IN_JSON,
        [EXPORT_JSONL] = CASE_TEXT_IN_JSON,
        [EXPORT_CSV] = CASE_TEXT_IN_CSV,
    };
    struct buf rest;
    int rc = 0;

    buf_init(&rest, RECORD_BYTES_MAX);
    switch (format) {
    case EXPORT_OPENAI_MRCR:
        append_openai(&rest, test_case, released);
        break;
    case EXPORT_INSPECT:
        append_inspect(&rest, test_case);
        break;
    case EXPORT_JSONL:
        append_jsonl(&rest, test_case);
        break;
    case EXPORT_CSV:
        append_csv(&rest, test_case, released);
        break;
    }
    rc = buf_check(&rest, "case", err);
    if (rc == 0) {
        (void)fputs(starts[format], out);
        rc = case_text_write(test_case, places[format], out, err);
    }
    if (rc == 0) {
        output_write(out, buf_str(&rest)); /* output_close checks the stream */
    }
    buf_release(&rest);
    return rc;
}
