/* wire: the protocols as tables. One row says how a protocol's requests are read and how its
 * replies, streams and errors look; the reply itself (what is said, when, and what goes wrong) is
 * the same for all and knows no protocol.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "base/str.h"
#include "sim/events.h"
#include "sim/failure.h"
#include "sim/model.h"
#include "sim/request.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Tokens as sim_tokens estimates them. */
struct sim_usage {
    uint64_t prompt;        /* all of it, the next two included */
    uint64_t cached;        /* read from the cache */
    uint64_t cache_written; /* now in the cache, where the vendor reports that */
    uint64_t output;        /* reasoning included */
    uint64_t reasoning;
};

/* A reply streams as BEGIN, REASONING_BEGIN, REASONING…, REASONING_END (these only where it
 * reasons), TEXT_BEGIN, TEXT…, TEXT_END, END. PING comes anywhere, FAILURE instead of the rest. */
enum sim_step {
    STEP_BEGIN,
    STEP_REASONING_BEGIN,
    STEP_REASONING,
    STEP_REASONING_END,
    STEP_TEXT_BEGIN,
    STEP_TEXT,
    STEP_TEXT_END,
    STEP_END,
    STEP_OVER, /* nothing more; never written */
    STEP_PING,
    STEP_FAILURE
};

struct sim_reply {
    const struct sim_wire *wire;
    char id[48];
    char model[REQUEST_WORD_MAX]; /* as the request called it */
    int64_t created_s;            /* seconds since 1970 */
    bool is_usage_wanted;
    bool reasons;
    bool shows_reasoning;
    struct sim_usage usage;
    struct sim_answer answer; /* owned; released with sim_answer_release */
    struct sim_failure failure;
};

struct sim_wire {
    const char *name;
    const struct request_form *form;
    enum sim_framing framing;
    const char *id_prefix;
    const char *id_header;     /* of the reply, for the request's id */
    const char *error_header;  /* names the error's type, or NULL */
    const char *count_member;  /* of the reply to a request to count tokens */
    bool begins_late;          /* nothing comes before the first token */
    bool blocks_in_reply;      /* a blocked prompt gets a reply that says so, not an error */
    bool caches_when_marked;   /* a prompt is cached only where the request says so */
    bool reports_cache_writes; /* … and what went into the cache is told */
    const struct sim_failure_row *failures; /* one for each kind */

    /* Appends the events of one step. `piece` is the text of REASONING and TEXT. */
    void (*write)(const struct sim_reply *reply, enum sim_step step, struct str piece,
                  struct sim_events *out);
    json_t *(*whole)(const struct sim_reply *reply); /* NULL when memory is short */
    json_t *(*error)(const struct sim_failure *failure, const struct sim_failure_row *row,
                     const char *message);
};

extern const struct sim_wire wire_openai_chat;
extern const struct sim_wire wire_openai_responses;
extern const struct sim_wire wire_anthropic;
extern const struct sim_wire wire_gemini;
extern const struct sim_wire wire_bedrock_converse;
extern const struct sim_wire wire_bedrock_invoke;

/* What OpenAI's two protocols share. */
extern const struct request_role openai_roles[]; /* ends with a row without a name */
extern const struct sim_failure_row openai_failures[FAILURE_KINDS];
json_t *openai_error(const struct sim_failure *failure, const struct sim_failure_row *row,
                     const char *message);

/* The error body of `failure` in the protocol's words. NULL when memory is short. */
json_t *sim_wire_error(const struct sim_wire *wire, const struct sim_failure *failure);
unsigned sim_wire_status(const struct sim_wire *wire, const struct sim_failure *failure);

#endif
