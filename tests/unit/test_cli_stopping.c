#include "cli/stopping.h"

#include "record/plan.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 40, TRIALS_MAX = 4 * SAMPLES * 3 };

static struct str models[] = {{"sim/a", 5}, {"sim/b", 5}, {"sim/c", 5}};
static uint64_t lengths[] = {8192, 16384};
static uint64_t needles[] = {4};

static struct trial_slots slots;
static enum trial_hold holds[TRIALS_MAX];
static struct result_plan plan;
static struct stopping *stopping;

static void start(size_t model_count, size_t length_count, double margin)
{
    struct err err = {ERR_NONE, ""};
    struct stopping_settings settings = {&plan, &slots, holds, margin};

    plan = (struct result_plan){
        .models = models,
        .model_count = model_count,
        .task = STR("mrcr"),
        .needles = needles,
        .needle_count = 1,
        .lengths = lengths,
        .length_count = length_count,
        .samples = SAMPLES,
        .probes = 1,
    };
    ck_assert_int_eq(trial_slots_init(&slots, &plan, &err), 0);
    for (size_t i = 0; i < TRIALS_MAX; i++) {
        holds[i] = TRIAL_FREE;
    }
    ck_assert_int_eq(stopping_new(&stopping, &settings, &err), 0);
}

static void finish(void)
{
    stopping_free(stopping);
    trial_slots_release(&slots);
    stopping = NULL;
}

/* Of the second model when `sample` is what it says; the first always scores 1. */
static double score_of(size_t model, size_t sample)
{
    return model == 0 ? 1.0 : (double)(sample * 7 % 10) / 30.0;
}

static void end_trial(size_t index, enum outcome outcome)
{
    struct plan_place place = plan_place_of(&plan, index);

    plan_trial_at(&plan, index, &slots.trials[index]);
    slots.trials[index].outcome = outcome;
    slots.trials[index].mark.score =
        outcome_counts(outcome) ? score_of(place.model, place.sample) : (double)NAN;
    slots.ended[index] = true;
}

static struct result_stopping *describe(struct arena *arena)
{
    struct result_stopping *record = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stopping_describe(stopping, arena, &record, &err), 0);
    return record;
}

/* Ends all trials in steps of `stride` (coprime to their number) and looks after each. */
static struct result_pair decide_in_steps(size_t stride, struct arena *arena)
{
    size_t count = plan_trial_count(&plan);

    for (size_t i = 0; i < count; i++) {
        size_t index = i * stride % count;

        end_trial(index, OUTCOME_SCORED);
        (void)stopping_look(stopping, index);
    }
    return describe(arena)->decisions[0].pairs[0];
}

START_TEST(the_order_of_arrival_decides_nothing)
{
    static const size_t strides[] = {1, 79, 37, 11};
    struct arena arena = {0};
    struct result_pair first = {0};

    for (size_t i = 0; i < sizeof strides / sizeof strides[0]; i++) {
        struct result_pair pair;

        start(2, 1, 0.0);
        pair = decide_in_steps(strides[i], &arena);
        ck_assert_int_eq(pair.verdict, RESULT_FIRST_BETTER);
        ck_assert_uint_lt(pair.samples, SAMPLES);
        if (i == 0) {
            first = pair;
        }
        ck_assert_uint_eq(pair.samples, first.samples);
        ck_assert_double_eq(pair.difference, first.difference);
        ck_assert_double_eq(pair.low, first.low);
        ck_assert_double_eq(pair.high, first.high);
        finish();
    }
    arena_release(&arena);
}

START_TEST(a_sample_waits_for_all_its_trials_and_for_those_before_it)
{
    start(2, 1, 0.0);
    for (size_t i = 2; i < plan_trial_count(&plan); i++) { /* all but the first sample */
        end_trial(i, OUTCOME_SCORED);
        ck_assert(!stopping_look(stopping, i));
    }
    end_trial(0, OUTCOME_SCORED);
    ck_assert(!stopping_look(stopping, 0));
    end_trial(1, OUTCOME_SCORED);
    ck_assert(stopping_look(stopping, 1));
    ck_assert(stopping_is_decided(stopping, 5));
    ck_assert(!stopping_look(stopping, 1)); /* said once */
    finish();
}

START_TEST(what_has_no_answer_is_left_out_and_taken_when_it_comes_later)
{
    struct arena arena = {0};
    struct result_stopping *record = NULL;

    start(2, 1, 0.0);
    end_trial(0, OUTCOME_SCORED);
    end_trial(1, OUTCOME_TIMEOUT);
    end_trial(2, OUTCOME_SCORED);
    holds[3] = TRIAL_UNKNOWN;
    end_trial(4, OUTCOME_SCORED);
    end_trial(5, OUTCOME_REFUSED); /* counts: as 0 */
    (void)stopping_look(stopping, 0);
    record = describe(&arena);
    ck_assert_uint_eq(record->decisions[0].samples, 3);
    ck_assert_uint_eq(record->decisions[0].pairs[0].samples, 1);

    slots.ended[1] = false;
    stopping_rewind(stopping);
    (void)stopping_look(stopping, 0);
    ck_assert_uint_eq(describe(&arena)->decisions[0].samples, 0);
    end_trial(1, OUTCOME_SCORED);
    (void)stopping_look(stopping, 0);
    ck_assert_uint_eq(describe(&arena)->decisions[0].pairs[0].samples, 2);
    arena_release(&arena);
    finish();
}

START_TEST(each_cell_is_decided_for_itself_and_needs_all_its_pairs)
{
    struct arena arena = {0};
    struct result_stopping *record = NULL;

    start(3, 2, 0.0); /* the second and the third score alike */
    for (size_t i = 0; i < plan_trial_count(&plan) / 2; i++) {
        end_trial(i, OUTCOME_SCORED);
        ck_assert(!stopping_look(stopping, i));
    }
    record = describe(&arena);
    ck_assert_uint_eq(record->decision_count, 2);
    ck_assert_uint_eq(record->decisions[0].pair_count, 3);
    ck_assert_uint_eq(record->decisions[0].samples, SAMPLES);
    ck_assert_int_eq(record->decisions[0].pairs[0].verdict, RESULT_FIRST_BETTER);
    ck_assert_int_eq(record->decisions[0].pairs[1].verdict, RESULT_FIRST_BETTER);
    ck_assert_int_eq(record->decisions[0].pairs[2].verdict, RESULT_UNDECIDED);
    ck_assert_uint_eq(record->decisions[1].samples, 0);
    ck_assert(!stopping_is_decided(stopping, 0));
    arena_release(&arena);
    finish();
}

START_TEST(more_pairs_and_cells_share_the_chance_of_an_error)
{
    struct arena arena = {0};
    struct result_pair alone;

    start(2, 1, 0.0);
    alone = decide_in_steps(1, &arena);
    finish();
    start(3, 2, 0.0);
    ck_assert_uint_gt(decide_in_steps(1, &arena).samples, alone.samples);
    finish();
    arena_release(&arena);
}

int main(void)
{
    Suite *suite = suite_create("cli_stopping");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_test(rules, the_order_of_arrival_decides_nothing);
    tcase_add_test(rules, a_sample_waits_for_all_its_trials_and_for_those_before_it);
    tcase_add_test(rules, what_has_no_answer_is_left_out_and_taken_when_it_comes_later);
    tcase_add_test(rules, each_cell_is_decided_for_itself_and_needs_all_its_pairs);
    tcase_add_test(rules, more_pairs_and_cells_share_the_chance_of_an_error);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
