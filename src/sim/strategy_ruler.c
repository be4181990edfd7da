/* ruler: the questions of NVIDIA's RULER but for those about documents, which are read as niah's.
 *
 *   - "What is the special magic number for KEY mentioned in the provided text?", also for several
 *     keys and for all values of one: answered by the lines "One of the special magic numbers for
 *     KEY is: VALUE."
 *   - "Find all variables that are assigned the value 12345 in the text above.": by following "VAR
 *     A = 12345" and "VAR B = VAR A".
 *   - the 10 most common words of a numbered list, the three most frequent of a coded text (but for
 *     its dots): by counting.
 */
#include "sim/strategy.h"

#include "sim/word_table.h"

#include <stdio.h>

enum { ANSWER_BYTES_MAX = 1024 * 1024, PATTERN_BYTES_MAX = 512, WORDS_ASKED_MAX = 10 };

/* The end of the last message, where questions stand. */
static struct str question_area(struct str text)
{
    enum { QUESTION_BYTES = 4096 };

    return text.len > QUESTION_BYTES ? str_skip(text, text.len - QUESTION_BYTES) : text;
}

/* What is before and after the last `mark` in the question area; false where there is none. */
static bool split_at(struct str text, struct str mark, struct str *before, struct str *after)
{
    struct str area = question_area(text);
    size_t at = str_find_last(area, mark);

    if (at == SIZE_MAX) {
        return false;
    }
    *after = str_skip(area, at + mark.len);
    *before = str_take(text, (size_t)(area.p - text.p) + at);
    return true;
}

static void add_to_answer(struct reading *reading, struct str text)
{
    buf_append(&reading->composed, reading->needles++ != 0 ? STR(", ") : STR(""));
    buf_append(&reading->composed, text);
}

static void finish_answer(struct reading *reading)
{
    if (reading->composed.failure == 0 && reading->needles != 0) {
        reading->answer = buf_str(&reading->composed);
    }
}

/* The needle's question: the kind of value and the keys. */
struct needle_question {
    struct str haystack;
    struct str kind; /* "number" */
    struct str keys; /* "a", "a, b, and c" */
};

static bool parse_needle_question(struct str text, struct needle_question *out)
{
    struct str after = {0};
    struct str_pair parts;
    size_t end = 0;

    if (!split_at(text, STR("What is the special magic "), &out->haystack, &after) &&
        !split_at(text, STR("What are all the special magic "), &out->haystack, &after)) {
        return false;
    }
    parts = str_cut(after, ' ');
    end = str_find(after, STR(" mentioned in the provided text?"));
    out->kind = parts.head;
    if (str_ends(out->kind, STR("s"))) {
        out->kind.len--;
    }
    if (end == SIZE_MAX || !parts.ok || !str_starts(parts.tail, STR("for "))) {
        return false;
    }
    out->keys = str_skip(str_take(after, end), parts.head.len + STR(" for ").len);
    return out->keys.len != 0;
}

/* Takes the next key off *rest. */
static bool next_key(struct str *rest, struct str *key)
{
    size_t comma = str_find(*rest, STR(", "));

    *key = str_take(*rest, comma);
    *rest = comma != SIZE_MAX ? str_skip(*rest, comma + 2) : STR("");
    if (str_starts(*key, STR("and "))) {
        *key = str_skip(*key, STR("and ").len);
    }
    return key->len != 0;
}

/* Adds the value of every line for `key`. */
static void find_values(const struct needle_question *question, struct str key, struct reading *out)
{
    char pattern[PATTERN_BYTES_MAX];
    int len = snprintf(pattern, sizeof pattern,
                       "One of the special magic %.*ss for %.*s is: ", STR_ARG(question->kind),
                       STR_ARG(key));
    struct str rest = question->haystack;

    if (len < 0 || (size_t)len >= sizeof pattern) {
        return;
    }
    for (;;) {
        size_t at = str_find(rest, (struct str){pattern, (size_t)len});

        if (at == SIZE_MAX) {
            return;
        }
        rest = str_skip(rest, at + (size_t)len);
        if (out->needles == 0) {
            out->depth =
                (double)(rest.p - question->haystack.p - len) / (double)question->haystack.len;
        }
        add_to_answer(out, str_cut(rest, '.').head);
    }
}

static bool read_needles(struct str text, struct reading *out)
{
    struct needle_question question;
    struct str rest = {0};
    struct str key = {0};

    if (!parse_needle_question(text, &question)) {
        return false;
    }
    buf_init(&out->composed, ANSWER_BYTES_MAX);
    rest = question.keys;
    while (rest.len != 0 && next_key(&rest, &key)) {
        find_values(&question, key, out);
    }
    finish_answer(out);
    return true;
}

/* Takes the next "VAR NAME = VALUE" off *rest; of "= VAR OTHER" the value is OTHER. */
static bool next_assignment(struct str *rest, struct str *name, struct str *value)
{
    struct str line = {0};

    while (str_next_line(rest, &line)) {
        size_t sign = str_find(line, STR(" = "));

        if (!str_starts(line, STR("VAR ")) || sign == SIZE_MAX) {
            continue;
        }
        *name = str_trim(str_skip(str_take(line, sign), STR("VAR ").len));
        *value = str_trim(str_skip(line, sign + STR(" = ").len));
        if (str_starts(*value, STR("VAR "))) {
            *value = str_trim(str_skip(*value, STR("VAR ").len));
        }
        if (name->len != 0 && value->len != 0) {
            return true;
        }
    }
    return false;
}

static bool read_variables(struct str text, struct reading *out)
{
    struct word_table known = {0};
    struct str haystack = {0};
    struct str value = {0};
    size_t before = SIZE_MAX;

    if (!split_at(text, STR("Find all variables that are assigned the value "), &haystack,
                  &value)) {
        return false;
    }
    value = str_cut(value, ' ').head;
    buf_init(&out->composed, ANSWER_BYTES_MAX);
    if (value.len != 0) {
        (void)word_table_at(&known, value);
    }
    /* Assignments may come in any order: until a pass adds nothing. */
    while (known.count != before) {
        struct str rest = haystack;
        struct str name = {0};
        struct str from = {0};

        before = known.count;
        while (next_assignment(&rest, &name, &from)) {
            if (word_table_has(&known, from) && !word_table_has(&known, name) &&
                word_table_at(&known, name) != NULL) {
                add_to_answer(out, name);
            }
        }
    }
    out->depth = 0.5;
    if (!known.failed) {
        finish_answer(out);
    }
    word_table_release(&known);
    return true;
}

/* A list of words to count. */
struct word_list {
    struct str words;
    size_t asked;
    bool is_numbered; /* "1. word 2. word": every other word is a number */
};

static bool parse_word_list(struct str text, struct word_list *out)
{
    static const struct str numbered = STR_INIT("Memorize the ones that appear most often.\n");
    static const struct str coded =
        STR_INIT("Find the three most frequently appeared coded words. ");
    struct str before = {0};
    struct str after = {0};
    size_t at = 0;

    out->is_numbered =
        split_at(text, STR("\nQuestion: What are the 10 most common words in"), &before, &after);
    if (!out->is_numbered &&
        !split_at(text, STR("\nQuestion: Do not provide any explanation. Please ignore the dots"),
                  &before, &after)) {
        return false;
    }
    at = str_find_last(before, out->is_numbered ? numbered : coded);
    out->asked = out->is_numbered ? 10 : 3;
    out->words = str_skip(before, at + (out->is_numbered ? numbered.len : coded.len));
    return at != SIZE_MAX;
}

static bool next_word(const struct word_list *list, struct str *rest, struct str *word)
{
    while (rest->len != 0) {
        struct str_pair parts = str_cut(*rest, ' ');

        *rest = parts.tail;
        *word = parts.head;
        if (word->len != 0 && !str_ends(*word, STR(".")) &&
            (!list->is_numbered || word->p[0] < '0' || word->p[0] > '9')) {
            return true;
        }
    }
    return false;
}

/* The most frequent words, in order; of equals the one that is first in the table. */
static size_t take_most_frequent(const struct word_table *counts, size_t asked,
                                 struct word_entry out[WORDS_ASKED_MAX])
{
    size_t taken = 0;

    for (size_t i = 0; i < counts->cap; i++) {
        struct word_entry entry = counts->entries[i];
        size_t at = taken;

        if (entry.word.p == NULL || (taken == asked && entry.number <= out[taken - 1].number)) {
            continue;
        }
        at -= taken == asked ? 1 : 0;
        for (; at != 0 && out[at - 1].number < entry.number; at--) {
            out[at] = out[at - 1];
        }
        out[at] = entry;
        taken += taken < asked ? 1 : 0;
    }
    return taken;
}

static bool read_word_list(struct str text, struct reading *out)
{
    struct word_entry most[WORDS_ASKED_MAX];
    struct word_table counts = {0};
    struct word_list list;
    struct str rest = {0};
    struct str word = {0};
    size_t taken = 0;

    if (!parse_word_list(text, &list)) {
        return false;
    }
    rest = list.words;
    while (!counts.failed && next_word(&list, &rest, &word)) {
        uint64_t *count = word_table_at(&counts, word);

        *(count != NULL ? count : &(uint64_t){0}) += 1;
    }
    buf_init(&out->composed, ANSWER_BYTES_MAX);
    taken = take_most_frequent(&counts, list.asked, most);
    for (size_t i = 0; i < taken; i++) {
        add_to_answer(out, most[i].word);
    }
    out->depth = 0.5;
    if (!counts.failed) {
        finish_answer(out);
    }
    word_table_release(&counts);
    return true;
}

static bool ruler_read(const struct conversation *conversation, struct reading *out)
{
    struct str text = strategy_question(conversation);

    return read_needles(text, out) || read_variables(text, out) || read_word_list(text, out);
}

/* Another line's value, or any word of the text. */
static struct str ruler_mistake(const struct conversation *conversation,
                                const struct reading *reading, struct random *random)
{
    struct str text = conversation_whole(conversation);
    struct str rest = text;
    struct str taken = {0};
    uint64_t seen = 0;
    size_t at = 0;

    while ((at = str_find(rest, STR(" is: "))) != SIZE_MAX) {
        struct str value = {0};

        rest = str_skip(rest, at + STR(" is: ").len);
        value = str_cut(rest, '.').head;
        /* One of all, each as likely, without keeping a list: reservoir sampling. */
        if (!str_contains(reading->answer, value) && random_below(random, ++seen) == 0) {
            taken = value;
        }
    }
    if (seen != 0) {
        return taken;
    }
    rest = str_skip(text, random_below(random, text.len));
    rest = str_cut(rest, ' ').tail;
    return str_cut(str_cut(rest, ' ').head, '\n').head;
}

const struct strategy strategy_ruler = {"ruler", ruler_read, ruler_mistake, NULL};
