#include "report/pairing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_fingerprints(const struct answer *a, const struct answer *b)
{
    for (size_t i = 0; i < 2; i++) {
        if (a->fingerprint[i] != b->fingerprint[i]) {
            return a->fingerprint[i] < b->fingerprint[i] ? -1 : 1;
        }
    }
    return 0;
}

static int compare_answers(const void *a, const void *b)
{
    return compare_fingerprints(a, b);
}

/* A mean that grows value by value. */
struct running_mean {
    double sum;
    size_t count;
};

static void add(struct running_mean *mean, double value)
{
    if (!isnan(value)) {
        mean->sum += value;
        mean->count++;
    }
}

static double mean_of(const struct running_mean *mean)
{
    return mean->count != 0 ? mean->sum / (double)mean->count : (double)NAN;
}

void answers_join(struct answers *answers)
{
    size_t kept = 0;
    size_t next = 0;

    if (answers->count == 0) {
        return;
    }
    qsort(answers->items, answers->count, sizeof *answers->items, compare_answers);
    for (size_t first = 0; first < answers->count; first = next) {
        struct answer joined = answers->items[first];
        struct running_mean score = {0};
        struct running_mean tokens = {0};

        for (next = first;
             next < answers->count && compare_fingerprints(&answers->items[next], &joined) == 0;
             next++) {
            add(&score, answers->items[next].score);
            add(&tokens, answers->items[next].tokens);
        }
        joined.score = mean_of(&score);
        joined.tokens = mean_of(&tokens);
        answers->items[kept++] = joined;
    }
    answers->count = kept;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;

    if (left->group != right->group) {
        return left->group < right->group ? -1 : 1;
    }
    if (left->length_tokens != right->length_tokens) {
        return left->length_tokens < right->length_tokens ? -1 : 1;
    }
    if (left->haystack != right->haystack) {
        return left->haystack < right->haystack ? -1 : 1;
    }
    return (left->first > right->first) - (left->first < right->first);
}

static void add_pair(struct pairs *out, const struct answer *first, const struct answer *second)
{
    if (isnan(first->score) || isnan(second->score)) {
        out->unscored++;
        return;
    }
    out->items[out->count++] = (struct pair){
        .group = first->group,
        .length_tokens = first->length_tokens,
        .haystack = first->haystack,
        .sample = first->sample,
        .first = first->score,
        .second = second->score,
        .first_tokens = first->tokens,
        .second_tokens = second->tokens,
    };
}

int pairs_find(const struct answers *first, const struct answers *second, struct pairs *out,
               struct err *err)
{
    size_t i = 0;
    size_t j = 0;

    *out = (struct pairs){.only_first = first->unidentified, .only_second = second->unidentified};
    out->items = calloc(first->count + 1, sizeof *out->items);
    if (out->items == NULL) {
        return err_memory(err);
    }
    while (i < first->count && j < second->count) {
        int order = compare_fingerprints(&first->items[i], &second->items[j]);

        if (order < 0) {
            out->only_first++;
            i++;
        } else if (order > 0) {
            out->only_second++;
            j++;
        } else {
            add_pair(out, &first->items[i++], &second->items[j++]);
        }
    }
    out->only_first += first->count - i;
    out->only_second += second->count - j;
    qsort(out->items, out->count, sizeof *out->items, compare_pairs);
    return 0;
}

static int compare_samples(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;

    if (left->sample != right->sample) {
        return left->sample < right->sample ? -1 : 1;
    }
    return compare_pairs(a, b);
}

/* How many lengths are in pairs that are ascending by it. */
static size_t count_lengths(const struct pair *pairs, size_t count)
{
    size_t lengths = 0;

    for (size_t i = 0; i < count; i++) {
        lengths += i == 0 || pairs[i].length_tokens != pairs[i - 1].length_tokens ? 1 : 0;
    }
    return lengths;
}

size_t pairs_of_common_samples(const struct pair *pairs, size_t count, struct pair *out)
{
    size_t wanted = count_lengths(pairs, count);
    size_t kept = 0;
    size_t next = 0;

    memcpy(out, pairs, count * sizeof *out);
    qsort(out, count, sizeof *out, compare_samples);
    for (size_t first = 0; first < count; first = next) {
        for (next = first; next < count && out[next].sample == out[first].sample; next++) {
        }
        if (count_lengths(&out[first], next - first) == wanted) {
            memmove(&out[kept], &out[first], (next - first) * sizeof *out);
            kept += next - first;
        }
    }
    return kept;
}

void pairs_release(struct pairs *pairs)
{
    free(pairs->items);
    *pairs = (struct pairs){0};
}
