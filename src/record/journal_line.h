/* journal_line: the journal's lines as JSON. Private to src/record.
 */
#ifndef RECORD_JOURNAL_LINE_H
#define RECORD_JOURNAL_LINE_H

#include "record/journal.h"

#include <jansson.h>

enum { JOURNAL_SCHEMA = 1, JOURNAL_RUN_DIGITS = 16 };

/* New objects the caller owns, or NULL with *err filled. */
json_t *journal_head_json(const struct result *result, const char *run, struct err *err);
json_t *journal_trial_json(const struct result_trial *trial, struct err *err);
json_t *journal_start_json(size_t index, const struct journal_attempt *attempt, struct err *err);
json_t *journal_end_json(size_t index, bool may_be_billed, struct err *err);
json_t *journal_batch_json(const struct journal_batch *batch, struct err *err);
json_t *journal_possibly_paid_json(int64_t worst_cost, uint64_t attempts, struct err *err);

/* Where the lines of a journal are gathered. */
struct journal_reading {
    const char *path; /* for errors */
    struct result *result;
    struct trial_slots *slots;
    struct journal_past *past;
    size_t batch_room;
    char run[JOURNAL_RUN_DIGITS + 1];
};

/* Reads a whole journal. *good is the length up to the end of its last whole line; 0 when there is
 * nothing to keep: it may be begun anew. */
int journal_read(struct journal_reading *reading, struct str text, size_t *good, struct err *err);

#endif
