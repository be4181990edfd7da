#include "sim/word_table.h"

#include <stdlib.h>
#include <xxhash.h>

enum { CAP_FIRST = 256 };

void word_table_release(struct word_table *table)
{
    free(table->entries);
    *table = (struct word_table){0};
}

static struct word_entry *find(const struct word_table *table, struct str word)
{
    size_t slot = XXH3_64bits(word.p, word.len) & (table->cap - 1);

    while (table->entries[slot].word.p != NULL && !str_equal(table->entries[slot].word, word)) {
        slot = (slot + 1) & (table->cap - 1);
    }
    return &table->entries[slot];
}

static bool grow(struct word_table *table)
{
    struct word_table grown = {.count = table->count,
                               .cap = table->cap != 0 ? 2 * table->cap : CAP_FIRST};

    grown.entries = calloc(grown.cap, sizeof *grown.entries);
    if (grown.entries == NULL) {
        table->failed = true;
        return false;
    }
    for (size_t i = 0; i < table->cap; i++) {
        if (table->entries[i].word.p != NULL) {
            *find(&grown, table->entries[i].word) = table->entries[i];
        }
    }
    free(table->entries);
    *table = grown;
    return true;
}

uint64_t *word_table_at(struct word_table *table, struct str word)
{
    struct word_entry *entry = NULL;

    if (2 * (table->count + 1) > table->cap && !grow(table)) {
        return NULL;
    }
    entry = find(table, word);
    if (entry->word.p == NULL) {
        entry->word = word;
        table->count++;
    }
    return &entry->number;
}

bool word_table_has(const struct word_table *table, struct str word)
{
    return table->cap != 0 && find(table, word)->word.p != NULL;
}
