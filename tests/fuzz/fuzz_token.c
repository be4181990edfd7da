/* Any bytes can be counted: no access outside them, scanners that agree, a count equal to the
 * number of ids, the same again from memory, and counts that add up at a line end before a letter.
 */
#include "token/scan.h"
#include "token/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSION_BYTES = 1 << 16, ENDS_AT_ONCE = 80 };

static struct tokenizer *tokenizers[2]; /* by enum token_encoding */
static struct token_session *sessions[2];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct err err = {ERR_NONE, ""};

    (void)argc;
    (void)argv;
    for (int i = 0; i < 2; i++) {
        if (tokenizer_open(&tokenizers[i], (enum token_encoding)i, &err) != 0 ||
            token_session_new(&sessions[i], tokenizers[i], SESSION_BYTES, &err) != 0) {
            (void)fprintf(stderr, "fuzz_token: %s\n", err.text);
            abort();
        }
    }
    return 0;
}

static void check_scanner(scan_function *scan, scan_function *scalar, struct str text)
{
    size_t ends[ENDS_AT_ONCE];
    size_t from = 0;
    size_t found = 0;

    while ((found = scan(text, from, ends, ENDS_AT_ONCE)) != 0) {
        for (size_t i = 0; i < found; i++) {
            size_t end = 0;

            if (scalar(text, from, &end, 1) != 1 || end != ends[i]) {
                abort();
            }
            from = end;
        }
    }
    if (from != text.len) {
        abort();
    }
}

static void check_scanners(struct str text)
{
    const struct scanner *scalar = scanners[scanner_count - 1];

    for (size_t i = 0; i < scanner_count; i++) {
        if (scanners[i]->is_supported()) {
            check_scanner(scanners[i]->o200k, scalar->o200k, text);
            check_scanner(scanners[i]->cl100k, scalar->cl100k, text);
        }
    }
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

static void check_session(struct token_session *session, struct str text, uint64_t tokens)
{
    struct err err = {ERR_NONE, ""};
    uint64_t again = 0;

    if (token_session_count(session, text, &again, &err) != 0 || again != tokens ||
        token_session_count(session, text, &again, &err) != 0 || again != tokens) {
        abort();
    }
}

static void check(const struct tokenizer *tokenizer, struct token_session *session, struct str text)
{
    struct err err = {ERR_NONE, ""};
    struct token_ids ids = {0};
    size_t joint = str_find(text, STR("\nA"));
    uint64_t tokens = count_of(tokenizer, text);

    if (tokenizer_encode(tokenizer, text, &ids, &err) != 0 || ids.count != tokens) {
        abort();
    }
    token_ids_release(&ids);
    check_session(session, text, tokens);
    if (joint != SIZE_MAX && count_of(tokenizer, str_take(text, joint + 1)) +
                                     count_of(tokenizer, str_skip(text, joint + 1)) !=
                                 tokens) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};

    check_scanners(text);
    for (int i = 0; i < 2; i++) {
        check(tokenizers[i], sessions[i], text);
    }
    return 0;
}
