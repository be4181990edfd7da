/* openai_mrcr: OpenAI's MRCR (hub: openai/mrcr, MIT), and what `haymaker generate` writes.
 *
 * A row is a chat: one user message with worked examples, pairs of an ask and a reply, a final
 * question. Several asks are word for word the same; the question wants the reply to one of them,
 * behind a prefix of ten characters. Columns and bins are as the dataset's card describes them.
 */
#include "dataset/dataset.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <string.h>

enum { PREFIX_BYTES = 10, QUESTION_BYTES_MAX = 4096, NEEDLES_MAX = 100000 };
static const uint64_t tokens_least = 4096;
static const uint64_t tokens_most = 1048576;

enum column {
    PROMPT,
    ANSWER,
    PREFIX,
    N_NEEDLES,
    DESIRED_MSG_INDEX,
    TOTAL_MESSAGES,
    N_CHARS,
    CANARY,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [PROMPT] = {"prompt", TABLE_TEXT, false},
    [ANSWER] = {"answer", TABLE_TEXT, false},
    [PREFIX] = {"random_string_to_prepend", TABLE_TEXT, false},
    [N_NEEDLES] = {"n_needles", TABLE_INTEGER, false},
    [DESIRED_MSG_INDEX] = {"desired_msg_index", TABLE_INTEGER, false},
    [TOTAL_MESSAGES] = {"total_messages", TABLE_INTEGER, false},
    [N_CHARS] = {"n_chars", TABLE_INTEGER, false},
    [CANARY] = {"canary", TABLE_TEXT, true}, /* ours */
};

static enum prompt_role role_at(const struct dataset_row *row, size_t index)
{
    return row->messages.items[index].role;
}

/* An ask is a user message with an assistant's reply after it. */
static bool is_ask(const struct dataset_row *row, size_t index)
{
    return index + 1 < row->messages.count && role_at(row, index) == PROMPT_USER &&
           role_at(row, index + 1) == PROMPT_ASSISTANT;
}

static bool is_same_ask(const struct dataset_row *row, size_t index, size_t other)
{
    return is_ask(row, index) &&
           str_equal(messages_text(&row->messages, index), messages_text(&row->messages, other));
}

/* The needles are the replies to every ask that is equal to the wanted one. */
static int find_needles(struct dataset_row *row, size_t wanted, struct err *err)
{
    struct str *needles = NULL;
    uint32_t *asks = NULL;
    size_t count = 0;

    for (size_t i = 0; i < row->messages.count; i++) {
        count += is_same_ask(row, i, wanted);
    }
    needles = arena_alloc(&row->arena, count, sizeof *needles);
    asks = arena_alloc(&row->arena, count, sizeof *asks);
    if (needles == NULL || asks == NULL) {
        return err_memory(err);
    }
    count = 0;
    for (size_t i = 0; i < row->messages.count; i++) {
        if (is_same_ask(row, i, wanted)) {
            row->key.wanted = i == wanted ? count : row->key.wanted;
            asks[count] = (uint32_t)i;
            needles[count++] = messages_text(&row->messages, i + 1);
        }
    }
    row->key.needles = needles;
    row->key.needle_count = count;
    row->needle_messages = asks;
    row->wanted_message = (int64_t)wanted;
    return 0;
}

static void take_canary(struct dataset_row *row, struct str codes)
{
    struct str_pair rest = {.tail = codes};

    for (int i = 0; i < CANARY_PLACES; i++) {
        rest = str_cut(rest.tail, ' ');
        row->key.canary[i] = rest.head;
    }
}

static int read(const struct table_cell *cells, const struct dataset_settings *settings,
                struct dataset_row *row, struct err *err)
{
    int64_t wanted = cells[DESIRED_MSG_INDEX].integer;
    int64_t needles = cells[N_NEEDLES].integer;
    int rc = messages_read_json(&row->messages, cells[PROMPT].text, err);

    (void)settings;
    if (rc != 0) {
        return err_wrap(err, "column 'prompt'");
    }
    if (row->messages.count == 0) {
        return err_set(err, ERR_INPUT, "column 'prompt': no messages");
    }
    if (needles < 1 || needles > NEEDLES_MAX) {
        return err_set(err, ERR_INPUT, "column 'n_needles': %lld", (long long)needles);
    }
    row->needles = (uint32_t)needles;
    row->key.answer = arena_copy(&row->arena, cells[ANSWER].text);
    row->key.prefix = arena_copy(&row->arena, cells[PREFIX].text);
    if (row->key.answer.p == NULL || row->key.prefix.p == NULL) {
        return err_memory(err);
    }
    if (!cells[CANARY].is_null) {
        struct str codes = arena_copy(&row->arena, cells[CANARY].text);

        if (codes.p == NULL) {
            return err_memory(err);
        }
        take_canary(row, codes);
    }
    row->question_bytes = row->messages.items[row->messages.count - 1].length;
    if (wanted >= 0 && (uint64_t)wanted < row->messages.count && is_ask(row, (size_t)wanted)) {
        rc = find_needles(row, (size_t)wanted, err);
    }
    return rc;
}

static int check_shape(const struct table_cell *cells, const struct dataset_row *row,
                       struct err *err)
{
    size_t count = row->messages.count;
    uint64_t code_points = 0;

    for (size_t i = 0; i < count; i++) {
        enum prompt_role role = i == 0 || i % 2 == 1 ? PROMPT_USER : PROMPT_ASSISTANT;

        if (role_at(row, i) != role) {
            return err_set(err, ERR_INPUT, "message %zu is the %s's, not the %s's", i,
                           prompt_role_name(role_at(row, i)), prompt_role_name(role));
        }
        code_points += utf8_length(messages_text(&row->messages, i));
    }
    if (count < 4 || count % 2 != 0) {
        return err_set(err, ERR_INPUT, "%zu messages do not end with a question", count);
    }
    if (cells[TOTAL_MESSAGES].integer != (int64_t)count) {
        return err_set(err, ERR_INPUT, "total_messages is %lld, but there are %zu",
                       (long long)cells[TOTAL_MESSAGES].integer, count);
    }
    if (cells[N_CHARS].integer != (int64_t)code_points) {
        return err_set(err, ERR_INPUT, "n_chars is %lld, but there are %llu",
                       (long long)cells[N_CHARS].integer, (unsigned long long)code_points);
    }
    return 0;
}

static bool is_alphanumeric(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
            return false;
        }
    }
    return true;
}

static int check_answer(const struct dataset_row *row, struct err *err)
{
    const struct answer_key *key = &row->key;

    if (key->prefix.len != PREFIX_BYTES || !is_alphanumeric(key->prefix)) {
        return err_set(err, ERR_INPUT, "the prefix is not ten letters and digits");
    }
    if (!str_starts(key->answer, key->prefix)) {
        return err_set(err, ERR_INPUT, "the answer does not begin with its prefix");
    }
    if (row->wanted_message == DATASET_NO_MESSAGE) {
        return err_set(err, ERR_INPUT, "desired_msg_index is not an ask's");
    }
    if (!str_equal(str_skip(key->answer, key->prefix.len), key->needles[key->wanted])) {
        return err_set(err, ERR_INPUT, "the answer is not the reply to message %lld",
                       (long long)row->wanted_message);
    }
    if (key->needle_count != row->needles) {
        return err_set(err, ERR_INPUT, "the ask occurs %zu times, but n_needles is %u",
                       key->needle_count, row->needles);
    }
    return 0;
}

/* "2nd" */
static void append_ordinal(struct buf *out, size_t number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    size_t last = number % 100 / 10 == 1 ? 0 : number % 10;

    buf_appendf(out, "%zu%s", number, endings[last < 4 ? last : 0]);
}

/* The question names prefix and ordinal, then what the ask ends with: "poem about tapirs". */
static int check_question(const struct dataset_row *row, struct err *err)
{
    static const struct str ending = STR_INIT(". Do not include any other text in your response.");
    struct str question = messages_text(&row->messages, row->messages.count - 1);
    struct str ask = messages_text(&row->messages, (size_t)row->wanted_message);
    struct buf start;
    size_t end = 0;
    bool begins = false;

    buf_init(&start, QUESTION_BYTES_MAX);
    buf_appendf(&start, "Prepend %.*s to the ", STR_ARG(row->key.prefix));
    append_ordinal(&start, row->key.wanted + 1);
    buf_append(&start, STR(" (1 indexed) "));
    begins = str_starts(question, buf_str(&start));
    question = str_skip(question, start.len);
    buf_release(&start);
    if (!begins) {
        return err_set(err, ERR_INPUT, "the question asks for another prefix or ordinal than %zu",
                       row->key.wanted + 1);
    }
    end = str_find(question, ending);
    if (end == SIZE_MAX || end == 0 || !str_ends(ask, str_take(question, end))) {
        return err_set(err, ERR_INPUT, "the question is not about the wanted ask");
    }
    if (end + ending.len != question.len && row->key.canary[0].len == 0) {
        return err_set(err, ERR_INPUT, "the question goes on after its end");
    }
    return 0;
}

static int check(const struct table_cell *cells, const struct dataset_row *row, struct err *err)
{
    int rc = check_shape(cells, row, err);

    if (rc == 0) {
        rc = check_answer(row, err);
    }
    return rc != 0 ? rc : check_question(row, err);
}

/* [4096, 8192] (8192, 16384] … (524288, 1048576]: the first is closed at both ends. */
static uint64_t length(const struct dataset_row *row, uint64_t tokens)
{
    (void)row;
    return tokens < tokens_least || tokens > tokens_most
               ? 0
               : dataset_power_of_two(tokens, 2 * tokens_least);
}

/* A reader that gives any of the needles is right once in N times; unlike texts add next to 0. */
static double chance(uint32_t needles)
{
    return 1.0 / needles;
}

static const struct dataset_file files[] = {
    {"2needle/2needle_0.parquet",
     "1c297b254bf64a31856b74918cd7db889a214503e0b67daa834e84f20df6aa93"},
    {"2needle/2needle_1.parquet",
     "a5a1dc9ccc945623253d04d33c03d89aee2d676c88955ce368da2ab16a0ce94d"},
    {"4needle/4needle_0.parquet",
     "4d4fa3d11ce064749de3cd039eef1a621e30a81c2c9b3e64f1df37f8afeaf312"},
    {"4needle/4needle_1.parquet",
     "8dfdb94a208cf3eee73c4e7ac6ee8a5ccb7236c6934c13c6c5f67c0a9928cdf3"},
    {"8needle/8needle_0.parquet", NULL},
    {"8needle/8needle_1.parquet", NULL},
    {NULL, NULL},
};

extern const struct dataset dataset_openai_mrcr;
const struct dataset dataset_openai_mrcr = {
    .format = "openai-mrcr",
    .name = "openai/mrcr",
    .purpose = "OpenAI's MRCR: Parquet as published, or JSON lines with the same columns",
    .grader = "openai-mrcr",
    .revision = "f4c69fae7cf81f7ca26b9fee34b392a50f6b8a1d",
    .url = "https://huggingface.co/datasets/openai/mrcr/resolve/"
           "f4c69fae7cf81f7ca26b9fee34b392a50f6b8a1d/",
    .files = files,
    .rows_per_bin = 100,
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .chance = chance,
    .read = read,
    .check = check,
    .length = length,
};
