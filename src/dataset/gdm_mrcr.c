/* gdm_mrcr: Google DeepMind's MRCR v2 (google-deepmind/eval_hub, eval_hub/mrcr_v2).
 *
 * A row is one flat text, "User: …\n\nAssistant: …\n\n" over and over, that is sent as one user
 * message. Its length is the dataset's own count (an unreleased tokenizer, the answer not
 * included), and so are the bins: (4096, 8192], (8192, 16384] and so on.
 */
#include "dataset/dataset.h"

#include "base/buf.h"

#include <string.h>

enum { PREFIX_BYTES = 12, NEEDLES_MAX = 1000, DESCRIPTION_BYTES_MAX = 4096 };
static const uint64_t length_least = 8192;

enum column { QUERIES, ANSWER, CONTEXT_LEN, VIEW_OPS, NUM_RELEVANT, COLUMN_COUNT };

static const struct table_column columns[COLUMN_COUNT] = {
    [QUERIES] = {"queries", TABLE_TEXT, false},
    [ANSWER] = {"answer", TABLE_TEXT, false},
    [CONTEXT_LEN] = {"context_len", TABLE_INTEGER, false},
    [VIEW_OPS] = {"view_ops", TABLE_TEXT, false},
    [NUM_RELEVANT] = {"num_relevant", TABLE_INTEGER, false},
};

static const struct str user_mark = STR_INIT("User: ");
static const struct str assistant_mark = STR_INIT("\n\nAssistant:");

/* The last place where `needle` begins, or SIZE_MAX. */
static size_t find_last(struct str text, struct str needle)
{
    size_t last = SIZE_MAX;
    size_t at = 0;
    size_t found = 0;

    while ((found = str_find(str_skip(text, at), needle)) != SIZE_MAX) {
        last = at + found;
        at = last + needle.len;
    }
    return last;
}

/* From "User: Prepend HASH to the second poem about tapirs in a sad style. Do not …" what its
 * asks have: "poem about tapirs in sad style." */
static void append_description(struct buf *out, struct str question)
{
    size_t begin = str_find(question, STR(" to the "));
    struct str rest = begin != SIZE_MAX ? str_skip(question, begin + 8) : (struct str){0};
    struct str_pair ordinal = str_cut(rest, ' ');
    size_t end = find_last(ordinal.tail, STR(" style. Do not include"));
    struct str about = end != SIZE_MAX ? str_take(ordinal.tail, end) : (struct str){0};
    size_t article = find_last(about, STR(" in a"));
    struct str style = article != SIZE_MAX ? str_skip(about, article + 5) : (struct str){0};

    style = str_skip(style, str_starts(style, STR("n ")) ? 2 : 1);
    buf_append(out, str_take(about, article != SIZE_MAX ? article : 0));
    buf_append(out, STR(" in "));
    buf_append(out, style);
    buf_append(out, STR(" style."));
}

/* A turn of the text: what the user asks and the reply to it. */
struct turn {
    size_t start;
    struct str ask;
    struct str reply;
};

/* The next turn from *at on; false where there is none. */
static bool next_turn(struct str text, size_t *at, struct turn *turn)
{
    struct str rest = str_skip(text, *at);
    size_t user = str_starts(rest, user_mark) ? 0 : str_find(rest, STR("\n\nUser: "));
    size_t ask = user == 0 ? user_mark.len : user + 2 + user_mark.len;
    size_t reply = 0;
    size_t end = 0;

    if (user == SIZE_MAX) {
        return false;
    }
    turn->start = *at + ask - user_mark.len;
    rest = str_skip(rest, ask);
    reply = str_find(rest, assistant_mark);
    if (reply == SIZE_MAX) {
        return false;
    }
    turn->ask = str_take(rest, reply);
    rest = str_skip(rest, reply + assistant_mark.len);
    end = str_find(rest, STR("\n\nUser: "));
    turn->reply = str_trim(str_take(rest, end));
    *at = turn->start + user_mark.len + reply + assistant_mark.len +
          (end != SIZE_MAX ? end : rest.len);
    return true;
}

/* The replies to every ask that the question describes. */
static int find_needles(struct dataset_row *row, struct str description, struct err *err)
{
    struct str text = messages_text(&row->messages, 0);
    struct str gold = str_trim(str_skip(row->key.answer, PREFIX_BYTES));
    struct str *needles = arena_alloc(&row->arena, NEEDLES_MAX, sizeof *needles);
    struct turn turn = {0};
    size_t at = 0;
    size_t count = 0;

    if (needles == NULL) {
        return err_memory(err);
    }
    row->key.wanted = NEEDLES_MAX;
    while (count < NEEDLES_MAX && next_turn(text, &at, &turn)) {
        if (!str_ends(turn.ask, description)) {
            continue;
        }
        if (row->key.wanted == NEEDLES_MAX && str_equal(turn.reply, gold)) {
            row->key.wanted = count;
            row->wanted_message = 0;
            row->wanted_offset = turn.start;
        }
        needles[count++] = turn.reply;
    }
    row->key.wanted = row->key.wanted < count ? row->key.wanted : count;
    row->key.needles = needles;
    row->key.needle_count = count;
    return 0;
}

static int read(const struct table_cell *cells, const struct dataset_settings *settings,
                struct dataset_row *row, struct err *err)
{
    struct str text = cells[QUERIES].text;
    size_t question = find_last(text, user_mark);
    struct buf description;
    int rc = messages_add(&row->messages, PROMPT_USER, text, err);

    (void)settings;
    if (rc != 0) {
        return rc;
    }
    if (cells[NUM_RELEVANT].integer < 1 || cells[NUM_RELEVANT].integer > NEEDLES_MAX) {
        return err_set(err, ERR_INPUT, "column 'num_relevant': %lld",
                       (long long)cells[NUM_RELEVANT].integer);
    }
    row->needles = (uint32_t)cells[NUM_RELEVANT].integer;
    row->stated_tokens = (uint64_t)cells[CONTEXT_LEN].integer;
    row->question_bytes = question != SIZE_MAX ? text.len - question : 0;
    row->key.answer = arena_copy(&row->arena, str_trim(cells[ANSWER].text));
    if (row->key.answer.p == NULL) {
        return err_memory(err);
    }
    row->key.prefix = str_take(row->key.answer, PREFIX_BYTES);
    buf_init(&description, DESCRIPTION_BYTES_MAX);
    append_description(&description, str_skip(text, text.len - row->question_bytes));
    rc = buf_check(&description, "the question", err);
    if (rc == 0) {
        rc = find_needles(row, buf_str(&description), err);
    }
    buf_release(&description);
    return rc;
}

static int check(const struct table_cell *cells, const struct dataset_row *row, struct err *err)
{
    static const char *const ordinals[] = {"first", "second",  "third",  "fourth", "fifth",
                                           "sixth", "seventh", "eighth", "ninth",  "tenth"};
    struct str text = messages_text(&row->messages, 0);
    struct str question = str_skip(text, text.len - row->question_bytes);
    struct buf start;
    bool begins = false;

    if (row->key.answer.len <= PREFIX_BYTES) {
        return err_set(err, ERR_INPUT, "the answer is no more than its prefix");
    }
    if (!str_contains(cells[VIEW_OPS].text, row->key.prefix) ||
        !str_contains(question, row->key.prefix)) {
        return err_set(err, ERR_INPUT, "the question does not ask for the answer's prefix");
    }
    if (row->key.needle_count != row->needles) {
        return err_set(err, ERR_INPUT, "the ask occurs %zu times, but num_relevant is %u",
                       row->key.needle_count, row->needles);
    }
    if (row->key.wanted == row->key.needle_count) {
        return err_set(err, ERR_INPUT, "the answer is no reply to the ask");
    }
    buf_init(&start, DESCRIPTION_BYTES_MAX);
    buf_appendf(&start, "User: Prepend %.*s to the %s ", STR_ARG(row->key.prefix),
                row->key.wanted < 10 ? ordinals[row->key.wanted] : "");
    begins = str_starts(question, buf_str(&start));
    buf_release(&start);
    return begins ? 0
                  : err_set(err, ERR_INPUT, "the question asks for another ordinal than %zu",
                            row->key.wanted + 1);
}

static uint64_t length(const struct dataset_row *row, uint64_t tokens)
{
    (void)tokens;
    return row->stated_tokens != 0 ? dataset_power_of_two(row->stated_tokens, length_least) : 0;
}

/* Its authors measured 51, 27 and 15 % for any of 2, 4 and 8 needles. */
static double chance(uint32_t needles)
{
    return 1.0 / needles;
}

#define FILES_OF(pattern)                                                                          \
    {"mrcr_v2p1_2needle_" pattern "_dynamic_fewshot_text_style_fast.csv", NULL},                   \
        {"mrcr_v2p1_4needle_" pattern "_dynamic_fewshot_text_style_fast.csv", NULL},               \
    {                                                                                              \
        "mrcr_v2p1_8needle_" pattern "_dynamic_fewshot_text_style_fast.csv", NULL                  \
    }

static const struct dataset_file files[] = {
    FILES_OF("upto_128K"),
    FILES_OF("in_(4096,8192)"),
    FILES_OF("in_(8192,16384)"),
    FILES_OF("in_(16384,32768)"),
    FILES_OF("in_(32768,65536)"),
    FILES_OF("in_(65536,131072)"),
    FILES_OF("in_(131072,262144)"),
    FILES_OF("in_(262144,524288)"),
    FILES_OF("in_(524288,1048576)"),
    FILES_OF("in_(1048576,2097152)"),
    FILES_OF("in_(2097152,4194304)"),
    FILES_OF("in_(4194304,8388608)"),
    {NULL, NULL},
};

extern const struct dataset dataset_gdm_mrcr;
const struct dataset dataset_gdm_mrcr = {
    .format = "gdm-mrcr",
    .name = "google-deepmind/mrcr-v2",
    .purpose = "Google DeepMind's MRCR v2: CSV as published",
    .grader = "gdm-mrcr",
    .revision = "v2p1",
    .url = "https://storage.googleapis.com/mrcr_v2/",
    .files = files,
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .chance = chance,
    .read = read,
    .check = check,
    .length = length,
};
