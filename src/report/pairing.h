/* pairing: which trials of two contenders were sent the same bytes. Private to src/report. */
#ifndef REPORT_PAIRING_H
#define REPORT_PAIRING_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* A prompt as one contender answered it: its trials, if it was sent more than once, as one. */
struct answer {
    uint64_t fingerprint[2];
    uint64_t haystack; /* a part of its fingerprint: the cluster */
    size_t group;
    uint64_t length_tokens;
    uint64_t sample;
    double score;  /* mean of the scored trials; NaN when there is none */
    double tokens; /* mean output tokens of those with a count; NaN */
};

struct answers {
    struct answer *items; /* ascending by fingerprint */
    size_t count;
    size_t unidentified; /* trials whose fingerprint is none: they never pair */
};

/* A prompt that both have a score for. */
struct pair {
    size_t group;
    uint64_t length_tokens;
    uint64_t haystack;
    uint64_t sample;
    double first;
    double second;
    double first_tokens;
    double second_tokens;
};

struct pairs {
    struct pair *items; /* ascending by group, length, haystack */
    size_t count;
    size_t unscored;
    size_t only_first;
    size_t only_second;
};

/* Sorts and joins answers to the same prompt; `answers->items` may shrink. */
void answers_join(struct answers *answers);

/* *out is freed with pairs_release. */
int pairs_find(const struct answers *first, const struct answers *second, struct pairs *out,
               struct err *err);

/* Copies to `out`, which has room for all, the pairs whose sample is there for every length that
 * the pairs have; returns how many. They are of one group and ascending by length. */
size_t pairs_of_common_samples(const struct pair *pairs, size_t count, struct pair *out);
void pairs_release(struct pairs *pairs);

#endif
