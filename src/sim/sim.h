/* sim: the loopback endpoint. It takes requests like a vendor's, reads the prompt like a model
 * would, solves the question from the text alone (it never sees an answer key) and streams the
 * answer. Models that forget, misread or misbehave are variations of one solver.
 *
 * Whatever a simulated model scores is about Haymaker, not about a model: results say "simulated".
 * It listens on 127.0.0.1 only and speaks the protocols of OpenAI (Chat Completions and Responses,
 * also at Azure's addresses), Anthropic, Google (Gemini API and Vertex) and AWS Bedrock. The token
 * counts in its usage are estimates from the number of bytes (4.9 to a token, the mean of English
 * prose in o200k_base) or, of prompts that are far from prose, from a sample. A model's name may
 * carry faults: "perfect+503" (sim_fault_describe).
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tokenizer;

struct sim_settings {
    uint16_t port; /* 0: any free one */

    /* How long an answer takes: the prompt is read at the one rate, then the answer written at the
     * other. Tokens per second; 0 for each model's own. */
    double prefill_rate;
    double output_rate;

    /* Signatures of requests to Bedrock are verified with these; NULL: only looked at. Borrowed. */
    const char *aws_access_key;
    const char *aws_secret_key;

    /* For prompts that are no prose (sim/prompt_tokens.h); NULL: by bytes alone. Borrowed. */
    const struct tokenizer *tokenizer;
};

struct sim;

/* Starts listening and serving, with a thread for each connection. */
int sim_start(struct sim **out, const struct sim_settings *settings, struct err *err);

/* Ends at once, also what is being answered; waits for its threads. Returns how many requests were
 * served in all. NULL is fine. */
uint64_t sim_stop(struct sim *sim);

const char *sim_base_url(const struct sim *sim); /* "http://127.0.0.1:PORT/v1"; until sim_stop */
uint16_t sim_port(const struct sim *sim);
/* So far: every request whose headers came, whatever became of it. A client that sends a request
 * again after a broken answer or upload counts the same. */
uint64_t sim_requests_served(const struct sim *sim);

struct sim_thought;
struct sim_answer;

/* A simulated model. Adding one is a function and a row in model.c. */
struct sim_model {
    const char *name;
    const char *purpose; /* its formula in a line, for --help and the README */
    double prefill_rate; /* tokens per second; 0: at once */
    double output_rate;
    void (*answer)(const struct sim_thought *thought, struct sim_answer *out);
};
extern const struct sim_model sim_models[]; /* ends with a NULL name */

/* Whether a model of that name can be asked: ERR_INPUT says what of "MODEL+FAULT=N+…" is unknown.
 */
int sim_model_check(struct str name, struct err *err);

/* The faults that a name can carry, for --help. False after the last. */
bool sim_fault_describe(size_t index, const char **name, const char **purpose);

#endif
