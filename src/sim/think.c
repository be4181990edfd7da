#include "sim/think.h"

#include "sim/prompt_tokens.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { ALL_THOUGHT_TOKENS = 4096 }; /* where the request has no limit to use up */

static void fail(struct sim_outcome *out, enum sim_failure_kind kind, const struct request *request)
{
    out->has_failure = true;
    out->failure = (struct sim_failure){.kind = kind, .model = request->model};
}

void sim_reject(const struct request *request, const struct err *err, struct sim_outcome *out)
{
    fail(out, FAILURE_INVALID, request);
    (void)snprintf(out->message, sizeof out->message, "%s", err->text);
    out->failure.message = out->message;
    out->failure.code = request->error_code;
    out->failure.param = request->error_param[0] != '\0' ? request->error_param : NULL;
}

uint64_t sim_count(const struct service *service, const struct request *request)
{
    return sim_prompt_tokens(service->tokenizer, conversation_whole(&request->conversation));
}

/* What makes the request itself wrong for this model. */
static bool is_refused(const struct request *request, struct sim_outcome *out)
{
    struct err err;

    if (sim_spec_parse(str_from(request->model), &out->spec, &err) != 0) {
        fail(out, FAILURE_MODEL, request);
        return true;
    }
    if (sim_spec_find(&out->spec, EFFECT_EARLY_413) != NULL) {
        fail(out, FAILURE_BODY, request);
        return true;
    }
    if (sim_spec_find(&out->spec, EFFECT_UNSUPPORTED) != NULL &&
        request_has_parameter(request, str_from(out->spec.parameter))) {
        fail(out, FAILURE_UNSUPPORTED, request);
        out->failure.param = out->spec.parameter;
        return true;
    }
    return false;
}

/* Models that read only a part of the prompt, and do not say so. */
static void forget(const struct sim_spec *spec, struct conversation *conversation)
{
    const struct sim_spec_fault *last = sim_spec_find(spec, EFFECT_KEEP_LAST);
    const struct sim_spec_fault *first = sim_spec_find(spec, EFFECT_KEEP_FIRST);

    if (last != NULL) {
        conversation_keep_last(conversation, (size_t)sim_bytes(last->argument));
    }
    if (first != NULL) {
        conversation_keep_first(conversation, (size_t)sim_bytes(first->argument));
    }
}

/* What the length of the prompt, or the number of the attempt, makes go wrong. */
static bool is_spoilt(struct service *service, const struct request *request,
                      const struct sim_wire *wire, const struct sim_thought *thought,
                      struct sim_outcome *out)
{
    const struct sim_spec_fault *window = sim_spec_find(&out->spec, EFFECT_WINDOW);
    uint64_t half = thought->prompt_tokens / 2;
    uint64_t limit = window != NULL && window->argument != 0 ? window->argument : half;
    struct random name = random_stream(0, str_from(request->model), 0);
    struct random protocol = random_stream(0, str_from(wire->name), 0);

    if (window != NULL && thought->prompt_tokens > limit) {
        fail(out, FAILURE_TOO_LONG, request);
    } else if (sim_spec_find(&out->spec, EFFECT_BLOCK) != NULL && !wire->blocks_in_reply) {
        fail(out, FAILURE_BLOCKED, request);
        out->failure.param = "prompt";
    } else {
        out->fault = sim_attempts_next(&service->attempts, &out->spec,
                                       name.key ^ protocol.key ^ thought->random.key);
        if (out->fault != NULL && out->fault->effect == EFFECT_ERROR) {
            fail(out, out->fault->failure, request);
            out->failure.status = out->fault->status;
            out->failure.delay = out->fault->delay;
        }
    }
    out->failure.prompt_tokens = thought->prompt_tokens;
    out->failure.window_tokens = window != NULL ? limit : half;
    return out->has_failure;
}

static void cut_text(struct sim_answer *answer, size_t bytes, enum sim_finish finish)
{
    answer->text.len = utf8_take(buf_str(&answer->text), bytes).len;
    answer->finish = finish;
}

static void filter_answer(const struct sim_spec *spec, struct sim_answer *answer)
{
    if (sim_spec_find(spec, EFFECT_ALL_THOUGHT) != NULL) {
        cut_text(answer, 0, SIM_LENGTH);
    } else if (sim_spec_find(spec, EFFECT_FILTER) != NULL) {
        cut_text(answer, answer->text.len / 2, SIM_FILTER);
    } else if (sim_spec_find(spec, EFFECT_BLOCK) != NULL) {
        cut_text(answer, 0, SIM_BLOCK);
    }
}

static void count_usage(struct service *service, const struct request *request,
                        const struct sim_thought *thought, const struct sim_spec *spec,
                        struct sim_reply *reply)
{
    struct str whole = conversation_whole(thought->conversation);
    struct sim_usage *usage = &reply->usage;
    size_t blocks = 0;

    usage->prompt = sim_prompt_tokens(service->tokenizer, whole);
    usage->reasoning = sim_tokens(reply->answer.reasoning.len);
    if (sim_spec_find(spec, EFFECT_ALL_THOUGHT) != NULL) {
        usage->reasoning =
            request->output_tokens_max != 0 ? request->output_tokens_max : ALL_THOUGHT_TOKENS;
    }
    usage->output = usage->reasoning + sim_tokens(reply->answer.text.len);
    if (!reply->wire->caches_when_marked || request->is_cache_marked) {
        size_t known = prefix_cache_read(&service->cache, str_from(reply->model), whole, &blocks);

        usage->cached = sim_tokens(known);
        usage->cache_written =
            reply->wire->reports_cache_writes ? sim_tokens(blocks) - usage->cached : 0;
    }
}

/* Who answers what, before the answer. */
static void begin_reply(struct service *service, const struct request *request,
                        const struct sim_spec *spec, struct sim_reply *reply)
{
    bool thinks_anyway = sim_spec_find(spec, EFFECT_THINK) != NULL;

    (void)snprintf(reply->id, sizeof reply->id, "%s%llu", reply->wire->id_prefix,
                   (unsigned long long)atomic_fetch_add(&service->answers, 1));
    (void)snprintf(reply->model, sizeof reply->model, "%s", request->model);
    reply->created_s = clock_system()->wall_s(NULL);
    reply->is_usage_wanted = request->is_usage_wanted;
    reply->reasons =
        request->reasons || thinks_anyway || sim_spec_find(spec, EFFECT_ALL_THOUGHT) != NULL;
    reply->shows_reasoning = request->shows_reasoning || thinks_anyway;
}

int sim_think(struct service *service, struct request *request, struct sim_reply *reply,
              struct sim_outcome *out, struct err *err)
{
    struct sim_answer_wish wish = {.output_tokens_max = request->output_tokens_max};
    struct sim_thought thought;
    int rc = 0;

    if (is_refused(request, out)) {
        return 0;
    }
    forget(&out->spec, &request->conversation);
    sim_thought_init(&thought, &request->conversation);
    if (is_spoilt(service, request, reply->wire, &thought, out)) {
        sim_thought_release(&thought);
        return 0;
    }
    begin_reply(service, request, &out->spec, reply);
    wish.reasons = reply->reasons;
    rc = sim_model_answer(out->spec.model, &thought, &wish, &reply->answer, err);
    if (rc == 0) {
        filter_answer(&out->spec, &reply->answer);
        count_usage(service, request, &thought, &out->spec, reply);
    }
    sim_thought_release(&thought);
    conversation_release(&request->conversation);
    return rc;
}
