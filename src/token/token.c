#include "token/token.h"

#include "base/buf.h"
#include "base/environment.h"
#include "token/tokenizer.h"

#include <stdlib.h>

static const struct {
    const char *name;
    const char *image;
} encodings[] = {
    [TOKEN_O200K_BASE] = {"o200k_base", "o200k_base.image"},
    [TOKEN_CL100K_BASE] = {"cl100k_base", "cl100k_base.image"},
};

enum { ENCODINGS = sizeof encodings / sizeof encodings[0], PATH_BYTES_MAX = 8192 };

int token_encoding_from_name(struct str name, enum token_encoding *out, struct err *err)
{
    if (str_equal(name, STR("o200k_harmony"))) {
        *out = TOKEN_O200K_BASE;
        return 0;
    }
    for (size_t i = 0; i < ENCODINGS; i++) {
        if (str_equal(name, str_from(encodings[i].name))) {
            *out = (enum token_encoding)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "unknown encoding '%.*s'; known: %s, o200k_harmony, %s",
                   STR_ARG(name), encodings[0].name, encodings[1].name);
}

const char *token_encoding_name(enum token_encoding encoding)
{
    return encodings[encoding].name;
}

static int choose_scanner(struct tokenizer *tokenizer, enum token_encoding encoding,
                          struct err *err)
{
    const struct scanner *scanner = NULL;

    if (scanner_choose(environment_get("HAYMAKER_SIMD"), &scanner, err) != 0) {
        return err_wrap(err, "HAYMAKER_SIMD");
    }
    tokenizer->scan = encoding == TOKEN_CL100K_BASE ? scanner->cl100k : scanner->o200k;
    return 0;
}

int tokenizer_open(struct tokenizer **out, enum token_encoding encoding, struct err *err)
{
    struct tokenizer *tokenizer = calloc(1, sizeof *tokenizer);
    struct buf path;
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    if (tokenizer == NULL) {
        rc = err_memory(err);
        goto done;
    }
    rc = choose_scanner(tokenizer, encoding, err);
    if (rc == 0) {
        rc = file_data_path(encodings[encoding].image, &path, err);
    }
    if (rc == 0) {
        rc = file_map_open(&tokenizer->image, path.p, err);
    }
    if (rc == 0) {
        rc = vocabulary_open(&tokenizer->vocabulary, tokenizer->image.bytes, path.p,
                             encodings[encoding].name, err);
    }
    if (rc == 0) {
        *out = tokenizer;
        tokenizer = NULL;
    }
done:
    tokenizer_free(tokenizer);
    buf_release(&path);
    return rc;
}

void tokenizer_free(struct tokenizer *tokenizer)
{
    if (tokenizer == NULL) {
        return;
    }
    file_map_release(&tokenizer->image);
    free(tokenizer);
}

void token_ids_release(struct token_ids *ids)
{
    free(ids->ids);
    *ids = (struct token_ids){0};
}
