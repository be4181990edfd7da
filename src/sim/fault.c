#include "sim/fault.h"

#include "sim/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 4096 };

/* Once for each prompt unless the name says how often. */
#define ERROR(name, kind, status, delay, purpose)                                                  \
    {                                                                                              \
        name, purpose, EFFECT_ERROR, kind, status, delay, 1                                        \
    }
#define ALWAYS(name, kind, purpose)                                                                \
    {                                                                                              \
        name, purpose, EFFECT_ERROR, kind, 0, DELAY_NONE, 0                                        \
    }
#define EFFECT(name, effect, argument, purpose)                                                    \
    {                                                                                              \
        name, purpose, effect, FAILURE_SERVER, 0, DELAY_NONE, argument                             \
    }

static const struct sim_fault faults[] = {
    ERROR("429", FAILURE_RATE, 0, DELAY_NONE, "rate limit, no delay told"),
    ERROR("429-retry-after", FAILURE_RATE, 0, DELAY_SECONDS, "... with Retry-After: 1"),
    ERROR("429-http-date", FAILURE_RATE, 0, DELAY_HTTP_DATE, "... with Retry-After: a date"),
    ERROR("429-retry-after-ms", FAILURE_RATE, 0, DELAY_MS, "... with retry-after-ms: 1200"),
    ERROR("429-retry-info", FAILURE_RATE, 0, DELAY_INFO,
          "... with google.rpc.RetryInfo (Gemini; elsewhere no delay is told)"),
    ERROR("429-text", FAILURE_RATE, 0, DELAY_TEXT, "... with \"Please try again in 1.2s.\""),
    ERROR("529", FAILURE_OVERLOADED, 529, DELAY_NONE, "overloaded"),
    ERROR("503", FAILURE_OVERLOADED, 503, DELAY_NONE, "overloaded"),
    ERROR("500", FAILURE_SERVER, 500, DELAY_NONE, "the server's own mistake"),
    EFFECT("stream-error", EFFECT_STREAM_ERROR, 1, "an error event after half of the answer"),
    EFFECT("cut", EFFECT_CUT, 1, "the connection closes after half of the answer"),
    EFFECT("stall", EFFECT_STALL, 1, "nothing more comes after half of the answer"),
    EFFECT("malformed", EFFECT_MALFORMED, 1, "an event whose JSON breaks off"),
    EFFECT("bad-crc", EFFECT_BAD_CRC, 1, "Bedrock: a wrong checksum; elsewhere as malformed"),
    EFFECT("wrong-type", EFFECT_WRONG_TYPE, 1, "status 200 with a page of text/html"),
    ALWAYS("request-too-large", FAILURE_TOKENS,
           "429: the request alone is above the tokens per minute"),
    ALWAYS("quota", FAILURE_QUOTA, "insufficient quota"),
    ALWAYS("401", FAILURE_KEY, "the key is refused"),
    EFFECT("early-413", EFFECT_EARLY_413, 0,
           "413 while the body is still being sent, then the connection closes"),
    EFFECT("window", EFFECT_WINDOW, 0,
           "too long, with both numbers, above N tokens (default: half the prompt)"),
    EFFECT("unsupported", EFFECT_UNSUPPORTED, 0,
           "400 that names the setting N where the request has it (default: temperature)"),
    EFFECT("keep-last", EFFECT_KEEP_LAST, 4096,
           "reads only the last N tokens (default 4096) without a word about it"),
    EFFECT("keep-first", EFFECT_KEEP_FIRST, 4096, "... only the first N tokens"),
    EFFECT("filter", EFFECT_FILTER, 0,
           "a filter stops the answer half way (content_filter, RECITATION, ...)"),
    EFFECT("block", EFFECT_BLOCK, 0, "a filter stops the prompt"),
    EFFECT("think", EFFECT_THINK, 0, "reasons aloud, asked or not"),
    EFFECT("all-thought", EFFECT_ALL_THOUGHT, 0, "reasoning uses up the output limit: no text"),
    EFFECT("one-byte", EFFECT_ONE_BYTE, 0, "each byte of a stream sent by itself"),
    EFFECT("slow-bytes", EFFECT_SLOW_BYTES, 10000, "N bytes a second (default 10000)"),
    EFFECT("crlf", EFFECT_CRLF, 0, "a stream's lines end in CRLF"),
};
enum { FAULT_COUNT = sizeof faults / sizeof faults[0] };

static bool is_passing(const struct sim_fault *fault)
{
    return fault->effect <= EFFECT_WRONG_TYPE;
}

bool sim_fault_describe(size_t index, const char **name, const char **purpose)
{
    if (index >= FAULT_COUNT) {
        return false;
    }
    *name = faults[index].name;
    *purpose = faults[index].purpose;
    return true;
}

static int unknown(const char *what, struct str name, struct err *err)
{
    return err_set(err, ERR_INPUT, "there is no %s '%.*s'", what, STR_ARG(name));
}

static int add_fault(struct str part, struct sim_spec *out, struct err *err)
{
    struct str_pair halves = str_cut(part, '=');
    struct sim_spec_fault *place = &out->faults[out->count];
    size_t index = 0;

    while (index < FAULT_COUNT && !str_equal(str_from(faults[index].name), halves.head)) {
        index++;
    }
    if (index == FAULT_COUNT) {
        return unknown("fault", halves.head, err);
    }
    if (out->count == SIM_FAULTS_MAX) {
        return err_set(err, ERR_INPUT, "a model has at most %d faults", SIM_FAULTS_MAX);
    }
    *place = (struct sim_spec_fault){&faults[index], faults[index].argument};
    if (faults[index].effect == EFFECT_UNSUPPORTED) {
        struct str parameter = halves.ok ? halves.tail : STR("temperature");

        (void)snprintf(out->parameter, sizeof out->parameter, "%.*s", STR_ARG(parameter));
    } else if (halves.ok && !str_to_u64(halves.tail, &place->argument)) {
        return err_set(err, ERR_INPUT, "fault '%.*s' needs a whole number", STR_ARG(part));
    }
    out->count++;
    return 0;
}

int sim_spec_parse(struct str name, struct sim_spec *out, struct err *err)
{
    struct str_pair parts = str_cut(name, '+');
    int rc = 0;

    *out = (struct sim_spec){.model = sim_model_find(parts.head)};
    if (out->model == NULL) {
        return unknown("simulated model", parts.head, err);
    }
    while (parts.ok && rc == 0) {
        parts = str_cut(parts.tail, '+');
        rc = add_fault(parts.head, out, err);
    }
    return rc;
}

int sim_model_check(struct str name, struct err *err)
{
    struct sim_spec spec;

    return sim_spec_parse(name, &spec, err);
}

const struct sim_spec_fault *sim_spec_find(const struct sim_spec *spec, enum sim_effect effect)
{
    for (size_t i = 0; i < spec->count; i++) {
        if (spec->faults[i].fault->effect == effect) {
            return &spec->faults[i];
        }
    }
    return NULL;
}

int sim_attempts_init(struct sim_attempts *attempts, struct err *err)
{
    *attempts = (struct sim_attempts){.places = calloc(PLACES, sizeof *attempts->places)};
    if (attempts->places == NULL) {
        return err_memory(err);
    }
    if (pthread_mutex_init(&attempts->lock, NULL) != 0) {
        free(attempts->places);
        return err_set(err, ERR_SYSTEM, "cannot make a lock");
    }
    return 0;
}

void sim_attempts_release(struct sim_attempts *attempts)
{
    (void)pthread_mutex_destroy(&attempts->lock);
    free(attempts->places);
}

/* The place of `key`, or one to begin it in. */
static struct sim_attempt *find_place(struct sim_attempts *attempts, uint64_t key)
{
    struct sim_attempt *place = NULL;

    for (size_t i = 0; i < PLACES; i++) {
        if (attempts->places[i].count != 0 && attempts->places[i].key == key) {
            return &attempts->places[i];
        }
        if (attempts->places[i].count == 0 && place == NULL) {
            place = &attempts->places[i];
        }
    }
    if (place == NULL) {
        place = &attempts->places[attempts->next];
        attempts->next = (attempts->next + 1) % PLACES;
    }
    *place = (struct sim_attempt){.key = key};
    return place;
}

const struct sim_fault *sim_attempts_next(struct sim_attempts *attempts,
                                          const struct sim_spec *spec, uint64_t key)
{
    const struct sim_fault *found = NULL;
    struct sim_attempt *place = NULL;
    uint64_t spoilt = 0; /* by the faults looked at */

    (void)pthread_mutex_lock(&attempts->lock);
    place = find_place(attempts, key);
    for (size_t i = 0; i < spec->count && found == NULL; i++) {
        const struct sim_spec_fault *fault = &spec->faults[i];

        if (is_passing(fault->fault)) {
            spoilt += fault->argument;
            found = fault->argument == 0 || place->count < spoilt ? fault->fault : NULL;
        }
    }
    place->count = found != NULL ? place->count + 1 : 0;
    (void)pthread_mutex_unlock(&attempts->lock);
    return found;
}
