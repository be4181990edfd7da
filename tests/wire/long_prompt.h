/* long_prompt: a synthetic prompt of any size, made piece by piece from its index alone, with
 * everything in it that needs an escape or more than one byte.
 */
#ifndef TESTS_WIRE_LONG_PROMPT_H
#define TESTS_WIRE_LONG_PROMPT_H

#include "prompt/prompt.h"

enum { LONG_PROMPT_PIECE_MAX = 256 };

struct long_prompt {
    struct prompt prompt;
    uint64_t pieces; /* four to a message; user and assistant take turns */
    uint64_t at;
    bool changes; /* the next pass differs from the first */
    bool fails;   /* the next pass ends in an error */
    char text[LONG_PROMPT_PIECE_MAX];
};

void long_prompt_init(struct long_prompt *prompt, uint64_t pieces);
void long_prompt_measure(struct long_prompt *prompt, struct prompt_measure *out);

/* The text of piece `index`, as a NUL-terminated string. */
void long_prompt_piece(uint64_t index, char out[LONG_PROMPT_PIECE_MAX]);

#endif
