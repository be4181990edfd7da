#include "prompt/prompt.h"

#include "prompt/escape.h"

#include "token/token.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

const char *prompt_role_name(enum prompt_role role)
{
    static const char *const names[PROMPT_ROLE_COUNT] = {"user", "assistant"};

    return names[role];
}

int prompt_next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    return prompt->ops->next(prompt, piece, err);
}

void prompt_rewind(struct prompt *prompt)
{
    prompt->ops->rewind(prompt);
}

void prompt_free(struct prompt *prompt)
{
    if (prompt != NULL) {
        prompt->ops->free(prompt);
    }
}

void fingerprint_hex(struct fingerprint fingerprint, char out[FINGERPRINT_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        out[i] = digits[(fingerprint.high >> (60 - 4 * i)) & 15U];
        out[16 + i] = digits[(fingerprint.low >> (60 - 4 * i)) & 15U];
    }
    out[FINGERPRINT_HEX] = '\0';
}

struct fingerprint_state {
    XXH3_state_t *state;
    bool in_message;
};

struct fingerprint_state *fingerprint_new(void)
{
    struct fingerprint_state *fingerprint = calloc(1, sizeof *fingerprint);

    if (fingerprint == NULL) {
        return NULL;
    }
    fingerprint->state = XXH3_createState();
    if (fingerprint->state == NULL) {
        free(fingerprint);
        return NULL;
    }
    fingerprint_reset(fingerprint);
    return fingerprint;
}

void fingerprint_free(struct fingerprint_state *fingerprint)
{
    if (fingerprint != NULL) {
        (void)XXH3_freeState(fingerprint->state);
        free(fingerprint);
    }
}

void fingerprint_reset(struct fingerprint_state *fingerprint)
{
    (void)XXH3_128bits_reset(fingerprint->state);
    fingerprint->in_message = false;
}

void fingerprint_add(struct fingerprint_state *fingerprint, const struct prompt_piece *piece)
{
    if (piece->opens_message) {
        static const char marks[PROMPT_ROLE_COUNT] = {'u', 'a'};

        if (fingerprint->in_message) {
            (void)XXH3_128bits_update(fingerprint->state, "", 1);
        }
        (void)XXH3_128bits_update(fingerprint->state, &marks[piece->role], 1);
        fingerprint->in_message = true;
    }
    (void)XXH3_128bits_update(fingerprint->state, piece->text.p, piece->text.len);
}

struct fingerprint fingerprint_finish(struct fingerprint_state *fingerprint)
{
    XXH128_hash_t hash;

    if (fingerprint->in_message) {
        (void)XXH3_128bits_update(fingerprint->state, "", 1);
        fingerprint->in_message = false;
    }
    hash = XXH3_128bits_digest(fingerprint->state);
    return (struct fingerprint){hash.high64, hash.low64};
}

struct prompt_meter {
    const struct tokenizer *tokenizer;
    const struct escaper *escaper;
    struct prompt_measure sums;
    struct fingerprint_state *fingerprint;
};

int prompt_meter_new(struct prompt_meter **out, const struct tokenizer *tokenizer, struct err *err)
{
    struct prompt_meter *meter = calloc(1, sizeof *meter);

    if (meter == NULL) {
        return err_memory(err);
    }
    meter->tokenizer = tokenizer;
    meter->escaper = escaper_get();
    meter->fingerprint = fingerprint_new();
    if (meter->fingerprint == NULL) {
        free(meter);
        return err_memory(err);
    }
    *out = meter;
    return 0;
}

static void add_counted(struct prompt_meter *meter, const struct prompt_piece *piece,
                        uint64_t tokens)
{
    struct escape_size size = escape_measure(meter->escaper, piece->text);

    if (piece->opens_message) {
        meter->sums.messages[piece->role]++;
    }
    meter->sums.bytes += piece->text.len;
    meter->sums.escaped_bytes += size.bytes;
    meter->sums.code_points += size.code_points;
    meter->sums.tokens += tokens;
    fingerprint_add(meter->fingerprint, piece);
}

int prompt_meter_add(struct prompt_meter *meter, const struct prompt_piece *piece, struct err *err)
{
    uint64_t tokens = 0;
    int rc = tokenizer_count(meter->tokenizer, piece->text, &tokens, err);

    if (rc == 0) {
        add_counted(meter, piece, tokens);
    }
    return rc;
}

#ifndef NDEBUG
static bool is_right(const struct prompt_meter *meter, struct str text, uint64_t tokens)
{
    struct err err;
    uint64_t counted = 0;

    return tokenizer_count(meter->tokenizer, text, &counted, &err) == 0 && counted == tokens;
}
#endif

void prompt_meter_add_counted(struct prompt_meter *meter, const struct prompt_piece *piece,
                              uint64_t tokens)
{
    assert(is_right(meter, piece->text, tokens));
    add_counted(meter, piece, tokens);
}

struct fingerprint prompt_meter_fingerprint(struct prompt_meter *meter)
{
    return fingerprint_finish(meter->fingerprint);
}

uint64_t prompt_meter_tokens(const struct prompt_meter *meter)
{
    return meter->sums.tokens;
}

void prompt_meter_finish(struct prompt_meter *meter, struct prompt_measure *out)
{
    meter->sums.fingerprint = fingerprint_finish(meter->fingerprint);
    *out = meter->sums;
}

void prompt_meter_free(struct prompt_meter *meter)
{
    if (meter != NULL) {
        fingerprint_free(meter->fingerprint);
        free(meter);
    }
}

int prompt_measure(struct prompt *prompt, const struct tokenizer *tokenizer,
                   struct prompt_measure *out, struct err *err)
{
    struct prompt_meter *meter = NULL;
    struct prompt_piece piece;
    int rc = prompt_meter_new(&meter, tokenizer, err);

    if (rc != 0) {
        return rc;
    }
    prompt_rewind(prompt);
    while ((rc = prompt_next(prompt, &piece, err)) > 0) {
        rc = prompt_meter_add(meter, &piece, err);
        if (rc != 0) {
            break;
        }
    }
    if (rc == 0) {
        prompt_meter_finish(meter, out);
    }
    prompt_rewind(prompt);
    prompt_meter_free(meter);
    return rc;
}
