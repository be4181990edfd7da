/* word_bank: English words by kind, for keys and for lists to count. */
#ifndef GENERATORS_WORD_BANK_H
#define GENERATORS_WORD_BANK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum word_kind { WORD_ADJECTIVE, WORD_NOUN, WORD_VERB, WORD_KINDS };

enum { WORD_BYTES_MAX = 12, WORD_PAIR_BYTES_MAX = 2 * WORD_BYTES_MAX + 1 };

/* No word is in it twice. */
struct word_bank {
    struct arena arena;
    struct str *words[WORD_KINDS];
    uint64_t counts[WORD_KINDS];
    uint64_t single_count; /* of all kinds */
    uint64_t pair_count;   /* of an adjective and a noun */
    uint64_t hash;         /* XXH3-64 over the files */
};

/* Reads corpora/words. ERR_INPUT names file and line of what is no such word. Freed with
 * word_bank_free, read-only until then. */
int word_bank_load(struct word_bank **out, struct err *err);
void word_bank_free(struct word_bank *bank); /* NULL is fine */

struct str word_bank_single(const struct word_bank *bank, uint64_t index); /* < single_count */

/* "jittery-hospital"; index < pair_count. */
void word_bank_append_pair(const struct word_bank *bank, uint64_t index, struct buf *out);

#endif
