#include "cli/estimate.h"

#include "base/buf.h"
#include "cli/gate.h"
#include "record/plan.h"
#include "sim/model.h"
#include "sim/prefix_cache.h"

#include <math.h>
#include <string.h>

/* Of large models at long prompts: a minute or two until a million tokens are read, and a page a
 * minute after that. Good for an order of magnitude, and said to be assumed. */
static const double read_tokens_per_s_assumed = 10000.0;
static const double write_tokens_per_s_assumed = 60.0;

enum { PROMPT_BYTES_MAX = 1 << 30 };

/* What the simulated conversation has between two messages (sim/conversation.h). */
#define SIM_BETWEEN_MESSAGES "\n\n"

const char *estimate_source_name(enum estimate_source source)
{
    static const char *const names[] = {"simulated", "calibrated", "catalogue", "assumed"};

    return names[source];
}

static void calibrate(struct estimate_model *model, const struct result *calibration,
                      struct str name)
{
    double tokens = 0.0;
    double input = 0.0;
    double output = 0.0;
    double read_s = 0.0;
    double write_s = 0.0;
    size_t count = 0;

    for (size_t i = 0; calibration != NULL && i < calibration->trial_count; i++) {
        const struct result_trial *trial = &calibration->trials[i];

        if (str_equal(trial->model, name) && outcome_is_answer(trial->outcome) &&
            trial->input_tokens > 0 && trial->prompt_tokens > 0 && trial->output_tokens >= 0) {
            tokens += (double)trial->prompt_tokens;
            input += (double)trial->input_tokens;
            output += (double)trial->output_tokens;
            count++;
            if (trial->first_text_ms > 0.0 && trial->end_ms > trial->first_text_ms) {
                read_s += trial->first_text_ms / 1e3;
                write_s += (trial->end_ms - trial->first_text_ms) / 1e3;
            }
        }
    }
    if (count != 0) {
        model->input_source = ESTIMATE_CALIBRATED;
        model->input_per_token = input / tokens;
        model->output_tokens = output / (double)count;
    }
    if (read_s > 0.0 && write_s > 0.0) {
        model->speed_source = ESTIMATE_CALIBRATED;
        model->read_tokens_per_s = input / read_s;
        model->write_tokens_per_s = output / write_s;
    }
}

static struct estimate_model expect(const struct estimate_settings *settings, size_t index)
{
    const struct model *known = &settings->models->models[index];
    struct str name = settings->plan->models[index];
    double ratio = known->target.tokens_per_o200k;
    struct estimate_model model = {
        .input_source = ratio > 0.0 ? ESTIMATE_CATALOGUE : ESTIMATE_ASSUMED,
        .input_per_token = ratio > 0.0 ? ratio : 1.0,
        .speed_source = ESTIMATE_ASSUMED,
        .read_tokens_per_s = read_tokens_per_s_assumed,
        .write_tokens_per_s = write_tokens_per_s_assumed,
        .terms = {.is_batch = settings->is_batch, .hour_utc = PRICE_HOUR_UNKNOWN},
    };

    calibrate(&model, settings->calibration, name);
    if (model_is_simulated(name)) {
        model.input_source = ESTIMATE_SIMULATED;
        model.output_tokens = 0.0;
    }
    if (settings->output_tokens != 0) {
        model.output_tokens = (double)settings->output_tokens;
    }
    return model;
}

/* A case as far as an estimate needs it. */
struct sight {
    const struct test_case *test_case;
    bool is_further;      /* a further probe or a repeat */
    uint64_t known_bytes; /* at its beginning, from prompts before: whole blocks */
    uint64_t block_bytes; /* of it: what is whole blocks */
};

static uint64_t message_count(const struct prompt_measure *measure)
{
    return measure->messages[PROMPT_USER] + measure->messages[PROMPT_ASSISTANT];
}

static uint64_t expected_input(const struct estimate_model *model,
                               const struct prompt_measure *measure)
{
    if (model->input_source == ESTIMATE_SIMULATED) {
        return sim_tokens(measure->bytes +
                          (message_count(measure) - 1) * (sizeof SIM_BETWEEN_MESSAGES - 1));
    }
    return (uint64_t)llround((double)measure->tokens * model->input_per_token);
}

/* The vendor's tokens of the first `bytes` of the prompt, of `input` in all. */
static uint64_t expected_part(const struct estimate_model *model, const struct sight *sight,
                              uint64_t bytes, uint64_t input)
{
    if (model->input_source == ESTIMATE_SIMULATED) {
        return sim_tokens(bytes);
    }
    return (uint64_t)((double)input * (double)bytes /
                      (double)(sight->test_case->measure.bytes + 1));
}

static void expect_cache(const struct estimate_model *expected, const struct model *model,
                         const struct sight *sight, struct reply_usage *usage)
{
    enum endpoint_caching caching = endpoint_caching(&model->endpoint);
    uint64_t input = (uint64_t)usage->input_tokens;

    if (caching != ENDPOINT_CACHES_NOTHING) {
        usage->cached_tokens = (int64_t)expected_part(expected, sight, sight->known_bytes, input);
    }
    if (caching == ENDPOINT_CACHES_MARKED) {
        usage->cache_written_tokens =
            (int64_t)expected_part(expected, sight, sight->block_bytes, input) -
            usage->cached_tokens;
    }
}

static uint64_t expected_output(const struct estimate_model *model,
                                const struct test_case *test_case)
{
    if (model->output_tokens > 0.0) {
        return (uint64_t)llround(model->output_tokens);
    }
    if (model->input_source == ESTIMATE_SIMULATED) {
        return sim_tokens(test_case->key.answer.len);
    }
    return (uint64_t)llround((double)test_case->answer_tokens * model->input_per_token);
}

static bool fits(const struct model *model, uint64_t input, uint64_t output)
{
    const struct catalogue_model *known = model->target.model;

    return known == NULL ||
           ((known->window_input_tokens <= 0 || (int64_t)input <= known->window_input_tokens) &&
            (known->window_total_tokens <= 0 ||
             (int64_t)(input + output) <= known->window_total_tokens));
}

static struct estimate_sums estimate_trial(const struct estimate_model *expected,
                                           const struct model *model, const struct sight *sight)
{
    const struct prompt_measure *measure = &sight->test_case->measure;
    uint64_t input = expected_input(expected, measure);
    uint64_t output = expected_output(expected, sight->test_case);
    struct reply_usage usage = {
        .input_tokens = (int64_t)input,
        .output_tokens = (int64_t)output,
    };

    expect_cache(expected, model, sight, &usage);
    return (struct estimate_sums){
        .trials = 1,
        .haystacks = sight->is_further ? 0 : 1,
        .tokens = measure->tokens,
        .bytes = measure->escaped_bytes,
        .input_tokens = input,
        .cached_tokens = (uint64_t)usage.cached_tokens,
        .cache_written_tokens = (uint64_t)usage.cache_written_tokens,
        .output_tokens = output,
        .cost =
            model->has_price ? price_cost(&model->price, &usage, &expected->terms) : PRICE_UNKNOWN,
        .worst_cost = gate_worst_cost(model, measure->tokens, &expected->terms),
        .too_long = fits(model, input, output) ? 0 : 1,
        .busy_s = (double)(usage.input_tokens - usage.cached_tokens) / expected->read_tokens_per_s +
                  (double)output / expected->write_tokens_per_s,
    };
}

void estimate_add(struct estimate_sums *sums, const struct estimate_sums *more)
{
    sums->trials += more->trials;
    sums->haystacks += more->haystacks;
    sums->tokens += more->tokens;
    sums->bytes += more->bytes;
    sums->input_tokens += more->input_tokens;
    sums->cached_tokens += more->cached_tokens;
    sums->cache_written_tokens += more->cache_written_tokens;
    sums->output_tokens += more->output_tokens;
    sums->cost = price_add(sums->cost, more->cost);
    sums->worst_cost = price_add(sums->worst_cost, more->worst_cost);
    sums->too_long += more->too_long;
    sums->busy_s += more->busy_s;
}

/* What the endpoints' caches would know of the prompts that were sent before. */
struct memory {
    struct prefix_cache cache;
    struct buf text; /* of the prompt that is looked at */
};

/* How much at the beginning of the prompt was sent before, of it or of another one. */
static int find_known(struct memory *memory, struct prompt *prompt, struct sight *sight,
                      struct err *err)
{
    struct prompt_piece piece;
    size_t blocks = 0;
    int rc = 0;

    buf_reset(&memory->text);
    prompt_rewind(prompt);
    while ((rc = prompt_next(prompt, &piece, err)) == 1) {
        if (piece.opens_message && memory->text.len != 0) {
            buf_append(&memory->text, STR(SIM_BETWEEN_MESSAGES));
        }
        buf_append(&memory->text, piece.text);
    }
    if (rc == 0) {
        rc = buf_check(&memory->text, "the prompt", err);
    }
    if (rc == 0) {
        sight->known_bytes =
            prefix_cache_read(&memory->cache, STR(""), buf_str(&memory->text), &blocks);
        sight->block_bytes = blocks;
    }
    return rc;
}

static struct estimate_cell *cell_of(const struct estimate *estimate, size_t model,
                                     const struct result_trial *trial)
{
    for (size_t i = 0; i < estimate->cell_count; i++) {
        struct estimate_cell *cell = &estimate->cells[i];

        if (cell->model == model && cell->needles == trial->needles &&
            cell->length_tokens == trial->length_tokens) {
            return cell;
        }
    }
    return NULL;
}

static bool is_counted(const struct estimate_settings *settings, size_t index)
{
    return settings->counted == NULL || settings->counted[index];
}

/* A case as it is sent once, to each model: the trials from plan index `first` on. */
static void add_round(const struct estimate_settings *settings, struct estimate *estimate,
                      size_t first, const struct sight *sight)
{
    struct result_trial trial = {0};

    plan_trial_at(settings->plan, first, &trial);
    for (size_t m = 0; m < settings->plan->model_count; m++) {
        struct estimate_cell *cell = cell_of(estimate, m, &trial);
        struct estimate_sums sums =
            estimate_trial(&estimate->models[m], &settings->models->models[m], sight);

        if (cell != NULL && is_counted(settings, first + m)) {
            estimate_add(&cell->sums, &sums);
        }
    }
}

static int make_cells(const struct estimate_settings *settings, struct arena *arena,
                      struct estimate *out, struct err *err)
{
    const struct result_plan *plan = settings->plan;
    size_t count = plan->model_count * plan->needle_count * plan->length_count;

    *out = (struct estimate){
        .models = arena_alloc(arena, plan->model_count, sizeof *out->models),
        .cells = arena_alloc(arena, count, sizeof *out->cells),
    };
    if (out->models == NULL || out->cells == NULL) {
        return err_memory(err);
    }
    for (size_t m = 0; m < plan->model_count; m++) {
        out->models[m] = expect(settings, m);
        for (size_t n = 0; n < plan->needle_count; n++) {
            for (size_t l = 0; l < plan->length_count; l++) {
                out->cells[out->cell_count++] = (struct estimate_cell){
                    .model = m,
                    .needles = plan->needles[n],
                    .length_tokens = plan->lengths[l],
                };
            }
        }
    }
    return 0;
}

/* The case's trials follow one another from plan index `first`. */
static int look_at_case(const struct estimate_settings *settings, struct estimate *estimate,
                        size_t first, struct memory *memory, struct err *err)
{
    size_t trials = plan_prompt_trials(settings->plan);
    struct test_case *test_case = NULL;
    int rc = task_open_planned(settings->task, settings->plan, first, &test_case, err);

    for (size_t i = 0; rc == 0 && i < trials; i += settings->plan->model_count) {
        struct sight sight = {
            .test_case = test_case,
            .is_further = i != 0 || test_case->recipe.probe != 0,
        };

        if (!test_case->recipe.cold) {
            rc = find_known(memory, test_case->prompt, &sight, err);
        }
        if (rc == 0) {
            add_round(settings, estimate, first + i, &sight);
        }
    }
    test_case_free(test_case);
    return rc;
}

/* Whether any of the case's trials is counted. */
static bool counts_case(const struct estimate_settings *settings, size_t first)
{
    for (size_t i = 0; i < plan_prompt_trials(settings->plan); i++) {
        if (is_counted(settings, first + i)) {
            return true;
        }
    }
    return false;
}

int estimate_make(const struct estimate_settings *settings, struct arena *arena,
                  struct estimate *out, struct err *err)
{
    const struct result_plan *plan = settings->plan;
    size_t step = plan_prompt_trials(plan);
    size_t count = plan_trial_count(plan);
    struct memory memory;
    int rc = make_cells(settings, arena, out, err);

    if (rc == 0) {
        rc = prefix_cache_init(&memory.cache, err);
    }
    if (rc != 0) {
        return rc;
    }
    buf_init(&memory.text, PROMPT_BYTES_MAX);
    settings->progress->trials_planned = count / step;
    for (size_t i = 0; rc == 0 && i < count; i += step) {
        if (counts_case(settings, i)) {
            rc = look_at_case(settings, out, i, &memory, err);
        }
        settings->progress->trials_ended++;
        progress_draw(settings->progress, 0, false);
        if (rc == 0 && *settings->interrupted != 0) {
            rc = err_set(err, ERR_INTERRUPTED, "interrupted");
        }
    }
    buf_release(&memory.text);
    prefix_cache_release(&memory.cache);
    progress_clear(settings->progress);
    return rc;
}

int estimate_roughly(const struct estimate_settings *settings, struct arena *arena,
                     struct estimate *out, struct err *err)
{
    enum { ANSWER_TOKENS = 500 };
    const struct result_plan *plan = settings->plan;
    size_t count = plan_trial_count(plan);
    int rc = make_cells(settings, arena, out, err);

    for (size_t i = 0; rc == 0 && i < count; i += plan->model_count) {
        struct result_trial trial = {0};
        struct test_case typical = {.answer_tokens = ANSWER_TOKENS};
        struct sight sight = {.test_case = &typical};

        plan_trial_at(plan, i, &trial);
        typical.recipe = task_recipe(plan, &trial);
        typical.measure.messages[PROMPT_USER] = 1;
        typical.measure.tokens = trial.length_tokens;
        typical.measure.bytes = sim_bytes(trial.length_tokens);
        typical.measure.escaped_bytes = typical.measure.bytes;
        sight.is_further = trial.probe != 0 || trial.repeat != 0;
        sight.known_bytes = sight.is_further ? typical.measure.bytes : 0;
        sight.block_bytes = typical.measure.bytes;
        add_round(settings, out, i, &sight);
    }
    return rc;
}

struct estimate_sums estimate_of_model(const struct estimate *estimate, size_t model)
{
    struct estimate_sums sums = {0};

    for (size_t i = 0; i < estimate->cell_count; i++) {
        if (estimate->cells[i].model == model) {
            estimate_add(&sums, &estimate->cells[i].sums);
        }
    }
    return sums;
}

double estimate_seconds(const struct estimate *estimate, size_t model_count, uint64_t concurrency,
                        uint64_t requests_per_minute, uint64_t tokens_per_minute)
{
    double busy_s = 0.0;
    double longest = 0.0;

    for (size_t m = 0; m < model_count; m++) {
        struct estimate_sums sums = estimate_of_model(estimate, m);

        busy_s += sums.busy_s;
        if (requests_per_minute != 0) {
            longest = fmax(longest, (double)sums.trials * 60.0 / (double)requests_per_minute);
        }
        if (tokens_per_minute != 0) {
            longest = fmax(longest, (double)sums.input_tokens * 60.0 / (double)tokens_per_minute);
        }
    }
    return fmax(longest, busy_s / (double)concurrency);
}
