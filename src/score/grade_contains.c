/* grade_contains: whether the reply contains what was expected, as a plain substring.
 *
 * As `niah`, but byte for byte and without word boundaries: "412" is found in "34127", "Oslo" not
 * in "OSLO". It is the rule of many needle tests; use `niah` where a part of a word must not count.
 */
#include "score/expected.h"
#include "score/grader.h"

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    (void)err;
    *mark = expected_mark(key, reply, str_contains);
    return 0;
}

extern const struct grader grader_contains;
const struct grader grader_contains = {
    .name = "contains",
    .purpose =
        "share of the expected texts (lines of the answer) that the reply contains, byte for "
        "byte, inside words too",
    .source = "the plain substring rule of needle tests",
    .grade = grade,
};
