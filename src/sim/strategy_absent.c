/* absent: "What is the KEY? … or with WORDS if the text does not give it." is answered by the
 * sentence "The KEY is VALUE.", or by WORDS where there is none.
 */
#include "sim/planted.h"
#include "sim/strategy.h"

#include <stdio.h>

struct absent_question {
    struct planted_question planted;
    struct str key;
    struct str words; /* to say that the text does not give it */
};

static bool parse(const struct conversation *conversation, struct absent_question *out)
{
    if (!planted_split(conversation, &out->planted)) {
        return false;
    }
    out->key = planted_between(out->planted.text, STR("What is the "), STR("?"));
    out->words =
        planted_between(out->planted.text, STR(" or with "), STR(" if the text does not give it"));
    return out->key.len != 0 && out->words.len != 0;
}

/* "The KEY is ", or of a KEY without its last word "The KEY ", into `bytes`; empty where that is
 * longer than any sentence. */
static struct str write_head(struct str key, const char *end,
                             char bytes[PLANTED_SENTENCE_BYTES_MAX])
{
    int len = snprintf(bytes, PLANTED_SENTENCE_BYTES_MAX, "The %.*s%s", STR_ARG(key), end);

    return len > 0 && len < PLANTED_SENTENCE_BYTES_MAX ? (struct str){bytes, (size_t)len}
                                                       : (struct str){0};
}

/* "number of the bell in Ljubljana" -> "number of the bell in ". */
static struct str without_last_word(struct str key)
{
    while (key.len != 0 && key.p[key.len - 1] != ' ') {
        key.len--;
    }
    return key;
}

static bool absent_read(const struct conversation *conversation, struct reading *out)
{
    char bytes[PLANTED_SENTENCE_BYTES_MAX];
    struct absent_question question;
    struct planted_fact fact;
    struct str head = {0};
    struct str rest = {0};

    if (!parse(conversation, &question)) {
        return false;
    }
    head = write_head(question.key, " is ", bytes);
    rest = question.planted.haystack;
    out->needles = 1;
    if (head.len != 0 && planted_next_fact(question.planted.haystack, head, &rest, &fact)) {
        out->answer = fact.value;
        out->depth = fact.depth;
        return true;
    }
    out->answer = question.words;
    out->depth = 0.5; /* all of the text was read for it */
    return true;
}

/* The value of a fact that comes near, each as likely. */
static struct str absent_mistake(const struct conversation *conversation,
                                 const struct reading *reading, struct random *random)
{
    char bytes[PLANTED_SENTENCE_BYTES_MAX];
    struct absent_question question;
    struct planted_fact fact;
    struct str taken = {0};
    struct str head = {0};
    struct str rest = {0};
    uint64_t seen = 0;

    if (!parse(conversation, &question)) {
        return taken;
    }
    head = write_head(without_last_word(question.key), "", bytes);
    rest = question.planted.haystack;
    while (head.len != 0 && planted_next_fact(question.planted.haystack, head, &rest, &fact)) {
        if (fact.value.p != reading->answer.p && random_below(random, ++seen) == 0) {
            taken = fact.value;
        }
    }
    return taken;
}

const struct strategy strategy_absent = {
    .name = "absent", .read = absent_read, .mistake = absent_mistake};
