/* latent_bank: what the task `latent` plants, read from corpora/latent.
 *
 * `associations.txt` has families of rows: a cue that a needle names, and what a question asks for
 * instead, one or two steps of common knowledge away. corpora/README.md describes the form.
 *
 * Where the corpus happens to say what is planted or asked, it could mislead or help. So a row is
 * left out whose cue or target has all its content words in one sentence of the corpus, and a
 * surname that occurs in it. Words are compared without case, "'s" and a plural's s; the usual
 * small words do not count. Of the built-in corpus and rows none is (tests/cli/latent.py).
 */
#ifndef GENERATORS_LATENT_BANK_H
#define GENERATORS_LATENT_BANK_H

#include "generators/prose.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LATENT_HOPS = 2 };

struct latent_row {
    struct str cue;
    struct str targets[LATENT_HOPS]; /* of one hop and of two; empty for none */
    bool is_in_corpus;
};

struct latent_family {
    struct str needle;   /* has {name} and {cue} */
    struct str question; /* has {target} */
    struct latent_row *rows;
    uint32_t row_count; /* those that may be used come first after loading */
    uint32_t usable_count;
};

struct latent_bank {
    struct arena arena;
    struct latent_family *families;
    uint32_t family_count;
    struct str *given; /* names */
    struct str *surnames;
    uint32_t given_count;
    uint32_t surname_count;
    uint64_t hash; /* XXH3-64 of both files */
};

/* Reads the files and compares them with `prose`. ERR_INPUT names a line that is not of the form.
 * The caller frees with latent_bank_free. */
int latent_bank_load(struct latent_bank **out, const struct prose *prose, struct err *err);
void latent_bank_free(struct latent_bank *bank); /* NULL is fine */

#endif
