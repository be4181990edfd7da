/* word_table: words and a number for each, for readers that have to count or to remember.
 *
 * Words are borrowed from the text. Memory grows with different words only.
 */
#ifndef SIM_WORD_TABLE_H
#define SIM_WORD_TABLE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word_entry {
    struct str word; /* NULL p: free */
    uint64_t number;
};

/* A zeroed one is valid and empty. */
struct word_table {
    struct word_entry *entries; /* owned; open addressing */
    size_t count;
    size_t cap;  /* a power of two */
    bool failed; /* memory was short: what is in it is not all */
};

void word_table_release(struct word_table *table);

/* The number of a word, 0 when it is new, to be read or changed until the next call. NULL when
 * memory is short. `word` is not empty. */
uint64_t *word_table_at(struct word_table *table, struct str word);

bool word_table_has(const struct word_table *table, struct str word);

#endif
