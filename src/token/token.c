#include "token/token.h"

#include "base/buf.h"
#include "base/file.h"
#include "token/merge.h"
#include "token/scan.h"
#include "token/vocabulary.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *image;
} encodings[] = {
    [TOKEN_O200K_BASE] = {"o200k_base", "o200k_base.image"},
    [TOKEN_CL100K_BASE] = {"cl100k_base", "cl100k_base.image"},
};

enum {
    ENCODINGS = sizeof encodings / sizeof encodings[0],
    PATH_BYTES_MAX = 8192,
    PIECES_AT_ONCE = 256
};

struct tokenizer {
    struct file_map image;
    struct vocabulary vocabulary; /* borrowed from image */
    scan_function *scan;
};

int token_encoding_from_name(struct str name, enum token_encoding *out, struct err *err)
{
    for (size_t i = 0; i < ENCODINGS; i++) {
        if (str_equal(name, str_from(encodings[i].name))) {
            *out = (enum token_encoding)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "unknown encoding '%.*s'; known: %s, %s", STR_ARG(name),
                   encodings[0].name, encodings[1].name);
}

const char *token_encoding_name(enum token_encoding encoding)
{
    return encodings[encoding].name;
}

static int choose_scanner(struct tokenizer *tokenizer, enum token_encoding encoding,
                          struct err *err)
{
    const struct scanner *scanner = NULL;

    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
    if (scanner_choose(getenv("HAYMAKER_SIMD"), &scanner, err) != 0) {
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

static int append_ids(struct token_ids *out, const uint32_t *ids, size_t count, struct err *err)
{
    if (count > out->cap - out->count) {
        size_t cap = out->cap + out->cap / 2 + count + 64;
        uint32_t *grown = NULL;

        if (cap > SIZE_MAX / sizeof *grown) {
            return err_memory(err);
        }
        grown = realloc(out->ids, cap * sizeof *grown);
        if (grown == NULL) {
            return err_memory(err);
        }
        out->ids = grown;
        out->cap = cap;
    }
    memcpy(out->ids + out->count, ids, count * sizeof *ids);
    out->count += count;
    return 0;
}

/* The pieces that come next, with their keys. */
struct batch {
    size_t ends[PIECES_AT_ONCE];
    struct vocabulary_key keys[PIECES_AT_ONCE];
    size_t count;
};

static bool next_batch(const struct tokenizer *tokenizer, struct str text, size_t from,
                       struct batch *batch)
{
    batch->count = tokenizer->scan(text, from, batch->ends, PIECES_AT_ONCE);
    for (size_t i = 0; i < batch->count; i++) {
        batch->keys[i] = vocabulary_key_of(&tokenizer->vocabulary, text.p + from,
                                           batch->ends[i] - from, text.len - from);
        from = batch->ends[i];
    }
    return batch->count != 0;
}

int tokenizer_encode(const struct tokenizer *tokenizer, struct str text, struct token_ids *out,
                     struct err *err)
{
    const struct vocabulary *vocabulary = &tokenizer->vocabulary;
    struct merge_space space = {.long_cap = 0};
    struct batch batch;
    size_t from = 0;
    int rc = 0;

    while (rc == 0 && next_batch(tokenizer, text, from, &batch)) {
        for (size_t i = 0; rc == 0 && i < batch.count; i++) {
            struct str piece = {text.p + from, batch.ends[i] - from};
            uint32_t id = vocabulary_find(vocabulary, batch.keys[i], piece.p, piece.len);
            const uint32_t *ids = &id;
            size_t count = 1;

            if (id == VOCABULARY_NONE) {
                rc = merge_piece(vocabulary, piece, &space, &ids, &count, err);
            }
            if (rc == 0) {
                rc = append_ids(out, ids, count, err);
            }
            from = batch.ends[i];
        }
    }
    merge_space_release(&space);
    return rc;
}

int tokenizer_count(const struct tokenizer *tokenizer, struct str text, uint64_t *tokens,
                    struct err *err)
{
    const struct vocabulary *vocabulary = &tokenizer->vocabulary;
    struct merge_space space = {.long_cap = 0};
    struct batch batch;
    size_t from = 0;
    uint64_t total = 0;
    int rc = 0;

    while (rc == 0 && next_batch(tokenizer, text, from, &batch)) {
        total += batch.count;
        for (size_t i = 0; rc == 0 && i < batch.count; i++) {
            struct str piece = {text.p + from, batch.ends[i] - from};

            if (vocabulary_find(vocabulary, batch.keys[i], piece.p, piece.len) == VOCABULARY_NONE) {
                const uint32_t *ids = NULL;
                size_t count = 1;

                rc = merge_piece(vocabulary, piece, &space, &ids, &count, err);
                total += count - 1;
            }
            from = batch.ends[i];
        }
    }
    merge_space_release(&space);
    if (rc == 0) {
        *tokens = total;
    }
    return rc;
}
