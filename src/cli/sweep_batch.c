#include "cli/sweep_batch.h"

#include "cli/batcher.h"
#include "cli/sweep_trials.h"

#include <inttypes.h>
#include <unistd.h>

enum {
    TAKE_WAIT_MS = 100,
    SLEEP_MS = 50,         /* how long Ctrl-C may go unnoticed */
    POLL_FAILURES_MAX = 5, /* rounds in a row in which a vendor cannot be asked */
    REFUSALS_MAX = 60      /* by a full queue with nothing of ours in it */
};

int sweep_batch_check(const struct models *models, const struct result_plan *plan, struct err *err)
{
    for (size_t i = 0; i < models->count; i++) {
        if (!batch_is_offered(models->models[i].endpoint.protocol)) {
            return err_set(err, ERR_USAGE,
                           "--batch: %.*s speaks %s, which has no batches; OpenAI's, Anthropic's "
                           "and Gemini's own APIs have",
                           STR_ARG(plan->models[i]), models->models[i].endpoint.protocol);
        }
    }
    return 0;
}

/* The batch may have been begun, or paid, and the user wants its requests sent all the same: from
 * `phase` on, BATCH_WRITTEN or BATCH_UPLOADED. */
static int send_again(struct batcher *batcher, struct sent_batch *sent, enum batch_phase phase,
                      struct err *err)
{
    const struct sweep *sweep = batcher->sweep;
    int64_t worst_cost = 0;

    for (size_t i = 0; i < sent->batch.span_count; i++) {
        const struct batch_span *span = &sent->batch.spans[i];

        for (uint64_t at = span->first; at < span->first + span->count; at++) {
            worst_cost = price_add(worst_cost, batcher->tickets[at].worst_cost);
        }
    }
    sent->batch.phase = phase;
    if (journal_note_possibly_paid(sweep->journal, worst_cost, sent->batch.requests, err) != 0 ||
        sent_batches_note(&batcher->sent, sent, err) != 0) {
        return err->code;
    }
    return batch_submit(batcher_lane_of(batcher, sent)->service, &sent->batch, err);
}

/* One that an earlier run left in doubt is looked for first. */
static int submit(struct batcher *batcher, struct sent_batch *sent, struct err *err)
{
    bool was_in_doubt = sent->batch.phase == BATCH_CREATING;
    int rc = batch_submit(batcher_lane_of(batcher, sent)->service, &sent->batch, err);

    if (rc != ERR_INCOMPLETE || !was_in_doubt || sent->batch.phase != BATCH_CREATING) {
        return rc;
    }
    if (batcher->settings->retries_unknown) {
        return send_again(batcher, sent, BATCH_UPLOADED, err);
    }
    return err_wrap(err, "batch %" PRIu32 " may have begun (--retry-unknown submits it again)",
                    sent->number);
}

/* A queue that is full empties as others end; with nothing of ours in it, only time helps. */
static int refused(struct batcher *batcher, struct sent_batch *sent, struct err *err)
{
    bool others_run = false;

    for (size_t i = 0; i < batcher->sent.count; i++) {
        others_run = others_run || (batcher->sent.items[i]->model == sent->model &&
                                    sent_batch_is_running(batcher->sent.items[i]));
    }
    sent->refusals = others_run ? 0 : sent->refusals + 1;
    if (sent->refusals > REFUSALS_MAX) {
        return err_set(err, ERR_INCOMPLETE,
                       "batch %" PRIu32 " of %" PRIu64 " tokens does not fit the account's queue: "
                       "%.500s; smaller ones by --batch-tokens may",
                       sent->number, sent->batch.tokens, sent->batch.error);
    }
    return 0;
}

static int submit_all(struct batcher *batcher, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < batcher->sent.count; i++) {
        struct sent_batch *sent = batcher->sent.items[i];

        if (!sent_batch_is_open(sent) || !sent_batch_is_unsubmitted(sent)) {
            continue;
        }
        if (sent->batch.phase == BATCH_FAILED) {
            rc = refused(batcher, sent, err);
        }
        if (rc == 0) {
            rc = submit(batcher, sent, err);
        }
        batcher_show_stage(batcher);
    }
    return rc;
}

/* Takes the next case, the one that waited first. 1: it is in *index and *test_case; 0: none. */
static int next_case(struct batcher *batcher, size_t *index, struct test_case **test_case,
                     struct err *err)
{
    int got = 0;

    if (batcher->held != NULL) {
        *index = batcher->held_index;
        *test_case = batcher->held;
        batcher->held = NULL;
        return 1;
    }
    while (got == 0 && !batcher->is_queue_finished) {
        if (batcher_is_interrupted(batcher)) {
            return batcher_interrupted(batcher, err);
        }
        got = case_queue_take(batcher->queue, TAKE_WAIT_MS, index, test_case,
                              &batcher->is_queue_finished, err);
    }
    return got;
}

/* Writes one case to its model's file. */
static int write_case(struct batcher *batcher, size_t index, const struct test_case *test_case,
                      struct err *err)
{
    const struct sweep *sweep = batcher->sweep;
    size_t model = index % sweep->models->count;
    int rc = batch_writer_add(batcher->lanes[model].writer, index, test_case->prompt,
                              &test_case->measure, err);

    if (rc == 0) {
        gate_start(sweep->gate, &batcher->tickets[index], model, test_case->measure.tokens);
    }
    return rc;
}

/* Writes cases until there are no more, the cap on cost has no room, or a file is whole. False in
 * *more when nothing more can be written for now. */
static int write_some(struct batcher *batcher, bool *more, struct err *err)
{
    const struct sweep *sweep = batcher->sweep;
    size_t before = batcher->sent.count;
    int rc = 0;

    *more = true;
    while (rc == 0 && *more && batcher->sent.count == before) {
        struct test_case *test_case = NULL;
        size_t index = 0;
        enum gate_answer answer = GATE_OPEN;
        int got = batcher->is_capped ? 0 : next_case(batcher, &index, &test_case, err);

        if (got <= 0 || test_case == NULL) {
            *more = false;
            rc = got;
            continue;
        }
        answer = gate_ask(sweep->gate, index % sweep->models->count, test_case->measure.tokens);
        if (answer == GATE_OPEN) {
            rc = write_case(batcher, index, test_case, err);
            test_case_free(test_case);
        } else {
            batcher->held = test_case;
            batcher->held_index = index;
            batcher->is_capped = answer == GATE_CLOSED;
            *more = false;
        }
    }
    return rc;
}

/* A file is submitted as soon as it is whole, so that the vendor works while the next is written.
 */
static int send_all(struct batcher *batcher, struct err *err)
{
    bool more = true;
    int rc = 0;

    if (batcher->held != NULL || !batcher->is_queue_finished) {
        progress_stage(batcher->sweep->progress, "writing and submitting batches");
    }
    while (rc == 0 && more) {
        rc = write_some(batcher, &more, err);
        for (size_t i = 0; rc == 0 && !more && i < batcher->sweep->models->count; i++) {
            rc = batch_writer_finish(batcher->lanes[i].writer, err);
        }
        if (rc == 0) {
            rc = submit_all(batcher, err);
        }
    }
    return rc;
}

/* A collection that broke off is made again and brings what is there already. */
static int on_reply(void *context, uint64_t index, struct reply *reply, struct err *err)
{
    struct batcher *batcher = context;
    const struct sweep *sweep = batcher->sweep;
    struct sweep_answer answer = {.index = (size_t)index, .reply = reply};
    struct result_trial trial = {0};
    struct test_case *test_case = NULL;
    int rc = 0;

    if (batcher_is_interrupted(batcher)) {
        return batcher_interrupted(batcher, err);
    }
    if (sweep->slots->ended[index]) {
        return 0;
    }
    if (reply->end == REPLY_CANCELLED) { /* somebody ended the batch, not this run */
        reply->end = REPLY_FAILED;
    }
    rc = task_open_planned(sweep->task, &sweep->result->plan, (size_t)index, &test_case, err);
    if (rc == 0) {
        answer.test_case = test_case;
        answer.cost = sweep_trial_cost(sweep, (size_t)index, reply);
        gate_end(sweep->gate, &batcher->tickets[index], reply, answer.cost);
        rc = sweep_trial_record(sweep, &answer, &trial, err);
    }
    test_case_free(test_case);
    progress_draw(sweep->progress, 0, false);
    return rc;
}

static int collect(struct batcher *batcher, struct sent_batch *sent, struct err *err)
{
    const struct batch_sink sink = {on_reply, batcher};
    struct progress *progress = batcher->sweep->progress;
    struct batch_tally tally;
    int rc = 0;

    progress_stage(progress, "collecting");
    rc = batch_collect(batcher_lane_of(batcher, sent)->service, &sent->batch, &sink, &tally, err);
    if (rc != 0) {
        return rc;
    }
    (void)unlink(sent->batch.path);
    progress_note(progress, "batch %" PRIu32 " of %zu: %" PRIu64 " answered, %" PRIu64 " failed",
                  sent->number, batcher->sent.count, tally.answered, tally.failed);
    if (tally.foreign + tally.repeated + tally.unreadable != 0) {
        progress_note(progress,
                      "batch %" PRIu32 ": of its results, %" PRIu64 " lines were of requests it "
                      "did not hold, %" PRIu64 " repeated others, %" PRIu64 " were unreadable",
                      sent->number, tally.foreign, tally.repeated, tally.unreadable);
    }
    return 0;
}

/* What the vendor does not know any more holds up nothing else. */
static int note_if_lost(struct batcher *batcher, const struct sent_batch *sent, int rc,
                        const struct err *err)
{
    if (rc == 0 || !sent_batch_is_lost(sent)) {
        return rc;
    }
    progress_note(batcher->sweep->progress, "batch %" PRIu32 " is lost: %s", sent->number,
                  err->text);
    return 0;
}

static int collect_all(struct batcher *batcher, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < batcher->sent.count; i++) {
        struct sent_batch *sent = batcher->sent.items[i];

        if (sent_batch_is_to_collect(sent)) {
            rc = note_if_lost(batcher, sent, collect(batcher, sent, err), err);
        }
    }
    return rc;
}

/* A vendor that cannot be asked for a while is no reason to give up a wait of hours. */
static int poll_all(struct batcher *batcher, struct err *err)
{
    bool failed = false;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < batcher->sent.count; i++) {
        struct sent_batch *sent = batcher->sent.items[i];

        if (!sent_batch_is_running(sent)) {
            continue;
        }
        rc = batch_poll(batcher_lane_of(batcher, sent)->service, &sent->batch, err);
        rc = note_if_lost(batcher, sent, rc, err);
        if (rc == ERR_INCOMPLETE && batcher->poll_failures < POLL_FAILURES_MAX) {
            progress_note(batcher->sweep->progress, "batch %" PRIu32 ": %s; asked again later",
                          sent->number, err->text);
            failed = true;
            rc = 0;
        }
    }
    batcher->poll_failures = failed ? batcher->poll_failures + 1 : 0;
    batcher_show_stage(batcher);
    return rc;
}

/* Once in a run: a vendor that loses everything is not paid for ever. */
static int send_lost_again(struct batcher *batcher, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < batcher->sent.count; i++) {
        struct sent_batch *sent = batcher->sent.items[i];

        if (sent_batch_is_lost(sent) && !sent->is_again) {
            sent->is_again = true;
            sent->batch.id[0] = '\0';
            sent->batch.file_id[0] = '\0';
            sent->batch.output_id[0] = '\0';
            sent->batch.errors_id[0] = '\0';
            rc = send_again(batcher, sent, BATCH_WRITTEN, err);
        }
    }
    return rc;
}

static int tell_lost(const struct batcher *batcher, struct err *err)
{
    const struct sent_batch *first = NULL;
    uint64_t requests = 0;
    size_t lost = 0;

    for (size_t i = 0; i < batcher->sent.count; i++) {
        const struct sent_batch *sent = batcher->sent.items[i];

        if (sent_batch_is_lost(sent)) {
            first = first != NULL ? first : sent;
            requests += sent->batch.requests;
            lost++;
        }
    }
    if (lost == 0) {
        return 0;
    }
    return err_set(err, ERR_INCOMPLETE,
                   "%zu of %zu batches (the first is %" PRIu32
                   ", %s) not known at the vendor's any "
                   "more, or not to this key: %" PRIu64 " requests may have been paid; "
                   "--retry-unknown sends them again",
                   lost, batcher->sent.count, first->number, first->batch.id, requests);
}

static int cancel_all(struct batcher *batcher, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < batcher->sent.count; i++) {
        struct sent_batch *sent = batcher->sent.items[i];

        if (sent_batch_is_running(sent)) {
            rc = batch_cancel(batcher_lane_of(batcher, sent)->service, &sent->batch, err);
        } else if (sent->batch.phase == BATCH_CREATING) {
            rc = err_set(err, ERR_INCOMPLETE,
                         "batch %" PRIu32 " may have begun: resume without --batch-cancel, which "
                         "finds out",
                         sent->number);
        } else if (sent_batch_is_open(sent) && sent_batch_is_unsubmitted(sent)) {
            rc = sent_batches_drop(&batcher->sent, sent, err);
        }
    }
    return rc;
}

/* Until the next look at the vendors. ERR_INCOMPLETE when the run has waited long enough. */
static int wait_for_poll(struct batcher *batcher, uint64_t started_ns, struct err *err)
{
    const struct clock *clock = batcher->sweep->clock;
    const double wait_ms = (double)batcher->settings->wait_s * 1e3;
    uint64_t since_ns = clock_ns(clock);

    do {
        if (batcher_is_interrupted(batcher)) {
            return batcher_interrupted(batcher, err);
        }
        if (clock_ms_between(started_ns, clock_ns(clock)) >= wait_ms) {
            return err_set(err, ERR_INCOMPLETE, "batches are still under way");
        }
        clock_sleep_ms(SLEEP_MS);
        progress_draw(batcher->sweep->progress, 0, false);
    } while (clock_ms_between(since_ns, clock_ns(clock)) < (double)batcher->settings->poll_s * 1e3);
    return 0;
}

static int work(struct batcher *batcher, struct err *err)
{
    uint64_t started_ns = clock_ns(batcher->sweep->clock);
    int rc = batcher->settings->cancels ? cancel_all(batcher, err) : 0;

    while (rc == 0) {
        rc = poll_all(batcher, err);
        if (rc == 0) {
            rc = collect_all(batcher, err);
        }
        if (rc == 0 && batcher->settings->retries_unknown && !batcher->settings->cancels) {
            rc = send_lost_again(batcher, err);
        }
        if (rc == 0 && !batcher->settings->cancels) {
            rc = send_all(batcher, err);
        }
        if (rc != 0 || !batcher_any(batcher, sent_batch_is_open)) {
            break;
        }
        rc = wait_for_poll(batcher, started_ns, err);
    }
    return rc;
}

int sweep_batch_run(const struct sweep *sweep, const struct sweep_batch_settings *settings,
                    struct err *err)
{
    struct batcher batcher = {.sweep = sweep, .settings = settings};
    int rc = batcher_open(&batcher, err);

    if (rc == 0) {
        rc = work(&batcher, err);
    }
    if (rc == 0) {
        rc = tell_lost(&batcher, err);
    }
    if (rc == 0) {
        rc = sweep_trials_verdict(sweep, batcher.is_capped, err);
    } else if (rc == ERR_INTERRUPTED) {
        rc = batcher_interrupted(&batcher, err);
    }
    batcher_release(&batcher);
    progress_clear(sweep->progress);
    return rc;
}
