#include "record/identity.h"

enum { FINGERPRINT_DIGITS = 32 };

static bool hex_value(struct str digits, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.p[i];

        if (c >= '0' && c <= '9') {
            value = value * 16 + (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value * 16 + 10 + (uint64_t)(c - 'a');
        } else {
            return false;
        }
    }
    *out = value;
    return true;
}

bool trial_fingerprint(const struct result_trial *trial, uint64_t out[2])
{
    return trial->fingerprint.len == FINGERPRINT_DIGITS &&
           hex_value(str_take(trial->fingerprint, FINGERPRINT_DIGITS / 2), &out[0]) &&
           hex_value(str_skip(trial->fingerprint, FINGERPRINT_DIGITS / 2), &out[1]);
}

uint64_t trial_cluster(const struct result_trial *trial)
{
    uint64_t fingerprint[2] = {0, 0};
    uint64_t cluster = 0;

    if (trial->haystack.len == FINGERPRINT_DIGITS &&
        hex_value(str_take(trial->haystack, FINGERPRINT_DIGITS / 2), &cluster)) {
        return cluster;
    }
    (void)trial_fingerprint(trial, fingerprint);
    return fingerprint[0];
}
