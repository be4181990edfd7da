/* sweep_settings: what the user of a sweep can set, and what follows from it before anything is
 * sent: the plan, the endpoints, the limits of a request.
 *
 * Every command that says something of a sweep takes the same rows, so that a line tried with one
 * of them works with the others.
 */
#ifndef CLI_SWEEP_SETTINGS_H
#define CLI_SWEEP_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/decide.h"
#include "cli/model.h"
#include "cli/opt.h"
#include "cli/task.h"
#include "endpoint/endpoint.h"
#include "record/result.h"
#include "score/grader.h"

#include <stdbool.h>
#include <stdint.h>

struct sweep_settings {
    struct task_settings task;
    struct opt_texts models;
    uint64_t trials;
    const char *grader;
    const char *output;
    uint64_t concurrency;
    const char *base_url;
    const char *protocol;
    const char *key_file;
    const char *key_command;
    const char *models_file;
    const char *price;
    uint64_t max_output_tokens;
    struct opt_texts parameters;
    struct opt_texts headers;
    bool allows_plain_http;
    const char *max_cost;
    const char *confirm_above;
    bool is_confirmed;
    bool until_decided;
    const char *margin;
    struct decide_settings decide; /* of it only the requirements */
    const char *shard;
    bool retries_unknown;
    bool is_batch;
    uint64_t batch_poll_s;
    uint64_t batch_wait_s;
    uint64_t batch_tokens;
    bool cancels_batches;
    uint64_t requests_per_minute;
    uint64_t tokens_per_minute;
    uint64_t attempts;
    uint64_t connect_s;
    uint64_t upload_stall_s;
    uint64_t first_byte_s;
    uint64_t idle_s;
    uint64_t request_s;
    bool quiet;
    bool is_for_planning; /* no option: model_settings.is_for_planning */
};

/* The rows, for a settings struct that is a struct sweep_settings or begins with one. */
#define SWEEP_OPTIONS                                                                              \
    OPT(OPT_TEXTS, 'm', "model", "PROVIDER/MODEL",                                                 \
        "what is tested; may be repeated, or a comma list (default: sim/perfect)",                 \
        struct sweep_settings, models),                                                            \
        TASK_OPTIONS(struct sweep_settings),                                                       \
        OPT(OPT_COUNT, 0, "trials", "K",                                                           \
            "send each prompt K times: is a score the model's, or the day's? (default: 1)",        \
            struct sweep_settings, trials),                                                        \
        OPT(OPT_TEXT, 'g', "grader", "NAME", "how replies are marked (default: the task's own)",   \
            struct sweep_settings, grader),                                                        \
        OPT(OPT_COUNT, 'c', "concurrency", "N", "requests in flight at most (default: 4)",         \
            struct sweep_settings, concurrency),                                                   \
        OPT(OPT_TEXT, 'o', "output", "FILE", "the result (default: results/TASK-MODEL.json)",      \
            struct sweep_settings, output),                                                        \
        OPT(OPT_TEXT, 0, "base-url", "URL",                                                        \
            "where the endpoint is, e.g. http://127.0.0.1:8000/v1", struct sweep_settings,         \
            base_url),                                                                             \
        OPT(OPT_TEXT, 0, "protocol", "NAME",                                                       \
            "openai-chat, openai-responses, anthropic-messages, gemini … (default: the "         \
            "catalogue's)",                                                                        \
            struct sweep_settings, protocol),                                                      \
        OPT(OPT_TEXT, 0, "key-file", "FILE", "read the key from here, not from the environment",   \
            struct sweep_settings, key_file),                                                      \
        OPT(OPT_TEXT, 0, "key-command", "COMMAND", "run this and take its first line as the key",  \
            struct sweep_settings, key_command),                                                   \
        OPT(OPT_TEXT, 0, "models-file", "FILE", "your own entries over the catalogue's",           \
            struct sweep_settings, models_file),                                                   \
        OPT(OPT_TEXT, 0, "price", "in=X,out=Y",                                                    \
            "dollars per million tokens, over the catalogue's", struct sweep_settings, price),     \
        OPT(OPT_COUNT, 0, "max-output-tokens", "N", "limit of a reply (default: not sent)",        \
            struct sweep_settings, max_output_tokens),                                             \
        OPT(OPT_TEXTS, 0, "param", "NAME=JSON",                                                    \
            "any request parameter, e.g. reasoning_effort=\"low\"; may be repeated",               \
            struct sweep_settings, parameters),                                                    \
        OPT(OPT_TEXTS, 0, "header", "NAME: VALUE", "any request header; may be repeated",          \
            struct sweep_settings, headers),                                                       \
        OPT(OPT_FLAG, 0, "insecure-http", NULL,                                                    \
            "allow plain http to other machines than this one", struct sweep_settings,             \
            allows_plain_http),                                                                    \
        OPT(OPT_TEXT, 0, "max-cost", "USD",                                                        \
            "start nothing that could take the sweep over this, at its worst case",                \
            struct sweep_settings, max_cost),                                                      \
        OPT(OPT_TEXT, 0, "confirm-above", "USD",                                                   \
            "ask before sending what is expected to cost more (default: 5)",                       \
            struct sweep_settings, confirm_above),                                                 \
        OPT(OPT_FLAG, 'y', "yes", NULL, "do not ask", struct sweep_settings, is_confirmed),        \
        OPT(OPT_FLAG, 0, "until-decided", NULL,                                                    \
            "end a length as soon as its models are told apart; --samples is the most",            \
            struct sweep_settings, until_decided),                                                 \
        OPT(OPT_TEXT, 0, "margin", "DIFFERENCE",                                                   \
            "e.g. 3pp: being so close to each other is decided too", struct sweep_settings,        \
            margin),                                                                               \
        OPT(OPT_TEXTS, 0, "require", "TEXT",                                                       \
            "a requirement like 'mrcr 8 needles 512k >= 70'; may be given several times",          \
            struct sweep_settings, decide.require),                                                \
        OPT(OPT_TEXT, 0, "require-file", "FILE", "requirements, one a line",                       \
            struct sweep_settings, decide.require_file),                                           \
        OPT(OPT_TEXT, 0, "shard", "I/N",                                                           \
            "only part I of N, with a part of every limit; haymaker merge joins them",             \
            struct sweep_settings, shard),                                                         \
        OPT(OPT_FLAG, 0, "retry-unknown", NULL,                                                    \
            "send again what a killed run has begun, though it may have been paid for",            \
            struct sweep_settings, retries_unknown),                                               \
        OPT(OPT_FLAG, 0, "batch", NULL,                                                            \
            "by the vendors' batch APIs: half the price, within a day", struct sweep_settings,     \
            is_batch),                                                                             \
        OPT(OPT_COUNT, 0, "batch-poll", "S",                                                       \
            "seconds between two looks at running batches (default: 60)", struct sweep_settings,   \
            batch_poll_s),                                                                         \
        OPT(OPT_COUNT, 0, "batch-wait", "S",                                                       \
            "wait no longer; 0 submits and leaves (default: until all have ended)",                \
            struct sweep_settings, batch_wait_s),                                                  \
        OPT(OPT_SIZE, 0, "batch-tokens", "N",                                                      \
            "prompt tokens per batch, for accounts whose queue holds few", struct sweep_settings,  \
            batch_tokens),                                                                         \
        OPT(OPT_FLAG, 0, "batch-cancel", NULL,                                                     \
            "end the running batches and collect what they answered", struct sweep_settings,       \
            cancels_batches),                                                                      \
        OPT(OPT_COUNT, 0, "rpm", "N",                                                              \
            "requests per minute and model (default: as its headers say)", struct sweep_settings,  \
            requests_per_minute),                                                                  \
        OPT(OPT_COUNT, 0, "tpm", "N", "tokens per minute and model (default: as its headers say)", \
            struct sweep_settings, tokens_per_minute),                                             \
        OPT(OPT_COUNT, 0, "attempts", "N", "requests per trial, retries included (default: 6)",    \
            struct sweep_settings, attempts),                                                      \
        OPT(OPT_COUNT, 0, "connect-timeout", "S", "until connected (default: 30)",                 \
            struct sweep_settings, connect_s),                                                     \
        OPT(OPT_COUNT, 0, "upload-timeout", "S",                                                   \
            "without a byte of the prompt taken (default: 60)", struct sweep_settings,             \
            upload_stall_s),                                                                       \
        OPT(OPT_COUNT, 0, "first-byte-timeout", "S",                                               \
            "of silence after the upload, while the model reads and thinks (default: 1800)",       \
            struct sweep_settings, first_byte_s),                                                  \
        OPT(OPT_COUNT, 0, "idle-timeout", "S",                                                     \
            "between two bytes of the answer; pings count (default: 1800)", struct sweep_settings, \
            idle_s),                                                                               \
        OPT(OPT_COUNT, 0, "request-timeout", "S",                                                  \
            "for one request from first to last byte, whatever comes (default: 7200)",             \
            struct sweep_settings, request_s),                                                     \
        OPT(OPT_FLAG, 'q', "quiet", NULL, "no progress on stderr", struct sweep_settings, quiet)

struct sweep_settings sweep_settings_default(void);

/* Checks the settings and fills the plan (lists allocated in `arena`, texts borrowed from the
 * settings) and the grader. ERR_USAGE names the option that is wrong. */
int sweep_settings_plan(const struct sweep_settings *settings, struct arena *arena,
                        struct result_plan *plan, const struct grader **grader, struct err *err);

/* models_open for the plan's models. `arena` has to live as long as *out. */
int sweep_settings_open_models(const struct sweep_settings *settings,
                               const struct result_plan *plan, struct arena *arena,
                               struct models *out, struct err *err);

/* From what expected cost on the user is to be asked; CONSENT_NOT_NEEDED with --yes or a cap. */
int sweep_settings_confirm_above(const struct sweep_settings *settings, int64_t *out,
                                 struct err *err);

/* --margin as a share, 0 without; sweep_settings_plan has checked it. */
double sweep_settings_margin(const struct sweep_settings *settings);

struct client_limits sweep_settings_limits(const struct sweep_settings *settings);

#endif
