/* grade_ruler: RULER's two rules (NVIDIA/RULER, scripts/eval, Apache-2.0), to the letter.
 *
 * The reply is stripped as Python's str.strip() does, its control characters (U+0000 to U+001F)
 * become line feeds, and it is stripped again. A reference is found where it is a substring, both
 * in lower case (score/lower.h). So "art" is found in "start", and a reply that lists everything
 * there is scores 1: the rules know no precision.
 *   - `ruler-all` (string_match_all): the share of the references that are found.
 *   - `ruler-part` (string_match_part): 1 when any of them is, else 0.
 * Some ports take the mean in string_match_part, too; RULER does not.
 */
#include "score/code_point.h"
#include "score/grader.h"
#include "score/lower.h"
#include "score/needle.h"

/* The reply as the references are looked for in it. */
static int clean(struct str reply, struct buf *out, struct err *err)
{
    struct buf plain;
    int rc = 0;

    reply = code_point_strip(reply);
    buf_init(&plain, reply.len + 1);
    for (size_t i = 0; i < reply.len; i++) {
        bool is_control = (unsigned char)reply.p[i] < 0x20;

        buf_append(&plain, is_control ? STR("\n") : str_take(str_skip(reply, i), 1));
    }
    lower_append(code_point_strip(buf_str(&plain)), out);
    rc = buf_check(&plain, "reply", err);
    buf_release(&plain);
    return rc != 0 ? rc : buf_check(out, "reply", err);
}

/* How many of the references the reply has. */
static int count_found(const struct answer_key *key, struct str reply, size_t *found,
                       struct err *err)
{
    struct buf text;
    struct buf reference;
    size_t longest = 0;
    int rc = 0;

    for (size_t i = 0; i < key->answer_count; i++) {
        longest = key->answers[i].len > longest ? key->answers[i].len : longest;
    }
    buf_init(&text, reply.len * 2 + 1);
    buf_init(&reference, longest * 2 + 1);
    rc = clean(reply, &text, err);
    *found = 0;
    for (size_t i = 0; rc == 0 && i < key->answer_count; i++) {
        buf_reset(&reference);
        lower_append(key->answers[i], &reference);
        rc = buf_check(&reference, "reference", err);
        *found += rc == 0 && str_contains(buf_str(&text), buf_str(&reference)) ? 1 : 0;
    }
    buf_release(&text);
    buf_release(&reference);
    return rc;
}

static int grade(const struct answer_key *key, struct str reply, bool any_will_do,
                 struct mark *mark, struct err *err)
{
    size_t found = 0;
    int rc = count_found(key, reply, &found, err);
    double score = 0.0;

    if (key->answer_count != 0) {
        score = any_will_do ? (found != 0 ? 1.0 : 0.0) : (double)found / (double)key->answer_count;
    }
    *mark = (struct mark){
        .score = score,
        .lenient = score,
        .prefix_found = true,
        .exact = str_equal(reply, key->answer),
        .nearest_needle =
            key->needle_count > 1 ? needle_named(key, reply, str_contains) : MARK_NO_NEEDLE,
    };
    return rc;
}

static int grade_all(const struct answer_key *key, struct str reply, struct mark *mark,
                     struct err *err)
{
    return grade(key, reply, false, mark, err);
}

static int grade_part(const struct answer_key *key, struct str reply, struct mark *mark,
                      struct err *err)
{
    return grade(key, reply, true, mark, err);
}

extern const struct grader grader_ruler_all;
const struct grader grader_ruler_all = {
    .name = "ruler-all",
    .purpose = "share of the references that are substrings of the reply, in any case; listing "
               "everything scores 1",
    .source = "NVIDIA/RULER, string_match_all",
    .needs_answers = true,
    .grade = grade_all,
};

extern const struct grader grader_ruler_part;
const struct grader grader_ruler_part = {
    .name = "ruler-part",
    .purpose = "1 when any reference is a substring of the reply, in any case",
    .source = "NVIDIA/RULER, string_match_part",
    .needs_answers = true,
    .grade = grade_part,
};
