#include "cli/stopping.h"

#include "record/plan.h"
#include "stats/sequence.h"

#include <math.h>
#include <stdlib.h>

/* Two models in a cell. */
struct pair {
    struct stats_sequence sequence;
    enum stats_decision decision;
    size_t samples; /* in the sequence when it was decided, or so far */
};

struct cell {
    size_t looked_at; /* samples, from the first */
    bool is_decided;
    struct pair *pairs; /* in the order (0, 1), (0, 2), (1, 2), (0, 3) … */
};

struct stopping {
    struct stopping_settings settings;
    struct cell *cells; /* lengths outermost, as in the plan */
    size_t cell_count;
    struct pair *pairs; /* of all cells */
    size_t pair_count;  /* of a cell */
    double alpha;       /* of a pair */
};

static size_t depth_count(const struct result_plan *plan)
{
    return plan->depth_count != 0 ? plan->depth_count : 1;
}

static size_t samples_of(const struct result_plan *plan, size_t cell)
{
    return plan_cell_samples(plan, cell / plan->needle_count, cell % plan->needle_count);
}

static void start_cell(const struct stopping *stopping, struct cell *cell)
{
    cell->looked_at = 0;
    for (size_t i = 0; i < stopping->pair_count; i++) {
        cell->pairs[i].decision = STATS_UNDECIDED;
        cell->pairs[i].samples = 0;
        stats_sequence_init(&cell->pairs[i].sequence, stopping->alpha);
    }
}

int stopping_new(struct stopping **out, const struct stopping_settings *settings, struct err *err)
{
    const struct result_plan *plan = settings->plan;
    struct stopping *stopping = calloc(1, sizeof *stopping);

    if (stopping == NULL) {
        return err_memory(err);
    }
    stopping->settings = *settings;
    stopping->cell_count = plan->length_count * plan->needle_count;
    stopping->pair_count = plan->model_count * (plan->model_count - 1) / 2;
    stopping->cells = calloc(stopping->cell_count + 1, sizeof *stopping->cells);
    stopping->pairs =
        calloc(stopping->cell_count * stopping->pair_count + 1, sizeof *stopping->pairs);
    if (stopping->cells == NULL || stopping->pairs == NULL) {
        stopping_free(stopping);
        return err_memory(err);
    }
    stopping->alpha = STOPPING_ERROR_RATE / (double)plan_verdict_count(plan);
    for (size_t i = 0; i < stopping->cell_count; i++) {
        stopping->cells[i].pairs = &stopping->pairs[i * stopping->pair_count];
        start_cell(stopping, &stopping->cells[i]);
    }
    *out = stopping;
    return 0;
}

void stopping_free(struct stopping *stopping)
{
    if (stopping != NULL) {
        free(stopping->cells);
        free(stopping->pairs);
        free(stopping);
    }
}

/* A sample of a cell. */
struct sample {
    const struct stopping *stopping;
    size_t cell;
    size_t number;
};

/* The first of the trials about the sample's haystack at a depth, which lie together. */
static size_t begin_of(const struct sample *sample, size_t depth)
{
    const struct result_plan *plan = sample->stopping->settings.plan;
    const struct plan_place place = {
        .length = sample->cell / plan->needle_count,
        .needles = sample->cell % plan->needle_count,
        .depth = depth,
        .sample = sample->number,
    };

    return plan_place_index(plan, &place);
}

/* Whether no more of its trials will end in this run. */
static bool is_whole(const struct sample *sample)
{
    const struct stopping_settings *settings = &sample->stopping->settings;
    size_t trials = plan_haystack_trials(settings->plan);

    for (size_t depth = 0; depth < depth_count(settings->plan); depth++) {
        size_t first = begin_of(sample, depth);

        for (size_t i = first; i < first + trials; i++) {
            if (!settings->slots->ended[i] && settings->holds[i] != TRIAL_UNKNOWN) {
                return false;
            }
        }
    }
    return true;
}

/* The score, or NaN without an answer. */
static double score_at(const struct stopping_settings *settings, size_t index)
{
    const struct result_trial *trial = &settings->slots->trials[index];

    return settings->slots->ended[index] && outcome_counts(trial->outcome) ? trial->mark.score
                                                                           : (double)NAN;
}

/* The mean difference, second minus first, over what both models have answered; NaN when that is
 * nothing. */
static double mean_difference(const struct sample *sample, size_t first, size_t second)
{
    const struct stopping_settings *settings = &sample->stopping->settings;
    size_t trials = plan_haystack_trials(settings->plan);
    double sum = 0.0;
    size_t count = 0;

    for (size_t depth = 0; depth < depth_count(settings->plan); depth++) {
        size_t begin = begin_of(sample, depth);

        for (size_t i = begin; i < begin + trials; i += settings->plan->model_count) {
            double difference = score_at(settings, i + second) - score_at(settings, i + first);

            if (!isnan(difference)) {
                sum += difference;
                count++;
            }
        }
    }
    return count != 0 ? sum / (double)count : (double)NAN;
}

static void take_difference(struct pair *pair, double difference, double margin)
{
    if (pair->decision != STATS_UNDECIDED || isnan(difference)) {
        return;
    }
    stats_sequence_add(&pair->sequence, difference);
    pair->decision = stats_sequence_decision(&pair->sequence, margin);
    pair->samples = pair->sequence.count;
}

/* Whether all pairs are decided then. */
static bool take_sample(const struct sample *sample, struct cell *cell)
{
    const struct stopping_settings *settings = &sample->stopping->settings;
    struct pair *pair = cell->pairs;
    bool is_decided = true;

    for (size_t second = 1; second < settings->plan->model_count; second++) {
        for (size_t first = 0; first < second; first++) {
            take_difference(pair, mean_difference(sample, first, second), settings->margin);
            is_decided = is_decided && pair->decision != STATS_UNDECIDED;
            pair++;
        }
    }
    return is_decided;
}

static size_t cell_of(const struct stopping *stopping, size_t index)
{
    struct plan_place place = plan_place_of(stopping->settings.plan, index);

    return place.length * stopping->settings.plan->needle_count + place.needles;
}

bool stopping_look(struct stopping *stopping, size_t index)
{
    struct sample sample = {stopping, cell_of(stopping, index), 0};
    struct cell *cell = &stopping->cells[sample.cell];
    size_t samples = samples_of(stopping->settings.plan, sample.cell);

    if (cell->is_decided) {
        return false;
    }
    while (!cell->is_decided && cell->looked_at < samples) {
        sample.number = cell->looked_at;
        if (!is_whole(&sample)) {
            break;
        }
        cell->looked_at++;
        cell->is_decided = take_sample(&sample, cell);
    }
    return cell->is_decided;
}

void stopping_rewind(struct stopping *stopping)
{
    for (size_t i = 0; i < stopping->cell_count; i++) {
        if (!stopping->cells[i].is_decided) {
            start_cell(stopping, &stopping->cells[i]);
        }
    }
}

bool stopping_is_decided(const struct stopping *stopping, size_t index)
{
    return stopping->cells[cell_of(stopping, index)].is_decided;
}

static enum result_verdict verdict_of(enum stats_decision decision)
{
    switch (decision) {
    case STATS_FIRST_BETTER:
        return RESULT_FIRST_BETTER;
    case STATS_SECOND_BETTER:
        return RESULT_SECOND_BETTER;
    case STATS_WITHIN_MARGIN:
        return RESULT_WITHIN_MARGIN;
    case STATS_UNDECIDED:
        break;
    }
    return RESULT_UNDECIDED;
}

static int describe_cell(const struct stopping *stopping, size_t number, struct arena *arena,
                         struct result_decision *out, struct err *err)
{
    const struct result_plan *plan = stopping->settings.plan;
    const struct cell *cell = &stopping->cells[number];
    const struct pair *pair = cell->pairs;

    *out = (struct result_decision){
        .needles = plan->needles[number % plan->needle_count],
        .length_tokens = plan->lengths[number / plan->needle_count],
        .is_decided = cell->is_decided,
        .samples = cell->looked_at,
        .samples_planned = samples_of(plan, number),
        .pairs = arena_alloc(arena, stopping->pair_count + 1, sizeof *out->pairs),
    };
    if (out->pairs == NULL) {
        return err_memory(err);
    }
    for (size_t second = 1; second < plan->model_count; second++) {
        for (size_t first = 0; first < second; first++) {
            out->pairs[out->pair_count++] = (struct result_pair){
                .first = plan->models[first],
                .second = plan->models[second],
                .verdict = verdict_of(pair->decision),
                .samples = pair->samples,
                .difference = pair->sequence.mean,
                .low = pair->sequence.low,
                .high = pair->sequence.high,
            };
            pair++;
        }
    }
    return 0;
}

int stopping_describe(const struct stopping *stopping, struct arena *arena,
                      struct result_stopping **out, struct err *err)
{
    struct result_stopping *record = arena_alloc(arena, 1, sizeof *record);
    int rc = 0;

    if (record == NULL) {
        return err_memory(err);
    }
    *record = (struct result_stopping){
        .error_rate = STOPPING_ERROR_RATE,
        .margin = stopping->settings.margin,
        .decisions = arena_alloc(arena, stopping->cell_count + 1, sizeof *record->decisions),
    };
    if (record->decisions == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < stopping->cell_count; i++) {
        if (samples_of(stopping->settings.plan, i) != 0) {
            rc = describe_cell(stopping, i, arena, &record->decisions[record->decision_count++],
                               err);
        }
    }
    *out = record;
    return rc;
}
