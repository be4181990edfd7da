#include "generators/latent_bank.h"

#include "generators/latent_read.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdlib.h>
#include <xxhash.h>

enum {
    FILE_BYTES_MAX = 1 << 20,
    PATH_BYTES_MAX = 8192,
    WORD_BYTES_MAX = 64,
    PHRASE_WORDS_MAX = 32 /* one bit each */
};

/* A cue, target or surname, searched for in the corpus. */
struct phrase {
    uint32_t all;      /* a bit for each content word */
    uint32_t found;    /* those in the sentence at hand */
    uint32_t sentence; /* which one that is */
    bool *occurs;
};

struct entry {
    uint64_t hash; /* of the word; 0 for an empty slot */
    uint32_t phrase;
    uint32_t bit;
};

/* Content words -> phrases. Open addressing; a word of several phrases has several entries. */
struct search {
    struct phrase *phrases;
    size_t phrase_count;
    struct entry *entries;
    size_t mask;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static bool is_small_word(struct str word)
{
    static const char *const small[] = {
        "a",   "an",  "the",  "of",  "in",  "on",    "at",   "by",    "to",
        "and", "or",  "for",  "is",  "was", "as",    "with", "from",  "that",
        "its", "his", "her",  "it",  "who", "which", "are",  "were",  "be",
        "has", "had", "what", "off", "out", "into",  "when", "where", "will",
    };

    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        if (str_equal(word, str_from(small[i]))) {
            return true;
        }
    }
    return false;
}

/* Takes the next word off *rest and sets *hash to that of its stem, 0 for a small word. */
static bool next_word(struct str *rest, uint64_t *hash)
{
    char bytes[WORD_BYTES_MAX];
    struct str word = {bytes, 0};

    while (rest->len != 0 && !is_letter(rest->p[0])) {
        *rest = str_skip(*rest, 1);
    }
    if (rest->len == 0) {
        return false;
    }
    while (rest->len != 0 && is_letter(rest->p[0])) {
        if (word.len < WORD_BYTES_MAX) {
            char c = rest->p[0];

            bytes[word.len++] = str_lower(c);
        }
        *rest = str_skip(*rest, 1);
    }
    if (str_starts(*rest, STR("'s")) && (rest->len == 2 || !is_letter(rest->p[2]))) {
        *rest = str_skip(*rest, 2);
    }
    *hash = 0;
    if (!is_small_word(word)) {
        word.len -= word.len > 3 && word.p[word.len - 1] == 's' ? 1 : 0;
        *hash = XXH3_64bits(word.p, word.len) | 1;
    }
    return true;
}

static void add_phrase(struct search *search, struct str text, bool *occurs)
{
    struct phrase *phrase = &search->phrases[search->phrase_count];
    uint64_t hash = 0;
    uint32_t words = 0;

    *phrase = (struct phrase){0};
    phrase->occurs = occurs;
    while (words < PHRASE_WORDS_MAX && next_word(&text, &hash)) {
        size_t slot = hash & search->mask;

        if (hash == 0) {
            continue;
        }
        while (search->entries[slot].hash != 0) {
            slot = (slot + 1) & search->mask;
        }
        search->entries[slot] =
            (struct entry){hash, (uint32_t)search->phrase_count, (uint32_t)1 << words};
        phrase->all |= (uint32_t)1 << words++;
    }
    search->phrase_count++;
}

static void mark_sentence(struct search *search, struct str sentence, uint32_t number)
{
    uint64_t hash = 0;

    while (next_word(&sentence, &hash)) {
        for (size_t slot = hash & search->mask; hash != 0 && search->entries[slot].hash != 0;
             slot = (slot + 1) & search->mask) {
            const struct entry *entry = &search->entries[slot];
            struct phrase *phrase = &search->phrases[entry->phrase];

            if (entry->hash != hash) {
                continue;
            }
            phrase->found = (phrase->sentence == number ? phrase->found : 0) | entry->bit;
            phrase->sentence = number;
            if (phrase->found == phrase->all) {
                *phrase->occurs = true;
            }
        }
    }
}

static void add_phrases(struct search *search, struct latent_bank *bank, bool *surname_occurs)
{
    for (uint32_t f = 0; f < bank->family_count; f++) {
        for (uint32_t r = 0; r < bank->families[f].row_count; r++) {
            struct latent_row *row = &bank->families[f].rows[r];

            add_phrase(search, row->cue, &row->is_in_corpus);
            for (int hop = 0; hop < LATENT_HOPS; hop++) {
                add_phrase(search, row->targets[hop], &row->is_in_corpus);
            }
        }
    }
    for (uint32_t i = 0; i < bank->surname_count; i++) {
        add_phrase(search, bank->surnames[i], &surname_occurs[i]);
    }
}

static size_t count_phrases(const struct latent_bank *bank)
{
    size_t count = bank->surname_count;

    for (uint32_t f = 0; f < bank->family_count; f++) {
        count += (size_t)bank->families[f].row_count * (1 + LATENT_HOPS);
    }
    return count;
}

/* Puts the usable rows first, in their order, and drops the surnames that occur. */
static void drop_what_occurs(struct latent_bank *bank, const bool *surname_occurs)
{
    uint32_t kept = 0;

    for (uint32_t f = 0; f < bank->family_count; f++) {
        struct latent_family *family = &bank->families[f];

        for (uint32_t r = 0; r < family->row_count; r++) {
            struct latent_row row = family->rows[r];

            if (!row.is_in_corpus) {
                family->rows[r] = family->rows[family->usable_count];
                family->rows[family->usable_count++] = row;
            }
        }
    }
    for (uint32_t i = 0; i < bank->surname_count; i++) {
        if (!surname_occurs[i]) {
            bank->surnames[kept++] = bank->surnames[i];
        }
    }
    bank->surname_count = kept;
}

static int compare_with_prose(struct latent_bank *bank, const struct prose *prose, struct err *err)
{
    size_t phrases = count_phrases(bank);
    struct search search = {.mask = 1};
    bool *surname_occurs = calloc(bank->surname_count + 1, sizeof *surname_occurs);
    uint32_t block = 0;

    while (search.mask < phrases * 2 * PHRASE_WORDS_MAX) {
        search.mask = search.mask * 2;
    }
    search.phrases = calloc(phrases + 1, sizeof *search.phrases);
    search.entries = calloc(search.mask--, sizeof *search.entries);
    if (search.phrases == NULL || search.entries == NULL || surname_occurs == NULL) {
        free(search.phrases);
        free(search.entries);
        free(surname_occurs);
        return err_memory(err);
    }
    add_phrases(&search, bank, surname_occurs);
    for (uint32_t i = 0; i < prose->count; i++) {
        prose_pass(prose, &block, i);
        mark_sentence(&search, prose_text(&prose->sentences[i]), i + 1);
    }
    drop_what_occurs(bank, surname_occurs);
    free(search.phrases);
    free(search.entries);
    free(surname_occurs);
    return 0;
}

static int load_file(struct latent_bank *bank, const char *name,
                     int (*parse)(struct latent_bank *bank, const char *path, struct str text,
                                  struct err *err),
                     struct err *err)
{
    struct buf path;
    struct buf file;
    struct str text = {0};
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    buf_init(&file, FILE_BYTES_MAX);
    rc = file_data_path(name, &path, err);
    if (rc == 0) {
        rc = file_read(path.p, &file, err);
    }
    if (rc == 0) {
        text = arena_copy(&bank->arena, buf_str(&file));
        bank->hash = XXH3_64bits_withSeed(text.p, text.len, bank->hash);
        rc = text.p == NULL ? err_memory(err) : parse(bank, path.p, text, err);
    }
    buf_release(&path);
    buf_release(&file);
    return rc;
}

int latent_bank_load(struct latent_bank **out, const struct prose *prose, struct err *err)
{
    struct latent_bank *bank = calloc(1, sizeof *bank);
    int rc = 0;

    if (bank == NULL) {
        return err_memory(err);
    }
    rc = load_file(bank, "corpora/latent/associations.txt", latent_read_families, err);
    if (rc == 0) {
        rc = load_file(bank, "corpora/latent/names.txt", latent_read_names, err);
    }
    if (rc == 0) {
        rc = compare_with_prose(bank, prose, err);
    }
    if (rc != 0) {
        latent_bank_free(bank);
        return rc;
    }
    *out = bank;
    return 0;
}

void latent_bank_free(struct latent_bank *bank)
{
    if (bank != NULL) {
        arena_release(&bank->arena);
        free(bank);
    }
}
