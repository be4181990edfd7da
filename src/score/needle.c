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
