#include "report/contenders.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "record/identity.h"
#include "record/price.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

enum { GROUPS_MAX = 64, LABEL_BYTES_MAX = 1024, DAY_CHARACTERS = 10 };

static bool has_model(const struct figures_filter *filter, struct str model)
{
    for (size_t i = 0; i < filter->model_count; i++) {
        if (str_equal(filter->models[i], model)) {
            return true;
        }
    }
    return filter->model_count == 0;
}

static bool has_needles(const struct figures_filter *filter, uint64_t needles)
{
    for (size_t i = 0; i < filter->needle_count; i++) {
        if (filter->needles[i] == needles) {
            return true;
        }
    }
    return filter->needle_count == 0;
}

static int add_group(struct comparison *out, struct str task, uint64_t needles,
                     const struct comparison_settings *settings, struct err *err)
{
    for (size_t i = 0; i < out->group_count; i++) {
        if (out->groups[i].needles == needles && str_equal(out->groups[i].task, task)) {
            return 0;
        }
    }
    if (out->group_count == GROUPS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d tasks and needle counts; see --needles",
                       GROUPS_MAX);
    }
    out->groups[out->group_count++] = (struct comparison_group){
        .task = task,
        .needles = needles,
        .chance = settings->chance != NULL ? settings->chance(task, needles) : (double)NAN,
    };
    return 0;
}

static int add_contender(struct comparison *out, const struct result *result, struct str model,
                         struct err *err)
{
    if (out->contender_count == CONTENDERS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d models; name some with --model",
                       CONTENDERS_MAX);
    }
    out->contenders[out->contender_count++] = (struct contender){
        .result = result,
        .model = model,
        .simulated = model_is_simulated(model),
        .watched = result->stopping != NULL,
    };
    out->any_watched = out->any_watched || result->stopping != NULL;
    return 0;
}

static int gather_result(struct comparison *out, const struct result *result,
                         const struct comparison_settings *settings, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < result->plan.model_count; i++) {
        if (has_model(&settings->filter, result->plan.models[i])) {
            rc = add_contender(out, result, result->plan.models[i], err);
        }
    }
    for (size_t i = 0; rc == 0 && i < result->cell_count; i++) {
        if (has_model(&settings->filter, result->cells[i].model) &&
            has_needles(&settings->filter, result->cells[i].needles)) {
            rc = add_group(out, result->cells[i].task, result->cells[i].needles, settings, err);
        }
    }
    return rc;
}

/* Whether all of one model's contenders have different days, so that a day tells them apart. */
static bool days_differ(const struct comparison *comparison, struct str model)
{
    for (size_t i = 0; i < comparison->contender_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct contender *a = &comparison->contenders[i];
            const struct contender *b = &comparison->contenders[j];

            if (str_equal(a->model, model) && str_equal(b->model, model) &&
                str_equal(str_take(a->result->created, DAY_CHARACTERS),
                          str_take(b->result->created, DAY_CHARACTERS))) {
                return false;
            }
        }
    }
    return true;
}

static bool is_in_several(const struct comparison *comparison, size_t index)
{
    for (size_t i = 0; i < comparison->contender_count; i++) {
        if (i != index &&
            str_equal(comparison->contenders[i].model, comparison->contenders[index].model)) {
            return true;
        }
    }
    return false;
}

/* "model", "model 2026-11-22" or "model in a.json" where it is in several results. */
static int write_label(struct comparison *comparison, size_t index, struct err *err)
{
    struct contender *contender = &comparison->contenders[index];
    struct buf label;
    int rc = 0;

    buf_init(&label, LABEL_BYTES_MAX);
    utf8_append_printable(&label, utf8_take(contender->model, LABEL_BYTES_MAX / 4));
    if (is_in_several(comparison, index) && days_differ(comparison, contender->model)) {
        buf_append_char(&label, ' ');
        utf8_append_printable(&label, str_take(contender->result->created, DAY_CHARACTERS));
    } else if (is_in_several(comparison, index)) {
        buf_append(&label, STR(" in "));
        utf8_append_printable(&label, utf8_take(contender->result->path, LABEL_BYTES_MAX / 4));
    }
    buf_append(&label, contender->simulated ? STR(" (simulated)") : STR(""));
    rc = buf_check(&label, "label", err);
    if (rc == 0) {
        contender->label = arena_copy(&comparison->arena, buf_str(&label));
        rc = contender->label.p == NULL ? err_memory(err) : 0;
    }
    buf_release(&label);
    return rc;
}

int contenders_gather(struct comparison *out, const struct result *results, size_t result_count,
                      const struct comparison_settings *settings, struct err *err)
{
    int rc = 0;

    out->contenders = arena_alloc(&out->arena, CONTENDERS_MAX, sizeof *out->contenders);
    out->groups = arena_alloc(&out->arena, GROUPS_MAX, sizeof *out->groups);
    if (out->contenders == NULL || out->groups == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < result_count; i++) {
        rc = gather_result(out, &results[i], settings, err);
    }
    for (size_t i = 0; rc == 0 && i < out->contender_count; i++) {
        out->any_simulated = out->any_simulated || out->contenders[i].simulated;
        rc = write_label(out, i, err);
    }
    if (rc == 0 && (out->contender_count == 0 || out->group_count == 0)) {
        rc = err_set(err, ERR_INPUT, "nothing to compare: no model or no summary passes");
    }
    return rc;
}

size_t comparison_group_of(const struct comparison *comparison, const struct result_trial *trial)
{
    for (size_t i = 0; i < comparison->group_count; i++) {
        if (comparison->groups[i].needles == trial->needles &&
            str_equal(comparison->groups[i].task, trial->task)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool is_of(const struct comparison *comparison, const struct contender *contender,
                  const struct result_trial *trial)
{
    return str_equal(trial->model, contender->model) &&
           comparison_group_of(comparison, trial) != SIZE_MAX;
}

int contender_answers(struct comparison *comparison, size_t contender, struct answers *out,
                      struct err *err)
{
    const struct contender *of = &comparison->contenders[contender];

    *out = (struct answers){0};
    out->items = arena_alloc(&comparison->arena, of->result->trial_count + 1, sizeof *out->items);
    if (out->items == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < of->result->trial_count; i++) {
        const struct result_trial *trial = &of->result->trials[i];
        struct answer *answer = &out->items[out->count];

        if (!is_of(comparison, of, trial)) {
            continue;
        }
        *answer = (struct answer){
            .haystack = trial_cluster(trial),
            .group = comparison_group_of(comparison, trial),
            .length_tokens = trial->length_tokens,
            .sample = trial->sample,
            .score = outcome_counts(trial->outcome) ? trial->mark.score : (double)NAN,
            .tokens = trial->output_tokens >= 0 ? (double)trial->output_tokens : (double)NAN,
        };
        if (trial_fingerprint(trial, answer->fingerprint)) {
            out->count++;
        } else {
            out->unidentified++;
        }
    }
    answers_join(out);
    return 0;
}

/* Values of a contender's trials, to take quantiles of. */
struct samples {
    double *first_text_ms;
    double *tokens_per_second;
    size_t first_text_count;
    size_t rate_count;
    double tokens;
    size_t token_count;
};

static void add_trial(struct contender *contender, const struct result_trial *trial,
                      struct samples *samples)
{
    double start_ms =
        trial->first_reasoning_ms >= 0.0 ? trial->first_reasoning_ms : trial->first_text_ms;

    contender->trials++;
    contender->cost_picodollars = price_add(contender->cost_picodollars, trial->cost_picodollars);
    if (outcome_counts(trial->outcome)) {
        contender->counted++;
        contender->score_sum += trial->mark.score;
        contender->correct += trial->mark.score >= COMPARISON_CORRECT_SCORE ? 1 : 0;
    }
    if (trial->first_text_ms >= 0.0) {
        samples->first_text_ms[samples->first_text_count++] = trial->first_text_ms;
    }
    if (trial->output_tokens >= 0 && outcome_counts(trial->outcome)) {
        samples->tokens += (double)trial->output_tokens;
        samples->token_count++;
        if (start_ms >= 0.0 && trial->end_ms > start_ms) {
            samples->tokens_per_second[samples->rate_count++] =
                1e3 * (double)trial->output_tokens / (trial->end_ms - start_ms);
        }
    }
}

static int describe_economy(struct comparison *comparison, struct contender *contender,
                            struct err *err)
{
    size_t count = contender->result->trial_count + 1;
    struct samples samples = {
        .first_text_ms = calloc(count, sizeof(double)),
        .tokens_per_second = calloc(count, sizeof(double)),
    };
    int rc = 0;

    if (samples.first_text_ms == NULL || samples.tokens_per_second == NULL) {
        rc = err_memory(err);
        goto done;
    }
    for (size_t i = 0; i < contender->result->trial_count; i++) {
        if (is_of(comparison, contender, &contender->result->trials[i])) {
            add_trial(contender, &contender->result->trials[i], &samples);
        }
    }
    stats_sort(samples.first_text_ms, samples.first_text_count);
    stats_sort(samples.tokens_per_second, samples.rate_count);
    contender->first_text_ms_median = stats_median(samples.first_text_ms, samples.first_text_count);
    contender->first_text_ms_p95 =
        stats_quantile(samples.first_text_ms, samples.first_text_count, 0.95);
    contender->output_tokens_per_second =
        stats_median(samples.tokens_per_second, samples.rate_count);
    contender->output_tokens_per_answer =
        samples.token_count != 0 ? samples.tokens / (double)samples.token_count : (double)NAN;
    contender->dollars_per_correct = contender->cost_picodollars >= 0 && contender->correct != 0
                                         ? (double)contender->cost_picodollars /
                                               (double)PRICE_DOLLAR / (double)contender->correct
                                         : (double)NAN;
done:
    free(samples.first_text_ms);
    free(samples.tokens_per_second);
    return rc;
}

static int compare_points(const void *a, const void *b)
{
    const struct stats_point *left = a;
    const struct stats_point *right = b;

    return (left->length_tokens > right->length_tokens) -
           (left->length_tokens < right->length_tokens);
}

static bool is_cell_of(const struct comparison *comparison, const struct contender_curve *curve,
                       const struct result_cell *cell)
{
    const struct comparison_group *group = &comparison->groups[curve->group];

    return cell->needles == group->needles && str_equal(cell->task, group->task) &&
           str_equal(cell->model, comparison->contenders[curve->contender].model);
}

static int list_points(struct comparison *comparison, struct contender_curve *curve,
                       struct err *err)
{
    const struct result *result = comparison->contenders[curve->contender].result;

    curve->points = arena_alloc(&comparison->arena, result->cell_count + 1, sizeof *curve->points);
    curve->counts = arena_alloc(&comparison->arena, result->cell_count + 1, sizeof *curve->counts);
    if (curve->points == NULL || curve->counts == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct result_cell *cell = &result->cells[i];

        if (is_cell_of(comparison, curve, cell)) {
            curve->points[curve->point_count++] =
                (struct stats_point){cell->length_tokens, {cell->mean, cell->low, cell->high}};
        }
    }
    qsort(curve->points, curve->point_count, sizeof *curve->points, compare_points);
    for (size_t i = 0; i < result->cell_count; i++) {
        for (size_t j = 0; j < curve->point_count; j++) {
            if (is_cell_of(comparison, curve, &result->cells[i]) &&
                curve->points[j].length_tokens == result->cells[i].length_tokens) {
                curve->counts[j] = result->cells[i].counted;
            }
        }
    }
    return 0;
}

static struct stats_interval mean_of_points(const struct contender_curve *curve)
{
    struct stats_point scored[UINT8_MAX];
    double weights[UINT8_MAX];
    size_t count = 0;

    for (size_t i = 0; i < curve->point_count && count < UINT8_MAX; i++) {
        if (!isnan(curve->points[i].score.mean)) {
            scored[count++] = curve->points[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        weights[i] = 1.0 / (double)count;
    }
    if (count == 0) {
        return (struct stats_interval){(double)NAN, (double)NAN, (double)NAN};
    }
    return stats_weighted_mean(scored, weights, count);
}

static void sum_up(const struct comparison *comparison, struct contender_curve *curve)
{
    static const struct stats_interval unknown = {(double)NAN, (double)NAN, (double)NAN};

    curve->mean = mean_of_points(curve);
    curve->above_chance = stats_above_chance(curve->mean, comparison->groups[curve->group].chance);
    if (!stats_auc(curve->points, curve->point_count, STATS_AUC_128K_TOKENS, &curve->auc_128k,
                   &curve->auc_128k_missing)) {
        curve->auc_128k = unknown;
    }
    if (!stats_auc(curve->points, curve->point_count, STATS_AUC_1M_TOKENS, &curve->auc_1m,
                   &curve->auc_1m_missing)) {
        curve->auc_1m = unknown;
    }
    curve->effective =
        stats_effective_length(curve->points, curve->point_count, comparison->threshold);
}

/* The scored trials of a curve, in the forms that statistics want them. */
struct trials {
    double *scores;
    uint64_t *haystacks;
    uint64_t *questions;
    struct stats_grouped *depths;
    struct stats_cell_scores *cells; /* one per point: parts of scores and haystacks */
    size_t count;
    size_t depth_count;
    size_t identified; /* of the first so many, questions are known */
};

static void add_point(const struct comparison *comparison, const struct contender_curve *curve,
                      size_t point, struct trials *trials)
{
    const struct contender *contender = &comparison->contenders[curve->contender];
    uint64_t length_tokens = curve->points[point].length_tokens;
    size_t first = trials->count;

    for (size_t i = 0; i < contender->result->trial_count; i++) {
        const struct result_trial *trial = &contender->result->trials[i];
        uint64_t fingerprint[2] = {0, i};

        if (trial->length_tokens != length_tokens || !is_of(comparison, contender, trial) ||
            comparison_group_of(comparison, trial) != curve->group ||
            !outcome_counts(trial->outcome)) {
            continue;
        }
        (void)trial_fingerprint(trial, fingerprint);
        trials->scores[trials->count] = trial->mark.score;
        trials->haystacks[trials->count] = trial_cluster(trial);
        trials->questions[trials->count++] = fingerprint[0] ^ fingerprint[1];
        if (trial->depth >= 0.0 && trial->depth <= 1.0) {
            trials->depths[trials->depth_count++] = (struct stats_grouped){
                .score = trial->mark.score,
                /* Probes of a haystack are exchanged among themselves, samples within a cell. */
                .stratum = contender->result->plan.probes > 1 ? trial_cluster(trial) : point,
                .question = fingerprint[0] ^ fingerprint[1],
                .group = (uint32_t)stats_third_of(trial->depth),
            };
        }
    }
    trials->cells[point] = (struct stats_cell_scores){
        .length_tokens = (double)length_tokens,
        .scores = &trials->scores[first],
        .cluster = &trials->haystacks[first],
        .n = trials->count - first,
    };
}

/* Of a contender that was watched there is no length of half score: its interval is one of a size
 * that was fixed before. */
static int describe_trials(struct contender_curve *curve, struct trials *trials, bool is_watched,
                           uint64_t seed, struct err *err)
{
    size_t lengths = 0;
    int rc =
        stats_repeatability(trials->scores, trials->questions, trials->count, &curve->repeats, err);

    for (size_t i = 0; i < curve->point_count; i++) {
        lengths += trials->cells[i].n != 0 ? 1 : 0;
    }
    if (rc == 0 && lengths >= 2 && !is_watched) {
        rc = stats_half_length(trials->cells, curve->point_count, seed, &curve->half, err);
        curve->has_half = rc == 0;
    }
    if (rc == 0 && trials->depth_count != 0) {
        rc = stats_compare_groups(trials->depths, trials->depth_count, STATS_THIRDS, seed,
                                  &curve->depths, err);
        curve->has_depths = rc == 0;
    }
    return rc;
}

static int describe_curve(struct comparison *comparison, struct contender_curve *curve,
                          uint64_t seed, struct err *err)
{
    size_t count = comparison->contenders[curve->contender].result->trial_count + 1;
    struct trials trials = {
        .scores = calloc(count, sizeof *trials.scores),
        .haystacks = calloc(count, sizeof *trials.haystacks),
        .questions = calloc(count, sizeof *trials.questions),
        .depths = calloc(count, sizeof *trials.depths),
        .cells = calloc(curve->point_count + 1, sizeof *trials.cells),
    };
    int rc = 0;

    if (trials.scores == NULL || trials.haystacks == NULL || trials.questions == NULL ||
        trials.depths == NULL || trials.cells == NULL) {
        rc = err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < curve->point_count; i++) {
        add_point(comparison, curve, i, &trials);
    }
    if (rc == 0) {
        rc = describe_trials(curve, &trials, comparison->contenders[curve->contender].watched, seed,
                             err);
    }
    free(trials.scores);
    free(trials.haystacks);
    free(trials.questions);
    free(trials.depths);
    free(trials.cells);
    return rc;
}

int contenders_describe(struct comparison *out, const struct comparison_settings *settings,
                        struct err *err)
{
    int rc = 0;

    out->curves =
        arena_alloc(&out->arena, out->group_count * out->contender_count, sizeof *out->curves);
    if (out->curves == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < out->contender_count; i++) {
        rc = describe_economy(out, &out->contenders[i], err);
    }
    for (size_t i = 0; rc == 0 && i < out->group_count * out->contender_count; i++) {
        struct contender_curve *curve = &out->curves[out->curve_count];

        *curve = (struct contender_curve){.contender = i % out->contender_count,
                                          .group = i / out->contender_count};
        rc = list_points(out, curve, err);
        if (rc == 0 && curve->point_count != 0) {
            sum_up(out, curve);
            rc = describe_curve(out, curve, settings->seed, err);
            out->curve_count++;
        }
    }
    return rc;
}
