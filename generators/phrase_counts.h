/* phrase_counts: the tokens of a grammar's phrases, counted when the program was built.
 *
 * A small file beside the writers' corpus. It says which grammar it is of by the hash of its files;
 * for any other, such as one that a user changed, the tokens are counted when it is loaded. Numbers
 * are in the byte order of the machine that made it, which is the one it is for.
 */
#ifndef GENERATORS_PHRASE_COUNTS_H
#define GENERATORS_PHRASE_COUNTS_H

#include "generators/phrase_book.h"

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* ERR_SYSTEM where the file cannot be written. `hash` is the grammar's. */
int phrase_counts_write(const struct phrase_book *book, uint64_t hash, const char *path,
                        struct err *err);

/* Sets the counts of a book; false, and nothing done, where the file is not of this grammar, or is
 * none. `tokenizer` is borrowed by the book. */
bool phrase_counts_read(struct phrase_book *book, uint64_t hash, const char *path,
                        const struct tokenizer *tokenizer);

#endif
