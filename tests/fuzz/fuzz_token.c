/* Any bytes can be counted: no access outside them, a count equal to the number of ids, and counts
 * that add up at a line end before a letter. */
#include "token/token.h"

#include <stdlib.h>
#include <string.h>

static struct tokenizer *tokenizers[2]; /* by enum token_encoding */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct err err = {ERR_NONE, ""};

    (void)argc;
    (void)argv;
    if (tokenizer_open(&tokenizers[0], TOKEN_O200K_BASE, &err) != 0 ||
        tokenizer_open(&tokenizers[1], TOKEN_CL100K_BASE, &err) != 0) {
        abort();
    }
    return 0;
}

static uint64_t count_of(const struct tokenizer *tokenizer, struct str text)
{
    struct err err = {ERR_NONE, ""};
    uint64_t tokens = 0;

    if (tokenizer_count(tokenizer, text, &tokens, &err) != 0) {
        abort();
    }
    return tokens;
}

static void check(const struct tokenizer *tokenizer, struct str text)
{
    struct err err = {ERR_NONE, ""};
    struct token_ids ids = {0};
    size_t joint = str_find(text, STR("\nA"));
    uint64_t tokens = count_of(tokenizer, text);

    if (tokenizer_encode(tokenizer, text, &ids, &err) != 0 || ids.count != tokens) {
        abort();
    }
    token_ids_release(&ids);
    if (joint != SIZE_MAX && count_of(tokenizer, str_take(text, joint + 1)) +
                                     count_of(tokenizer, str_skip(text, joint + 1)) !=
                                 tokens) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};

    check(tokenizers[0], text);
    check(tokenizers[1], text);
    return 0;
}
