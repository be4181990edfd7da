#include "cli/case_queue.h"

#include "record/plan.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ready_case {
    size_t index;
    struct test_case *test_case;
};

struct case_queue {
    const struct task *task;
    const struct result_plan *plan;
    size_t *pending; /* plan indexes to be opened, in order */
    size_t pending_count;

    pthread_t thread;
    bool thread_started;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    bool *dropped;            /* by plan index */
    struct ready_case *ready; /* a ring of `ahead` */
    size_t ahead;
    size_t ready_count;
    size_t ready_first;
    size_t opened; /* of pending, from its beginning; what was dropped included */
    bool stop;
    struct err failure; /* of the case after the ready ones */
};

/* Called from the opener's thread. False when the queue is to stop. */
static bool wait_for_room(struct case_queue *queue)
{
    bool go_on = false;

    (void)pthread_mutex_lock(&queue->mutex);
    while (!queue->stop && queue->ready_count == queue->ahead) {
        (void)pthread_cond_wait(&queue->changed, &queue->mutex);
    }
    go_on = !queue->stop;
    (void)pthread_mutex_unlock(&queue->mutex);
    return go_on;
}

static void put(struct case_queue *queue, struct ready_case ready, const struct err *failure)
{
    (void)pthread_mutex_lock(&queue->mutex);
    if (failure != NULL) {
        queue->failure = *failure;
    } else {
        queue->ready[(queue->ready_first + queue->ready_count) % queue->ahead] = ready;
        queue->ready_count++;
        queue->opened++;
    }
    (void)pthread_cond_broadcast(&queue->changed);
    (void)pthread_mutex_unlock(&queue->mutex);
}

/* Called from the opener's thread. Passes over a trial that is wanted no more. */
static bool pass_over(struct case_queue *queue, size_t index)
{
    bool is_dropped = false;

    (void)pthread_mutex_lock(&queue->mutex);
    is_dropped = queue->dropped[index];
    if (is_dropped) {
        queue->opened++;
        (void)pthread_cond_broadcast(&queue->changed);
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    return is_dropped;
}

static void *open_cases(void *context)
{
    struct case_queue *queue = context;

    for (size_t i = 0; i < queue->pending_count && wait_for_room(queue); i++) {
        struct err err = {ERR_NONE, ""};
        struct ready_case ready = {queue->pending[i], NULL};

        if (pass_over(queue, ready.index)) {
            continue;
        }
        if (task_open_planned(queue->task, queue->plan, ready.index, &ready.test_case, &err) != 0) {
            put(queue, ready, &err);
            break;
        }
        put(queue, ready, NULL);
    }
    return NULL;
}

static int list_pending(struct case_queue *queue, const size_t *indexes, size_t count,
                        struct err *err)
{
    queue->pending = calloc(count + 1, sizeof *queue->pending);
    queue->dropped = calloc(plan_trial_count(queue->plan) + 1, sizeof *queue->dropped);
    queue->ready = calloc(queue->ahead, sizeof *queue->ready);
    if (queue->pending == NULL || queue->dropped == NULL || queue->ready == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        queue->pending[queue->pending_count++] = indexes[i];
    }
    return 0;
}

int case_queue_new(struct case_queue **out, const struct task *task, const struct result_plan *plan,
                   const size_t *indexes, size_t count, size_t ahead, struct err *err)
{
    struct case_queue *queue = calloc(1, sizeof *queue);
    int rc = 0;

    if (queue == NULL) {
        return err_memory(err);
    }
    queue->task = task;
    queue->plan = plan;
    queue->ahead = ahead != 0 ? ahead : 1;
    (void)pthread_mutex_init(&queue->mutex, NULL);
    (void)pthread_cond_init(&queue->changed, NULL);
    rc = list_pending(queue, indexes, count, err);
    if (rc == 0 && pthread_create(&queue->thread, NULL, open_cases, queue) != 0) {
        rc = err_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    if (rc != 0) {
        case_queue_free(queue);
        return rc;
    }
    queue->thread_started = true;
    *out = queue;
    return 0;
}

void case_queue_free(struct case_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    if (queue->thread_started) {
        (void)pthread_mutex_lock(&queue->mutex);
        queue->stop = true;
        (void)pthread_cond_broadcast(&queue->changed);
        (void)pthread_mutex_unlock(&queue->mutex);
        (void)pthread_join(queue->thread, NULL);
    }
    for (size_t i = 0; i < queue->ready_count; i++) {
        test_case_free(queue->ready[(queue->ready_first + i) % queue->ahead].test_case);
    }
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->mutex);
    free(queue->ready);
    free(queue->pending);
    free(queue->dropped);
    free(queue);
}

void case_queue_drop(struct case_queue *queue, size_t index)
{
    (void)pthread_mutex_lock(&queue->mutex);
    queue->dropped[index] = true;
    (void)pthread_mutex_unlock(&queue->mutex);
}

static bool is_settled(const struct case_queue *queue)
{
    return queue->ready_count != 0 || queue->failure.code != ERR_NONE ||
           queue->opened == queue->pending_count;
}

static void wait_until_settled(struct case_queue *queue, int wait_ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (!is_settled(queue) &&
           pthread_cond_timedwait(&queue->changed, &queue->mutex, &until) == 0) {
    }
}

int case_queue_take(struct case_queue *queue, int wait_ms, size_t *index,
                    struct test_case **test_case, bool *finished, struct err *err)
{
    int rc = 0;

    (void)pthread_mutex_lock(&queue->mutex);
    if (wait_ms > 0) {
        wait_until_settled(queue, wait_ms);
    }
    if (queue->ready_count != 0) {
        *index = queue->ready[queue->ready_first].index;
        *test_case = queue->ready[queue->ready_first].test_case;
        queue->ready_first = (queue->ready_first + 1) % queue->ahead;
        queue->ready_count--;
        (void)pthread_cond_broadcast(&queue->changed);
        rc = 1;
    } else if (queue->failure.code != ERR_NONE) {
        *err = queue->failure;
        rc = (int)queue->failure.code;
    }
    *finished = queue->ready_count == 0 && queue->opened == queue->pending_count;
    (void)pthread_mutex_unlock(&queue->mutex);
    return rc;
}
