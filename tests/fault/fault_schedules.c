/* fault_schedules: thousands of ways in which a sweep can go wrong, each checked for what must
 * hold.
 *
 * A schedule is one sweep lived several times: each life is a process of its own that runs the real
 * sweep loop against an endpoint that misbehaves (fault_server.h), on a disk that may fail or be
 * the last thing the process sees (fault_disk.h), under a clock a thousand times too fast whose
 * wall time runs backwards. A power cut takes what was not flushed. After each life the journal,
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
#include "fault_server.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/file_draft.h"
#include "base/random.h"
#include "cli/gate.h"
#include "cli/summary.h"
#include "cli/sweep.h"
#include "cli/sweep_settings.h"
#include "record/journal.h"
#include "record/plan.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SAMPLES = 3,
    MODELS = 2,
    TRIALS = SAMPLES * MODELS,
    LIVES_MAX = 60,
    LIFE_S_MAX = 30,
    FAULTY_LIVES_MAX = 6,
    FAULTY_CONNECTIONS_MAX = 24,
    DISK_CALLS = 55, /* a sweep without faults makes so many */
    CLOCK_SPEED = 1000,
    WHY_MAX = 512
};

struct shared {
    struct fault_truth truth;
    _Atomic int64_t synced; /* the journal's length when it was last flushed */
    bool counted[TRIALS];   /* a process took the trial for answered */
};

/* What all schedules have in common. */
struct world {
    struct shared *shared;
    struct sweep_settings settings;
    struct result_plan plan;
    const struct grader *grader;
    struct arena arena;
    struct task task;
    struct models models;
    char folder[64];
    char journal[96];
    char output[96];
    int listener;
    pid_t server;
    struct result reference; /* holds expected's texts */
    struct result_trial expected[TRIALS];
};

struct life {
    enum fault_disk_kind disk;
    uint32_t at;
    bool retries_unknown;
    bool ends_by_power_cut;
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
    struct life lives[LIVES_MAX];
    char why[WHY_MAX]; /* what did not hold, or "" */
};

/* What is known of the sweep between two lives. */
struct view {
    struct result result;
    struct trial_slots slots;
    struct journal_past past;
    uint32_t starts;
    int64_t open_cost;
};

static int64_t wall_backwards(void *context)
{
    (void)context;
    return INT64_C(2000000000) - (int64_t)(clock_ns(clock_system()) / 1000000);
}

static uint64_t fast_ns(void *context)
{
    (void)context;
    return clock_ns(clock_system()) * CLOCK_SPEED;
}

static const struct clock fast_clock = {fast_ns, wall_backwards, NULL};

static struct result describe(const struct world *world)
{
    return (struct result){
        .plan = world->plan,
        .program_version = STR("1"),
        .created = STR("2026-11-22T14:04:18Z"),
        .generator_version = STR("1"),
        .corpus_hash = STR("0000000000000000"),
    };
}

/* As a session does it. */
static void hold_unknown(const struct trial_slots *slots, bool retries_unknown,
                         struct journal_past *past, enum trial_hold holds[TRIALS])
{
    for (size_t i = 0; i < slots->count; i++) {
        holds[i] = slots->attempts[i].is_open && !retries_unknown ? TRIAL_UNKNOWN : TRIAL_FREE;
        if (slots->attempts[i].is_open) {
            past->possibly_paid += slots->attempts[i].worst_cost;
            past->possibly_paid_attempts++;
        }
    }
}

static int save(struct result *result, const struct trial_slots *slots, const char *path,
                struct err *err)
{
    int rc = summary_build(result, slots, false, err);

    return rc == 0 && result->trial_count != 0 ? result_save(result, path, err) : rc;
}

static bool has_answer(const struct trial_slots *slots, size_t index)
{
    return slots->ended[index] && outcome_counts(slots->trials[index].outcome);
}

/* What the process that lives counts as answered, told when it dies. */
static struct {
    const struct trial_slots *slots; /* NULL until the journal is open */
    bool *counted;
} witness;

static void bear_witness(void)
{
    for (size_t i = 0; i < TRIALS && witness.slots != NULL; i++) {
        witness.counted[i] = witness.counted[i] || has_answer(witness.slots, i);
    }
}

/* The whole life of a process; the result is the sweep's. */
static int live(const struct world *world, const struct schedule *schedule, const struct life *life)
{
    static volatile sig_atomic_t interrupted;
    struct result result = describe(world);
    struct trial_slots slots = {0};
    struct journal_past past = {0};
    struct journal *journal = NULL;
    struct gate *gate = NULL;
    struct progress progress;
    enum trial_hold holds[TRIALS];
    struct client_limits limits = client_limits_default;
    struct gate_settings gates = {.concurrency = schedule->concurrency, .cost_cap = schedule->cap};
    struct err err = {ERR_NONE, ""};
    int rc = 0;

    limits.attempts_max = 3;
    /* On a busy machine even a good endpoint may miss these, which are so many milliseconds. */
    limits.upload_stall_ms = limits.first_byte_ms = limits.idle_ms =
        schedule->faulty_connections != 0 ? 120 * 1000 : 0;
    limits.request_ms = 0;
    witness.counted = world->shared->counted;
    fault_disk_arm(life->disk, life->at, &world->shared->synced, &interrupted, bear_witness);
    progress_init(&progress, NULL, false, &fast_clock);
    rc = trial_slots_init(&slots, &result.plan, &err);
    if (rc == 0) {
        rc = journal_open(&journal, world->journal, &result, &slots, &past, &err);
    }
    if (rc == 0) {
        witness.slots = &slots;
        hold_unknown(&slots, life->retries_unknown, &past, holds);
        gates.spent = past.spent;
        gates.possibly_paid = past.possibly_paid;
        rc = gate_new(&gate, &world->models, &gates, &fast_clock, &err);
    }
    if (rc == 0) {
        const struct sweep sweep = {
            .task = &world->task,
            .grader = world->grader,
            .models = &world->models,
            .clock = &fast_clock,
            .limits = &limits,
            .concurrency = schedule->concurrency,
            .interrupted = &interrupted,
            .result = &result,
            .slots = &slots,
            .holds = holds,
            .confirm_above = CONSENT_NOT_NEEDED,
            .journal = journal,
            .progress = &progress,
            .gate = gate,
        };
        int saved = 0;

        rc = sweep_run(&sweep, &err);
        saved = save(&result, &slots, world->output, &err);
        rc = rc != 0 ? rc : saved;
    }
    bear_witness();
    journal_close(journal);
    gate_free(gate);
    trial_slots_release(&slots);
    result_release(&result);
    return rc;
}

/* The exit status of a process that lives one life; negative when it did not exit by itself. */
static int spawn(const struct world *world, const struct schedule *schedule,
                 const struct life *life)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)alarm(LIFE_S_MAX);
        _exit(-live(world, schedule, life));
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("fork");
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static uint32_t count_lines(const char *path, struct str beginning)
{
    struct file_map map = {0};
    struct str_pair lines = {0};
    struct err err;
    uint32_t count = 0;

    if (file_map_open(&map, path, &err) == 0) {
        lines.tail = map.bytes;
        do {
            lines = str_cut(lines.tail, '\n');
            count += lines.ok && str_starts(lines.head, beginning) ? 1 : 0;
        } while (lines.ok);
    }
    file_map_release(&map);
    return count;
}

static int look(const struct world *world, struct view *view, struct err *err)
{
    struct journal *journal = NULL;
    int rc = 0;

    *view = (struct view){.result = describe(world)};
    rc = trial_slots_init(&view->slots, &view->result.plan, err);
    if (rc == 0) {
        rc = journal_open(&journal, world->journal, &view->result, &view->slots, &view->past, err);
    }
    journal_close(journal);
    view->starts = count_lines(world->journal, STR("{\"start\""));
    for (size_t i = 0; rc == 0 && i < view->slots.count; i++) {
        view->open_cost += view->slots.attempts[i].is_open ? view->slots.attempts[i].worst_cost : 0;
    }
    return rc;
}

static void look_away(struct view *view)
{
    trial_slots_release(&view->slots);
    result_release(&view->result);
}

static uint32_t arrived(const struct world *world, size_t index)
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

static uint32_t arrived_in_all(const struct world *world)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < TRIALS; i++) {
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
static void check_trials(const struct world *world, struct schedule *schedule,
                         const struct view *before, const struct view *after)
{
    for (size_t i = 0; i < TRIALS; i++) {
        bool was_there =
            world->shared->counted[i] || (before != NULL && has_answer(&before->slots, i));

        if (was_there && !has_answer(&after->slots, i)) {
            blame(schedule, "the answer to trial %zu was lost", i);
        }
        if (has_answer(&after->slots, i) &&
            !is_as_expected(&after->slots.trials[i], &world->expected[i])) {
            blame(schedule, "trial %zu has another answer than without faults", i);
        }
    }
}

static void check_money(const struct world *world, struct schedule *schedule,
                        const struct view *after)
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

static size_t index_of(const struct world *world, const struct result_trial *trial)
{
    size_t index = 0;

    while (index < TRIALS && (world->expected[index].sample != trial->sample ||
                              !str_equal(world->expected[index].model, trial->model))) {
        index++;
    }
    return index;
}

/* An answer counts at the latest when the result has it. */
static void check_result(const struct world *world, struct schedule *schedule,
                         const struct view *after)
{
    struct result result = {0};
    struct err err;

    if (file_exists(world->output) && result_load(&result, world->output, &err) != 0) {
        blame(schedule, "the result is broken: %s", err.text);
    }
    for (size_t i = 0; i < result.trial_count; i++) {
        const struct result_trial *trial = &result.trials[i];
        size_t index = index_of(world, trial);

        if (index == TRIALS ||
            (outcome_counts(trial->outcome) && !has_answer(&after->slots, index))) {
            blame(schedule, "trial %zu of the result is not in the journal", i);
        }
    }
    result_release(&result);
}

/* The disk was full, and what was on its way was waited for: it has ended. */
static void check_room(struct schedule *schedule, const struct view *before,
                       const struct view *after)
{
    for (size_t i = 0; i < TRIALS; i++) {
        if (after->slots.attempts[i].is_open && !before->slots.attempts[i].is_open) {
            blame(schedule, "a full disk had no room for the end of trial %zu", i);
        }
    }
}

/* What was not flushed may be gone. */
static void cut_power(const struct world *world, struct random *random)
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

static struct life draw_life(struct schedule *schedule)
{
    struct random *random = &schedule->random;
    bool is_faulty = schedule->life_count < schedule->faulty_lives;
    struct life life = {.retries_unknown = true};

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
static bool live_once(const struct world *world, struct schedule *schedule)
{
    struct life life = draw_life(schedule);
    bool is_faulty = schedule->life_count < schedule->faulty_lives;
    uint32_t arrived_before[TRIALS];
    struct view before;
    struct view after;
    struct err err = {ERR_NONE, ""};
    int status = 0;
    bool is_cut = false;
    bool is_spent = false;

    schedule->lives[schedule->life_count++] = life;
    if (look(world, &before, &err) != 0) {
        blame(schedule, "the journal cannot be read: %s", err.text);
    }
    for (size_t i = 0; i < TRIALS; i++) {
        arrived_before[i] = arrived(world, i);
    }
    status = spawn(world, schedule, &life);
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
    if (look(world, &after, &err) != 0) {
        blame(schedule, "the journal cannot be read: %s", err.text);
    } else {
        check_trials(world, schedule, is_cut ? NULL : &before, &after);
        check_money(world, schedule, &after);
        check_result(world, schedule, &after);
    }
    for (size_t i = 0; i < TRIALS && !life.retries_unknown; i++) {
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
    look_away(&before);
    look_away(&after);
    return !is_faulty && (status == 0 || (status == -ERR_INCOMPLETE && is_spent));
}

/* Every trial has ended, once, and the result says so. */
static void check_end(const struct world *world, struct schedule *schedule)
{
    struct result result = {0};
    struct err err;

    if (result_load(&result, world->output, &err) != 0) {
        blame(schedule, "no result: %s", err.text);
        return;
    }
    if (result.trial_count != TRIALS) {
        blame(schedule, "%zu trials in the result", result.trial_count);
    }
    for (size_t i = 0; i < TRIALS && schedule->why[0] == '\0'; i++) {
        if (!is_as_expected(&result.trials[i], &world->expected[i])) {
            blame(schedule, "trial %zu of the result has another answer than without faults", i);
        }
    }
    result_release(&result);
}

static void forget(const struct world *world, const struct schedule *schedule)
{
    struct fault_truth *truth = &world->shared->truth;

    (void)unlink(world->journal);
    (void)unlink(world->output);
    memset(world->shared, 0, sizeof *world->shared);
    truth->seed = schedule->seed;
    truth->faulty_connections = schedule->faulty_connections;
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
        const struct life *life = &schedule->lives[i];

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
static bool run_schedule(const struct world *world, uint64_t seed, struct tally *tally)
{
    struct schedule schedule = draw(seed);
    bool is_over = false;

    forget(world, &schedule);
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

static void must(int rc, const struct err *err)
{
    if (rc != 0) {
        (void)fprintf(stderr, "%s\n", err->text);
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
}

static void open_world(struct world *world)
{
    static char base_url[64];
    static const char *models[MODELS] = {"compatible/a", "compatible/b"};
    struct err err = {ERR_NONE, ""};
    uint16_t port = 0;

    (void)snprintf(world->folder, sizeof world->folder, "%s/haymaker-fault-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(world->folder) == NULL) {
        perror(world->folder);
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
    (void)snprintf(world->journal, sizeof world->journal, "%s/r.journal.jsonl", world->folder);
    (void)snprintf(world->output, sizeof world->output, "%s/r.json", world->folder);
    world->shared = mmap(NULL, sizeof *world->shared, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    world->listener = fault_server_listen(&port);
    (void)snprintf(base_url, sizeof base_url, "http://127.0.0.1:%u/v1", (unsigned)port);
    world->server = fork();
    if (world->server == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a check ends this process at once */
        fault_server_run(world->listener, &world->shared->truth);
    }
    world->settings = sweep_settings_default();
    for (size_t i = 0; i < MODELS; i++) {
        world->settings.models.items[i] = models[i];
    }
    world->settings.models.count = MODELS;
    world->settings.task.needles = "2";
    world->settings.task.lengths = "4k";
    world->settings.task.samples = SAMPLES;
    world->settings.base_url = base_url;
    world->settings.price = "in=1,out=1";
    world->settings.max_output_tokens = 100;
    must(sweep_settings_plan(&world->settings, &world->arena, &world->plan, &world->grader, &err),
         &err);
    must(sweep_settings_open_models(&world->settings, &world->plan, &world->arena, &world->models,
                                    &err),
         &err);
    must(task_load(&world->task, &world->plan, &err), &err);
}

/* A sweep without faults: what every other one must come to. */
static void learn_expected(struct world *world)
{
    const struct schedule schedule = {.concurrency = 1, .cap = BUDGET_NO_CAP};
    const struct life life = {0};
    struct err err = {ERR_NONE, ""};

    forget(world, &schedule);
    if (spawn(world, &schedule, &life) != 0) {
        (void)fprintf(stderr, "a sweep without faults fails\n");
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
    must(result_load(&world->reference, world->output, &err), &err);
    memcpy(world->expected, world->reference.trials, sizeof world->expected);
}

/* A killed life leaves the beginnings of a result behind. */
static void remove_folder(const char *folder)
{
    struct arena arena = {0};
    struct str *paths = NULL;
    size_t count = 0;
    struct err err;

    if (file_list(folder, STR(""), &arena, &paths, &count, &err) == 0) {
        for (size_t i = 0; i < count; i++) {
            (void)unlink(paths[i].p);
        }
    }
    (void)rmdir(folder);
    arena_release(&arena);
}

static void close_world(struct world *world)
{
    (void)kill(world->server, SIGKILL);
    (void)waitpid(world->server, NULL, 0);
    remove_folder(world->folder);
    task_release(&world->task);
    models_release(&world->models);
    result_release(&world->reference);
    arena_release(&world->arena);
    (void)munmap(world->shared, sizeof *world->shared);
    (void)close(world->listener);
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
    static struct world world;
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
    open_world(&world);
    learn_expected(&world);
    for (uint64_t i = 0; holds && i < count && ran_ms < (double)seconds * 1000.0; i++) {
        holds = run_schedule(&world, seed + i, &tally);
        ran_ms = clock_ms_between(begin_ns, clock_ns(clock_system()));
    }
    close_world(&world);
    (void)printf("%" PRIu64 " schedules, %" PRIu64 " lives, %" PRIu64 " requests in %.1f s: %s\n",
                 tally.schedules, tally.lives, tally.requests, ran_ms / 1000.0,
                 holds ? "everything held" : "something did not hold");
    return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
