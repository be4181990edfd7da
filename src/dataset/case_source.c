#include "dataset/case_source.h"

#include <stdlib.h>
#include <string.h>

/* One table stays open: rows are asked for in the order of the plan, often a file's next. */
struct case_bank {
    struct case_file cases;
    struct table *table;
    size_t source; /* that `table` reads */
};

/* What the rest of the program holds; the table behind it moves on when a case is opened. */
struct case_handle {
    struct case_bank *bank;
};

static void unload(void *bank)
{
    struct case_handle *handle = bank;

    if (handle == NULL) {
        return;
    }
    if (handle->bank != NULL) {
        table_close(handle->bank->table);
        case_file_release(&handle->bank->cases);
    }
    free(handle->bank);
    free(handle);
}

static int load(const struct generator *self, void **bank,
                const struct generator_settings *settings, const struct tokenizer *tokenizer,
                struct err *err)
{
    struct case_bank *made = calloc(1, sizeof *made);
    struct case_handle *handle = calloc(1, sizeof *handle);
    int rc = 0;

    (void)tokenizer;
    if (made == NULL || handle == NULL) {
        free(made);
        free(handle);
        return err_memory(err);
    }
    handle->bank = made;
    rc = case_file_read(&made->cases, settings->corpus, err);
    if (rc == 0 && made->cases.dataset != self->variant) {
        rc = err_set(err, ERR_INPUT, "%s: cases of %s, not of %s", settings->corpus,
                     made->cases.dataset->name, self->name);
    }
    if (rc == 0) {
        rc = case_file_verify(&made->cases, err);
    }
    if (rc != 0) {
        unload(handle);
        return rc;
    }
    *bank = handle;
    return 0;
}

/* The first digits of the files' SHA-256, so that two editions differ. */
static uint64_t corpus_hash(const void *bank)
{
    const struct case_bank *self = ((const struct case_handle *)bank)->bank;
    uint64_t hash = 0;

    for (size_t i = 0; i < self->cases.source_count; i++) {
        char digits[17] = "";

        memcpy(digits, self->cases.sources[i].sha256, 16);
        hash = (hash << 1 | hash >> 63) ^ (uint64_t)strtoull(digits, NULL, 16);
    }
    return hash;
}

/* The piece of message `index` that is haystack; false for none. */
static bool haystack_piece(const struct dataset_row *row, size_t index, struct prompt_piece *piece)
{
    bool is_last = index + 1 == row->messages.count;

    *piece = (struct prompt_piece){messages_text(&row->messages, index),
                                   row->messages.items[index].role, true, false};
    if (is_last) {
        piece->text = str_take(piece->text, piece->text.len - row->question_bytes);
    }
    return !is_last || piece->text.len != 0;
}

static int haystack_fingerprint(const struct dataset_row *row, struct fingerprint *out,
                                struct err *err)
{
    struct fingerprint_state *state = fingerprint_new();
    struct prompt_piece piece;

    if (state == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < row->messages.count; i++) {
        if (haystack_piece(row, i, &piece)) {
            fingerprint_add(state, &piece);
        }
    }
    *out = fingerprint_finish(state);
    fingerprint_free(state);
    return 0;
}

int case_source_make(const struct dataset *dataset, struct dataset_row *row, struct test_case **out,
                     struct err *err)
{
    struct test_case *made = calloc(1, sizeof *made);
    int rc = 0;

    if (made == NULL) {
        return err_memory(err);
    }
    made->recipe = (struct case_recipe){.task = str_from(dataset->name),
                                        .needles = row->needles,
                                        .depth_percent = CASE_DEPTH_BY_DESIGN};
    rc = haystack_fingerprint(row, &made->haystack, err);
    if (rc == 0) {
        rc = messages_prompt(&made->prompt, &row->messages, err);
    }
    if (rc != 0) {
        test_case_free(made);
        return rc;
    }
    made->arena = row->arena;
    made->key = row->key;
    made->needle_messages = row->needle_messages;
    row->arena = (struct arena){0};
    dataset_row_release(row);
    *out = made;
    return 0;
}

static int open_table(struct case_bank *bank, size_t source, struct err *err)
{
    const struct dataset *dataset = bank->cases.dataset;

    if (bank->table != NULL && bank->source == source) {
        return 0;
    }
    table_close(bank->table);
    bank->table = NULL;
    bank->source = source;
    return table_open(&bank->table, bank->cases.sources[source].path.p, dataset->columns,
                      dataset->column_count, err);
}

/* The measure is the import's; that the prompt is still the same shows in its fingerprint. */
static int check_prompt(struct test_case *test_case, const struct case_row *from, struct err *err)
{
    struct fingerprint expected = from->measure.fingerprint;
    struct fingerprint_state *state = fingerprint_new();
    struct fingerprint found = {0};
    struct prompt_piece piece;

    if (state == NULL) {
        return err_memory(err);
    }
    while (prompt_next(test_case->prompt, &piece, err) > 0) {
        fingerprint_add(state, &piece);
    }
    prompt_rewind(test_case->prompt);
    found = fingerprint_finish(state);
    fingerprint_free(state);
    if (found.high != expected.high || found.low != expected.low) {
        return err_set(err, ERR_INPUT, "the prompt is not the one that was imported");
    }
    test_case->measure = from->measure;
    return 0;
}

static int open_row(struct case_bank *bank, const struct case_row *from, struct test_case **out,
                    struct err *err)
{
    const struct case_file *cases = &bank->cases;
    const struct table_cell *cells = NULL;
    struct dataset_row row;
    int rc = open_table(bank, from->source, err);

    dataset_row_init(&row);
    if (rc == 0) {
        rc = table_read(bank->table, &from->place, &cells, err);
    }
    if (rc != 0) {
        return rc;
    }
    rc = cases->dataset->read(cells, &cases->settings, &row, err);
    table_forget(bank->table);
    if (rc == 0) {
        rc = case_source_make(cases->dataset, &row, out, err);
    }
    if (rc == 0) {
        rc = check_prompt(*out, from, err);
        if (rc != 0) {
            test_case_free(*out);
            *out = NULL;
        }
    }
    dataset_row_release(&row);
    if (rc != 0) {
        (void)err_wrap(err, "%s: row %llu", cases->sources[from->source].path.p,
                       (unsigned long long)from->place.row);
    }
    return rc;
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    struct case_bank *self = ((const struct case_handle *)bank)->bank;
    const struct case_row *row =
        case_file_find(&self->cases, recipe->needles, recipe->length_tokens, recipe->sample);
    int rc = 0;

    if (row == NULL) {
        return err_set(err, ERR_USAGE, "no row for %u needles, %llu tokens, sample %u",
                       recipe->needles, (unsigned long long)recipe->length_tokens, recipe->sample);
    }
    rc = open_row(self, row, out, err);
    if (rc == 0) {
        (*out)->recipe = *recipe;
        (*out)->answer_tokens = row->answer_tokens;
        (*out)->depth = row->depth;
    }
    return rc;
}

void case_source_describe(const struct dataset *dataset, struct generator *out)
{
    *out = (struct generator){
        .name = dataset->name,
        .purpose = dataset->purpose,
        .grader = dataset->grader,
        .version = "1",
        .released = "",
        .needles_default = 1,
        .variant = dataset,
        .chance = dataset->chance,
        .load = load,
        .unload = unload,
        .corpus_hash = corpus_hash,
        .open = open_case,
    };
}

int case_source_measure(const struct dataset_row *row, const struct tokenizer *tokenizer,
                        struct case_measure *out, struct err *err)
{
    struct prompt_meter *meter = NULL;
    uint64_t before = 0;
    int rc = prompt_meter_new(&meter, tokenizer, err);

    for (size_t i = 0; rc == 0 && i < row->messages.count; i++) {
        struct prompt_piece piece = {messages_text(&row->messages, i), row->messages.items[i].role,
                                     true, false};

        if ((int64_t)i == row->wanted_message) {
            rc = tokenizer_count(tokenizer, str_take(piece.text, row->wanted_offset), &before, err);
            before += prompt_meter_tokens(meter);
        }
        if (rc == 0) {
            rc = prompt_meter_add(meter, &piece, err);
        }
    }
    if (rc == 0) {
        rc = tokenizer_count(tokenizer, row->key.answer, &out->answer_tokens, err);
    }
    if (rc == 0) {
        prompt_meter_finish(meter, &out->prompt);
        out->depth = row->wanted_message == DATASET_NO_MESSAGE || out->prompt.tokens == 0
                         ? -1
                         : (double)before / (double)out->prompt.tokens;
    }
    prompt_meter_free(meter);
    return rc;
}
