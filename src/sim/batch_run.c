#include "sim/batch_run.h"

#include "sim/think.h"

#include <string.h>

enum { BATCH_REQUESTS_MOST = 100000 }; /* of any vendor */

struct run {
    struct service *service;
    struct sim_batch *batch;
};

static const struct batch_form *form_of(const struct sim_batch *batch)
{
    return batch->is_inline ? &batch->shape->together : &batch->shape->file;
}

static int check_item(void *context, const struct batch_item *item, struct err *err)
{
    struct sim_batch *batch = context;

    if (item->body.len == 0) {
        return err_set(err, ERR_INPUT, "a request without a body");
    }
    if (batch->endpoint[0] != '\0' && strcmp(item->url, batch->endpoint) != 0) {
        return err_set(err, ERR_INPUT, "the url of a request is not the endpoint of the batch");
    }
    if (++batch->total > BATCH_REQUESTS_MOST) {
        return err_set(err, ERR_INPUT, "more than %d requests", BATCH_REQUESTS_MOST);
    }
    return 0;
}

int batch_run_check(struct sim_batch *batch, struct err *err)
{
    struct str text;
    int rc = spool_map(&batch->input->spool, &text, err);

    batch->total = 0;
    if (rc == 0) {
        rc = batch_split(form_of(batch), text, check_item, batch, err);
    }
    return rc == 0 && batch->total == 0 ? err_set(err, ERR_INPUT, "there is no request in it") : rc;
}

/* Adds a line to the file for requests that ended so. */
static int append_result(struct sim_batch *batch, const struct batch_item *item, enum batch_end end,
                         unsigned status, json_t *body, struct err *err)
{
    bool is_error = end == BATCH_ERRORED && batch->errors != NULL;
    struct sim_file *file = is_error ? batch->errors : batch->output;
    struct buf line;
    int rc = 0;

    buf_init(&line, SIM_REPLY_BYTES_MAX);
    sim_json_append(batch->shape->result(item, end, status, body), &line);
    buf_append_char(&line, '\n');
    rc = buf_check(&line, "the result", err);
    if (rc == 0) {
        rc = spool_append(&file->spool, buf_str(&line), err);
    }
    buf_release(&line);
    return rc;
}

/* Reads the request and thinks about it. */
static int think(const struct run *run, const struct batch_item *item, struct request *request,
                 struct sim_reply *reply, struct sim_outcome *outcome, struct err *err)
{
    int rc = request_feed(request, item->body, err);

    if (rc == 0) {
        rc = request_finish(request, err);
    }
    if (rc == ERR_INPUT) {
        sim_reject(request, err, outcome);
        return 0;
    }
    return rc == 0 ? sim_think(run->service, request, reply, outcome, err) : rc;
}

static int answer_item(const struct run *run, const struct batch_item *item, struct err *err)
{
    struct sim_batch *batch = run->batch;
    struct sim_reply reply = {.wire = batch->wire};
    struct sim_outcome outcome = {.has_failure = false};
    struct request request;
    int rc = 0;

    request_init(&request, batch->wire->form, str_from(batch->model));
    rc = think(run, item, &request, &reply, &outcome, err);
    if (rc == 0 && outcome.has_failure) {
        batch->errored++;
        rc = append_result(batch, item, BATCH_ERRORED,
                           sim_wire_status(batch->wire, &outcome.failure),
                           sim_wire_error(batch->wire, &outcome.failure), err);
    } else if (rc == 0) {
        batch->succeeded++;
        rc = append_result(batch, item, BATCH_SUCCEEDED, 200, batch->wire->whole(&reply), err);
    }
    sim_answer_release(&reply.answer);
    request_release(&request);
    return rc;
}

static int run_item(void *context, const struct batch_item *item, struct err *err)
{
    const struct run *run = context;
    struct sim_batch *batch = run->batch;
    uint64_t done = batch->succeeded + batch->errored;

    if (!batch->is_cancelling || done < batch->total / 2) {
        return answer_item(run, item, err);
    }
    batch->canceled++;
    return batch->shape->says_canceled ? append_result(batch, item, BATCH_CANCELED, 0, NULL, err)
                                       : 0;
}

int batch_run(struct service *service, struct sim_batch *batch, struct err *err)
{
    struct run run = {service, batch};
    struct str text;
    int rc = spool_map(&batch->input->spool, &text, err);

    return rc == 0 ? batch_split(form_of(batch), text, run_item, &run, err) : rc;
}
