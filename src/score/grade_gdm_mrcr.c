/* grade_gdm_mrcr: the grader of Google DeepMind's MRCR v2.
 *
 * What its Python (eval_hub/mrcr_v2, run_evaluation.py, commit 67b7fd2) does: strips reply and
 * target of white space, takes the first 12 characters of the target as the prefix, looks for its
 * last occurrence anywhere in the reply, and compares what follows in both, stripped, with
 * a = target. A target shorter than 12 characters, an empty reply and a reply without the prefix
 * score 0. key.prefix plays no part. The rule is lenient already: `lenient` equals `score`.
 */
#include "score/code_point.h"
#include "score/difflib.h"
#include "score/grader.h"
#include "score/needle.h"

#include <stdint.h>

enum { PREFIX_UNITS = 12 };

/* The first 12 units of a stripped target; empty where it has fewer. */
static struct str target_prefix(struct str target)
{
    struct str prefix = code_point_take(target, PREFIX_UNITS);
    struct str all_but_last = code_point_take(target, PREFIX_UNITS - 1);

    return prefix.len > all_but_last.len ? prefix : (struct str){0};
}

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    struct str target = code_point_strip(key->answer);
    struct str prefix = target_prefix(target);
    struct str text = code_point_strip(reply);
    size_t last = prefix.len != 0 ? code_point_find_last(text, prefix) : SIZE_MAX;
    int rc = 0;

    *mark = (struct mark){
        .prefix_found = last != SIZE_MAX,
        .exact = str_equal(reply, key->answer),
    };
    if (mark->prefix_found) {
        text = code_point_strip(str_skip(text, last + prefix.len));
        rc = difflib_ratio(code_point_strip(str_skip(target, prefix.len)), text, &mark->score, err);
        mark->lenient = mark->score;
    }
    return rc != 0 ? rc : needle_nearest(key, text, &mark->nearest_needle, err);
}

extern const struct grader grader_gdm_mrcr;
const struct grader grader_gdm_mrcr = {
    .name = "gdm-mrcr",
    .purpose = "likeness of gold answer and what follows its first 12 characters in the reply",
    .source = "Google DeepMind, eval_hub/mrcr_v2: difflib ratio, a = answer, b = reply",
    .grade = grade,
};
