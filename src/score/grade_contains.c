/* grade_contains: whether the reply contains what was expected, as a plain substring.
 *
 * As `niah`, but byte for byte and without word boundaries: "412" is found in "34127", "Oslo" not
 * in "OSLO". It is the rule of many needle tests; use `niah` where a part of a word must not count.
 */
#include "score/grader.h"

#include <stddef.h>
#include <stdint.h>

static double share_found(struct str reply, struct str expected)
{
    struct str line = {0};
    size_t lines = 0;
    size_t found = 0;

    while (str_next_line(&expected, &line)) {
        line = str_trim(line);
        if (line.len != 0) {
            lines++;
            found += str_find(reply, line) != SIZE_MAX ? 1 : 0;
        }
    }
    return lines != 0 ? (double)found / (double)lines : 0.0;
}

/* The wanted needle first: a reply may name others beside it. */
static int needle_named(const struct answer_key *key, struct str reply)
{
    int named = MARK_NO_NEEDLE;

    for (size_t i = 0; key->needle_count > 1 && i < key->needle_count; i++) {
        if (key->needles[i].len == 0 || str_find(reply, key->needles[i]) == SIZE_MAX) {
            continue;
        }
        if (i == key->wanted) {
            return (int)i;
        }
        named = named == MARK_NO_NEEDLE ? (int)i : named;
    }
    return named;
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

extern const struct grader grader_contains;
const struct grader grader_contains = {
    .name = "contains",
    .purpose =
        "share of the expected texts (lines of the answer) that the reply contains, byte for "
        "byte, inside words too",
    .source = "the plain substring rule of needle tests",
    .grade = grade,
};
