#include "generators/word_bank.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { PATH_BYTES_MAX = 8192 };

static const char *const files[WORD_KINDS] = {"corpora/words/adjectives.txt",
                                              "corpora/words/nouns.txt", "corpora/words/verbs.txt"};

static bool is_word(struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.p[i] < 'a' || line.p[i] > 'z') {
            return false;
        }
    }
    return line.len != 0 && line.len <= WORD_BYTES_MAX;
}

static uint64_t count_lines(struct str text)
{
    struct str line = {0};
    uint64_t count = 0;

    while (str_next_line(&text, &line)) {
        count++;
    }
    return count;
}

static int take_words(struct word_bank *bank, enum word_kind kind, struct str text, struct err *err)
{
    struct str line = {0};
    uint64_t *count = &bank->counts[kind];

    bank->words[kind] = arena_alloc(&bank->arena, count_lines(text) + 1, sizeof **bank->words);
    if (bank->words[kind] == NULL) {
        return err_memory(err);
    }
    while (str_next_line(&text, &line)) {
        if (!is_word(line)) {
            return err_set(err, ERR_INPUT, "%s: line %llu: not a word of at most %d small letters",
                           files[kind], (unsigned long long)*count + 1, WORD_BYTES_MAX);
        }
        bank->words[kind][*count] = arena_copy(&bank->arena, line);
        if (bank->words[kind][(*count)++].p == NULL) {
            return err_memory(err);
        }
    }
    return *count != 0 ? 0 : err_set(err, ERR_INPUT, "%s: no words", files[kind]);
}

static int load_file(struct word_bank *bank, enum word_kind kind, XXH3_state_t *hash,
                     struct err *err)
{
    struct file_map map = {0};
    struct buf path;
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    rc = file_data_path(files[kind], &path, err);
    if (rc == 0) {
        rc = file_map_open(&map, path.p, err);
    }
    if (rc == 0) {
        (void)XXH3_64bits_update(hash, map.bytes.p, map.bytes.len);
        rc = take_words(bank, kind, map.bytes, err);
    }
    file_map_release(&map);
    buf_release(&path);
    return rc;
}

int word_bank_load(struct word_bank **out, struct err *err)
{
    struct word_bank *bank = calloc(1, sizeof *bank);
    XXH3_state_t *hash = XXH3_createState();
    int rc = bank == NULL || hash == NULL ? err_memory(err) : 0;

    if (rc == 0) {
        (void)XXH3_64bits_reset(hash);
    }
    for (int kind = 0; rc == 0 && kind < WORD_KINDS; kind++) {
        rc = load_file(bank, (enum word_kind)kind, hash, err);
    }
    if (rc == 0) {
        bank->hash = XXH3_64bits_digest(hash);
        bank->single_count =
            bank->counts[WORD_ADJECTIVE] + bank->counts[WORD_NOUN] + bank->counts[WORD_VERB];
        bank->pair_count = bank->counts[WORD_ADJECTIVE] * bank->counts[WORD_NOUN];
    }
    (void)XXH3_freeState(hash);
    if (rc != 0) {
        word_bank_free(bank);
        return rc;
    }
    *out = bank;
    return 0;
}

void word_bank_free(struct word_bank *bank)
{
    if (bank != NULL) {
        arena_release(&bank->arena);
        free(bank);
    }
}

struct str word_bank_single(const struct word_bank *bank, uint64_t index)
{
    int kind = 0;

    while (kind + 1 < WORD_KINDS && index >= bank->counts[kind]) {
        index -= bank->counts[kind++];
    }
    return bank->words[kind][index];
}

void word_bank_append_pair(const struct word_bank *bank, uint64_t index, struct buf *out)
{
    buf_append(out, bank->words[WORD_ADJECTIVE][index / bank->counts[WORD_NOUN]]);
    buf_append_char(out, '-');
    buf_append(out, bank->words[WORD_NOUN][index % bank->counts[WORD_NOUN]]);
}
