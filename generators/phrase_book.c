#include "generators/phrase_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum { TEXT_BYTES_MAX = 64 * 1024 * 1024 };

/* Literals by their texts, so that " of the " is one phrase however often it is used: open
 * addressing, 0 is empty. */
struct literals {
    uint32_t *phrases; /* plus 1 */
    size_t count;
    size_t cap; /* a power of two */
};

struct making {
    struct phrase_book *book;
    const struct grammar *grammar;
    struct literals literals;
    size_t phrase_cap;
    size_t step_cap;
    struct phrase_step step; /* the one being put together */
    bool is_begun;
    struct err *err;
};

struct str phrase_book_text(const struct phrase_book *book, const struct phrase *phrase)
{
    return (struct str){book->text.p + phrase->at, phrase->len};
}

/* Doubles an array until `count` items fit. */
static int grow(void **items, size_t *cap, size_t count, size_t size, struct err *err)
{
    size_t wanted = *cap != 0 ? *cap : 1024;
    void *grown = NULL;

    while (wanted < count) {
        wanted *= 2;
    }
    if (wanted == *cap) {
        return 0;
    }
    grown = realloc(*items, wanted * size);
    if (grown == NULL) {
        return err_memory(err);
    }
    *items = grown;
    *cap = wanted;
    return 0;
}

/* --- Phrases. --- */

static int set_phrase(struct making *making, size_t index, struct str text)
{
    struct buf *all = &making->book->text;
    struct str stored = {0};
    struct phrase phrase;

    if (!phrase_fits(text)) {
        return err_set(making->err, ERR_INPUT,
                       "a text of more than %d bytes without a break: %.40s", PHRASE_BYTES_MAX,
                       text.p);
    }
    phrase = phrase_of(text, &stored);
    phrase.at = (uint32_t)all->len;
    buf_append(all, stored);
    making->book->phrases[index] = phrase;
    return buf_check(all, "phrases", making->err);
}

static int add_phrase(struct making *making, struct str text, uint32_t *index)
{
    struct phrase_book *book = making->book;
    int rc = grow((void **)&book->phrases, &making->phrase_cap, book->phrase_count + 1,
                  sizeof *book->phrases, making->err);

    if (rc != 0) {
        return rc;
    }
    *index = (uint32_t)book->phrase_count++;
    return set_phrase(making, *index, text);
}

static int literals_grow(struct making *making)
{
    struct literals *literals = &making->literals;
    struct literals grown = {.count = literals->count,
                             .cap = literals->cap != 0 ? literals->cap * 2 : 4096};

    grown.phrases = calloc(grown.cap, sizeof *grown.phrases);
    if (grown.phrases == NULL) {
        return err_memory(making->err);
    }
    for (size_t i = 0; i < literals->cap; i++) {
        if (literals->phrases[i] != 0) {
            const struct phrase *phrase = &making->book->phrases[literals->phrases[i] - 1];
            struct str text = phrase_book_text(making->book, phrase);
            size_t slot = XXH3_64bits(text.p, text.len) & (grown.cap - 1);

            while (grown.phrases[slot] != 0) {
                slot = (slot + 1) & (grown.cap - 1);
            }
            grown.phrases[slot] = literals->phrases[i];
        }
    }
    free(literals->phrases);
    *literals = grown;
    return 0;
}

/* The phrase of a literal text, found or added. */
static int find_literal(struct making *making, struct str text, uint32_t *index)
{
    struct literals *literals = &making->literals;
    struct str stored = {0};
    struct phrase wanted = phrase_of(text, &stored);
    size_t slot = 0;
    int rc = 0;

    if (2 * (literals->count + 1) > literals->cap) {
        rc = literals_grow(making);
    }
    if (rc != 0) {
        return rc;
    }
    slot = XXH3_64bits(stored.p, stored.len) & (literals->cap - 1);
    while (literals->phrases[slot] != 0) {
        const struct phrase *known = &making->book->phrases[literals->phrases[slot] - 1];

        if (known->flags == wanted.flags &&
            str_equal(phrase_book_text(making->book, known), stored)) {
            *index = literals->phrases[slot] - 1;
            return 0;
        }
        slot = (slot + 1) & (literals->cap - 1);
    }
    rc = add_phrase(making, text, index);
    literals->phrases[slot] = *index + 1;
    literals->count++;
    return rc;
}

/* The longest beginning that is a phrase: all of the text, or up to a joint. */
static struct str first_part(struct str text)
{
    if (phrase_fits(text)) {
        return text;
    }
    for (size_t at = PHRASE_BYTES_MAX; at > 0; at--) {
        if (text.p[at] == ' ' && joint_is_additive(str_take(text, at), str_skip(text, at))) {
            return str_take(text, at);
        }
    }
    return text;
}

/* --- Steps. --- */

static int end_step(struct making *making, enum phrase_action action)
{
    struct phrase_book *book = making->book;
    int rc = grow((void **)&book->steps, &making->step_cap, book->step_count + 1,
                  sizeof *book->steps, making->err);

    if (rc == 0) {
        making->step.action = (uint8_t)action;
        if (action == PHRASE_NO_ACTION && (making->step.flags & PHRASE_STEP_SPACE) != 0) {
            making->step.flags ^= PHRASE_STEP_SPACE | PHRASE_STEP_LITERAL;
        }
        book->steps[book->step_count++] = making->step;
    }
    making->is_begun = false;
    return rc;
}

/* A step that can still take what it begins with. */
static void begin_step(struct making *making)
{
    making->step = (struct phrase_step){0};
    making->is_begun = true;
}

static int add_literal(struct making *making, struct str text)
{
    int rc = 0;

    while (rc == 0 && text.len != 0) {
        struct str part = first_part(text);

        if (!phrase_fits(part)) {
            return err_set(making->err, ERR_INPUT,
                           "a text of more than %d bytes without a space: %.40s", PHRASE_BYTES_MAX,
                           part.p);
        }
        if (making->is_begun) {
            rc = end_step(making, PHRASE_NO_ACTION);
        }
        begin_step(making);
        if (rc == 0) {
            rc = find_literal(making, part, &making->step.literal);
            making->step.flags =
                str_equal(part, STR(" ")) ? PHRASE_STEP_SPACE : PHRASE_STEP_LITERAL;
        }
        text = str_skip(text, part.len);
    }
    return rc;
}

static bool is_text_alone(const struct making *making,
                          const struct grammar_alternative *alternative)
{
    const struct grammar_op *op = &making->grammar->ops[alternative->first_op];

    return alternative->op_count == 0 ||
           (alternative->op_count == 1 && op->kind == GRAMMAR_TEXT && op->b <= PHRASE_BYTES_MAX);
}

static int end_rule_step(struct making *making, uint32_t index)
{
    const struct grammar *grammar = making->grammar;
    const struct grammar_rule *rule = &grammar->rules[index];
    enum phrase_action action = PHRASE_PICK;

    if (rule->few != 0) {
        making->step.first = index;
        return end_step(making, PHRASE_FEW);
    }
    for (uint32_t i = 0; i < rule->alternative_count; i++) {
        if (!is_text_alone(making, &grammar->alternatives[rule->first_alternative + i])) {
            action = PHRASE_EXPAND;
        }
    }
    making->step.first = rule->first_alternative;
    making->step.count = rule->alternative_count;
    making->step.slot = (uint8_t)(index % PHRASE_SLOTS);
    return end_step(making, action);
}

static int add_op(struct making *making, const struct grammar_op *op)
{
    const struct grammar *grammar = making->grammar;

    if (op->kind == GRAMMAR_TEXT) {
        return add_literal(making, (struct str){grammar->text.p + op->a, op->b});
    }
    if (!making->is_begun) {
        begin_step(making);
    }
    making->step.first = op->a;
    switch (op->kind) {
    case GRAMMAR_CAPITAL:
        making->step.flags |= PHRASE_STEP_CAPITAL;
        return 0;
    case GRAMMAR_RULE:
        return end_rule_step(making, op->a);
    case GRAMMAR_REMEMBER:
        making->step.count = op->b;
        return end_step(making, PHRASE_REMEMBER);
    case GRAMMAR_AGREE:
        making->step.first = grammar->rules[op->a].first_alternative;
        return end_step(making, PHRASE_AGREE);
    case GRAMMAR_NUMBER:
        making->step.count = op->b - op->a;
        return end_step(making, PHRASE_NUMBER);
    case GRAMMAR_ARTICLE:
        return end_step(making, PHRASE_ARTICLE);
    case GRAMMAR_TITLE:
        return end_step(making, PHRASE_TITLE);
    case GRAMMAR_TOPIC:
        return end_step(making, PHRASE_TOPIC);
    case GRAMMAR_TOPIC_WORD:
        return end_step(making, PHRASE_TOPIC_WORD);
    case GRAMMAR_TEXT:
        break;
    }
    return 0;
}

/* An alternative that is more than a text: its phrase says where its steps are. */
static int compose(struct making *making, size_t index)
{
    const struct grammar *grammar = making->grammar;
    const struct grammar_alternative *alternative = &grammar->alternatives[index];
    struct phrase_book *book = making->book;
    int rc = 0;

    book->phrases[index] =
        (struct phrase){.at = (uint32_t)book->step_count, .flags = PHRASE_IS_COMPOSED};
    making->is_begun = false;
    for (uint32_t i = 0; rc == 0 && i < alternative->op_count; i++) {
        rc = add_op(making, &grammar->ops[alternative->first_op + i]);
    }
    if (rc == 0 && making->is_begun) {
        rc = end_step(making, PHRASE_NO_ACTION);
    }
    if (rc == 0) {
        book->steps[book->step_count - 1].flags |= PHRASE_STEP_LAST;
    }
    return rc;
}

static int add_alternatives(struct making *making)
{
    const struct grammar *grammar = making->grammar;
    struct phrase_book *book = making->book;
    int rc = grow((void **)&book->phrases, &making->phrase_cap, grammar->alternative_count,
                  sizeof *book->phrases, making->err);

    book->phrase_count = rc == 0 ? grammar->alternative_count : 0;
    for (size_t i = 0; rc == 0 && i < grammar->alternative_count; i++) {
        const struct grammar_alternative *alternative = &grammar->alternatives[i];
        const struct grammar_op *op = &grammar->ops[alternative->first_op];
        struct str text = {0};

        if (!is_text_alone(making, alternative)) {
            continue;
        }
        if (alternative->op_count != 0) {
            text = (struct str){grammar->text.p + op->a, op->b};
        }
        rc = set_phrase(making, i, text);
    }
    for (size_t i = 0; rc == 0 && i < grammar->alternative_count; i++) {
        if (!is_text_alone(making, &grammar->alternatives[i])) {
            rc = compose(making, i);
        }
    }
    return rc;
}

/* --- What every grammar has. --- */

static int add_topic(struct making *making, const struct grammar_topic *topic,
                     struct phrase_topic *out)
{
    struct buf about;
    int rc = add_phrase(making, topic->name, &out->name);

    for (int list = 0; rc == 0 && list < GRAMMAR_TOPIC_LISTS; list++) {
        out->lists[list] = (uint32_t)making->book->phrase_count;
        for (uint32_t i = 0; rc == 0 && i < topic->lists[list].count; i++) {
            uint32_t index = 0;

            rc = add_phrase(making, topic->lists[list].words[i], &index);
        }
    }
    buf_init(&about, PHRASE_BYTES_MAX);
    buf_append(&about, STR(" about "));
    buf_append(&about, topic->name);
    rc = rc != 0 ? rc : buf_check(&about, "topic", making->err);
    if (rc == 0) {
        rc = add_phrase(making, buf_str(&about), &out->about);
    }
    buf_release(&about);
    return rc;
}

static int add_ask(struct making *making, struct str format, uint32_t *out)
{
    struct buf ask;
    int rc = 0;

    buf_init(&ask, PHRASE_BYTES_MAX);
    buf_append(&ask, STR("write a "));
    buf_append(&ask, format);
    rc = buf_check(&ask, "format", making->err);
    if (rc == 0) {
        rc = add_phrase(making, buf_str(&ask), out);
    }
    buf_release(&ask);
    return rc;
}

static int add_numbers(struct making *making)
{
    char digits[8];
    uint32_t index = 0;
    int rc = 0;

    making->book->numbers = (uint32_t)making->book->phrase_count;
    for (unsigned i = 0; rc == 0 && i < PHRASE_NUMBERS; i++) {
        int len = snprintf(digits, sizeof digits, "%u", i);

        rc = add_phrase(making, (struct str){digits, (size_t)len}, &index);
    }
    return rc;
}

static int add_common(struct making *making)
{
    const struct grammar *grammar = making->grammar;
    struct phrase_book *book = making->book;
    int rc = add_numbers(making);

    book->topics = calloc(grammar->topic_count + 1, sizeof *book->topics);
    book->asks = calloc(grammar->format_count + 1, sizeof *book->asks);
    if (book->topics == NULL || book->asks == NULL) {
        return err_memory(making->err);
    }
    for (size_t i = 0; rc == 0 && i < grammar->topic_count; i++) {
        rc = add_topic(making, &grammar->topics[i], &book->topics[i]);
    }
    for (size_t i = 0; rc == 0 && i < grammar->format_count; i++) {
        rc = add_ask(making, grammar->formats[i].name, &book->asks[i]);
    }
    if (rc == 0) {
        rc = add_phrase(making, STR("a"), &book->article);
    }
    return rc;
}

int phrase_book_make(struct phrase_book *out, const struct grammar *grammar, struct err *err)
{
    static const char slack[PHRASE_SLACK] = {0};
    struct making making = {.book = out, .grammar = grammar, .err = err};
    int rc = 0;

    *out = (struct phrase_book){0};
    buf_init(&out->text, TEXT_BYTES_MAX);
    rc = add_alternatives(&making);
    if (rc == 0) {
        rc = add_common(&making);
    }
    buf_append(&out->text, (struct str){slack, sizeof slack});
    free(making.literals.phrases);
    return rc != 0 ? rc : buf_check(&out->text, "phrases", err);
}

void phrase_book_release(struct phrase_book *book)
{
    buf_release(&book->text);
    free(book->phrases);
    free(book->steps);
    free(book->topics);
    free(book->asks);
    *book = (struct phrase_book){0};
}

int phrase_book_count(struct phrase_book *book, const struct tokenizer *tokenizer, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < book->phrase_count; i++) {
        struct phrase *phrase = &book->phrases[i];

        if ((phrase->flags & PHRASE_IS_COMPOSED) == 0) {
            rc = phrase_count(phrase, phrase_book_text(book, phrase), tokenizer, err);
        }
    }
    book->tokenizer = tokenizer;
    return rc != 0 ? rc : phrase_line_breaks_count(&book->line_breaks, tokenizer, err);
}
