/* grade_set_f1: how well a list matches the set that was asked for.
 *
 * The reply and key.answers are read as sets of items (score/set_items.h says how). With T items
 * of the reply that are asked for, precision = T / items of the reply, recall = T / items asked
 * for, and the score is their harmonic mean, F1 = 2 T / (both numbers of items). Two empty sets
 * are equal: 1. Of one empty set precision, recall and score are 0.
 *
 * `lenient` takes sentences: an item asked for is found where the reply contains it as whole words
 * (score/words.h), and an item of the reply is wrong only where none of those is in it. Then
 * precision = found / (found + wrong), and F1 = 2 found / (found + wrong + asked for).
 */
#include "score/grader.h"
#include "score/set_items.h"
#include "score/words.h"

#include <stddef.h>

static double share(size_t part, size_t whole, size_t other)
{
    if (whole == 0) {
        return other == 0 ? 1.0 : 0.0;
    }
    return (double)part / (double)whole;
}

static bool contains_any(struct str text, const struct str *gold, size_t gold_count)
{
    for (size_t i = 0; i < gold_count; i++) {
        if (words_contain(text, gold[i])) {
            return true;
        }
    }
    return false;
}

static double lenient_score(struct str reply, const struct str *gold, size_t gold_count)
{
    struct str rest = reply;
    struct str item = {0};
    size_t found = 0;
    size_t wrong = 0;

    for (size_t i = 0; i < gold_count; i++) {
        found += words_contain(reply, gold[i]) ? 1 : 0;
    }
    while (set_items_next(&rest, &item)) {
        wrong += contains_any(item, gold, gold_count) ? 0 : 1;
    }
    return share(2 * found, found + wrong + gold_count, 0);
}

static int grade(const struct answer_key *key, struct str reply, struct mark *mark, struct err *err)
{
    struct arena arena = {0};
    struct str *given = NULL;
    struct str *gold = NULL;
    size_t given_count = 0;
    size_t gold_count = 0;
    size_t right = 0;
    int rc = set_items_read(&reply, 1, &arena, &given, &given_count, err);

    if (rc == 0) {
        rc = set_items_read(key->answers, key->answer_count, &arena, &gold, &gold_count, err);
    }
    if (rc != 0) {
        goto done;
    }
    right = set_items_shared(given, given_count, gold, gold_count);
    *mark = (struct mark){
        .score = share(2 * right, given_count + gold_count, 0),
        .lenient = lenient_score(reply, gold, gold_count),
        .precision = share(right, given_count, gold_count),
        .recall = share(right, gold_count, given_count),
        .prefix_found = true,
        .exact = str_equal(reply, key->answer),
        .nearest_needle = MARK_NO_NEEDLE,
    };
    if (mark->lenient < mark->score) {
        mark->lenient = mark->score;
    }
done:
    arena_release(&arena);
    return rc;
}

extern const struct grader grader_set_f1;
const struct grader grader_set_f1 = {
    .name = "set-f1",
    .purpose =
        "F1 of the reply's list against `answers`, with precision and recall: what is not asked "
        "for costs as much as what is missing",
    .source = "F1 over sets of items; Haymaker: src/score/set_items.h says what an item is",
    .gives_recall = true,
    .needs_answers = true,
    .grade = grade,
};
