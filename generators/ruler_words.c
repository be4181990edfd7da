/* RULER's two lists of words to count: common words among others that are in it less often (cwe),
 * and made-up words whose frequencies fall off by Zipf's law (fwe).
 */
#include "generators/ruler_bank.h"

#include "generators/draw.h"

#include <math.h>

enum {
    COMMON = 10,
    EXAMPLE_WORDS = 40, /* common ones included */
    EXAMPLE_WORDS_SHORT = 20,
    SHORT_TOKENS = 4096, /* below it words are repeated less */
    /* Above this length single words would run out, and all words are pairs. */
    SINGLES_TOKENS = 40960,
    ITEM_BYTES_MAX = 64,
    TEXT_BYTES_MAX = 16384,
    CODED_LETTERS = 6,
    CODED_ASKED = 3,
    VOCABULARY_DIVISOR = 50
};

/* How often common and other words are repeated in the task and in its example. */
struct repeats {
    uint64_t common;
    uint64_t other;
    uint64_t example_words;
    uint64_t example_common;
    uint64_t example_other;
};
static const struct repeats repeats_long = {30, 3, EXAMPLE_WORDS, 10, 3};
static const struct repeats repeats_short = {6, 1, EXAMPLE_WORDS_SHORT, 3, 1};

/* Words are numbered in a random order: the common ones come first, then the example's, which are
 * no words of the task, then all others. */
struct cwe {
    const struct word_bank *words;
    struct permutation order;
    bool has_pairs;
    struct repeats repeats;
};

static void append_word(const struct cwe *cwe, uint64_t number, struct buf *out)
{
    uint64_t index = permutation_at(&cwe->order, number);

    if (cwe->has_pairs) {
        word_bank_append_pair(cwe->words, index, out);
    } else {
        buf_append(out, word_bank_single(cwe->words, index));
    }
}

static void write_cwe(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    const struct cwe *cwe = self;
    uint64_t common = COMMON * cwe->repeats.common;

    (void)variant;
    append_word(cwe,
                index < common
                    ? index % COMMON
                    : COMMON + cwe->repeats.example_words + (index - common) / cwe->repeats.other,
                out);
}

static const char cwe_instructions[] =
    "Below is a numbered list of words. In these words, some appear more often than others. "
    "Memorize the ones that appear most often.\n";
static const struct str cwe_question =
    STR_INIT("\nQuestion: What are the 10 most common words in the above list?");
static const struct str cwe_prefix =
    STR_INIT(" Answer: The top 10 words that appear most often in the list are:");

static void append_numbered(const struct cwe *cwe, uint64_t place, uint64_t number, struct buf *out)
{
    buf_appendf(out, "%s%llu. ", place != 0 ? " " : "", (unsigned long long)place + 1);
    append_word(cwe, number, out);
}

static void append_example(const struct cwe *cwe, uint64_t seed, struct buf *out)
{
    const struct repeats *repeats = &cwe->repeats;
    uint64_t common = COMMON * repeats->example_common;
    uint64_t others = (repeats->example_words - COMMON) * repeats->example_other;
    struct permutation order = permutation_make(seed, STR("example"), 0, common + others);

    buf_append(out, str_from(cwe_instructions));
    for (uint64_t i = 0; i < common + others; i++) {
        uint64_t at = permutation_at(&order, i);
        uint64_t word = at < common ? at % COMMON : COMMON + (at - common) / repeats->example_other;

        append_numbered(cwe, i, COMMON + word, out);
    }
    buf_append(out, cwe_question);
    buf_append(out, cwe_prefix);
    buf_append_char(out, ' ');
    for (uint64_t i = 0; i < COMMON; i++) {
        append_numbered(cwe, i, COMMON + i, out);
    }
    buf_append_char(out, '\n');
}

/* The answers by themselves and as "1. a 2. b". */
static int write_cwe_reply(const struct cwe *cwe, struct test_case *test_case, struct str *reply,
                           struct err *err)
{
    struct str *answers = arena_alloc(&test_case->arena, COMMON, sizeof *answers);
    struct buf text;
    int rc = 0;

    if (answers == NULL) {
        return err_memory(err);
    }
    buf_init(&text, TEXT_BYTES_MAX);
    for (uint64_t i = 0; rc == 0 && i < COMMON; i++) {
        append_word(cwe, i, &text);
        rc = listing_case_keep(test_case, &text, &answers[i], err);
    }
    for (uint64_t i = 0; i < COMMON; i++) {
        append_numbered(cwe, i, i, &text);
    }
    test_case->key.answers = answers;
    test_case->key.answer_count = COMMON;
    if (rc != 0) {
        buf_release(&text);
        return rc;
    }
    return listing_case_keep(test_case, &text, reply, err);
}

/* What both lists have in common. */
static int allocate(struct test_case *test_case, struct listing_design *design,
                    struct listing_question **question, struct err *err)
{
    design->plants = arena_alloc(&test_case->arena, CANARY_PLACES, sizeof *design->plants);
    *question = arena_alloc(&test_case->arena, 1, sizeof **question);
    design->questions = *question;
    design->form.separator = STR(" ");
    design->is_shuffled = true;
    return design->plants == NULL || *question == NULL ? err_memory(err) : 0;
}

int ruler_cwe_design(const struct ruler_bank *bank, struct test_case *test_case,
                     struct listing_design *design, struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    uint64_t seed = listing_case_seed(design->seed, recipe);
    struct cwe *cwe = arena_alloc(&test_case->arena, 1, sizeof *cwe);
    struct listing_question *question = NULL;
    uint64_t word_count = 0;
    struct buf head;
    int rc = allocate(test_case, design, &question, err);

    if (rc != 0 || cwe == NULL) {
        return err_memory(err);
    }
    *cwe = (struct cwe){
        .words = bank->words,
        .has_pairs = recipe->length_tokens > SINGLES_TOKENS,
        .repeats = recipe->length_tokens < SHORT_TOKENS ? repeats_short : repeats_long,
    };
    word_count = cwe->has_pairs ? bank->words->pair_count : bank->words->single_count;
    cwe->order = permutation_make(seed, STR("words"), 0, word_count);
    design->form.after_number = STR(". ");
    design->units = (struct listing_units){
        .self = cwe,
        .write = write_cwe,
        .first = COMMON * cwe->repeats.common,
        .step = cwe->repeats.other,
        .most = COMMON * cwe->repeats.common +
                (word_count - COMMON - cwe->repeats.example_words) * cwe->repeats.other,
        .bytes_max = ITEM_BYTES_MAX,
    };
    *question =
        (struct listing_question){.text = cwe_question, .ending = ruler_ending(bank, cwe_prefix)};
    buf_init(&head, TEXT_BYTES_MAX);
    append_example(cwe, seed, &head);
    buf_append(&head, str_from(cwe_instructions));
    rc = listing_case_keep(test_case, &head, &design->head, err);
    return rc != 0 ? rc : write_cwe_reply(cwe, test_case, &question->reply, err);
}

/* A list of N words has floor(N / (zeta(2) rank^2)) of each rank, from 1; the first is "...". */
struct fwe {
    struct permutation words; /* of all with six letters */
    uint64_t ranks;           /* of the vocabulary; the table's size */
    uint64_t *tokens;         /* of each rank's word with the space before it */
    uint64_t *ends;           /* units up to and including each rank */
};

/* zeta(2) = pi^2 / 6. */
static const double zeta_2 = 1.6449340668482264;

static uint64_t count_of(uint64_t words, uint64_t rank)
{
    return (uint64_t)floor((double)words / (zeta_2 * (double)rank * (double)rank));
}

static void append_coded(const struct fwe *fwe, uint64_t rank, struct buf *out)
{
    char letters[CODED_LETTERS];
    uint64_t code = permutation_at(&fwe->words, rank);

    if (rank == 1) {
        buf_append(out, STR("..."));
        return;
    }
    for (int i = CODED_LETTERS - 1; i >= 0; i--) {
        letters[i] = (char)('a' + code % 26);
        code /= 26;
    }
    buf_append(out, (struct str){letters, CODED_LETTERS});
}

/* Units and tokens of a list of so many words. */
static uint64_t measure_list(const struct fwe *fwe, uint64_t words, uint64_t *tokens)
{
    uint64_t units = 0;

    *tokens = 0;
    for (uint64_t rank = 1; rank <= fwe->ranks; rank++) {
        uint64_t count = count_of(words, rank);

        units += count;
        *tokens += count * fwe->tokens[rank - 1];
    }
    return units;
}

/* The most words whose list has at most `room` tokens, by halving. */
static int fit_fwe(const void *self, uint64_t room, uint64_t *count, struct err *err)
{
    const struct fwe *fwe = self;
    uint64_t low = 0;
    uint64_t high = 2 * room + 2; /* "..." alone, one token each, is more than half of the list */
    uint64_t tokens = 0;
    uint64_t end = 0;

    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        (void)measure_list(fwe, middle, &tokens);
        low = tokens <= room ? middle : low;
        high = tokens <= room ? high : middle;
    }
    *count = measure_list(fwe, low, &tokens);
    for (uint64_t rank = 1; rank <= fwe->ranks; rank++) {
        end += count_of(low, rank);
        fwe->ends[rank - 1] = end;
    }
    (void)err;
    return 0;
}

static void write_fwe(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    const struct fwe *fwe = self;
    uint64_t low = 0;
    uint64_t high = fwe->ranks;

    (void)variant;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (fwe->ends[middle] <= index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    append_coded(fwe, low + 1, out);
}

/* Only so many ranks occur at all as the square root of the list's length: that is the table. */
static int make_fwe(const struct ruler_bank *bank, struct test_case *test_case, uint64_t seed,
                    struct fwe *fwe, struct err *err)
{
    uint64_t length = test_case->recipe.length_tokens;
    uint64_t vocabulary = length / VOCABULARY_DIVISOR;
    uint64_t occurring = (uint64_t)sqrt(2.0 * (double)length / zeta_2) + 1;
    struct buf text;
    int rc = 0;

    fwe->words = permutation_make(seed, STR("words"), 0, UINT64_C(308915776)); /* 26^6 */
    fwe->ranks = occurring < vocabulary ? occurring : vocabulary;
    fwe->tokens = arena_alloc(&test_case->arena, fwe->ranks, sizeof *fwe->tokens);
    fwe->ends = arena_alloc(&test_case->arena, fwe->ranks, sizeof *fwe->ends);
    if (fwe->tokens == NULL || fwe->ends == NULL) {
        return err_memory(err);
    }
    buf_init(&text, ITEM_BYTES_MAX);
    for (uint64_t rank = 1; rc == 0 && rank <= fwe->ranks; rank++) {
        buf_reset(&text);
        buf_append_char(&text, ' ');
        append_coded(fwe, rank, &text);
        rc = buf_check(&text, "word", err);
        if (rc == 0) {
            rc = tokenizer_count(bank->tokenizer, buf_str(&text), &fwe->tokens[rank - 1], err);
        }
    }
    buf_release(&text);
    return rc;
}

static int write_fwe_reply(const struct fwe *fwe, struct test_case *test_case, struct str *reply,
                           struct err *err)
{
    struct str *answers = arena_alloc(&test_case->arena, CODED_ASKED, sizeof *answers);
    struct buf text;
    int rc = answers == NULL ? err_memory(err) : 0;

    buf_init(&text, ITEM_BYTES_MAX);
    for (uint64_t i = 0; rc == 0 && i < CODED_ASKED; i++) {
        append_coded(fwe, i + 2, &text);
        rc = listing_case_keep(test_case, &text, &answers[i], err);
    }
    test_case->key.answers = answers;
    test_case->key.answer_count = CODED_ASKED;
    return rc != 0 ? rc : ruler_join(test_case, answers, CODED_ASKED, STR(", "), reply, err);
}

int ruler_fwe_design(const struct ruler_bank *bank, struct test_case *test_case,
                     struct listing_design *design, struct err *err)
{
    struct fwe *fwe = arena_alloc(&test_case->arena, 1, sizeof *fwe);
    struct listing_question *question = NULL;
    int rc = allocate(test_case, design, &question, err);

    if (rc != 0 || fwe == NULL) {
        return err_memory(err);
    }
    design->head = STR("Read the following coded text and track the frequency of each coded word. "
                       "Find the three most frequently appeared coded words. ");
    design->units = (struct listing_units){.self = fwe,
                                           .write = write_fwe,
                                           .fit = fit_fwe,
                                           .first = 1,
                                           .step = 1,
                                           .most = UINT64_MAX,
                                           .bytes_max = ITEM_BYTES_MAX};
    *question = (struct listing_question){
        .text = STR("\nQuestion: Do not provide any explanation. Please ignore the dots '....'. "
                    "What are the three most frequently appeared words in the above coded text?"),
        .ending = ruler_ending(bank, STR(" Answer: According to the coded text above, the three "
                                         "most frequently appeared words are:")),
    };
    rc = make_fwe(bank, test_case, listing_case_seed(design->seed, &test_case->recipe), fwe, err);
    return rc != 0 ? rc : write_fwe_reply(fwe, test_case, &question->reply, err);
}
