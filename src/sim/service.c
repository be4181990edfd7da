#include "sim/service.h"

#include "sim/call.h"
#include "sim/respond.h"
#include "sim/respond_batch.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_BYTES_MAX = 256 * 1024 * 1024 }; /* about 50M tokens, five times the largest haystack */

void *service_on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct call *call = calloc(1, sizeof *call);
    size_t size = strlen(target) + 1;

    (void)context;
    (void)connection;
    if (call == NULL) {
        return NULL;
    }
    call->target = malloc(size);
    if (call->target == NULL) {
        free(call);
        return NULL;
    }
    memcpy(call->target, target, size);
    return call;
}

/* The most bytes of a body, which an operation may have a limit of its own for. */
static uint64_t bytes_max(const struct call *call)
{
    const struct sim_route *route = call->match.route;

    return route != NULL && respond_batch_is_for(route->operation)
               ? respond_batch_bytes_max(route->operation)
               : BODY_BYTES_MAX;
}

static bool is_too_large(struct MHD_Connection *connection, const struct call *call)
{
    uint64_t length = 0;
    const char *header =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return str_to_u64(str_from(header), &length) && length > bytes_max(call);
}

static bool is_bedrock(const struct sim_wire *wire)
{
    return wire == &wire_bedrock_converse || wire == &wire_bedrock_invoke;
}

static bool begin_digest(struct call *call)
{
    call->digest = EVP_MD_CTX_new();
    return call->digest != NULL && EVP_DigestInit_ex(call->digest, EVP_sha256(), NULL) == 1;
}

static enum MHD_Result begin_call(struct service *service, struct MHD_Connection *connection,
                                  struct call *call, const char *method)
{
    const struct sim_route *route = NULL;

    sim_route_find(str_from(method), str_from(call->target), &call->match);
    call->is_begun = true;
    atomic_fetch_add(&service->served, 1);
    route = call->match.route;
    if (is_too_large(connection, call)) {
        const struct sim_failure failure = {.kind = FAILURE_BODY};

        return call_send_failure(connection, call, &failure);
    }
    if (route == NULL || call->match.is_method_wrong) {
        return MHD_YES;
    }
    if (route->operation == OPERATION_GENERATE || route->operation == OPERATION_COUNT) {
        request_init(&call->request, route->wire->form,
                     route->is_model_named ? str_from(call->match.name) : (struct str){0});
        call->request.is_count = route->operation == OPERATION_COUNT;
        call->has_request = true;
    } else if (respond_batch_is_for(route->operation)) {
        respond_batch_begin(service, connection, call);
    }
    return is_bedrock(route->wire) && !begin_digest(call) ? MHD_NO : MHD_YES;
}

static bool is_batch(const struct call *call)
{
    const struct sim_route *route = call->match.route;

    return route != NULL && !call->match.is_method_wrong && respond_batch_is_for(route->operation);
}

/* The one fault that cannot wait for the end of the body. */
static bool is_refused_early(struct call *call)
{
    struct sim_spec spec;
    struct err err;

    if (call->is_spec_looked || !call->has_request || call->request.model[0] == '\0') {
        return false;
    }
    call->is_spec_looked = true;
    return sim_spec_parse(str_from(call->request.model), &spec, &err) == 0 &&
           sim_spec_find(&spec, EFFECT_EARLY_413) != NULL;
}

/* After a failure the rest of the body is read and dropped, so that the client gets to read the
 * error instead of a broken connection. */
static enum MHD_Result take_body(struct MHD_Connection *connection, struct call *call,
                                 struct str chunk)
{
    call->body_bytes += chunk.len;
    if (call->body_bytes > bytes_max(call)) {
        return MHD_NO;
    }
    if (call->digest != NULL && EVP_DigestUpdate(call->digest, chunk.p, chunk.len) != 1) {
        return MHD_NO;
    }
    if (call->has_request && call->rc == 0) {
        call->rc = request_feed(&call->request, chunk, &call->err);
    }
    if (is_batch(call)) {
        respond_batch_take(call, chunk);
    }
    if (is_refused_early(call)) {
        const struct sim_failure failure = {.kind = FAILURE_BODY};

        call_refuse_early(connection, call, &failure);
        return MHD_NO;
    }
    return MHD_YES;
}

/* NULL, or why the request to Bedrock is not let in. */
static const char *signature_refusal(const struct service *service,
                                     struct MHD_Connection *connection, struct call *call,
                                     const char *method)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[AWS_DIGEST_HEX] = "";
    struct aws_request request = {
        .connection = connection,
        .method = str_from(method),
        .target = str_from(call->target),
        .body_sha256 = hex,
    };

    if (EVP_DigestFinal_ex(call->digest, digest, &len) != 1) {
        return "The body could not be hashed.";
    }
    for (size_t i = 0; i < len && 2 * i + 2 < sizeof hex; i++) {
        static const char digits[] = "0123456789abcdef";

        hex[2 * i] = digits[digest[i] >> 4U];
        hex[2 * i + 1] = digits[digest[i] & 15U];
        hex[2 * i + 2] = '\0';
    }
    return aws_auth_refusal(&request, &service->aws);
}

static enum MHD_Result end_call(struct service *service, struct MHD_Connection *connection,
                                struct call *call, const char *method)
{
    const char *refusal =
        call->digest != NULL ? signature_refusal(service, connection, call, method) : NULL;

    if (refusal != NULL) {
        const struct sim_failure failure = {.kind = FAILURE_KEY, .message = refusal};

        return call_send_failure(connection, call, &failure);
    }
    if (call->has_request && call->rc == 0) {
        call->rc = request_finish(&call->request, &call->err);
    }
    return respond(service, connection, call);
}

/* libmicrohttpd calls this first with the headers, then with each part of the body, then once more
 * for the answer. */
enum MHD_Result service_on_request(void *context, struct MHD_Connection *connection,
                                   const char *path, const char *method, const char *version,
                                   const char *body, size_t *body_size, void **state)
{
    struct call *call = *state;
    enum MHD_Result result = MHD_YES;

    (void)path;
    (void)version;
    if (call == NULL) {
        return MHD_NO; /* memory was short at its first line */
    }
    if (!call->is_begun) {
        return begin_call(context, connection, call, method);
    }
    if (*body_size != 0) {
        result = take_body(connection, call, (struct str){body, *body_size});
        *body_size = 0;
        return result;
    }
    return end_call(context, connection, call, method);
}

void service_on_completed(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode how)
{
    struct service *service = context;
    struct call *call = *state;

    (void)connection;
    (void)how;
    if (call == NULL) {
        return;
    }
    if (call->has_request) {
        request_release(&call->request);
    }
    if (is_batch(call)) {
        respond_batch_end(service, call);
    }
    EVP_MD_CTX_free(call->digest);
    free(call->target);
    free(call);
    *state = NULL;
}

int service_init(struct service *service, const struct sim_settings *settings, struct err *err)
{
    int rc = 0;

    *service = (struct service){
        .prefill_rate = settings->prefill_rate,
        .output_rate = settings->output_rate,
        .aws = {settings->aws_access_key, settings->aws_secret_key},
        .tokenizer = settings->tokenizer,
    };
    rc = sim_attempts_init(&service->attempts, err);
    if (rc != 0) {
        return rc;
    }
    rc = prefix_cache_init(&service->cache, err);
    if (rc != 0) {
        sim_attempts_release(&service->attempts);
        return rc;
    }
    rc = batch_desk_init(&service->desk, err);
    if (rc == 0) {
        rc = sleeper_init(&service->sleeper, err);
        if (rc == 0) {
            return 0;
        }
        batch_desk_release(&service->desk);
    }
    prefix_cache_release(&service->cache);
    sim_attempts_release(&service->attempts);
    return rc;
}

void service_release(struct service *service)
{
    sleeper_release(&service->sleeper);
    batch_desk_release(&service->desk);
    prefix_cache_release(&service->cache);
    sim_attempts_release(&service->attempts);
}
