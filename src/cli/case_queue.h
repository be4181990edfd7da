/* case_queue: opens cases ahead of their turn on a thread of its own.
 *
 * Opening a million-token case takes a while; done on the thread that drives the transfers it would
 * stall them and spoil their time stamps. Tokenizer and bank are read-only, so one thread may use
 * them beside the other.
 */
#ifndef CLI_CASE_QUEUE_H
#define CLI_CASE_QUEUE_H

#include "cli/task.h"

#include <stdbool.h>

struct case_queue;

/* Opens the cases of `count` of the plan's trials in the order of `indexes`, at most `ahead` of
 * them before they are taken. Task and plan are borrowed until case_queue_free; `indexes` are
 * copied. */
int case_queue_new(struct case_queue **out, const struct task *task, const struct result_plan *plan,
                   const size_t *indexes, size_t count, size_t ahead, struct err *err);
void case_queue_free(struct case_queue *queue); /* stops the thread; NULL is fine */

/* 1 and the next case (the caller frees it with test_case_free), 0 when none is ready yet, negative
 * when it could not be opened. With wait_ms above 0 it waits so long for one. After the last one
 * *finished is true. */
int case_queue_take(struct case_queue *queue, int wait_ms, size_t *index,
                    struct test_case **test_case, bool *finished, struct err *err);

/* The case of this trial is wanted no more: it is not opened if it has not been. */
void case_queue_drop(struct case_queue *queue, size_t index);

#endif
