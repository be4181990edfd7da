/* result: RESULT.json, the record of a sweep: what was asked, every trial, every cell's statistics.
 *
 * It is derived from the journal and can be derived again at any time. It never carries a key.
 * Texts of replies are kept, prompts are not: they follow from the recipe. The JSON itself, field
 * by field, is described in results/README.md and checked by results/result.schema.json.
 */
#ifndef RECORD_RESULT_H
#define RECORD_RESULT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "record/case.h"
#include "record/mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESULT_SCHEMA = 1 };

/* How a trial ended. Exactly one each; endpoint errors are never scored as zero in silence. */
enum outcome {
    OUTCOME_SCORED,       /* a reply that the grader could mark */
    OUTCOME_WRONG_NEEDLE, /* the reply is another needle of the same case */
    OUTCOME_NO_PREFIX,    /* the reply does not begin with what it was asked to begin with */
    OUTCOME_REFUSED,
    OUTCOME_FILTERED,
    OUTCOME_CUT,   /* the output limit ended the reply */
    OUTCOME_EMPTY, /* without any text: nothing said, or reasoning used the limit up */
    OUTCOME_TOO_LONG,
    OUTCOME_TRUNCATED, /* the endpoint read only a part of the prompt, and did not say so */
    OUTCOME_TIMEOUT,
    OUTCOME_ENDPOINT_ERROR,
    OUTCOME_COUNT
};
const char *outcome_name(enum outcome outcome); /* "scored", "wrong-needle", … */
bool outcome_from_name(struct str name, enum outcome *out);

/* Whether the trial counts as delivered: everything does but endpoint errors and timeouts. Failures
 * that do are 0. */
bool outcome_counts(enum outcome outcome);

/* Of those, whether the model gave an answer of its own: scored, wrong needle, no prefix. */
bool outcome_is_answer(enum outcome outcome);

/* The public data that cases were taken from (haymaker import). */
struct result_dataset {
    struct str name;     /* "openai/mrcr"; "" for cases that a task made */
    struct str revision; /* "" when nobody knows */
    struct str *files;   /* "SHA-256  name" each */
    size_t file_count;
    uint64_t *cell_samples; /* cases of each (length, needles), lengths outermost */
    const char *path;       /* of the case file; not recorded */
};

/* What was asked. Two sweeps with equal plans send the same bytes. Each text has a NUL after it. */
struct result_plan {
    struct str *models; /* "sim/perfect", "openai/gpt-5.5" */
    size_t model_count;
    struct str task;
    struct str grader;
    uint64_t *needles;
    size_t needle_count;
    uint64_t *lengths;
    size_t length_count;
    uint64_t *depths_percent; /* empty: depths are the task's own design */
    size_t depth_count;
    uint64_t samples; /* of public data: the most that a cell has */
    uint64_t probes;  /* questions per haystack; 0 is 1 */
    uint64_t trials;  /* times that each prompt is sent; 0 is 1 */
    uint64_t seed;
    enum case_fill fill;
    bool cold;         /* each prompt begins with a salt of its own */
    bool canary;       /* checkpoints are asked for beside the question */
    struct str corpus; /* "" for built-in; so also below: "" for the task's own */
    struct str needle;
    struct str question;
    struct str expect;
    struct str *task_options; /* "NAME=VALUE" each, where not the task's default */
    size_t task_option_count;
    struct str base_url;    /* "" for the provider's own */
    struct str *parameters; /* "name=JSON" each, as sent */
    size_t parameter_count;
    int64_t max_output_tokens; /* 0: not sent */
    struct result_dataset dataset;
};

/* Negative or empty where nothing is known. */
struct result_trial {
    struct str model;
    struct str task;
    uint64_t needles;
    uint64_t length_tokens;
    uint64_t sample;
    uint64_t probe;    /* of the sample's haystack, 0-based */
    uint64_t repeat;   /* of the same prompt, 0-based */
    int depth_percent; /* as planned, or CASE_DEPTH_BY_DESIGN */
    double depth;      /* as built, 0 … 1 */
    int wanted;        /* 0-based place of the wanted one among the needles */
    struct str fingerprint;
    struct str haystack; /* fingerprint of all but the question: probes of a sample share it */
    int64_t prompt_tokens;
    int64_t answer_tokens;
    int64_t prompt_bytes;
    enum outcome outcome;
    struct mark mark;     /* meaningful where outcome_counts() */
    int64_t input_tokens; /* the vendor's counts */
    int64_t cached_tokens;
    int64_t cache_written_tokens;
    int64_t output_tokens;
    int64_t reasoning_tokens;
    int64_t cost_picodollars;        /* record/price.h; negative when no price is known */
    int64_t cache_saved_picodollars; /* price_cache_saved; negative when no price is known */
    int64_t limit_tokens;            /* of a prompt that was too long: the endpoint's limit … */
    int64_t counted_tokens;          /* … and its count of the prompt */
    double upload_end_ms;
    double first_byte_ms;
    double first_reasoning_ms;
    double first_text_ms;
    double longest_gap_ms;
    double end_ms;
    int http_status;
    int attempts;
    struct str finish_reason;
    struct str served_model;
    struct str request_id;
    struct str dropped_parameters; /* what the endpoint refused and the request then left out */
    struct str error;
    struct str reply;
};

/* Of a cell's prompts with two scores or more: whether they were answered alike each time
 * (stats/repeat.h). `prompts` is 0 where there is none, as where none was sent twice. */
struct result_repeats {
    uint64_t prompts;
    uint64_t trials; /* of those */
    double
        same_share;   /* of prompts: the same score each time; as what follows, 0 without prompts */
    double within_sd; /* standard deviation of a prompt's scores */
    double intraclass; /* share of the variance that is between prompts; NaN when it is none */
};

struct result_cell {
    struct str model;
    struct str task;
    uint64_t needles;
    uint64_t length_tokens;
    uint64_t planned; /* trials of the cell */
    uint64_t ended;   /* of planned: those with an outcome */
    uint64_t counted; /* of ended: those in the mean "as delivered", failures as 0 */
    double mean;      /* of mark.score, 0 … 1; NaN (null in JSON) when nothing counted */
    double low;       /* 95 % interval (stats/interval.h); NaN when nothing counted */
    double high;
    uint64_t answered;    /* of counted: those with an answer (outcome_is_answer) */
    double answered_mean; /* "given an answer" */
    double answered_low;
    double answered_high;
    double median_first_text_ms;     /* NaN when unknown */
    int64_t cached_tokens;           /* summed over trials; 0 where the vendor says nothing */
    int64_t cost_picodollars;        /* summed; negative when a trial's price is unknown */
    int64_t cache_saved_picodollars; /* likewise */
    uint64_t canary_missing[CANARY_PLACES]; /* trials whose reply lacks that checkpoint's code */
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t spared; /* of planned: not sent, because the cell was decided (result_stopping) */
    struct result_repeats repeats;
};

/* Trials that a complete cell has: those planned without those spared. */
uint64_t result_cell_needed(const struct result_cell *cell);

/* Of two models in a cell, by a confidence sequence. */
enum result_verdict {
    RESULT_UNDECIDED,
    RESULT_FIRST_BETTER,
    RESULT_SECOND_BETTER,
    RESULT_WITHIN_MARGIN /* whoever is better is so by less than the margin */
};

struct result_pair {
    struct str first;
    struct str second;
    enum result_verdict verdict;
    uint64_t samples;  /* after which it was decided, or all that both have answered */
    double difference; /* mean of the second's score minus the first's; NaN without samples */
    double low;        /* interval of the true mean that held at every look, -1 … 1 */
    double high;
};

struct result_decision {
    uint64_t needles;
    uint64_t length_tokens;
    bool is_decided;          /* every pair is */
    uint64_t samples;         /* until then, or looked at so far; those without an answer too */
    uint64_t samples_planned; /* at most */
    struct result_pair *pairs;
    size_t pair_count;
};

/* A sweep that ended its cells as soon as they were decided (--until-decided). */
struct result_stopping {
    double error_rate;          /* the chance, at most, that any verdict is wrong */
    double margin;              /* of scores, 0 … 1; 0: none */
    uint64_t spared;            /* trials not sent */
    int64_t spared_picodollars; /* what they would have cost, roughly; negative when unknown */
    struct result_decision *decisions; /* one per cell: lengths outermost, as in the plan */
    size_t decision_count;
};

/* Where a model was asked and at which price; dollars per million tokens, NaN when unknown. */
struct result_endpoint {
    struct str model;
    struct str protocol;
    struct str base_url;
    double input_dollars;
    double output_dollars;
    struct str price_as_of;  /* the day on which the source said so; "" when unknown */
    struct str price_source; /* where the price is from; "--price" when the user gave it */
};

struct result {
    struct arena arena; /* holds everything below */
    struct str path;    /* the file it came from, or "" */
    struct str program_version;
    struct str created; /* UTC stamp */
    struct str generator_version;
    struct str corpus_hash; /* 16 hex digits */
    struct str shard;       /* "2/3": the trials are a part of the plan's (cli/shard.h); or "" */
    struct str case_file;   /* of public data: as the sweep was told it; else "" */
    bool simulated;         /* at least one model is simulated; charts and tables must say so */
    struct result_plan plan;
    struct result_endpoint *endpoints; /* one per model of the plan */
    size_t endpoint_count;
    struct result_trial *trials;
    size_t trial_count;
    struct result_cell *cells; /* "summaries" in the JSON */
    size_t cell_count;
    struct result_stopping *stopping; /* NULL: every planned trial was to be sent */
};

bool model_is_simulated(struct str model); /* "sim/…" */

/* Reads a result; ERR_INPUT names file, line or field. Freed with result_release. */
int result_load(struct result *out, const char *path, struct err *err);
void result_release(struct result *result);

/* Writes it atomically, mode 0600 (it holds replies). */
int result_save(const struct result *result, const char *path, struct err *err);

#endif
