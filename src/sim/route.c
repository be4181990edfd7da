#include "sim/route.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define GET    "GET"
#define POST   "POST"
#define AZURE  "/openai/deployments/*"
#define GOOGLE "/projects/*/locations/*/publishers/google/models/*"
#define CLAUDE "/projects/*/locations/*/publishers/anthropic/models/"

#define GENERATE(pattern, wire)                                                                    \
    {                                                                                              \
        POST, pattern, OPERATION_GENERATE, &(wire), false, false                                   \
    }
#define NAMED(pattern, wire)                                                                       \
    {                                                                                              \
        POST, pattern, OPERATION_GENERATE, &(wire), false, true                                    \
    }
#define STREAM(pattern, wire)                                                                      \
    {                                                                                              \
        POST, pattern, OPERATION_GENERATE, &(wire), true, true                                     \
    }
#define COUNT(pattern, wire, is_named)                                                             \
    {                                                                                              \
        POST, pattern, OPERATION_COUNT, &(wire), false, is_named                                   \
    }
#define LOOK(pattern, operation, wire)                                                             \
    {                                                                                              \
        GET, pattern, operation, &(wire), false, false                                             \
    }
#define DO(pattern, operation, wire)                                                               \
    {                                                                                              \
        POST, pattern, operation, &(wire), false, false                                            \
    }
#define OPENAI_BATCHES(base)                                                                       \
    DO(base "/files", OPERATION_FILE_UPLOAD, wire_openai_chat),                                    \
        LOOK(base "/files/*", OPERATION_FILE_SHOW, wire_openai_chat),                              \
        LOOK(base "/files/*/content", OPERATION_FILE_READ, wire_openai_chat),                      \
        DO(base "/batches", OPERATION_BATCH_CREATE, wire_openai_chat),                             \
        LOOK(base "/batches", OPERATION_BATCH_LIST, wire_openai_chat),                             \
        LOOK(base "/batches/*", OPERATION_BATCH_SHOW, wire_openai_chat),                           \
        DO(base "/batches/*/cancel", OPERATION_BATCH_CANCEL, wire_openai_chat)
#define GEMINI_BATCHES(base)                                                                       \
    DO(base "/models/*:batchGenerateContent", OPERATION_BATCH_CREATE, wire_gemini),                \
        DO("/upload" base "/files", OPERATION_FILE_START, wire_gemini),                            \
        DO("/upload" base "/files/*", OPERATION_FILE_BYTES, wire_gemini),                          \
        LOOK(base "/files/*:download", OPERATION_FILE_READ, wire_gemini),                          \
        LOOK("/download" base "/files/*:download", OPERATION_FILE_READ, wire_gemini),              \
        DO(base "/batches/*:cancel", OPERATION_BATCH_CANCEL, wire_gemini)

/* The Gemini API's versions and Vertex's have the same methods. */
#define GEMINI(models)                                                                             \
    NAMED(models "*:generateContent", wire_gemini),                                                \
        STREAM(models "*:streamGenerateContent", wire_gemini),                                     \
        COUNT(models "*:countTokens", wire_gemini, true)
#define VERTEX(version)                                                                            \
    NAMED(version GOOGLE ":generateContent", wire_gemini),                                         \
        STREAM(version GOOGLE ":streamGenerateContent", wire_gemini),                              \
        COUNT(version GOOGLE ":countTokens", wire_gemini, true)

static const struct sim_route routes[] = {
    GENERATE("/v1/chat/completions", wire_openai_chat),
    GENERATE("/openai/v1/chat/completions", wire_openai_chat),
    NAMED(AZURE "/chat/completions", wire_openai_chat),
    COUNT("/v1/responses/input_tokens", wire_openai_responses, false),
    GENERATE("/v1/responses", wire_openai_responses),
    GENERATE("/openai/v1/responses", wire_openai_responses),
    GENERATE("/v1/messages", wire_anthropic),
    GENERATE("/anthropic/v1/messages", wire_anthropic),
    COUNT("/v1/messages/count_tokens", wire_anthropic, false),
    COUNT("/anthropic/v1/messages/count_tokens", wire_anthropic, false),
    COUNT("/v1" CLAUDE "count-tokens:rawPredict", wire_anthropic, false),
    NAMED("/v1" CLAUDE "*:rawPredict", wire_anthropic),
    STREAM("/v1" CLAUDE "*:streamRawPredict", wire_anthropic),
    GEMINI("/v1/models/"),
    GEMINI("/v1beta/models/"),
    GEMINI("/v1beta1/models/"),
    VERTEX("/v1"),
    VERTEX("/v1beta1"),
    NAMED("/v1beta1/publishers/google/models/*:generateContent", wire_gemini),
    STREAM("/v1beta1/publishers/google/models/*:streamGenerateContent", wire_gemini),
    NAMED("/model/*/converse", wire_bedrock_converse),
    STREAM("/model/*/converse-stream", wire_bedrock_converse),
    NAMED("/model/*/invoke", wire_bedrock_invoke),
    STREAM("/model/*/invoke-with-response-stream", wire_bedrock_invoke),
    COUNT("/model/*/count-tokens", wire_bedrock_converse, true),
    DO("/v1/messages/batches", OPERATION_BATCH_CREATE, wire_anthropic),
    LOOK("/v1/messages/batches", OPERATION_BATCH_LIST, wire_anthropic),
    LOOK("/v1/messages/batches/*", OPERATION_BATCH_SHOW, wire_anthropic),
    DO("/v1/messages/batches/*/cancel", OPERATION_BATCH_CANCEL, wire_anthropic),
    LOOK("/v1/messages/batches/*/results", OPERATION_BATCH_RESULTS, wire_anthropic),
    GEMINI_BATCHES("/v1"),
    GEMINI_BATCHES("/v1beta"),
    LOOK("/v1beta/files/*", OPERATION_FILE_SHOW, wire_gemini),
    LOOK("/v1beta/batches", OPERATION_BATCH_LIST, wire_gemini),
    LOOK("/v1beta/batches/*", OPERATION_BATCH_SHOW, wire_gemini),
    OPENAI_BATCHES("/v1"),
    OPENAI_BATCHES("/openai/v1"),
    LOOK("/v1/models", OPERATION_MODELS, wire_openai_chat),
    LOOK("/v1/models/*", OPERATION_MODEL, wire_openai_chat),
    LOOK("/openai/v1/models", OPERATION_MODELS, wire_openai_chat),
    LOOK("/v1beta/models", OPERATION_MODELS, wire_gemini),
    LOOK("/v1beta/models/*", OPERATION_MODEL, wire_gemini),
};
enum { ROUTE_COUNT = sizeof routes / sizeof routes[0] };

/* Matches the whole path; *last becomes what the last * stands for. */
static bool is_match(struct str pattern, struct str path, struct str *last)
{
    while (pattern.len != 0 && pattern.p[0] != '*') {
        if (path.len == 0 || path.p[0] != pattern.p[0]) {
            return false;
        }
        pattern = str_skip(pattern, 1);
        path = str_skip(path, 1);
    }
    if (pattern.len == 0) {
        return path.len == 0;
    }
    pattern = str_skip(pattern, 1);
    for (size_t len = 1; len <= path.len && path.p[len - 1] != '/'; len++) {
        struct str inner = str_take(path, len);

        if (is_match(pattern, str_skip(path, len), &inner)) {
            *last = inner;
            return true;
        }
    }
    return false;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    int at = found != NULL ? (int)(found - digits) : -1;

    return at < 16 ? at : at - 6;
}

/* What is no escape stands for itself. A name that is not UTF-8 then keeps its ASCII. */
static void decode(struct str text, char *out, size_t size)
{
    size_t len = 0;

    while (text.len != 0 && len + 1 < size) {
        int high = text.len > 2 && text.p[0] == '%' ? hex_value(text.p[1]) : -1;
        int low = high >= 0 ? hex_value(text.p[2]) : -1;
        bool is_escape = low >= 0 && (high != 0 || low != 0);

        out[len] = text.p[0];
        if (is_escape) {
            out[len] = (char)(unsigned char)(high * 16 + low);
        }
        len++;
        text = str_skip(text, is_escape ? 3 : 1);
    }
    out[len] = '\0';
    if (utf8_invalid_at((struct str){out, len}) != SIZE_MAX) {
        for (char *c = out; *c != '\0'; c++) {
            if ((unsigned char)*c >= 0x80) {
                *c = '?';
            }
        }
    }
}

void sim_route_find(struct str method, struct str target, struct sim_match *out)
{
    struct str path = str_cut(target, '?').head;

    *out = (struct sim_match){.route = NULL};
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        struct str last = {0};

        if (is_match(str_from(routes[i].pattern), path, &last)) {
            out->route = &routes[i];
            out->is_method_wrong = !str_equal(str_from(routes[i].method), method);
            decode(last, out->name, sizeof out->name);
        }
        if (out->route != NULL && !out->is_method_wrong) {
            return;
        }
    }
}
