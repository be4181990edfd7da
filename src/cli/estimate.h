/* estimate: what a sweep would send, cost and take, told before anything is sent.
 *
 * Prompts are counted exactly: each case is opened, as the sweep would open it. What the vendor
 * makes of them is expected, by the best that is known of the model, in this order: the rule of the
 * simulated models; an earlier result (--calibrate); the catalogue's tokens per o200k_base token;
 * else our own count. An answer is expected to be as long as the right one, unless an earlier
 * result or the user says otherwise: reasoning comes on top, and no vendor tells beforehand.
 *
 * The later probes of a haystack, and the repeats of a prompt, find it in the vendor's cache, as
 * far as it is whole blocks of about 1,024 tokens: as the loopback endpoint's cache has it
 * (sim/prefix_cache.h). Vendors that cache only what is marked charge for the writing too, and know
 * nothing where nothing is marked (enum endpoint_caching).
 */
#ifndef CLI_ESTIMATE_H
#define CLI_ESTIMATE_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/model.h"
#include "cli/progress.h"
#include "cli/task.h"
#include "record/result.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Where an expectation is from. */
enum estimate_source {
    ESTIMATE_SIMULATED,  /* the loopback endpoint's own rule */
    ESTIMATE_CALIBRATED, /* --calibrate */
    ESTIMATE_CATALOGUE,
    ESTIMATE_ASSUMED
};
const char *estimate_source_name(enum estimate_source source);

/* What is expected of a model. */
struct estimate_model {
    enum estimate_source input_source;
    double input_per_token; /* the vendor's tokens per one of ours */
    enum estimate_source speed_source;
    double read_tokens_per_s; /* until the first word of the answer */
    double write_tokens_per_s;
    double output_tokens; /* mean of an earlier result, reasoning included; 0: the right answer's */
    struct price_terms terms;
};

/* Sums over the trials of a cell, or of several. */
struct estimate_sums {
    uint64_t trials;
    uint64_t haystacks;    /* trials without further probes and repeats of their haystack */
    uint64_t tokens;       /* of the prompts, o200k_base */
    uint64_t bytes;        /* to upload: of the prompts, escaped */
    uint64_t input_tokens; /* as the vendor would count them */
    uint64_t cached_tokens;
    uint64_t cache_written_tokens; /* where the vendor charges for them */
    uint64_t output_tokens;
    int64_t cost;       /* pico-dollars, or PRICE_UNKNOWN */
    int64_t worst_cost; /* one attempt a trial, nothing cached, every answer as long as allowed */
    uint64_t too_long;  /* trials that the model's window does not take */
    double busy_s;      /* summed over trials, as if one after another */
};

struct estimate_cell {
    size_t model; /* its number in the plan */
    uint64_t needles;
    uint64_t length_tokens;
    struct estimate_sums sums;
};

struct estimate {
    struct estimate_model *models; /* one per model of the plan */
    struct estimate_cell *cells;   /* in the order of a result's summaries */
    size_t cell_count;
};

struct estimate_settings {
    const struct task *task;
    const struct result_plan *plan;
    const struct models *models;
    const struct result *calibration; /* NULL: none */
    uint64_t output_tokens;           /* expected per answer; 0: see above */
    bool is_batch;
    const bool *counted; /* which trials, by plan index; NULL: all */
    struct progress *progress;
    const volatile sig_atomic_t *interrupted;
};

/* The same without opening a case, for a question that must not keep anybody waiting: each prompt
 * is taken to be as long as its length allows, and each answer 500 tokens. */
int estimate_roughly(const struct estimate_settings *settings, struct arena *arena,
                     struct estimate *out, struct err *err);

/* Opens every case of the plan. Arrays are allocated in `arena`. ERR_INTERRUPTED when the user
 * wants to stop; an error of a case names it. */
int estimate_make(const struct estimate_settings *settings, struct arena *arena,
                  struct estimate *out, struct err *err);

void estimate_add(struct estimate_sums *sums, const struct estimate_sums *more);

/* Of all cells of a model. */
struct estimate_sums estimate_of_model(const struct estimate *estimate, size_t model);

/* Seconds until the last answer, at least: by the requests in flight and the rate limits (0: none).
 */
double estimate_seconds(const struct estimate *estimate, size_t model_count, uint64_t concurrency,
                        uint64_t requests_per_minute, uint64_t tokens_per_minute);

#endif
