#include "endpoint/bedrock_error.h"

#include "endpoint/failure.h"
#include "endpoint/wire_json.h"

#include <string.h>

enum { NAME_MAX_BYTES = 64 };

static struct str name_in(const json_t *body)
{
    struct str name = wire_json_string(body, "__type");

    return name.len != 0 ? name : wire_json_string(body, "code");
}

/* "com.amazon.coral#throttlingException:http://…" -> "ThrottlingException" */
static void write_name(char out[NAME_MAX_BYTES], struct str name)
{
    struct str bare = str_cut(name, ':').head;
    struct str_pair space = str_cut(bare, '#');

    wire_json_copy(out, NAME_MAX_BYTES, str_trim(space.ok ? space.tail : bare));
    if (out[0] >= 'a' && out[0] <= 'z') {
        out[0] = (char)(out[0] - 'a' + 'A');
    }
}

struct protocol_verdict bedrock_error_classify(long http_status, struct str name, struct str body,
                                               struct reply *reply)
{
    json_t *json = wire_json_parse(body);
    struct failure failure = {.http_status = http_status};
    struct protocol_verdict verdict;
    char bare[NAME_MAX_BYTES];

    write_name(bare, name.len != 0 ? name : name_in(json));
    failure.code = str_from(bare);
    failure.message = wire_json_string(json, "message");
    if (failure.message.len == 0) {
        failure.message = wire_json_string(json, "Message");
    }
    if (failure.message.len == 0 && json == NULL) {
        failure.message = body;
    }
    failure.detail = wire_json_string(json, "originalMessage");
    verdict = failure_judge(&failure);
    failure_describe(&failure, verdict.end, &reply->error);
    json_decref(json);
    return verdict;
}
