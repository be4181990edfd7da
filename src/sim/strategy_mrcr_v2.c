/* mrcr-v2: a transcript with "User:" and "Assistant:" in one message. "User: Prepend HASH to the
 * second FORMAT about TOPIC in a STYLE style. …" asks for the second text that follows "User: Write
 * a FORMAT about TOPIC in STYLE style." The form is Google DeepMind's MRCR v2's.
 */
#include "sim/planted.h"
#include "sim/strategy.h"

#include <stdio.h>

struct v2_question {
    struct planted_question planted;
    struct str hash;
    struct str what; /* "FORMAT about TOPIC" */
    struct str style;
    size_t ordinal;                       /* from 1 */
    char ask[PLANTED_SENTENCE_BYTES_MAX]; /* "User: Write a … style.\n\nAssistant: " */
    size_t ask_len;
};

/* "second " at the start of a text: 2, and moves it on; 0 for no ordinal. */
static size_t take_ordinal(struct str *text)
{
    static const char *const words[] = {
        "first ",     "second ",      "third ",      "fourth ",     "fifth ",
        "sixth ",     "seventh ",     "eighth ",     "ninth ",      "tenth ",
        "eleventh ",  "twelfth ",     "thirteenth ", "fourteenth ", "fifteenth ",
        "sixteenth ", "seventeenth ", "eighteenth ", "nineteenth ", "twentieth ",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_starts(*text, str_from(words[i]))) {
            *text = str_skip(*text, str_from(words[i]).len);
            return i + 1;
        }
    }
    return 0;
}

/* What stands before the last `mark`; all of it where there is none. */
static struct str before_last(struct str text, struct str mark)
{
    struct str before = text;
    size_t from = 0;
    size_t at = 0;

    while ((at = str_find(str_skip(text, from), mark)) != SIZE_MAX) {
        before = str_take(text, from + at);
        from += at + mark.len;
    }
    return before;
}

static bool parse(const struct conversation *conversation, struct v2_question *out)
{
    struct str rest = {0};
    int len = 0;

    if (!planted_split(conversation, &out->planted) ||
        !str_starts(out->planted.text, STR("User: Prepend "))) {
        return false;
    }
    out->hash = planted_between(out->planted.text, STR("User: Prepend "), STR(" to the "));
    rest = planted_between(out->planted.text, STR(" to the "), STR(" style. Do not include any"));
    out->ordinal = take_ordinal(&rest);
    out->what = before_last(rest, STR(" in a ")); /* "short scene in a play about …" */
    out->style = str_skip(rest, out->what.len + STR(" in a ").len);
    len = snprintf(out->ask, sizeof out->ask,
                   "User: Write a %.*s in %.*s style.\n\nAssistant: ", STR_ARG(out->what),
                   STR_ARG(out->style));
    out->ask_len = (size_t)len;
    return out->hash.len != 0 && out->ordinal != 0 && out->what.len < rest.len &&
           out->style.len != 0 && len > 0 && out->ask_len < sizeof out->ask;
}

/* Takes the next text after `ask` off *rest; it ends where the next turn begins. */
static bool next_text(struct str ask, struct str *rest, struct str *text)
{
    size_t at = str_find(*rest, ask);

    if (at == SIZE_MAX) {
        return false;
    }
    *rest = str_skip(*rest, at + ask.len);
    at = str_find(*rest, STR("\n\nUser: "));
    *text = str_take(*rest, at != SIZE_MAX ? at : rest->len);
    *text = at == SIZE_MAX ? str_trim(*text) : *text;
    return true;
}

static bool mrcr_v2_read(const struct conversation *conversation, struct reading *out)
{
    struct v2_question question;
    struct str text = {0};
    struct str rest = {0};

    if (!parse(conversation, &question)) {
        return false;
    }
    out->opening = question.hash;
    rest = question.planted.haystack;
    while (next_text((struct str){question.ask, question.ask_len}, &rest, &text)) {
        if (++out->needles == question.ordinal) {
            out->answer = text;
            out->depth = (double)(text.p - question.ask_len - question.planted.haystack.p) /
                         (double)question.planted.haystack.len;
        }
    }
    return true;
}

/* Another text of the same ask, each as likely; else any other text. */
static struct str mrcr_v2_mistake(const struct conversation *conversation,
                                  const struct reading *reading, struct random *random)
{
    struct v2_question question;
    struct str taken = {0};

    if (!parse(conversation, &question)) {
        return taken;
    }
    for (int pass = 0; pass < 2 && taken.len == 0; pass++) {
        struct str ask =
            pass == 0 ? (struct str){question.ask, question.ask_len} : STR("style.\n\nAssistant: ");
        struct str rest = question.planted.haystack;
        struct str text = {0};
        uint64_t seen = 0;

        while (next_text(ask, &rest, &text)) {
            if (text.p != reading->answer.p && random_below(random, ++seen) == 0) {
                taken = text;
            }
        }
    }
    return taken;
}

const struct strategy strategy_mrcr_v2 = {
    .name = "mrcr-v2", .read = mrcr_v2_read, .mistake = mrcr_v2_mistake};
