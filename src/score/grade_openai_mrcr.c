/* grade_openai_mrcr: the grader of OpenAI's dataset openai/mrcr, byte for byte.
 *
 * Its Python, from the dataset card: 0 unless response.startswith(prefix), else
 * SequenceMatcher(None, response.removeprefix(prefix), answer.removeprefix(prefix)).ratio().
 * Nothing is stripped, so a line feed before the prefix costs the whole score. `lenient` says what
 * it would have been: what follows the last occurrence of the prefix is compared, wherever that is.
 */
#include "score/code_point.h"
#include "score/difflib.h"
#include "score/grader.h"
#include "score/needle.h"

#include <stdint.h>

static struct str remove_prefix(struct str text, struct str prefix)
{
    return str_starts(text, prefix) ? str_skip(text, prefix.len) : text;
}

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    struct str gold = remove_prefix(key->answer, key->prefix);
    size_t last = key->prefix.len != 0 ? code_point_find_last(reply, key->prefix) : 0;
    struct str text = last != SIZE_MAX ? str_skip(reply, last + key->prefix.len) : reply;
    int rc = 0;

    *mark = (struct mark){
        .prefix_found = str_starts(reply, key->prefix),
        .exact = str_equal(reply, key->answer),
    };
    if (mark->prefix_found) {
        rc = difflib_ratio(str_skip(reply, key->prefix.len), gold, &mark->score, err);
        mark->lenient = mark->score;
    }
    if (rc == 0 && last != SIZE_MAX && (last != 0 || !mark->prefix_found)) {
        double ratio = 0.0;

        rc = difflib_ratio(text, gold, &ratio, err);
        mark->lenient = ratio > mark->score ? ratio : mark->score;
    }
    return rc != 0 ? rc : needle_nearest(key, text, &mark->nearest_needle, err);
}

extern const struct grader grader_openai_mrcr;
const struct grader grader_openai_mrcr = {
    .name = "openai-mrcr",
    .purpose = "likeness of reply and gold answer; 0 unless the reply begins with the prefix",
    .source = "OpenAI, dataset openai/mrcr: difflib ratio, a = reply, b = answer",
    .needs_prefix = true,
    .grade = grade,
};
