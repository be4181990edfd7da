/* grade_niah: whether the reply contains what was expected, as whole words.
 *
 * The share of expected texts (score/expected.h) is RULER's string_match_all (Hsieh et al. 2024,
 * arXiv 2404.06654), but with word boundaries, so that "412" is not found in "34127".
 * score/words.h has the rules of the match.
 */
#include "score/expected.h"
#include "score/grader.h"
#include "score/words.h"

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    (void)err;
    *mark = expected_mark(key, reply, words_contain);
    return 0;
}

extern const struct grader grader_niah;
const struct grader grader_niah = {
    .name = "niah",
    .purpose = "share of the expected texts that the reply contains as whole words, in any case",
    .source = "RULER's string_match_all (arXiv 2404.06654) with word boundaries",
    .grade = grade,
};
