/* mrcr: "Prepend PREFIX to the 2nd (1 indexed) FORMAT about TOPIC. …" asks for the second reply
 * that follows a user message "write a FORMAT about TOPIC". The form is that of openai/mrcr; the
 * worked examples in its first message are one long message and so never equal an ask.
 */
#include "sim/strategy.h"

struct question {
    struct str prefix;
    uint64_t ordinal; /* from 1 */
    struct str what;  /* "FORMAT about TOPIC" */
};

/* Moves *text past `word`; false, and nothing moved, where it does not stand. */
static bool skip_word(struct str *text, struct str word)
{
    if (!str_starts(*text, word)) {
        return false;
    }
    *text = str_skip(*text, word.len);
    return true;
}

/* "1st", "2nd", "3rd", "4th", "11th", "21st". */
static bool parse_ordinal(struct str word, uint64_t *out)
{
    static const char *const endings[10] = {"th", "st", "nd", "rd", "th",
                                            "th", "th", "th", "th", "th"};
    struct str digits = str_take(word, word.len < 2 ? 0 : word.len - 2);
    struct str ending = str_skip(word, digits.len);
    bool is_teen = false;

    if (!str_to_u64(digits, out) || *out == 0) {
        return false;
    }
    is_teen = *out % 100 >= 11 && *out % 100 <= 13;
    return str_equal(ending, is_teen ? STR("th") : str_from(endings[*out % 10]));
}

static bool parse_question(struct str text, struct question *out)
{
    struct str rest = str_trim(text);
    size_t middle = 0;
    size_t end = 0;

    if (!skip_word(&rest, STR("Prepend "))) {
        return false;
    }
    middle = str_find(rest, STR(" to the "));
    if (middle == SIZE_MAX) {
        return false;
    }
    out->prefix = str_take(rest, middle);
    rest = str_skip(rest, middle + STR(" to the ").len);
    middle = str_find(rest, STR(" (1 indexed) "));
    if (middle == SIZE_MAX || !parse_ordinal(str_take(rest, middle), &out->ordinal)) {
        return false;
    }
    rest = str_skip(rest, middle + STR(" (1 indexed) ").len);
    end = str_find(rest, STR(". Do not include any other text in your response."));
    out->what = str_take(rest, end);
    return end != SIZE_MAX && end != 0;
}

/* "write a WHAT": the ask's description, or empty for a message that is no ask. */
static struct str ask_of(const struct conversation *conversation, size_t index)
{
    struct str text = conversation_text(conversation, index);

    if (conversation->messages[index].role != ROLE_USER || !skip_word(&text, STR("write a "))) {
        return (struct str){0};
    }
    return text;
}

/* An ask must have its reply behind it, and the question itself is none. */
static bool is_reply(const struct conversation *conversation, size_t index)
{
    return conversation->messages[index].role == ROLE_ASSISTANT && index != 0;
}

static bool mrcr_read(const struct conversation *conversation, struct reading *out)
{
    struct question question;
    size_t last = conversation->count - 1;

    if (conversation->messages[last].role != ROLE_USER ||
        !parse_question(strategy_question(conversation), &question)) {
        return false;
    }
    out->opening = question.prefix;
    for (size_t i = 1; i < last; i++) {
        if (!is_reply(conversation, i) || !str_equal(ask_of(conversation, i - 1), question.what)) {
            continue;
        }
        out->needles++;
        if (out->needles == question.ordinal) {
            out->answer = conversation_text(conversation, i);
            out->depth = (double)conversation->messages[i].at / (double)conversation->text.len;
        }
    }
    return true;
}

enum likeness { UNLIKE, SAME_TOPIC_OR_FORMAT, SAME_ASK };

/* "short essay about rivers" -> "short essay" and "rivers". */
static struct str_pair split_what(struct str what)
{
    size_t middle = str_find(what, STR(" about "));

    if (middle == SIZE_MAX) {
        return (struct str_pair){.head = what};
    }
    return (struct str_pair){str_take(what, middle), str_skip(what, middle + STR(" about ").len),
                             true};
}

static enum likeness likeness_of(struct str what, struct str wanted)
{
    struct str_pair a = split_what(what);
    struct str_pair b = split_what(wanted);

    if (str_equal(what, wanted)) {
        return SAME_ASK;
    }
    if (!a.ok || !b.ok) {
        return UNLIKE;
    }
    return str_equal(a.head, b.head) || str_equal(a.tail, b.tail) ? SAME_TOPIC_OR_FORMAT : UNLIKE;
}

static struct str mrcr_mistake(const struct conversation *conversation,
                               const struct reading *reading, struct random *random)
{
    struct question question;
    size_t last = conversation->count - 1;
    enum likeness best = SAME_TOPIC_OR_FORMAT;
    uint64_t seen = 0;
    struct str taken = {0};

    if (!parse_question(strategy_question(conversation), &question)) {
        return taken;
    }
    for (size_t i = 1; i < last; i++) {
        struct str reply = conversation_text(conversation, i);
        enum likeness likeness = UNLIKE;

        if (!is_reply(conversation, i) || reply.p == reading->answer.p) {
            continue;
        }
        likeness = likeness_of(ask_of(conversation, i - 1), question.what);
        if (likeness > best) {
            best = likeness;
            seen = 0;
        }
        /* One of the best, each as likely, without keeping a list: reservoir sampling. */
        if (likeness == best && random_below(random, ++seen) == 0) {
            taken = reply;
        }
    }
    return taken;
}

const struct strategy strategy_mrcr = {.name = "mrcr", .read = mrcr_read, .mistake = mrcr_mistake};
