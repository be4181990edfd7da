#include "generators/phrase_counts.h"

#include "base/file.h"
#include "base/file_draft.h"

#include <string.h>

/* The last digit changes with the form, and with what a phrase is. */
static const char magic[8] = {'h', 'm', 'c', 'o', 'u', 'n', 't', '3'};

struct header {
    char magic[sizeof magic];
    uint64_t hash;
    uint64_t phrases;
};

struct record {
    uint8_t tokens[2][2];
    uint8_t tail_tokens;
    uint8_t left[2];
    struct phrase_title title;
};

int phrase_counts_write(const struct phrase_book *book, uint64_t hash, const char *path,
                        struct err *err)
{
    struct header header = {.hash = hash, .phrases = book->phrase_count};
    struct buf file;
    int rc = 0;

    memcpy(header.magic, magic, sizeof magic);
    buf_init(&file, SIZE_MAX / 2);
    buf_append(&file, (struct str){(const char *)&header, sizeof header});
    buf_append(&file, (struct str){(const char *)&book->line_breaks, sizeof book->line_breaks});
    for (size_t i = 0; i < book->phrase_count; i++) {
        struct record record = {.tail_tokens = book->phrases[i].tail_tokens,
                                .title = book->titles[i]};

        memcpy(record.tokens, book->phrases[i].tokens, sizeof record.tokens);
        memcpy(record.left, book->phrases[i].left, sizeof record.left);
        buf_append(&file, (struct str){(const char *)&record, sizeof record});
    }
    rc = buf_check(&file, "counts", err);
    if (rc == 0) {
        rc = file_replace(path, buf_str(&file), FILE_FOR_ALL, err);
    }
    buf_release(&file);
    return rc;
}

static bool is_of(const struct phrase_book *book, uint64_t hash, struct str bytes)
{
    struct header header;

    if (bytes.len !=
        sizeof header + sizeof book->line_breaks + book->phrase_count * sizeof(struct record)) {
        return false;
    }
    memcpy(&header, bytes.p, sizeof header);
    return memcmp(header.magic, magic, sizeof magic) == 0 && header.hash == hash &&
           header.phrases == book->phrase_count;
}

bool phrase_counts_read(struct phrase_book *book, uint64_t hash, const char *path,
                        const struct tokenizer *tokenizer)
{
    struct file_map map = {0};
    struct err err;
    bool is_read = false;

    if (file_map_open(&map, path, &err) == 0 && is_of(book, hash, map.bytes)) {
        const char *at = map.bytes.p + sizeof(struct header);

        memcpy(&book->line_breaks, at, sizeof book->line_breaks);
        at += sizeof book->line_breaks;
        for (size_t i = 0; i < book->phrase_count; i++, at += sizeof(struct record)) {
            struct record record;

            memcpy(&record, at, sizeof record);
            memcpy(book->phrases[i].tokens, record.tokens, sizeof record.tokens);
            memcpy(book->phrases[i].left, record.left, sizeof record.left);
            book->phrases[i].tail_tokens = record.tail_tokens;
            book->titles[i] = record.title;
        }
        book->tokenizer = tokenizer;
        is_read = phrase_slugs_cast(book, &err) == 0;
    }
    file_map_release(&map);
    return is_read;
}
