#include "endpoint/bedrock.h"

#include "endpoint/failure.h"
#include "endpoint/header.h"
#include "endpoint/sigv4.h"
#include "endpoint/wire_json.h"

#include <string.h>
#include <strings.h>

enum { NAME_BYTES_MAX = 64 };

static bool has_aws_keys(const struct endpoint *endpoint)
{
    return endpoint->credentials.access_key_id != NULL ||
           endpoint->credentials.secret_access_key != NULL;
}

static struct sigv4_keys keys_of(const struct endpoint *endpoint)
{
    return (struct sigv4_keys){
        .access_key_id = endpoint->credentials.access_key_id,
        .secret_access_key = endpoint->credentials.secret_access_key,
        .session_token = endpoint->credentials.session_token,
    };
}

static struct sigv4_scope scope_of(const struct endpoint *endpoint)
{
    return (struct sigv4_scope){.region = endpoint->region, .service = "bedrock"};
}

int bedrock_base_url(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    if (sigv4_check_region(endpoint->region, err) != 0) {
        return err->code;
    }
    buf_appendf(out, "https://bedrock-runtime.%s.amazonaws.com", endpoint->region);
    return 0;
}

int bedrock_append_path(const struct endpoint *endpoint, const char *operation, struct buf *out,
                        struct err *err)
{
    if (endpoint->model == NULL || endpoint->model[0] == '\0') {
        return err_set(err, ERR_USAGE, "the endpoint has no model");
    }
    buf_append(out, STR("/model/"));
    protocol_append_segment(out, str_from(endpoint->model));
    buf_appendf(out, "/%s", operation);
    return 0;
}

int bedrock_check(const struct endpoint *endpoint, struct err *err)
{
    struct sigv4_keys keys = keys_of(endpoint);
    struct sigv4_scope scope = scope_of(endpoint);

    if (endpoint->credentials.key != NULL || !has_aws_keys(endpoint)) {
        return 0;
    }
    return sigv4_check(&keys, &scope, err);
}

/* AWS wants its own headers signed, all of them, and the content type. What others add on the way
 * or change ("Accept") would only make signatures break. */
static bool is_signed(struct str name)
{
    const struct str aws = STR("x-amz-");
    const struct str type = STR("content-type");

    return (name.len > aws.len && strncasecmp(name.p, aws.p, aws.len) == 0) ||
           (name.len == type.len && strncasecmp(name.p, type.p, type.len) == 0);
}

static int collect_headers(const struct protocol_request *request, struct sigv4_header *out,
                           size_t *count, struct err *err)
{
    for (const char *const *line = request->headers; *line != NULL; line++) {
        if (!is_signed(header_name(*line))) {
            continue;
        }
        if (*count == SIGV4_HEADERS_MAX) {
            return err_set(err, ERR_USAGE, "more than %d headers to sign", SIGV4_HEADERS_MAX);
        }
        out[*count] = (struct sigv4_header){header_name(*line), header_value(*line)};
        *count += 1;
    }
    return 0;
}

int bedrock_sign(const struct endpoint *endpoint, const struct protocol_request *request,
                 struct arena *arena, const char **lines, struct err *err)
{
    const struct str hash_name = STR("X-Amz-Content-Sha256: ");
    struct sigv4_keys keys = keys_of(endpoint);
    struct sigv4_scope scope = scope_of(endpoint);
    struct sigv4_header headers[SIGV4_HEADERS_MAX];
    struct str hash = str_from(request->body_sha256);
    struct sigv4_request signable = {
        .method = str_from(request->method),
        .url = str_from(request->url),
        .headers = headers,
        .payload_hash = hash,
        .wall_s = request->wall_s,
    };
    char *hash_line = NULL;
    int count = 0;

    if (endpoint->credentials.key != NULL || !has_aws_keys(endpoint)) {
        return 0;
    }
    headers[signable.header_count++] =
        (struct sigv4_header){str_take(hash_name, hash_name.len - 2), hash};
    if (collect_headers(request, headers, &signable.header_count, err) != 0) {
        return err->code;
    }
    count = sigv4_sign(&keys, &scope, &signable, arena, lines, err);
    if (count < 0) {
        return count;
    }
    hash_line = arena_alloc(arena, hash_name.len + hash.len + 1, 1);
    if (hash_line == NULL) {
        return err_memory(err);
    }
    memcpy(hash_line, hash_name.p, hash_name.len);
    memcpy(hash_line + hash_name.len, hash.p, hash.len);
    lines[count] = hash_line;
    return count + 1;
}

static struct str name_in(const json_t *body)
{
    struct str name = wire_json_string(body, "__type");

    return name.len != 0 ? name : wire_json_string(body, "code");
}

/* "com.amazon.coral#throttlingException:http://…" -> "ThrottlingException". In the stream names
 * begin with a small letter; here they are the same as everywhere. */
static void write_name(char out[NAME_BYTES_MAX], struct str name)
{
    struct str bare = str_cut(name, ':').head;
    struct str_pair space = str_cut(bare, '#');

    wire_json_copy(out, NAME_BYTES_MAX, str_trim(space.ok ? space.tail : bare));
    if (out[0] >= 'a' && out[0] <= 'z') {
        out[0] = (char)(unsigned char)(out[0] - 'a' + 'A');
    }
}

struct protocol_verdict bedrock_classify(const struct protocol_error *error, struct reply *reply)
{
    json_t *json = wire_json_parse(error->body);
    struct failure failure = {.http_status = error->http_status};
    struct protocol_verdict verdict;
    char name[NAME_BYTES_MAX];

    write_name(name, error->type.len != 0 ? error->type : name_in(json));
    failure.code = str_from(name);
    failure.message = wire_json_string(json, "message");
    if (failure.message.len == 0) {
        failure.message = wire_json_string(json, "Message");
    }
    if (failure.message.len == 0 && !json_is_object(json)) { /* a page, or a line of text */
        failure.message = error->body;
    }
    failure.detail = wire_json_string(json, "originalMessage");
    verdict = failure_conclude(&failure, reply);
    json_decref(json);
    return verdict;
}
