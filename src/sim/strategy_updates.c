/* updates: "What is the KEY according to the latest statement in the text?", or to the "2nd
 * statement of it", is answered by the last or the second sentence "The KEY is VALUE." or "The KEY
 * is now VALUE."
 */
#include "sim/planted.h"
#include "sim/strategy.h"

#include <stdint.h>
#include <stdio.h>

struct updates_question {
    struct planted_question planted;
    char head[PLANTED_SENTENCE_BYTES_MAX]; /* "The KEY is " */
    size_t head_len;
    uint64_t statement; /* from 1; 0 for the latest */
};

/* "2nd statement of it" -> 2; false for another wording. */
static bool parse_ordinal(struct str text, uint64_t *out)
{
    size_t digits = 0;

    while (digits < text.len && text.p[digits] >= '0' && text.p[digits] <= '9') {
        digits++;
    }
    return str_to_u64(str_take(text, digits), out) && *out != 0 &&
           str_find(text, STR(" statement of it")) == digits + STR("th").len;
}

static bool parse(const struct conversation *conversation, struct updates_question *out)
{
    struct str key = {0};
    struct str which = {0};
    int len = 0;

    if (!planted_split(conversation, &out->planted)) {
        return false;
    }
    key = planted_between(out->planted.text, STR("What is the "), STR(" according to the "));
    which = planted_between(out->planted.text, STR(" according to the "), STR(" in the text?"));
    out->statement = 0;
    if (key.len == 0 ||
        (!str_equal(which, STR("latest statement")) && !parse_ordinal(which, &out->statement))) {
        return false;
    }
    len = snprintf(out->head, sizeof out->head, "The %.*s is ", STR_ARG(key));
    out->head_len = (size_t)len;
    return len > 0 && out->head_len < sizeof out->head;
}

static bool next_statement(const struct updates_question *question, struct str *rest,
                           struct planted_fact *out)
{
    struct str head = {question->head, question->head_len};

    if (!planted_next_fact(question->planted.haystack, head, rest, out)) {
        return false;
    }
    if (str_starts(out->value, STR("now "))) {
        out->value = str_skip(out->value, STR("now ").len);
    }
    return true;
}

static bool updates_read(const struct conversation *conversation, struct reading *out)
{
    struct updates_question question;
    struct planted_fact fact;
    struct str rest = {0};

    if (!parse(conversation, &question)) {
        return false;
    }
    rest = question.planted.haystack;
    while (next_statement(&question, &rest, &fact)) {
        out->needles++;
        if (question.statement == 0 || question.statement == out->needles) {
            out->answer = fact.value;
            out->depth = fact.depth;
        }
    }
    return true;
}

/* The value of another statement, each as likely. */
static struct str updates_mistake(const struct conversation *conversation,
                                  const struct reading *reading, struct random *random)
{
    struct updates_question question;
    struct planted_fact fact;
    struct str taken = {0};
    struct str rest = {0};
    uint64_t seen = 0;

    if (!parse(conversation, &question)) {
        return taken;
    }
    rest = question.planted.haystack;
    while (next_statement(&question, &rest, &fact)) {
        if (fact.value.p != reading->answer.p && random_below(random, ++seen) == 0) {
            taken = fact.value;
        }
    }
    return taken;
}

const struct strategy strategy_updates = {
    .name = "updates", .read = updates_read, .mistake = updates_mistake};
