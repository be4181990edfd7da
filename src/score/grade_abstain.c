/* grade_abstain: whether the reply gives what is in the text, and says so where it is not.
 *
 * key.answer is what the reply must give, or NOT STATED where the text does not say; key.answers
 * are all values that the text gives to questions of the kind, the right one among them where there
 * is one. A value is given where the reply contains it as whole words (score/words.h).
 *
 *   - The text does not say: 1 for a reply that contains NOT STATED, in any case, and gives no
 * value of key.answers; else 0. One that gives such a value is a false retrieval, and the mark
 * names the needle it came from.
 *   - The text says: 1 for a reply that gives the answer, no other value, and not NOT STATED.
 *   - `lenient` forgives the wording: other usual ways to say that the text does not say count
 * where it does not, and hedging beside the right answer where it does.
 *
 * Always to abstain scores the share of questions whose answer is absent.
 */
#include "score/grader.h"
#include "score/needle.h"
#include "score/words.h"

#include <stddef.h>

static const struct str not_stated = STR_INIT("NOT STATED");

/* What people and models say instead. */
static const struct str wordings[] = {
    STR_INIT("not mentioned"),   STR_INIT("not given"),       STR_INIT("not provided"),
    STR_INIT("not specified"),   STR_INIT("not in the text"), STR_INIT("not found"),
    STR_INIT("not included"),    STR_INIT("not contain"),     STR_INIT("not mention"),
    STR_INIT("not state"),       STR_INIT("not say"),         STR_INIT("not give"),
    STR_INIT("not specify"),     STR_INIT("not provide"),     STR_INIT("not include"),
    STR_INIT("no mention"),      STR_INIT("no information"),  STR_INIT("not available"),
    STR_INIT("could not find"),  STR_INIT("cannot find"),     STR_INIT("can't find"),
    STR_INIT("doesn't mention"), STR_INIT("doesn't say"),     STR_INIT("doesn't state"),
    STR_INIT("doesn't give"),    STR_INIT("doesn't contain"), STR_INIT("isn't mentioned"),
    STR_INIT("isn't stated"),    STR_INIT("isn't given"),     STR_INIT("isn't in the text"),
    STR_INIT("unknown"),         STR_INIT("unstated"),
};

static bool abstains_in_other_words(struct str reply)
{
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
        if (words_contain(reply, wordings[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the reply gives a value of the text that is not the answer. */
static bool gives_another(const struct answer_key *key, struct str reply)
{
    for (size_t i = 0; i < key->answer_count; i++) {
        if (!str_equal(key->answers[i], key->answer) && words_contain(reply, key->answers[i])) {
            return true;
        }
    }
    return false;
}

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    bool is_absent = str_equal(str_trim(key->answer), not_stated);
    bool is_alone = !gives_another(key, reply);
    bool says_not_stated = words_contain(reply, not_stated);
    bool is_right =
        is_absent ? says_not_stated : words_contain(reply, key->answer) && !says_not_stated;
    bool is_nearly = is_absent ? says_not_stated || abstains_in_other_words(reply)
                               : words_contain(reply, key->answer);

    (void)err;
    *mark = (struct mark){
        .score = is_right && is_alone ? 1.0 : 0.0,
        .lenient = is_nearly && is_alone ? 1.0 : 0.0,
        .prefix_found = true,
        .exact = str_equal(reply, key->answer),
        .nearest_needle = needle_named(key, reply, words_contain),
    };
    return 0;
}

extern const struct grader grader_abstain;
const struct grader grader_abstain = {
    .name = "abstain",
    .purpose =
        "1 for the answer and no other value of the text (`answers`), or, where the answer is "
        "NOT STATED, for these words and no value at all",
    .source = "Haymaker: src/score/grade_abstain.c",
    .grade = grade,
};
