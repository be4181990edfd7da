/* grade_niah: whether the reply contains what was expected, as whole words.
 *
 * Each line of the key's answer is one expected text, and the score is the share of them that the
 * reply contains: RULER's string_match_all (Hsieh et al. 2024, arXiv 2404.06654), but with word
 * boundaries, so that "412" is not found in "34127". score/words.h has the rules of the match.
 *
 * A needle's text in the key is here what the reply would contain, had that needle been asked for.
 * The rule forgives text around the answer already: `lenient` equals `score`.
 */
#include "score/grader.h"
#include "score/words.h"

#include <stddef.h>

static double share_found(struct str reply, struct str expected)
{
    struct str line = {0};
    size_t lines = 0;
    size_t found = 0;

    while (str_next_line(&expected, &line)) {
        if (str_trim(line).len == 0) {
            continue;
        }
        lines++;
        found += words_contain(reply, line) ? 1 : 0;
    }
    return lines != 0 ? (double)found / (double)lines : 0.0;
}

/* The wanted needle first: a reply may name others beside it. */
static int needle_named(const struct answer_key *key, struct str reply)
{
    if (key->needle_count < 2) {
        return MARK_NO_NEEDLE;
    }
    if (key->wanted < key->needle_count && words_contain(reply, key->needles[key->wanted])) {
        return (int)key->wanted;
    }
    for (size_t i = 0; i < key->needle_count; i++) {
        if (words_contain(reply, key->needles[i])) {
            return (int)i;
        }
    }
    return MARK_NO_NEEDLE;
}

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    double score = share_found(reply, key->answer);

    (void)err;
    *mark = (struct mark){
        .score = score,
        .lenient = score,
        .prefix_found = true,
        .exact = str_equal(reply, key->answer),
        .nearest_needle = needle_named(key, reply),
    };
    return 0;
}

extern const struct grader grader_niah;
const struct grader grader_niah = {
    .name = "niah",
    .purpose = "share of the expected texts that the reply contains as whole words, in any case",
    .source = "RULER's string_match_all (arXiv 2404.06654) with word boundaries",
    .grade = grade,
};
