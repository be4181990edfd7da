/* fault_schedules: thousands of ways in which a sweep can go wrong, each checked for what must
 * hold.
 *
 * A schedule is one sweep lived several times: each life is a process of its own that runs the real
 * sweep loop against an endpoint that misbehaves (fault_server.h), on a disk that may fail or be
 * the last thing the process sees (fault_disk.h), under a clock whose wall time runs backwards
 * (fault_life.h). A power cut takes what was not flushed. After each life the journal,
 * the result and the endpoint's own count are compared:
 *
 *   - no answer that a process has counted is lost, and without a power cut none that was written;
 *     none is another than in a sweep without faults
 *   - no request arrived that the journal does not know of
 *   - what may be paid for is not sent again unasked
 *   - a disk that is full has room for every answer that was asked for
 *   - what is counted is never less than what was billed, and that never above the cap
 *   - the result file is absent or whole, and its answers are in the journal
 *
 * and in the end every trial has ended once. With one request in flight (a third of the schedules)
 * a seed replays exactly on an idle machine; with more, the order in which they meet the faults may
 * differ.
 *
 * Usage: fault_schedules [--seed N] [--count N] [--seconds N]
 */
#include "fault_disk.h"
#include "fault_life.h"
#include "fault_server.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "record/budget.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LIVES_MAX = 60,
    FAULTY_LIVES_MAX = 6,
    FAULTY_CONNECTIONS_MAX = 24,
    DISK_CALLS = 55, /* a sweep without faults makes so many */
    WHY_MAX = 512
};

struct schedule {
    uint64_t seed;
    struct random random;
    size_t concurrency;
    int64_t cap;
    size_t faulty_lives;
    bool is_disk_only; /* the endpoint is good, the disk has single errors: what is paid for is lost
                        * by bookkeeping alone */
    uint32_t faulty_connections;
    size_t life_count;
    struct fault_life lives[LIVES_MAX];
    char why[WHY_MAX]; /* what did not hold, or "" */
};

static uint32_t arrived(const struct fault_world *world, size_t index)
{
    uint64_t hash = strtoull(world->expected[index].reply.p + strlen("reply "), NULL, 16);
    const struct fault_truth *truth = &world->shared->truth;

    for (size_t i = 0; i < FAULT_BODIES_MAX; i++) {
        if (truth->bodies[i].hash == hash) {
            return truth->bodies[i].whole;
        }
    }
    return 0;
}

static uint32_t arrived_in_all(const struct fault_world *world)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < FAULT_TRIALS; i++) {
        sum += arrived(world, i);
    }
    return sum;
}

static bool is_as_expected(const struct result_trial *trial, const struct result_trial *expected)
{
    return trial->outcome == expected->outcome && trial->mark.score == expected->mark.score &&
           str_equal(trial->reply, expected->reply) &&
           str_equal(trial->fingerprint, expected->fingerprint) &&
           str_equal(trial->model, expected->model) && trial->sample == expected->sample;
}

__attribute__((format(printf, 2, 3))) static void blame(struct schedule *schedule,
                                                        const char *format, ...)
{
    va_list arguments;

    if (schedule->why[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(schedule->why, sizeof schedule->why, format, arguments);
        va_end(arguments);
    }
}

/* `before` is NULL when the power was cut since: then only what a process has counted must be
 * there. */
static void check_trials(const struct fault_world *world, struct schedule *schedule,
                         const struct fault_view *before, const struct fault_view *after)
{
    for (size_t i = 0; i < FAULT_TRIALS; i++) {
        bool was_there = world->shared->counted[i] ||
                         (before != NULL && fault_life_has_answer(&before->slots, i));

        if (was_there && !fault_life_has_answer(&after->slots, i)) {
            blame(schedule, "the answer to trial %zu was lost", i);
        }
        if (fault_life_has_answer(&after->slots, i) &&
            !is_as_expected(&after->slots.trials[i], &world->expected[i])) {
            blame(schedule, "trial %zu has another answer than without faults", i);
        }
    }
}

static void check_money(const struct fault_world *world, struct schedule *schedule,
                        const struct fault_view *after)
{
    const struct fault_truth *truth = &world->shared->truth;
    int64_t counted = after->past.spent + after->past.possibly_paid + after->open_cost;

    if (counted < truth->billed) {
        blame(schedule, "%" PRId64 " pico-dollars are counted, %" PRId64 " were billed", counted,
              (int64_t)truth->billed);
    }
    if (truth->billed > schedule->cap) {
        blame(schedule, "%" PRId64 " pico-dollars were billed under a cap of %" PRId64,
              (int64_t)truth->billed, schedule->cap);
    }
    if (arrived_in_all(world) > after->starts) {
        blame(schedule, "%u requests arrived, %u are in the journal", arrived_in_all(world),
              after->starts);
    }
}

static size_t index_of(const struct fault_world *world, const struct result_trial *trial)
{
    size_t index = 0;

    while (index < FAULT_TRIALS && (world->expected[index].sample != trial->sample ||
                                    !str_equal(world->expected[index].model, trial->model))) {
        index++;
    }
    return index;
}

/* An answer counts at the latest when the result has it. */
static void check_result(const struct fault_world *world, struct schedule *schedule,
                         const struct fault_view *after)
{
    struct result result = {0};
    struct err err;

    if (file_exists(world->output) && result_load(&result, world->output, &err) != 0) {
        blame(schedule, "the result is broken: %s", err.text);
    }
    for (size_t i = 0; i < result.trial_count; i++) {
        const struct result_trial *trial = &result.trials[i];
        size_t index = index_of(world, trial);

        if (index == FAULT_TRIALS ||
            (outcome_counts(trial->outcome) && !fault_life_has_answer(&after->slots, index))) {
            blame(schedule, "trial %zu of the result is not in the journal", i);
        }
    }
    result_release(&result);
}

/* The disk was full, and what was on its way was waited for: it has ended. */
static void check_room(struct schedule *schedule, const struct fault_view *before,
                       const struct fault_view *after)
{
    for (size_t i = 0; i < FAULT_TRIALS; i++) {
        if (after->slots.attempts[i].is_open && !before->slots.attempts[i].is_open) {
            blame(schedule, "a full disk had no room for the end of trial %zu", i);
        }
    }
}

/* What was not flushed may be gone. */
static void cut_power(const struct fault_world *world, struct random *random)
{
    struct stat info;
    int64_t synced = world->shared->synced;

    if (stat(world->journal, &info) == 0 && info.st_size > synced) {
        uint64_t kept = random_below(random, (uint64_t)(info.st_size - synced) + 1);

        if (truncate(world->journal, synced + (off_t)kept) != 0) {
            perror(world->journal);
        }
    }
}

static struct fault_life draw_life(struct schedule *schedule)
{
    struct random *random = &schedule->random;
    bool is_faulty = schedule->life_count < schedule->faulty_lives;
    struct fault_life life = {
        .retries_unknown = true,
        .has_timeouts = schedule->faulty_connections != 0,
        .concurrency = schedule->concurrency,
        .cap = schedule->cap,
    };

    if (is_faulty) {
        life.disk = schedule->is_disk_only
                        ? FAULT_DISK_ONE_ERROR
                        : (enum fault_disk_kind)random_below(random, FAULT_DISK_KINDS);
        /* What a life finds and begins with is as good a place as all the rest. */
        life.at = (uint32_t)random_below(random, random_below(random, 2) ? 8 : DISK_CALLS);
        life.retries_unknown = random_below(random, 2) != 0;
        life.ends_by_power_cut = random_below(random, 4) == 0;
    }
    return life;
}

/* True when the sweep is complete, or its cap reached. */
static bool live_once(const struct fault_world *world, struct schedule *schedule)
{
    struct fault_life life = draw_life(schedule);
    bool is_faulty = schedule->life_count < schedule->faulty_lives;
    uint32_t arrived_before[FAULT_TRIALS];
    struct fault_view before;
    struct fault_view after;
    struct err err = {ERR_NONE, ""};
    int status = 0;
    bool is_cut = false;
    bool is_spent = false;

    schedule->lives[schedule->life_count++] = life;
    if (fault_world_look(world, &before, &err) != 0) {
        blame(schedule, "the journal cannot be read: %s", err.text);
    }
    for (size_t i = 0; i < FAULT_TRIALS; i++) {
        arrived_before[i] = arrived(world, i);
    }
    status = fault_life_spawn(world, &life);
    if (status < 0) {
        blame(schedule, status == -SIGALRM ? "a life did not end" : "signal %d", -status);
    }
    if (!fault_server_is_quiet(world->listener, &world->shared->truth)) {
        blame(schedule, "connections were left open");
    }
    is_cut = life.ends_by_power_cut && status == FAULT_DISK_KILLED;
    if (is_cut) {
        cut_power(world, &schedule->random);
    }
    if (fault_world_look(world, &after, &err) != 0) {
        blame(schedule, "the journal cannot be read: %s", err.text);
    } else {
        check_trials(world, schedule, is_cut ? NULL : &before, &after);
        check_money(world, schedule, &after);
        check_result(world, schedule, &after);
    }
    for (size_t i = 0; i < FAULT_TRIALS && !life.retries_unknown; i++) {
        if (before.slots.attempts[i].is_open && arrived(world, i) != arrived_before[i]) {
            blame(schedule, "trial %zu was sent again unasked", i);
        }
    }
    if (life.disk == FAULT_DISK_FULL && status >= 0) {
        check_room(schedule, &before, &after);
    }
    is_spent = schedule->cap != BUDGET_NO_CAP && after.past.spent + after.past.possibly_paid +
                                                         after.open_cost + 2 * FAULT_REQUEST_COST >
                                                     schedule->cap;
    fault_view_release(&before);
    fault_view_release(&after);
    return !is_faulty && (status == 0 || (status == -ERR_INCOMPLETE && is_spent));
}

/* Every trial has ended, once, and the result says so. */
static void check_end(const struct fault_world *world, struct schedule *schedule)
{
    struct result result = {0};
    struct err err;

    if (result_load(&result, world->output, &err) != 0) {
        blame(schedule, "no result: %s", err.text);
        return;
    }
    if (result.trial_count != FAULT_TRIALS) {
        blame(schedule, "%zu trials in the result", result.trial_count);
    }
    for (size_t i = 0; i < FAULT_TRIALS && schedule->why[0] == '\0'; i++) {
        if (!is_as_expected(&result.trials[i], &world->expected[i])) {
            blame(schedule, "trial %zu of the result has another answer than without faults", i);
        }
    }
    result_release(&result);
}

static struct schedule draw(uint64_t seed)
{
    struct schedule schedule = {.seed = seed,
                                .random = random_stream(seed, STR("fault.schedule"), 0)};
    struct random *random = &schedule.random;

    schedule.concurrency = 1 + random_below(random, 3);
    schedule.faulty_lives = random_below(random, FAULTY_LIVES_MAX);
    schedule.faulty_connections = (uint32_t)random_below(random, FAULTY_CONNECTIONS_MAX);
    schedule.cap = BUDGET_NO_CAP;
    schedule.is_disk_only = random_below(random, 3) == 0;
    if (schedule.is_disk_only) {
        schedule.faulty_lives = FAULTY_LIVES_MAX;
        schedule.faulty_connections = 0;
    }
    if (random_below(random, 4) == 0) {
        schedule.cap = FAULT_REQUEST_COST * (int64_t)(2 + random_below(random, 20));
    }
    return schedule;
}

static void describe_failure(const struct schedule *schedule, uint32_t connections)
{
    (void)fprintf(stderr, "seed %" PRIu64 ": %s\n  %zu in flight, cap %" PRId64 "\n",
                  schedule->seed, schedule->why, schedule->concurrency,
                  schedule->cap != BUDGET_NO_CAP ? schedule->cap : -1);
    for (size_t i = 0; i < schedule->life_count; i++) {
        const struct fault_life *life = &schedule->lives[i];

        (void)fprintf(stderr, "  life %zu: %s at disk call %u%s%s\n", i + 1,
                      fault_disk_words(life->disk), life->at,
                      life->retries_unknown ? ", --retry-unknown" : "",
                      life->ends_by_power_cut ? ", then a power cut if killed" : "");
    }
    for (uint32_t i = 0; i < connections; i++) {
        (void)fprintf(stderr, "  connection %u: %s\n", i + 1,
                      i < schedule->faulty_connections ? fault_server_words(schedule->seed, i)
                                                       : "answers");
    }
    (void)fprintf(stderr, "again: fault_schedules --seed %" PRIu64 " --count 1\n", schedule->seed);
}

struct tally {
    uint64_t schedules;
    uint64_t lives;
    uint64_t requests;
};

/* False when something did not hold. */
static bool run_schedule(const struct fault_world *world, uint64_t seed, struct tally *tally)
{
    struct schedule schedule = draw(seed);
    bool is_over = false;

    fault_world_reset(world, seed, schedule.faulty_connections);
    while (!is_over && schedule.why[0] == '\0') {
        if (schedule.life_count == LIVES_MAX) {
            blame(&schedule, "no end after %d lives", LIVES_MAX);
            break;
        }
        is_over = live_once(world, &schedule);
    }
    if (schedule.why[0] == '\0' && schedule.cap == BUDGET_NO_CAP) {
        check_end(world, &schedule);
    }
    tally->schedules++;
    tally->lives += schedule.life_count;
    tally->requests += world->shared->truth.connections;
    if (schedule.why[0] != '\0') {
        describe_failure(&schedule, world->shared->truth.connections);
        return false;
    }
    return true;
}

static uint64_t number_of(const char *text)
{
    uint64_t number = 0;

    if (!str_to_u64(str_from(text), &number)) {
        (void)fprintf(stderr, "usage: fault_schedules [--seed N] [--count N] [--seconds N]\n");
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
    return number;
}

int main(int argc, char **argv)
{
    static struct fault_world world;
    struct tally tally = {0};
    uint64_t seed = 1;
    uint64_t count = 100;
    uint64_t seconds = UINT32_MAX;
    uint64_t begin_ns = clock_ns(clock_system());
    double ran_ms = 0.0;
    bool holds = true;

    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t *to = strcmp(argv[i], "--seed") == 0    ? &seed
                       : strcmp(argv[i], "--count") == 0 ? &count
                                                         : &seconds;

        *to = number_of(argv[i + 1]);
    }
    fault_world_open(&world);
    for (uint64_t i = 0; holds && i < count && ran_ms < (double)seconds * 1000.0; i++) {
        holds = run_schedule(&world, seed + i, &tally);
        ran_ms = clock_ms_between(begin_ns, clock_ns(clock_system()));
    }
    fault_world_close(&world);
    (void)printf("%" PRIu64 " schedules, %" PRIu64 " lives, %" PRIu64 " requests in %.1f s: %s\n",
                 tally.schedules, tally.lives, tally.requests, ran_ms / 1000.0,
                 holds ? "everything held" : "something did not hold");
    return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
