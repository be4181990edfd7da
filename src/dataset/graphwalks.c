/* graphwalks: OpenAI's GraphWalks (hub: openai/graphwalks, MIT).
 *
 * A row is one user message: a list of directed edges and an operation on them, whose result is a
 * set of nodes. Of `parents` the set follows from the edges at a glance, so it is checked: 24 of
 * the first edition's 400 short ones wrongly contained the node itself.
 */
#include "dataset/dataset.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <string.h>

enum { NODES_MAX = 1000000 };
static const uint64_t length_least = 1024;

enum column { PROMPT, ANSWER_NODES, PROBLEM_TYPE, PROMPT_CHARS, COLUMN_COUNT };

static const struct table_column columns[COLUMN_COUNT] = {
    [PROMPT] = {"prompt", TABLE_TEXT, false},
    [ANSWER_NODES] = {"answer_nodes", TABLE_TEXTS, false},
    [PROBLEM_TYPE] = {"problem_type", TABLE_TEXT, false},
    [PROMPT_CHARS] = {"prompt_chars", TABLE_INTEGER, true},
};

static int read(const struct table_cell *cells, const struct dataset_settings *settings,
                struct dataset_row *row, struct err *err)
{
    const struct table_cell *nodes = &cells[ANSWER_NODES];
    struct str *answers = NULL;
    struct buf gold;
    int rc = messages_add(&row->messages, PROMPT_USER, cells[PROMPT].text, err);

    (void)settings;
    if (rc != 0) {
        return rc;
    }
    answers = arena_alloc(&row->arena, nodes->text_count + 1, sizeof *answers);
    buf_init(&gold, TABLE_ROW_BYTES_MAX);
    buf_append(&gold, STR("Final Answer: ["));
    for (size_t i = 0; answers != NULL && i < nodes->text_count; i++) {
        answers[i] = arena_copy(&row->arena, nodes->texts[i]);
        buf_append(&gold, i != 0 ? STR(", ") : STR(""));
        buf_append(&gold, nodes->texts[i]);
    }
    buf_append_char(&gold, ']');
    row->key.answer = arena_copy(&row->arena, buf_str(&gold));
    row->key.answers = answers;
    row->key.answer_count = nodes->text_count;
    row->needles = 1;
    buf_release(&gold);
    return answers != NULL && row->key.answer.p != NULL ? 0 : err_memory(err);
}

/* What follows `mark` at its last occurrence, up to a blank or full stop. */
static struct str word_after(struct str text, struct str mark)
{
    struct str word = {0};
    size_t at = 0;
    size_t found = 0;

    while ((found = str_find(str_skip(text, at), mark)) != SIZE_MAX) {
        at += found + mark.len;
        word = str_skip(text, at);
    }
    for (at = 0; at < word.len && strchr(" .\n", word.p[at]) == NULL; at++) {
    }
    return str_take(word, at);
}

static bool is_answer(const struct dataset_row *row, struct str node)
{
    for (size_t i = 0; i < row->key.answer_count; i++) {
        if (str_equal(row->key.answers[i], node)) {
            return true;
        }
    }
    return false;
}

static int check_parents(struct str prompt, const struct dataset_row *row, struct err *err)
{
    struct str node = word_after(prompt, STR("Find the parents of node "));
    struct str rest = prompt;
    struct str line = {0};
    struct str last = {0};
    size_t parents = 0;

    if (node.len == 0) {
        return err_set(err, ERR_INPUT, "no operation that asks for a node's parents");
    }
    while (str_next_line(&rest, &line)) {
        size_t arrow = str_find(line, STR(" -> "));

        if (arrow == SIZE_MAX || !str_equal(str_skip(line, arrow + 4), node) ||
            str_equal(str_take(line, arrow), node)) {
            continue;
        }
        last = str_take(line, arrow);
        if (!is_answer(row, last)) {
            return err_set(err, ERR_INPUT, "%.*s is a parent of %.*s, but not in the answer",
                           STR_ARG(last), STR_ARG(node));
        }
        parents++;
    }
    if (is_answer(row, node)) {
        return err_set(err, ERR_INPUT, "the answer contains the node itself");
    }
    return parents >= row->key.answer_count
               ? 0
               : err_set(err, ERR_INPUT, "%zu nodes in the answer, but %.*s has %zu parents",
                         row->key.answer_count, STR_ARG(node), parents);
}

static int check_bfs(struct str prompt, const struct dataset_row *row, struct err *err)
{
    struct str start = word_after(prompt, STR("Perform a BFS from node "));

    if (start.len == 0) {
        return err_set(err, ERR_INPUT, "no operation that asks for a search");
    }
    if (is_answer(row, start)) {
        return err_set(err, ERR_INPUT, "the answer contains the node that the search starts from");
    }
    for (size_t i = 0; i < row->key.answer_count; i++) {
        if (!str_contains(prompt, row->key.answers[i])) {
            return err_set(err, ERR_INPUT, "node %.*s of the answer is not in the graph",
                           STR_ARG(row->key.answers[i]));
        }
    }
    return 0;
}

static int check(const struct table_cell *cells, const struct dataset_row *row, struct err *err)
{
    struct str prompt = messages_text(&row->messages, 0);
    struct str type = cells[PROBLEM_TYPE].text;

    if (!cells[PROMPT_CHARS].is_null &&
        cells[PROMPT_CHARS].integer != (int64_t)utf8_length(prompt)) {
        return err_set(err, ERR_INPUT, "prompt_chars is %lld, but there are %zu",
                       (long long)cells[PROMPT_CHARS].integer, utf8_length(prompt));
    }
    if (row->key.answer_count > NODES_MAX) {
        return err_set(err, ERR_INPUT, "more than %d nodes in the answer", NODES_MAX);
    }
    if (str_equal(type, STR("parents"))) {
        return check_parents(prompt, row, err);
    }
    if (str_equal(type, STR("bfs"))) {
        return check_bfs(prompt, row, err);
    }
    return err_set(err, ERR_INPUT, "problem_type '%.*s' is neither bfs nor parents", STR_ARG(type));
}

static uint64_t length(const struct dataset_row *row, uint64_t tokens)
{
    (void)row;
    return dataset_power_of_two(tokens, length_least);
}

static double chance(uint32_t needles)
{
    (void)needles;
    return 0;
}

static const struct dataset_file files[] = {
    {"graphwalks_128k_and_shorter.parquet", NULL},
    {"graphwalks_256k_to_1mil.parquet", NULL},
    {NULL, NULL},
};

extern const struct dataset dataset_graphwalks;
const struct dataset dataset_graphwalks = {
    .format = "graphwalks",
    .name = "openai/graphwalks",
    .purpose = "OpenAI's GraphWalks: Parquet as published, or JSON lines with the same columns",
    .grader = "graphwalks",
    .revision = "f338bb265735a56a79f4b0f5def722c9c3268ead",
    .url = "https://huggingface.co/datasets/openai/graphwalks/resolve/"
           "f338bb265735a56a79f4b0f5def722c9c3268ead/",
    .files = files,
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .chance = chance,
    .read = read,
    .check = check,
    .length = length,
};
