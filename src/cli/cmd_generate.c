#include "cli/cli.h"

#include "base/buf.h"
#include "cli/case_text.h"
#include "cli/output.h"
#include "cli/task.h"
#include "prompt/body.h"
#include "record/plan.h"

#include <stdio.h>

struct generate_settings {
    struct task_settings task;
    const char *output;
    bool list;
};

static const struct opt options[] = {
    TASK_OPTIONS(struct generate_settings),
    OPT(OPT_TEXT, 'o', "output", "FILE", "where the JSON lines go (default: standard output)",
        struct generate_settings, output),
    OPT(OPT_FLAG, 0, "list", NULL,
        "explain the tasks: what each measures, its chance level, grader and options",
        struct generate_settings, list),
};

static void append_text_member(struct buf *out, const char *name, struct str text)
{
    buf_appendf(out, ", \"%s\": \"", name);
    json_append_escaped(out, text);
    buf_append_char(out, '"');
}

static void append_needle_messages(struct buf *out, const struct test_case *test_case)
{
    const uint32_t *messages = test_case->needle_messages;

    if (messages == NULL) {
        buf_append(out, STR(", \"desired_msg_index\": null, \"needle_msg_indices\": null"));
        return;
    }
    buf_appendf(out, ", \"desired_msg_index\": %u, \"needle_msg_indices\": [",
                messages[test_case->key.wanted]);
    for (size_t i = 0; i < test_case->key.needle_count; i++) {
        buf_appendf(out, "%s%u", i != 0 ? ", " : "", messages[i]);
    }
    buf_append_char(out, ']');
}

/* What only some cases have: the haystack that probes share, the codes that a canary asks for. */
static void append_options(struct buf *out, const struct test_case *test_case)
{
    const struct case_recipe *recipe = &test_case->recipe;
    const struct str *codes = test_case->key.canary;
    char haystack[FINGERPRINT_HEX + 1];

    if (case_probes(recipe) > 1) {
        fingerprint_hex(test_case->haystack, haystack);
        buf_appendf(out, ", \"haystack\": \"%s\", \"probe\": %u", haystack, recipe->probe);
    }
    if (recipe->canary) {
        buf_appendf(out, ", \"canary\": \"%.*s %.*s %.*s\"", STR_ARG(codes[CANARY_START]),
                    STR_ARG(codes[CANARY_MIDDLE]), STR_ARG(codes[CANARY_END]));
    }
}

/* What the graders of sets check for. */
static void append_answers(struct buf *out, const struct answer_key *key)
{
    if (key->answer_count == 0) {
        return;
    }
    buf_append(out, STR(", \"answers\": ["));
    for (size_t i = 0; i < key->answer_count; i++) {
        buf_appendf(out, "%s\"", i != 0 ? ", " : "");
        json_append_escaped(out, key->answers[i]);
        buf_append_char(out, '"');
    }
    buf_append_char(out, ']');
}

static int write_case(struct test_case *test_case, const struct generator *generator, FILE *out,
                      struct err *err)
{
    const struct prompt_measure *measure = &test_case->measure;
    const struct case_recipe *recipe = &test_case->recipe;
    uint64_t message_count = measure->messages[PROMPT_USER] + measure->messages[PROMPT_ASSISTANT];
    char fingerprint[FINGERPRINT_HEX + 1];
    struct buf rest;
    int rc = 0;

    fingerprint_hex(measure->fingerprint, fingerprint);
    buf_init(&rest, 64U << 20);
    append_text_member(&rest, "answer", test_case->key.answer);
    append_text_member(&rest, "random_string_to_prepend", test_case->key.prefix);
    buf_appendf(&rest, ", \"n_needles\": %u, \"total_messages\": %llu, \"n_chars\": %llu",
                recipe->needles, (unsigned long long)message_count,
                (unsigned long long)measure->code_points);
    append_text_member(&rest, "date_added", str_from(generator->released));
    append_needle_messages(&rest, test_case);
    buf_appendf(&rest, ", \"prompt_tokens\": %llu, \"answer_tokens\": %llu, \"length\": %llu",
                (unsigned long long)measure->tokens, (unsigned long long)test_case->answer_tokens,
                (unsigned long long)recipe->length_tokens);
    buf_appendf(&rest,
                ", \"seed\": %llu, \"sample\": %u, \"depth\": ", (unsigned long long)recipe->seed,
                recipe->sample);
    if (test_case->depth < 0.0) {
        buf_append(&rest, STR("null"));
    } else {
        buf_appendf(&rest, "%.6f", test_case->depth);
    }
    buf_appendf(&rest, ", \"fingerprint\": \"%s\"", fingerprint);
    append_answers(&rest, &test_case->key);
    append_options(&rest, test_case);
    rc = buf_check(&rest, "case", err);
    if (rc == 0) {
        (void)fputs("{\"prompt\": \"", out);
        rc = case_text_write(test_case, CASE_TEXT_IN_JSON_STRING, out, err);
    }
    if (rc == 0) {
        (void)fprintf(out, "\"%.*s}\n", STR_ARG(buf_str(&rest)));
    }
    buf_release(&rest);
    return rc;
}

static int write_cases(const struct task *task, const struct result_plan *plan, FILE *out,
                       struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && !ferror(out) && i < plan_trial_count(plan); i++) {
        struct test_case *test_case = NULL;

        rc = task_open_planned(task, plan, i, &test_case, err);
        if (rc == 0) {
            rc = write_case(test_case, task->generator, out, err);
        }
        test_case_free(test_case);
    }
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct generate_settings settings = {.task = TASK_SETTINGS_DEFAULT};
    static const struct str no_model = {"", 0};
    struct str models[] = {no_model};
    struct result_plan plan = {.models = models, .model_count = 1};
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    struct arena arena = {0};
    struct task task = {0};
    struct output output = {0};
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (args.count != 0) {
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", args.items[0]);
    }
    if (settings.list) {
        task_print_list(stdout);
        return 0;
    }
    rc = task_plan(&settings.task, "8k", &arena, &plan, err);
    if (rc == 0) {
        rc = task_load(&task, &plan, err);
    }
    if (rc == 0) {
        rc = output_open(&output, settings.output, err);
    }
    if (rc == 0) {
        rc = write_cases(&task, &plan, output.file, err);
    }
    rc = output_close(&output, rc, err);
    task_release(&task);
    arena_release(&arena);
    return rc;
}

const struct command cmd_generate = {
    .name = "generate",
    .purpose = "write cases as JSON lines: prompt, answer, needles",
    .usage = "",
    .examples = "  haymaker generate --needles 8 --length 1m --samples 3 --seed 7 -o cases.jsonl\n"
                "  haymaker generate --task niah --lengths 8k:64k --depths 0:100:25 | head -1\n"
                "  haymaker generate --list\n",
    .notes = "The columns are openai/mrcr's (prompt is JSON text), and prompt_tokens,\n"
             "answer_tokens, length, seed, sample, needle_msg_indices, depth, fingerprint;\n"
             "with --probes also haystack (the fingerprint of what the probes of a sample\n"
             "share) and probe (from 0), with --canary also canary (the three codes); for\n"
             "tasks whose grader checks for several texts answers, their list.\n"
             "The same options give the same bytes on every machine.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
    .print_tables = task_print_names,
};
