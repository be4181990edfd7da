#include "generators/phrase_book.h"

#include "generators/phrase_making.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum { TEXT_BYTES_MAX = 64 * 1024 * 1024 };

struct str phrase_book_text(const struct phrase_book *book, const struct phrase *phrase)
{
    return (struct str){book->text.p + phrase->at, phrase->len};
}

int phrase_making_grow(void **items, size_t *cap, size_t count, size_t size, struct err *err)
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

static int set_phrase(struct phrase_making *making, size_t index, struct str text)
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

static int add_phrase(struct phrase_making *making, struct str text, uint32_t *index)
{
    struct phrase_book *book = making->book;
    int rc = phrase_making_grow((void **)&book->phrases, &making->phrase_cap,
                                book->phrase_count + 1, sizeof *book->phrases, making->err);

    if (rc != 0) {
        return rc;
    }
    *index = (uint32_t)book->phrase_count++;
    return set_phrase(making, *index, text);
}

static int literals_grow(struct phrase_making *making)
{
    struct phrase_literals *literals = &making->literals;
    struct phrase_literals grown = {.count = literals->count,
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

int phrase_making_literal(struct phrase_making *making, struct str text, uint32_t *index)
{
    struct phrase_literals *literals = &making->literals;
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

/* --- Alternatives. --- */

bool phrase_making_is_text(const struct phrase_making *making, size_t alternative)
{
    const struct grammar_alternative *found = &making->grammar->alternatives[alternative];
    const struct grammar_op *op = &making->grammar->ops[found->first_op];

    return found->op_count == 0 ||
           (found->op_count == 1 && op->kind == GRAMMAR_TEXT && op->b <= PHRASE_BYTES_MAX);
}

static int add_alternatives(struct phrase_making *making)
{
    const struct grammar *grammar = making->grammar;
    struct phrase_book *book = making->book;
    int rc = phrase_making_grow((void **)&book->phrases, &making->phrase_cap,
                                grammar->alternative_count, sizeof *book->phrases, making->err);

    book->phrase_count = rc == 0 ? grammar->alternative_count : 0;
    for (size_t i = 0; rc == 0 && i < grammar->alternative_count; i++) {
        const struct grammar_alternative *alternative = &grammar->alternatives[i];
        const struct grammar_op *op = &grammar->ops[alternative->first_op];
        struct str text = {0};

        if (!phrase_making_is_text(making, i)) {
            continue;
        }
        if (alternative->op_count != 0) {
            text = (struct str){grammar->text.p + op->a, op->b};
        }
        rc = set_phrase(making, i, text);
    }
    return rc;
}

/* --- What every grammar has. --- */

static int add_topic(struct phrase_making *making, const struct grammar_topic *topic,
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

static int add_ask(struct phrase_making *making, struct str format, uint32_t *out)
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

static int add_numbers(struct phrase_making *making)
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

static int add_common(struct phrase_making *making)
{
    const struct grammar *grammar = making->grammar;
    struct phrase_book *book = making->book;
    int rc = 0;

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
    return rc;
}

int phrase_book_make(struct phrase_book *out, const struct grammar *grammar, struct err *err)
{
    static const char slack[PHRASE_SLACK] = {0};
    struct phrase_making making = {.book = out, .grammar = grammar, .err = err};
    int rc = 0;

    *out = (struct phrase_book){0};
    buf_init(&out->text, TEXT_BYTES_MAX);
    rc = add_alternatives(&making);
    if (rc == 0) {
        rc = add_numbers(&making);
    }
    if (rc == 0) {
        rc = phrase_compose(&making);
    }
    if (rc == 0) {
        rc = add_common(&making);
    }
    out->titles = calloc(out->phrase_count + 1, sizeof *out->titles);
    if (rc == 0 && out->titles == NULL) {
        rc = err_memory(err);
    }
    buf_append(&out->text, (struct str){slack, sizeof slack});
    free(making.literals.phrases);
    free(making.choice_places);
    if (rc == 0) {
        rc = buf_check(&out->text, "phrases", err);
    }
    return rc != 0 ? rc : phrase_slugs_cast(out, err);
}

void phrase_book_release(struct phrase_book *book)
{
    buf_release(&book->text);
    free(book->phrases);
    free(book->titles);
    phrase_slugs_release(&book->cast);
    free(book->steps);
    free(book->choices);
    free(book->rules);
    free(book->variants);
    free(book->topics);
    free(book->asks);
    *book = (struct phrase_book){0};
}

int phrase_book_count(struct phrase_book *book, const struct tokenizer *tokenizer, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < book->phrase_count; i++) {
        struct phrase *phrase = &book->phrases[i];
        struct str stored = phrase_book_text(book, phrase);

        if ((phrase->flags & PHRASE_IS_COMPOSED) != 0) {
            continue;
        }
        rc = phrase_count(phrase, stored, tokenizer, err);
        if (rc == 0) {
            rc = phrase_title_count(&book->titles[i], phrase, stored, tokenizer, err);
        }
    }
    book->tokenizer = tokenizer;
    if (rc == 0) {
        rc = phrase_line_breaks_count(&book->line_breaks, tokenizer, err);
    }
    return rc != 0 ? rc : phrase_slugs_cast(book, err);
}
