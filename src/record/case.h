/* case: what a trial asks and what the right answer is.
 *
 * Record is the glossary of Haymaker and the store beside its flow: a plan holds cells, a cell
 * samples; a case is one prompt with its answer key, a trial one case sent to one model, a mark
 * what the grader made of the reply, a summary a cell's statistics.
 *
 * A case is fully described by its recipe: the same recipe gives the same bytes on every machine.
 */
#ifndef RECORD_CASE_H
#define RECORD_CASE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum case_fill {
    CASE_FILL_EXACT,  /* within 0.5 % below the length */
    CASE_FILL_UNIFORM /* spread over (length / 2, length], as the benchmarks fill their bins */
};

enum { CASE_DEPTH_BY_DESIGN = -1 };

struct case_recipe {
    struct str task; /* the generator's name; static */
    uint64_t seed;
    uint32_t sample;        /* 0-based */
    uint32_t needles;       /* how many identical asks (mrcr) or planted sentences (niah) */
    uint64_t length_tokens; /* the most that prompt and answer may have, o200k_base */
    enum case_fill fill;
    int depth_percent; /* 0 … 100, or CASE_DEPTH_BY_DESIGN */
    uint32_t probes;   /* questions about the same haystack; 0 is 1 */
    uint32_t probe;    /* which of them, 0-based */
    bool cold;         /* the haystack's first line is a salt, so that nothing of it is cached */
    bool canary;       /* checkpoints are in the haystack, and asked for beside the question */
};

static inline uint32_t case_probes(const struct case_recipe *recipe)
{
    return recipe->probes != 0 ? recipe->probes : 1;
}

/* Where a canary's checkpoints stand in the haystack. */
enum canary_place { CANARY_START, CANARY_MIDDLE, CANARY_END, CANARY_PLACES };

/* What a grader needs besides the reply. Borrowed from the case until it is freed. */
struct answer_key {
    struct str answer;         /* the gold reply; begins with `prefix` where the task has one */
    struct str prefix;         /* what the reply must begin with; empty for none */
    const struct str *needles; /* in the order of the haystack: each needle's reply without prefix
                                  (mrcr) or the text that it answers with (niah) */
    size_t needle_count;
    const struct str *answers; /* for graders of sets: the texts that a reply is checked for */
    size_t answer_count;
    size_t wanted; /* which of `needles` is asked for, 0-based; needle_count where none is */
    struct str canary[CANARY_PLACES]; /* the checkpoints' codes; empty where none are asked for */
};

#endif
