#include "score/needle.h"

#include "record/mark.h"
#include "score/difflib.h"

int needle_nearest(const struct answer_key *key, struct str text, int *nearest, struct err *err)
{
    double best = 0.0;
    size_t best_index = key->wanted;

    *nearest = MARK_NO_NEEDLE;
    if (key->needle_count < 2) {
        return 0;
    }
    for (size_t i = 0; i < key->needle_count; i++) {
        double ratio = 0.0;
        int rc = difflib_ratio(text, key->needles[i], &ratio, err);

        if (rc != 0) {
            return rc;
        }
        if (ratio > best || (ratio >= best && i == key->wanted)) {
            best = ratio;
            best_index = i;
        }
    }
    if (best >= NEEDLE_RATIO_MIN) {
        *nearest = (int)best_index;
    }
    return 0;
}

static bool is_named(struct str needle, struct str reply,
                     bool (*contains)(struct str text, struct str phrase))
{
    return needle.len != 0 && contains(reply, needle);
}

int needle_named(const struct answer_key *key, struct str reply,
                 bool (*contains)(struct str text, struct str phrase))
{
    if (key->wanted < key->needle_count && is_named(key->needles[key->wanted], reply, contains)) {
        return (int)key->wanted;
    }
    for (size_t i = 0; i < key->needle_count; i++) {
        if (is_named(key->needles[i], reply, contains)) {
            return (int)i;
        }
    }
    return MARK_NO_NEEDLE;
}
