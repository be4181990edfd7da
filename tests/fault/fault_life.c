#include "fault_life.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/file_draft.h"
#include "cli/gate.h"
#include "cli/summary.h"
#include "cli/sweep.h"
#include "record/journal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIFE_S_MAX = 30, CLOCK_SPEED = 1000 };

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

static struct result describe(const struct fault_world *world)
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
                         struct journal_past *past, enum trial_hold holds[FAULT_TRIALS])
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

bool fault_life_has_answer(const struct trial_slots *slots, size_t index)
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
    for (size_t i = 0; i < FAULT_TRIALS && witness.slots != NULL; i++) {
        witness.counted[i] = witness.counted[i] || fault_life_has_answer(witness.slots, i);
    }
}

/* The whole life of a process; the result is the sweep's. */
static int live(const struct fault_world *world, const struct fault_life *life)
{
    static volatile sig_atomic_t interrupted;
    struct result result = describe(world);
    struct trial_slots slots = {0};
    struct journal_past past = {0};
    struct journal *journal = NULL;
    struct gate *gate = NULL;
    struct progress progress;
    enum trial_hold holds[FAULT_TRIALS];
    struct client_limits limits = client_limits_default;
    struct gate_settings gates = {.concurrency = life->concurrency, .cost_cap = life->cap};
    struct err err = {ERR_NONE, ""};
    int rc = 0;

    limits.attempts_max = 3;
    /* On a busy machine even a good endpoint may miss these, which are so many milliseconds. */
    limits.upload_stall_ms = limits.first_byte_ms = limits.idle_ms =
        life->has_timeouts ? 120 * 1000 : 0;
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
            .concurrency = life->concurrency,
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

int fault_life_spawn(const struct fault_world *world, const struct fault_life *life)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)alarm(LIFE_S_MAX);
        _exit(-live(world, life));
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

int fault_world_look(const struct fault_world *world, struct fault_view *view, struct err *err)
{
    struct journal *journal = NULL;
    int rc = 0;

    *view = (struct fault_view){.result = describe(world)};
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

void fault_view_release(struct fault_view *view)
{
    trial_slots_release(&view->slots);
    result_release(&view->result);
}

void fault_world_reset(const struct fault_world *world, uint64_t seed, uint32_t faulty_connections)
{
    struct fault_truth *truth = &world->shared->truth;

    (void)unlink(world->journal);
    (void)unlink(world->output);
    memset(world->shared, 0, sizeof *world->shared);
    truth->seed = seed;
    truth->faulty_connections = faulty_connections;
}

static void must(int rc, const struct err *err)
{
    if (rc != 0) {
        (void)fprintf(stderr, "%s\n", err->text);
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
}

/* A sweep without faults: what every other one must come to. */
static void learn_expected(struct fault_world *world)
{
    const struct fault_life life = {.concurrency = 1, .cap = BUDGET_NO_CAP};
    struct err err = {ERR_NONE, ""};

    fault_world_reset(world, 0, 0);
    if (fault_life_spawn(world, &life) != 0) {
        (void)fprintf(stderr, "a sweep without faults fails\n");
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): one thread
    }
    must(result_load(&world->reference, world->output, &err), &err);
    memcpy(world->expected, world->reference.trials, sizeof world->expected);
}

void fault_world_open(struct fault_world *world)
{
    static char base_url[64];
    static const char *models[FAULT_MODELS] = {"compatible/a", "compatible/b"};
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
    for (size_t i = 0; i < FAULT_MODELS; i++) {
        world->settings.models.items[i] = models[i];
    }
    world->settings.models.count = FAULT_MODELS;
    world->settings.task.needles = "2";
    world->settings.task.lengths = "4k";
    world->settings.task.samples = FAULT_SAMPLES;
    world->settings.base_url = base_url;
    world->settings.price = "in=1,out=1";
    world->settings.max_output_tokens = 100;
    must(sweep_settings_plan(&world->settings, &world->arena, &world->plan, &world->grader, &err),
         &err);
    must(sweep_settings_open_models(&world->settings, &world->plan, &world->arena, &world->models,
                                    &err),
         &err);
    must(task_load(&world->task, &world->plan, &err), &err);
    learn_expected(world);
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

void fault_world_close(struct fault_world *world)
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
