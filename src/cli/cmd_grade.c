#include "cli/cli.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "cli/json_line.h"
#include "cli/wrap.h"
#include "score/grader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A million-token reply is some 5 MB, six times that where every character is escaped. */
enum { LINE_BYTES_MAX = 256 * 1024 * 1024, LIST_INDENT = 4, SOURCE_INDENT = 12 };

struct grade_settings {
    const char *grader;
    bool list;
};

static const struct opt options[] = {
    OPT(OPT_TEXT, 'g', "grader", "NAME", "which grader: see --list", struct grade_settings, grader),
    OPT(OPT_FLAG, 0, "list", NULL, "name every grader with its rule and source, and stop",
        struct grade_settings, list),
};

enum field { FIELD_RESPONSE, FIELD_ANSWER, FIELD_ANSWERS, FIELD_PREFIX, FIELD_CANARY, FIELD_COUNT };

/* Buffers that are used again for every line. */
struct grading {
    const struct grader *grader;
    struct buf line;
    struct json_line_field fields[FIELD_COUNT];
    struct arena answers; /* of the line at hand */
};

static void grading_init(struct grading *grading, const struct grader *grader)
{
    *grading = (struct grading){
        .grader = grader,
        .fields =
            {
                [FIELD_RESPONSE] = {.name = "response"},
                [FIELD_ANSWER] = {.name = "answer", .is_optional = grader->needs_answers},
                [FIELD_ANSWERS] = {.name = "answers",
                                   .is_list = true,
                                   .is_optional = !grader->needs_answers},
                [FIELD_PREFIX] = {.name = "random_string_to_prepend",
                                  .is_optional = !grader->needs_prefix},
                [FIELD_CANARY] = {.name = "canary", .is_optional = true},
            },
    };
    buf_init(&grading->line, LINE_BYTES_MAX);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        buf_init(&grading->fields[i].text, LINE_BYTES_MAX);
        buf_init(&grading->fields[i].ends, LINE_BYTES_MAX);
    }
}

static void grading_release(struct grading *grading)
{
    buf_release(&grading->line);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        buf_release(&grading->fields[i].text);
        buf_release(&grading->fields[i].ends);
    }
    arena_release(&grading->answers);
}

/* 17 significant digits give every double back; ".0" makes whole scores doubles for every reader.
 */
static void print_share(const char *name, double share)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%.17g", share);
    bool is_whole = strspn(text, "0123456789") == (size_t)len;

    (void)printf("\"%s\": %s%s, ", name, text, is_whole ? ".0" : "");
}

static void print_mark(const struct grader *grader, const struct mark *mark)
{
    (void)printf("{");
    print_share("score", mark->score);
    if (grader->gives_recall) {
        print_share("precision", mark->precision);
        print_share("recall", mark->recall);
    }
    (void)printf("\"prefix_found\": %s, \"exact\": %s", mark->prefix_found ? "true" : "false",
                 mark->exact ? "true" : "false");
    if (mark->canary_start != CANARY_NOT_ASKED) {
        (void)printf(", \"canary_start\": %s, \"canary_middle\": %s, \"canary_end\": %s",
                     mark->canary_start == CANARY_FOUND ? "true" : "false",
                     mark->canary_middle == CANARY_FOUND ? "true" : "false",
                     mark->canary_end == CANARY_FOUND ? "true" : "false");
    }
    (void)printf("}\n");
}

/* `canary` as `generate` writes it: three codes with a space between, or nothing. */
static int read_codes(struct str text, struct answer_key *key, struct err *err)
{
    struct str_pair rest = {.tail = text, .ok = true};

    if (text.len == 0) {
        return 0;
    }
    for (int i = 0; i < CANARY_PLACES; i++) {
        rest = str_cut(rest.tail, ' ');
        if (rest.head.len == 0 || rest.ok != (i + 1 < CANARY_PLACES)) {
            return err_set(err, ERR_INPUT, "canary: '%.*s' is not %d codes", STR_ARG(text),
                           CANARY_PLACES);
        }
        key->canary[i] = rest.head;
    }
    return 0;
}

static int read_answers(struct grading *grading, struct answer_key *key, struct err *err)
{
    const struct json_line_field *field = &grading->fields[FIELD_ANSWERS];
    size_t count = json_line_list_count(field);
    struct str *answers = NULL;

    arena_release(&grading->answers);
    answers = arena_alloc(&grading->answers, count + 1, sizeof *answers);
    if (answers == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        answers[i] = json_line_list_text(field, i);
    }
    key->answers = answers;
    key->answer_count = count;
    return 0;
}

static int grade_line(struct grading *grading, struct err *err)
{
    struct answer_key key = {0};
    struct mark mark;
    int rc = json_line_read(buf_str(&grading->line), grading->fields, FIELD_COUNT, err);

    if (rc != 0) {
        return rc;
    }
    key.answer = buf_str(&grading->fields[FIELD_ANSWER].text);
    key.prefix = buf_str(&grading->fields[FIELD_PREFIX].text);
    rc = read_answers(grading, &key, err);
    if (rc != 0) {
        return rc;
    }
    rc = read_codes(buf_str(&grading->fields[FIELD_CANARY].text), &key, err);
    if (rc == 0) {
        rc = grader_mark(grading->grader, &key, buf_str(&grading->fields[FIELD_RESPONSE].text),
                         &mark, err);
    }
    if (rc == 0) {
        print_mark(grading->grader, &mark);
    }
    return rc;
}

static int grade_lines(struct grading *grading, FILE *file, const char *name, struct err *err)
{
    unsigned long long number = 0;
    int rc = 0;

    while ((rc = file_read_line(file, &grading->line, err)) == 1) {
        number++;
        if (str_trim(buf_str(&grading->line)).len == 0) {
            continue;
        }
        rc = grade_line(grading, err);
        if (rc != 0) {
            return err_wrap(err, "%s: line %llu", name, number);
        }
    }
    return rc != 0 ? err_wrap(err, "%s: line %llu", name, number + 1) : 0;
}

static int grade_file(const struct grader *grader, const char *path, struct err *err)
{
    bool is_stdin = path == NULL || strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    struct grading grading;
    int rc = 0;

    if (file == NULL) {
        return err_system(err, "%s", path);
    }
    grading_init(&grading, grader);
    rc = grade_lines(&grading, file, is_stdin ? "stdin" : path, err);
    grading_release(&grading);
    if (!is_stdin) {
        (void)fclose(file);
    }
    return rc;
}

static void print_list(void)
{
    for (size_t i = 0; graders[i] != NULL; i++) {
        (void)printf("%s\n", graders[i]->name);
        wrap_print(str_from(graders[i]->purpose), 0, LIST_INDENT, stdout);
        (void)fputs("    source:", stdout);
        wrap_print(str_from(graders[i]->source), SOURCE_INDENT - 1, SOURCE_INDENT, stdout);
    }
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct grade_settings settings = {0};
    const struct grader *grader = NULL;
    const char *rest[64];
    struct opt_args args;
    int rc = 0;

    if (argc > (int)(sizeof rest / sizeof *rest)) {
        return err_set(err, ERR_USAGE, "too many arguments");
    }
    rc = command_parse(self, argc, argv, &settings, rest, &args, err);
    if (rc != 0) {
        return rc;
    }
    if (settings.list) {
        print_list();
        return 0;
    }
    if (settings.grader == NULL) {
        return err_set(err, ERR_USAGE,
                       "--grader is needed: scores of different graders do not "
                       "compare; --list names them");
    }
    if (args.count > 1) {
        return err_set(err, ERR_USAGE, "one FILE at a time, not also '%s'", args.items[1]);
    }
    rc = grader_find(str_from(settings.grader), &grader, err);
    return rc != 0 ? rc : grade_file(grader, args.count != 0 ? args.items[0] : NULL, err);
}

const struct command cmd_grade = {
    .name = "grade",
    .purpose = "score replies offline: JSON lines in, JSON lines out",
    .usage = "--grader NAME [FILE]",
    .examples = "  haymaker grade --grader openai-mrcr < replies.jsonl > marks.jsonl\n"
                "  haymaker grade --list\n",
    .notes = "Each line of FILE (default: standard input) is an object with `response` (null\n"
             "counts as empty) and `answer`; for openai-mrcr also `random_string_to_prepend`;\n"
             "for graders that check for several texts `answers`, a list of strings (`answer`\n"
             "may then be missing); abstain reads both, `answers` being all values that the\n"
             "text gives. For each comes a line with `score` (17 significant digits), for\n"
             "set-f1 `precision` and `recall`, then `prefix_found` and `exact`. Where there is\n"
             "a `canary` (three codes), the reply's line of codes is not graded but gives\n"
             "`canary_start`, `canary_middle` and `canary_end`. At a bad line grading stops\n"
             "with exit code 3; what was graded stays printed.\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
