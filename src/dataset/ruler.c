/* ruler: files that NVIDIA's RULER made (scripts/data/prepare.py writes JSON lines).
 *
 * `input` is the prompt up to where the answer begins, `answer_prefix` the words it begins with,
 * `outputs` what must be in it. A chat gets both as one user message.
 */
#include "dataset/dataset.h"

static const uint64_t length_least = 1024;

enum column { INPUT, OUTPUTS, ANSWER_PREFIX, COLUMN_COUNT };

static const struct table_column columns[COLUMN_COUNT] = {
    [INPUT] = {"input", TABLE_TEXT, false},
    [OUTPUTS] = {"outputs", TABLE_TEXTS, false},
    [ANSWER_PREFIX] = {"answer_prefix", TABLE_TEXT, true},
};

static int read(const struct table_cell *cells, const struct dataset_settings *settings,
                struct dataset_row *row, struct err *err)
{
    const struct table_cell *outputs = &cells[OUTPUTS];
    struct str *answers = arena_alloc(&row->arena, outputs->text_count + 1, sizeof *answers);
    struct buf gold;
    int rc = messages_add(&row->messages, PROMPT_USER, cells[INPUT].text, err);

    if (rc == 0 && !cells[ANSWER_PREFIX].is_null && !settings->leaves_out_answer_prefix) {
        buf_append(&row->messages.text, cells[ANSWER_PREFIX].text);
        row->messages.items[0].length += cells[ANSWER_PREFIX].text.len;
        rc = buf_check(&row->messages.text, "prompt", err);
    }
    if (rc != 0 || answers == NULL) {
        return rc != 0 ? rc : err_memory(err);
    }
    buf_init(&gold, TABLE_ROW_BYTES_MAX);
    for (size_t i = 0; i < outputs->text_count; i++) {
        answers[i] = arena_copy(&row->arena, outputs->texts[i]);
        buf_append(&gold, i != 0 ? STR(", ") : STR(""));
        buf_append(&gold, outputs->texts[i]);
    }
    row->key.answer = arena_copy(&row->arena, buf_str(&gold));
    row->key.answers = answers;
    row->key.answer_count = outputs->text_count;
    row->needles = 1;
    buf_release(&gold);
    return row->key.answer.p != NULL ? 0 : err_memory(err);
}

static int check(const struct table_cell *cells, const struct dataset_row *row, struct err *err)
{
    (void)cells;
    if (row->key.answer_count == 0) {
        return err_set(err, ERR_INPUT, "no outputs");
    }
    for (size_t i = 0; i < row->key.answer_count; i++) {
        if (row->key.answers[i].len == 0) {
            return err_set(err, ERR_INPUT, "output %zu is empty", i);
        }
    }
    return 0;
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

extern const struct dataset dataset_ruler;
const struct dataset dataset_ruler = {
    .format = "ruler",
    .name = "nvidia/ruler",
    .purpose = "JSON lines that NVIDIA's RULER made; --grader ruler-part for its two qa tasks",
    .grader = "ruler-all",
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .chance = chance,
    .read = read,
    .check = check,
    .length = length,
};
