/* build_corpus: makes the image of a corpus. Runs on the build machine.
 *
 *   build_corpus FOLDER IMAGE
 */
#include "generators/prose_image.h"

#include <stdio.h>

static int build(const char *folder, const char *image, struct err *err)
{
    struct tokenizer *tokenizer = NULL;
    struct prose *prose = NULL;
    int rc = tokenizer_open(&tokenizer, TOKEN_O200K_BASE, err);

    if (rc == 0) {
        rc = prose_load(&prose, folder, tokenizer, err);
    }
    if (rc == 0) {
        rc = prose_image_write(prose, image, err);
    }
    prose_free(prose);
    tokenizer_free(tokenizer);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err;

    if (argc != 3) {
        (void)fputs("usage: build_corpus FOLDER IMAGE\n", stderr);
        return 2;
    }
    if (build(argv[1], argv[2], &err) != 0) {
        (void)fprintf(stderr, "build_corpus: %s\n", err.text);
        return 1;
    }
    return 0;
}
