/* claims: what vendors say of their models, held against what was measured.
 *
 * The claims are data, claims.json, installed as share/haymaker/claims.json; each has its source,
 * the day on which it was read, and what one has to know to compare with it.
 */
#ifndef REPORT_CLAIMS_H
#define REPORT_CLAIMS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "report/comparison.h"

#include <stddef.h>
#include <stdint.h>

/* A published score of prompts with more than `above_tokens` and at most `up_to_tokens`. */
struct claim_bin {
    uint64_t above_tokens;
    uint64_t up_to_tokens;
    double score; /* 0 … 1 */
};

struct claim {
    struct str name;    /* "GPT-5.5" */
    struct str *models; /* names of the model without provider: "gpt-5.5" */
    size_t model_count;
    struct str effort; /* "xhigh"; "" when the source does not say */
    struct str task;
    uint64_t needles;
    struct str dataset;
    struct str tokenizer; /* what lengths were counted in */
    struct str said_by;   /* "vendor", or who else */
    struct str source;
    struct str read_on; /* the day on which the source was read, "2026-11-22" */
    struct str *caveats;
    size_t caveat_count;
    struct claim_bin *bins;
    size_t bin_count;
};

struct claims {
    struct arena arena;
    struct claim *claims;
    size_t count;
};

/* NULL reads the installed file. ERR_INPUT names file and entry. */
int claims_load(struct claims *out, const char *path, struct err *err);
void claims_release(struct claims *claims);

/* A model that stands for another: claims about `claimed` ("gpt-5.5") are held against `model`. */
struct claim_alias {
    struct str model;
    struct str claimed;
};

enum claim_state {
    CLAIM_CONSISTENT,  /* the interval holds the claim */
    CLAIM_NOT_REACHED, /* the claim is above the interval */
    CLAIM_EXCEEDED
};
const char *claim_state_name(enum claim_state state);

struct claim_finding {
    size_t claim;
    size_t bin;
    size_t contender;
    size_t group;
    size_t point; /* of the contender's curve: a length within the bin */
    enum claim_state state;
};

/* Every measured length of every contender that a claim is about, by contender and claim.
 * Allocated in `arena`. */
int claims_judge(const struct claims *claims, const struct comparison *comparison,
                 const struct claim_alias *aliases, size_t alias_count, struct arena *arena,
                 struct claim_finding **findings, size_t *count, struct err *err);

#endif
