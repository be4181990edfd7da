#include "cli/export.h"

#include "base/buf.h"
#include "cli/case_text.h"
#include "cli/output.h"
#include "record/price.h"

#include <inttypes.h>
#include <math.h>

enum { RECORD_BYTES_MAX = 64 << 20 };

/* A record that is being written: members of a JSON object, or fields of a CSV line. */
struct record {
    struct buf text;
    bool is_csv;
    bool is_head; /* of CSV: names only */
    size_t count;
};

static void begin_value(struct record *record, const char *name)
{
    buf_append(&record->text, record->count++ != 0 ? STR(",") : STR(""));
    if (!record->is_csv) {
        buf_appendf(&record->text, "%s\"%s\": ", record->count > 1 ? " " : "{", name);
    } else if (record->is_head) {
        buf_append(&record->text, str_from(name));
    }
}

static void add_text(struct record *record, const char *name, struct str text)
{
    begin_value(record, name);
    if (record->is_head) {
        return;
    }
    buf_append_char(&record->text, '"');
    case_text_append(&record->text, record->is_csv ? CASE_TEXT_IN_CSV : CASE_TEXT_IN_JSON, text);
    buf_append_char(&record->text, '"');
}

/* Unknown: null, or an empty field. */
static void add_unknown(struct record *record, const char *name)
{
    begin_value(record, name);
    buf_append(&record->text, record->is_csv ? STR("") : STR("null"));
}

static void add_count(struct record *record, const char *name, int64_t count)
{
    if (count < 0) {
        add_unknown(record, name);
        return;
    }
    begin_value(record, name);
    if (!record->is_head) {
        buf_appendf(&record->text, "%" PRId64, count);
    }
}

static void add_number(struct record *record, const char *name, double number)
{
    if (isnan(number) || number < 0) {
        add_unknown(record, name);
        return;
    }
    begin_value(record, name);
    if (!record->is_head) {
        buf_appendf(&record->text, "%.17g", number);
    }
}

static void add_trial(struct record *record, const struct result_trial *trial)
{
    bool is_scored = outcome_counts(trial->outcome);
    double dollars =
        trial->cost_picodollars < 0 ? -1.0 : (double)trial->cost_picodollars / (double)PRICE_DOLLAR;

    add_text(record, "model", trial->model);
    add_text(record, "task", trial->task);
    add_count(record, "needles", (int64_t)trial->needles);
    add_count(record, "length", (int64_t)trial->length_tokens);
    add_count(record, "depth_percent", trial->depth_percent);
    add_count(record, "sample", (int64_t)trial->sample);
    add_count(record, "probe", (int64_t)trial->probe);
    add_count(record, "repeat", (int64_t)trial->repeat);
    add_number(record, "depth", trial->depth);
    add_text(record, "fingerprint", trial->fingerprint);
    add_text(record, "outcome", str_from(outcome_name(trial->outcome)));
    add_number(record, "score", is_scored ? trial->mark.score : -1.0);
    add_number(record, "lenient", is_scored ? trial->mark.lenient : -1.0);
    add_count(record, "prompt_tokens", trial->prompt_tokens);
    add_count(record, "answer_tokens", trial->answer_tokens);
    add_count(record, "input_tokens", trial->input_tokens);
    add_count(record, "cached_tokens", trial->cached_tokens);
    add_count(record, "output_tokens", trial->output_tokens);
    add_count(record, "reasoning_tokens", trial->reasoning_tokens);
    add_number(record, "cost_dollars", dollars);
    add_number(record, "first_text_ms", trial->first_text_ms);
    add_number(record, "longest_gap_ms", trial->longest_gap_ms);
    add_number(record, "end_ms", trial->end_ms);
    add_count(record, "attempts", trial->attempts);
    add_text(record, "served_model", trial->served_model);
    add_text(record, "finish_reason", trial->finish_reason);
    add_text(record, "error", trial->error);
    add_text(record, "reply", trial->reply);
    buf_append(&record->text, record->is_csv ? STR("\r\n") : STR("}\n"));
}

static int write_record(struct record *record, const struct result_trial *trial, FILE *out,
                        struct err *err)
{
    int rc = 0;

    buf_reset(&record->text);
    record->count = 0;
    add_trial(record, trial);
    rc = buf_check(&record->text, "trial", err);
    if (rc == 0) {
        output_write(out, buf_str(&record->text));
    }
    return rc;
}

int export_trials(const struct result *result, enum export_format format, FILE *out,
                  struct err *err)
{
    static const struct result_trial nobody = {0};
    struct record record = {.is_csv = format == EXPORT_CSV, .is_head = format == EXPORT_CSV};
    int rc = 0;

    buf_init(&record.text, RECORD_BYTES_MAX);
    if (record.is_csv) {
        rc = write_record(&record, &nobody, out, err);
        record.is_head = false;
    }
    for (size_t i = 0; rc == 0 && i < result->trial_count; i++) {
        rc = write_record(&record, &result->trials[i], out, err);
    }
    buf_release(&record.text);
    return rc;
}
