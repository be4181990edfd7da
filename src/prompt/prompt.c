#include "prompt/prompt.h"

#include "prompt/escape.h"
#include "prompt/fingerprint.h"

#include "token/token.h"

#include <assert.h>
#include <stdlib.h>

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

static void add(struct prompt_meter *meter, const struct prompt_piece *piece,
                const struct prompt_sizes *sizes)
{
    if (piece->opens_message) {
        meter->sums.messages[piece->role]++;
    }
    meter->sums.bytes += piece->text.len;
    meter->sums.escaped_bytes += sizes->escaped_bytes;
    meter->sums.code_points += sizes->code_points;
    meter->sums.tokens += sizes->tokens;
    fingerprint_add(meter->fingerprint, piece);
}

static struct prompt_sizes sizes_of(const struct prompt_meter *meter, struct str text,
                                    uint64_t tokens)
{
    struct escape_size size = escape_measure(meter->escaper, text);

    return (struct prompt_sizes){tokens, size.bytes, size.code_points};
}

int prompt_meter_add(struct prompt_meter *meter, const struct prompt_piece *piece, struct err *err)
{
    struct prompt_sizes sizes;
    uint64_t tokens = 0;
    int rc = tokenizer_count(meter->tokenizer, piece->text, &tokens, err);

    if (rc == 0) {
        sizes = sizes_of(meter, piece->text, tokens);
        add(meter, piece, &sizes);
    }
    return rc;
}

#ifndef NDEBUG
static bool are_right(const struct prompt_meter *meter, struct str text,
                      const struct prompt_sizes *sizes)
{
    struct prompt_sizes counted;
    struct err err;
    uint64_t tokens = 0;

    if (tokenizer_count(meter->tokenizer, text, &tokens, &err) != 0) {
        return true; /* for want of memory: not known to be wrong */
    }
    counted = sizes_of(meter, text, tokens);
    return counted.tokens == sizes->tokens && counted.escaped_bytes == sizes->escaped_bytes &&
           counted.code_points == sizes->code_points;
}
#endif

void prompt_meter_add_counted(struct prompt_meter *meter, const struct prompt_piece *piece,
                              uint64_t tokens)
{
    struct prompt_sizes sizes = sizes_of(meter, piece->text, tokens);

    assert(are_right(meter, piece->text, &sizes));
    add(meter, piece, &sizes);
}

void prompt_meter_add_sized(struct prompt_meter *meter, const struct prompt_piece *piece,
                            const struct prompt_sizes *sizes)
{
    assert(are_right(meter, piece->text, sizes));
    add(meter, piece, sizes);
}

void prompt_meter_copy_fingerprint(const struct prompt_meter *meter, struct fingerprint_state *to)
{
    fingerprint_copy(to, meter->fingerprint);
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
