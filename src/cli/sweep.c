#include "cli/sweep.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "cli/case_queue.h"
#include "cli/sweep_trials.h"
#include "record/plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    FAILURES_IN_A_ROW_MAX = 8, /* an endpoint that fails so often will not mend within this run */
    TAKE_WAIT_MS = 100,
    HELD_PER_MODEL = 4, /* cases that may wait for one model before others are looked at no more */
    POLL_WAIT_MS = 20   /* how long a new case may wait for the transfers' thread */
};

/* A case that waits for its turn. */
struct waiting {
    size_t index;
    struct test_case *test_case; /* NULL: none */
};

struct run {
    const struct sweep *sweep;
    struct client *client;
    struct case_queue *queue;
    bool queue_finished;
    struct waiting *held; /* in plan order: what may not start yet blocks no other model */
    size_t held_count;
    size_t held_max;
    bool *blocked; /* by model, while `held` is gone through: keep to one request until it starts */
    size_t in_flight;
    size_t answered;          /* by any model in this run */
    size_t failures_in_a_row; /* trials that ended without an answer */
    bool capped;   /* the cap on cost is reached: what is in flight ends, nothing starts */
    bool draining; /* the disk takes no more: likewise */
    bool stopping; /* what is in flight is cancelled */
    int code;      /* why the run ends early, or 0 */
    struct err failure;
};

/* A trial on its way. */
struct flight {
    struct run *run;
    size_t index;
    struct test_case *test_case;
    struct reply reply;
    struct gate_ticket ticket;
    bool is_begun;     /* its last request is in the journal */
    bool is_unwritten; /* the journal could not take it, so it was not sent */
};

static void note_failure(struct run *run, int code, const struct err *why)
{
    if (run->code == 0) {
        run->code = code;
        run->failure = *why;
    }
}

static void stop(struct run *run, int code, const struct err *why)
{
    note_failure(run, code, why);
    run->stopping = true;
}

/* The journal failed. What is in flight may be paid for and has its room on the disk already. */
static void drain(struct run *run, int code, const struct err *why)
{
    note_failure(run, code, why);
    run->draining = true;
}

static bool starts_nothing(const struct run *run)
{
    return run->stopping || run->draining || run->capped;
}

static const struct model *model_of(const struct flight *flight)
{
    const struct models *models = flight->run->sweep->models;

    return &models->models[flight->index % models->count];
}

/* Whether the request, which has ended so, may have been billed without our ever learning it. */
static bool may_be_billed(const struct flight *flight, int64_t cost)
{
    return budget_actual_cost(&flight->reply, model_of(flight)->has_price ? cost : 0) < 0;
}

/* Decides whether the endpoint's failures mean that going on is pointless. */
static void watch_failures(struct run *run, const struct reply *reply, enum outcome outcome)
{
    if (reply->end == REPLY_DENIED) {
        stop(run, ERR_ENDPOINT, &reply->error);
        return;
    }
    if (outcome_counts(outcome)) {
        run->answered++;
        run->failures_in_a_row = 0;
        return;
    }
    run->failures_in_a_row++;
    if (reply->http_status == 0 && run->answered == 0 && outcome == OUTCOME_ENDPOINT_ERROR) {
        stop(run, ERR_ENDPOINT, &reply->error); /* nobody there at all */
    } else if (run->failures_in_a_row >= FAILURES_IN_A_ROW_MAX) {
        stop(run, ERR_INCOMPLETE, &reply->error);
        (void)err_wrap(&run->failure, "stopped after %zu failures in a row; the last was",
                       run->failures_in_a_row);
    }
}

/* The cases of a cell that the trial has decided are not opened any more. */
static void drop_decided(struct run *run, size_t index)
{
    const struct sweep *sweep = run->sweep;

    if (!sweep_trials_decide(sweep, index)) {
        return;
    }
    for (size_t i = 0; i < sweep->slots->count; i++) {
        if (sweep->holds[i] == TRIAL_SPARED) {
            case_queue_drop(run->queue, i);
        }
    }
}

static void flight_free(struct flight *flight)
{
    test_case_free(flight->test_case);
    reply_release(&flight->reply);
    free(flight);
}

/* Called by the client when an exchange has ended. */
static void land(void *context, struct reply *reply)
{
    struct flight *flight = context;
    struct run *run = flight->run;
    const struct sweep *sweep = run->sweep;
    const struct sweep_answer answer = {
        .index = flight->index,
        .test_case = flight->test_case,
        .reply = reply,
        .cost = sweep_trial_cost(sweep, flight->index, reply),
    };
    struct result_trial trial = {0};
    struct err err = {ERR_NONE, ""};
    bool is_ended = false;
    int rc = 0;

    run->in_flight--;
    gate_end(sweep->gate, &flight->ticket, reply, answer.cost);
    if (flight->is_begun && (reply->end == REPLY_CANCELLED || may_be_billed(flight, answer.cost))) {
        rc = journal_end(sweep->journal, flight->index, may_be_billed(flight, answer.cost), &err);
    }
    /* Nor has a trial ended whose request was not sent: an earlier run's may still be open. */
    is_ended = reply->end != REPLY_CANCELLED && !flight->is_unwritten;
    if (rc == 0 && is_ended) {
        rc = sweep_trial_record(sweep, &answer, &trial, &err);
    }
    if (rc != 0) {
        drain(run, (int)err.code, &err);
    } else if (is_ended) {
        watch_failures(run, reply, trial.outcome);
        drop_decided(run, flight->index);
        progress_draw(sweep->progress, run->in_flight, false);
    }
    flight_free(flight);
}

/* A request that costs nobody money needs neither room for its answer nor a flush. */
static int write_start(struct flight *flight, uint32_t number, struct err *err)
{
    const struct sweep *sweep = flight->run->sweep;
    size_t model = flight->index % sweep->models->count;
    bool is_paid = !model_is_simulated(sweep->result->plan.models[model]);
    const struct journal_attempt attempt = {
        .number = number,
        .worst_cost = gate_attempt_cost(sweep->gate, model, flight->test_case->measure.tokens),
    };
    int rc = is_paid ? journal_take_room(sweep->journal, flight->run->in_flight, err) : 0;

    return rc == 0 ? journal_start(sweep->journal, flight->index, &attempt, is_paid, err) : rc;
}

/* Called by the client before each request. */
static int note_start(void *context, uint32_t number, struct err *err)
{
    struct flight *flight = context;
    int rc = write_start(flight, number, err);

    /* Without its line there is nothing to end: an end would be that of an earlier run's request,
     * which may have been paid for. */
    flight->is_begun = rc == 0;
    flight->is_unwritten = rc != 0;
    if (rc != 0) {
        drain(flight->run, rc, err);
    }
    return rc;
}

/* Called by the client before the pause. */
static bool note_retry(void *context, const struct reply *reply, double wait_s)
{
    struct flight *flight = context;
    struct progress *progress = flight->run->sweep->progress;
    struct result_trial trial = {0};
    bool again = gate_retry(flight->run->sweep->gate, &flight->ticket, reply, wait_s);
    struct err err = {ERR_NONE, ""};
    struct buf error;

    if (again && journal_end(flight->run->sweep->journal, flight->index, may_be_billed(flight, 0),
                             &err) != 0) {
        drain(flight->run, (int)err.code, &err);
    }
    buf_init(&error, sizeof reply->error.text * 3);
    utf8_append_printable(&error, str_from(reply->error.text));
    plan_trial_at(&flight->run->sweep->result->plan, flight->index, &trial);
    if (again) {
        progress_note(progress, "%.*s, %llu tokens, sample %llu: %.*s; trying again in %.1f s",
                      STR_ARG(trial.model), (unsigned long long)trial.length_tokens,
                      (unsigned long long)trial.sample, STR_ARG(buf_str(&error)), wait_s);
    } else {
        progress_note(progress,
                      "%.*s, %llu tokens, sample %llu: %.*s; not tried again: the cap on "
                      "cost has no room for it",
                      STR_ARG(trial.model), (unsigned long long)trial.length_tokens,
                      (unsigned long long)trial.sample, STR_ARG(buf_str(&error)));
    }
    buf_release(&error);
    return again;
}

static void note_rate(void *context, const struct rate_report *report)
{
    struct flight *flight = context;

    gate_report(flight->run->sweep->gate, &flight->ticket, report);
}

/* The flight owns the case from here on, also when it fails. */
static int launch(struct run *run, struct waiting *waiting, struct err *err)
{
    struct flight *flight = calloc(1, sizeof *flight);
    struct exchange_request request;
    int rc = 0;

    if (flight == NULL) {
        return err_memory(err);
    }
    flight->run = run;
    flight->index = waiting->index;
    flight->test_case = waiting->test_case;
    waiting->test_case = NULL;
    reply_init(&flight->reply);
    request = (struct exchange_request){
        .endpoint = &model_of(flight)->endpoint,
        .prompt = flight->test_case->prompt,
        .measure = &flight->test_case->measure,
        .reply = &flight->reply,
        .done = land,
        .starting = note_start,
        .retrying = note_retry,
        .rate = note_rate,
        .context = flight,
    };
    run->in_flight++; /* its first request may start at once */
    rc = client_start(run->client, &request, err);
    if (rc != 0) {
        run->in_flight--;
        flight_free(flight);
        return rc;
    }
    gate_start(run->sweep->gate, &flight->ticket, flight->index % run->sweep->models->count,
               flight->test_case->measure.tokens);
    return 0;
}

/* What is sent of a haystack goes one after another, so that a vendor's cache can serve the later
 * ones. The one before a probe or a repeat is a round of models earlier in the plan. */
static bool waits_for_haystack(const struct run *run, size_t index)
{
    struct result_trial trial = {0};

    plan_trial_at(&run->sweep->result->plan, index, &trial);
    return (trial.probe != 0 || trial.repeat != 0) &&
           sweep_trial_is_due(run->sweep, index - run->sweep->models->count);
}

/* Starts a waiting case if it may start now. */
static void launch_waiting(struct run *run, struct waiting *waiting)
{
    const struct sweep *sweep = run->sweep;
    struct err err = {ERR_NONE, ""};
    size_t model = waiting->index % sweep->models->count;

    if (!sweep_trial_is_due(sweep, waiting->index)) {
        test_case_free(waiting->test_case); /* its cell was decided meanwhile */
        waiting->test_case = NULL;
        return;
    }
    if (starts_nothing(run) || run->blocked[model] || run->in_flight >= sweep->concurrency ||
        waits_for_haystack(run, waiting->index)) {
        return;
    }
    switch (gate_ask(sweep->gate, model, waiting->test_case->measure.tokens)) {
    case GATE_OPEN:
        if (launch(run, waiting, &err) != 0) {
            stop(run, (int)err.code, &err);
        }
        break;
    case GATE_LATER:
        run->blocked[model] = true;
        break;
    case GATE_CLOSED:
        run->capped = true;
        break;
    }
}

static void launch_held(struct run *run)
{
    size_t kept = 0;

    memset(run->blocked, 0, run->sweep->models->count * sizeof *run->blocked);
    for (size_t i = 0; i < run->held_count; i++) {
        launch_waiting(run, &run->held[i]);
        if (run->held[i].test_case != NULL) {
            run->held[kept++] = run->held[i];
        }
    }
    run->held_count = kept;
}

/* Takes the next case from the queue. False when there is none now, or no room for it. */
static bool fetch_next(struct run *run)
{
    struct err err = {ERR_NONE, ""};
    int wait_ms = run->in_flight == 0 && run->held_count == 0 ? TAKE_WAIT_MS : 0;
    struct waiting *next = &run->held[run->held_count];
    int got = 0;

    if (run->held_count == run->held_max || run->queue_finished || starts_nothing(run) ||
        run->in_flight >= run->sweep->concurrency) {
        return false;
    }
    got = case_queue_take(run->queue, wait_ms, &next->index, &next->test_case, &run->queue_finished,
                          &err);
    if (got < 0) {
        stop(run, got, &err);
    }
    run->held_count += got > 0 ? 1 : 0;
    return got > 0;
}

/* Starts what may start. False when nothing waits and no more cases will come. */
static bool launch_ready(struct run *run)
{
    do {
        launch_held(run);
    } while (fetch_next(run));
    return !starts_nothing(run) && (run->held_count != 0 || !run->queue_finished);
}

static void check_interrupt(struct run *run)
{
    if (*run->sweep->interrupted != 0 && run->code != ERR_INTERRUPTED) {
        struct err why = {ERR_INTERRUPTED, "interrupted"};

        stop(run, ERR_INTERRUPTED, &why);
    }
}

static void fly(struct run *run)
{
    bool more = true;

    while (more || run->in_flight != 0) {
        struct err err = {ERR_NONE, ""};

        more = launch_ready(run);
        if (run->in_flight != 0) {
            if (client_wait(run->client, POLL_WAIT_MS, &err) != 0) {
                stop(run, (int)err.code, &err);
            }
        } else if (run->held_count != 0) {
            clock_sleep_ms(POLL_WAIT_MS); /* a rate limit has to pass */
        }
        check_interrupt(run);
        if (run->stopping) {
            client_cancel(run->client);
            break;
        }
        progress_draw(run->sweep->progress, run->in_flight, false);
    }
}

static int open_queue(struct run *run, struct err *err)
{
    const struct sweep *sweep = run->sweep;
    /* A recipe waits in no memory, a row of public data in all of its bytes. */
    size_t ahead = sweep->result->plan.dataset.name.len != 0 ? 1 : sweep->concurrency;
    size_t *due = calloc(sweep->slots->count + 1, sizeof *due);
    int rc = due != NULL ? 0 : err_memory(err);

    if (rc == 0) {
        rc = case_queue_new(&run->queue, sweep->task, &sweep->result->plan, due,
                            sweep_trials_due(sweep, due), ahead, err);
    }
    free(due);
    return rc;
}

int sweep_run(const struct sweep *sweep, struct err *err)
{
    struct run run = {.sweep = sweep};
    int rc = 0;

    run.held_max = sweep->concurrency + HELD_PER_MODEL * sweep->models->count;
    run.held = calloc(run.held_max + 1, sizeof *run.held);
    run.blocked = calloc(sweep->models->count, sizeof *run.blocked);
    if (run.held == NULL || run.blocked == NULL) {
        rc = err_memory(err);
        goto done;
    }
    rc = sweep_trials_begin(sweep, err);
    if (rc == 0) {
        rc = client_new(&run.client, sweep->limits, sweep->clock, err);
    }
    if (rc == 0) {
        rc = open_queue(&run, err);
    }
    if (rc == 0) {
        fly(&run);
        (void)journal_take_room(sweep->journal, 0, err); /* the result needs some too */
        if (run.code != 0) {
            *err = run.failure;
            rc = run.code;
        } else {
            rc = sweep_trials_verdict(sweep, run.capped, err);
        }
    }
done:
    for (size_t i = 0; i < run.held_count; i++) {
        test_case_free(run.held[i].test_case);
    }
    free(run.held);
    free(run.blocked);
    case_queue_free(run.queue);
    client_free(run.client);
    progress_clear(sweep->progress);
    return rc;
}
