/* aggregate: "Of several people the text gives the KIND. List all of these numbers, …" is answered
 * by the values of all sentences "The KIND of … is VALUE."; "Of how many people does the text give
 * the KIND?" by how many they are.
 */
#include "sim/planted.h"
#include "sim/strategy.h"

#include <stdio.h>

struct aggregate_question {
    struct planted_question planted;
    struct str kind;
    enum reading_form form;
    char head[PLANTED_SENTENCE_BYTES_MAX]; /* "The KIND of " */
    size_t head_len;
};

static bool parse(const struct conversation *conversation, struct aggregate_question *out)
{
    int len = 0;

    if (!planted_split(conversation, &out->planted)) {
        return false;
    }
    out->form = READING_LIST;
    out->kind = planted_between(out->planted.text, STR("Of several people the text gives the "),
                                STR(". List all of these numbers"));
    if (out->kind.len == 0) {
        out->form = READING_COUNT;
        out->kind = planted_between(out->planted.text,
                                    STR("Of how many people does the text give the "), STR("?"));
    }
    len = snprintf(out->head, sizeof out->head, "The %.*s of ", STR_ARG(out->kind));
    out->head_len = (size_t)len;
    return out->kind.len != 0 && len > 0 && out->head_len < sizeof out->head;
}

static bool aggregate_read(const struct conversation *conversation, struct reading *out)
{
    struct aggregate_question question;
    struct planted_fact fact;
    struct str rest = {0};

    if (!parse(conversation, &question)) {
        return false;
    }
    out->form = question.form;
    rest = question.planted.haystack;
    while (planted_next_fact(question.planted.haystack,
                             (struct str){question.head, question.head_len}, &rest, &fact)) {
        if (out->needles++ == 0) {
            out->answer = fact.value;
        }
        out->depth += (fact.depth - out->depth) / (double)out->needles;
    }
    return true;
}

static void aggregate_visit(const struct conversation *conversation, strategy_visitor *visitor,
                            void *context)
{
    struct aggregate_question question;
    struct planted_fact fact;
    struct str rest = {0};

    if (!parse(conversation, &question)) {
        return;
    }
    rest = question.planted.haystack;
    while (planted_next_fact(question.planted.haystack,
                             (struct str){question.head, question.head_len}, &rest, &fact)) {
        visitor(context, fact.value, fact.depth);
    }
}

/* The value of the first sentence "The … number of … is VALUE." about another kind. */
static struct str aggregate_mistake(const struct conversation *conversation,
                                    const struct reading *reading, struct random *random)
{
    static const struct str head = STR_INIT(" number of ");
    struct aggregate_question question;
    struct planted_fact fact;
    struct str rest = {0};

    (void)reading;
    (void)random;
    if (!parse(conversation, &question)) {
        return rest;
    }
    rest = question.planted.haystack;
    while (planted_next_fact(question.planted.haystack, head, &rest, &fact)) {
        size_t end = (size_t)(rest.p - question.planted.haystack.p) - STR(" of ").len;

        if (!str_ends(str_take(question.planted.haystack, end), question.kind)) {
            return fact.value;
        }
    }
    return (struct str){0};
}

const struct strategy strategy_aggregate = {.name = "aggregate",
                                            .read = aggregate_read,
                                            .mistake = aggregate_mistake,
                                            .visit = aggregate_visit};
