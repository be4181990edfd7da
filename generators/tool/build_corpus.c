/* build_corpus: splits and counts a corpus beforehand. Runs on the build machine.
 *
 *   build_corpus prose FOLDER IMAGE      makes generators/prose_image.h's file
 *   build_corpus writers FOLDER COUNTS   makes generators/phrase_counts.h's file
 */
#include "generators/phrase_counts.h"
#include "generators/prose_image.h"

#include <stdio.h>
#include <string.h>

static int build_prose(const char *folder, const char *image, const struct tokenizer *tokenizer,
                       struct err *err)
{
    struct prose *prose = NULL;
    int rc = prose_load(&prose, folder, tokenizer, err);

    if (rc == 0) {
        rc = prose_image_write(prose, image, err);
    }
    prose_free(prose);
    return rc;
}

static int build_writers(const char *folder, const char *counts, const struct tokenizer *tokenizer,
                         struct err *err)
{
    struct grammar *grammar = NULL;
    int rc = grammar_load(&grammar, folder, NULL, err);

    if (rc == 0) {
        rc = grammar_count_tokens(grammar, NULL, tokenizer, err);
    }
    if (rc == 0) {
        rc = phrase_counts_write(grammar->book, grammar->hash, counts, err);
    }
    grammar_free(grammar);
    return rc;
}

int main(int argc, char **argv)
{
    struct tokenizer *tokenizer = NULL;
    struct err err;
    int rc = 0;

    if (argc != 4 || (strcmp(argv[1], "prose") != 0 && strcmp(argv[1], "writers") != 0)) {
        (void)fputs("usage: build_corpus prose|writers FOLDER FILE\n", stderr);
        return 2;
    }
    rc = tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err);
    if (rc == 0) {
        rc = strcmp(argv[1], "prose") == 0 ? build_prose(argv[2], argv[3], tokenizer, &err)
                                           : build_writers(argv[2], argv[3], tokenizer, &err);
    }
    tokenizer_free(tokenizer);
    if (rc != 0) {
        (void)fprintf(stderr, "build_corpus: %s\n", err.text);
    }
    return rc == 0 ? 0 : 1;
}
