#include "long_prompt.h"

#include "prompt/body.h"

#include <stdio.h>

enum { PIECES_PER_MESSAGE = 4 };

void long_prompt_piece(uint64_t index, char out[LONG_PROMPT_PIECE_MAX])
{
    (void)snprintf(out, LONG_PROMPT_PIECE_MAX,
                   "piece %llu: \"quoted\", C:\\path\\%llu,\n\ttabbed \x01\x1f and caf\xC3\xA9, "
                   "\xE6\xB0\xB4, \xF0\x9F\x98\x80; then some plain words to make it longer.\n",
                   (unsigned long long)index, (unsigned long long)index * 7919);
}

static int next(struct prompt *base, struct prompt_piece *piece, struct err *err)
{
    struct long_prompt *prompt = (struct long_prompt *)base;

    if (prompt->fails && prompt->at == prompt->pieces / 2) {
        return err_set(err, ERR_INPUT, "the corpus went away");
    }
    if (prompt->at == prompt->pieces) {
        return 0;
    }
    long_prompt_piece(prompt->at, prompt->text);
    if (prompt->changes && prompt->at == prompt->pieces / 2) {
        prompt->text[0] = 'q';
    }
    *piece = (struct prompt_piece){
        .text = str_from(prompt->text),
        .role = prompt->at / PIECES_PER_MESSAGE % 2 == 0 ? PROMPT_USER : PROMPT_ASSISTANT,
        .opens_message = prompt->at % PIECES_PER_MESSAGE == 0,
    };
    prompt->at++;
    return 1;
}

static void rewind_prompt(struct prompt *base)
{
    ((struct long_prompt *)base)->at = 0;
}

static void free_prompt(struct prompt *base)
{
    (void)base; /* the test's own */
}

static const struct prompt_ops ops = {next, rewind_prompt, free_prompt};

void long_prompt_init(struct long_prompt *prompt, uint64_t pieces)
{
    *prompt = (struct long_prompt){.prompt = {&ops}, .pieces = pieces};
}

void long_prompt_measure(struct long_prompt *prompt, struct prompt_measure *out)
{
    struct fingerprint_state *fingerprint = fingerprint_new();
    struct prompt_piece piece;
    struct err err;

    *out = (struct prompt_measure){0};
    prompt_rewind(&prompt->prompt);
    while (fingerprint != NULL && prompt_next(&prompt->prompt, &piece, &err) > 0) {
        out->messages[piece.role] += piece.opens_message ? 1 : 0;
        out->bytes += piece.text.len;
        out->escaped_bytes += json_escaped_length(piece.text);
        fingerprint_add(fingerprint, &piece);
    }
    if (fingerprint != NULL) {
        out->fingerprint = fingerprint_finish(fingerprint);
    }
    fingerprint_free(fingerprint);
    prompt_rewind(&prompt->prompt);
}
