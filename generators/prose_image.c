#include "generators/prose_image.h"

#include "base/arena.h"
#include "base/file_draft.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 8192 };

/* The last digit changes with the form, and with the rules by which a corpus is split. */
static const char magic[8] = {'h', 'm', 'p', 'r', 'o', 's', 'e', '1'};

struct header {
    char magic[sizeof magic];
    uint64_t hash;
    uint64_t tokens;
    uint64_t text_bytes;
    uint64_t count;
};

struct record {
    uint32_t at; /* of the sentence in the text */
    uint16_t len;
    uint16_t tokens;
    uint16_t escapes;
    uint16_t beyond;
    uint16_t opens_paragraph;
    uint16_t closes_paragraph;
};

int prose_image_write(const struct prose *prose, const char *path, struct err *err)
{
    struct header header = {.hash = prose->hash,
                            .tokens = prose->tokens,
                            .text_bytes = prose->text.len,
                            .count = prose->count};
    struct buf file;
    int rc = 0;

    memcpy(header.magic, magic, sizeof magic);
    buf_init(&file, SIZE_MAX / 2);
    buf_append(&file, (struct str){(const char *)&header, sizeof header});
    for (uint32_t i = 0; i < prose->count; i++) {
        const struct prose_sentence *sentence = &prose->sentences[i];
        struct record record = {
            .at = (uint32_t)(sentence->p - prose->text.p),
            .len = sentence->len,
            .tokens = sentence->tokens,
            .escapes = sentence->escapes,
            .beyond = sentence->beyond,
            .opens_paragraph = sentence->opens_paragraph,
            .closes_paragraph = sentence->closes_paragraph,
        };

        buf_append(&file, (struct str){(const char *)&record, sizeof record});
    }
    buf_append(&file, buf_str(&prose->text));
    rc = buf_check(&file, "image", err);
    if (rc == 0) {
        rc = file_replace(path, buf_str(&file), FILE_FOR_ALL, err);
    }
    buf_release(&file);
    return rc;
}

/* Whether the sentence, with what stands around it, is inside the text. */
static bool is_inside(const struct record *record, uint64_t text_bytes)
{
    uint64_t end = (uint64_t)record->at + record->len + (record->closes_paragraph != 0 ? 2 : 0);

    return record->len != 0 && end <= text_bytes &&
           (record->opens_paragraph != 0 || record->at != 0);
}

static int read_records(struct prose *prose, const struct header *header, struct err *err)
{
    const char *records = prose->image.bytes.p + sizeof *header;
    const char *text = records + header->count * sizeof(struct record);

    prose->sentences = malloc(header->count * sizeof *prose->sentences);
    if (prose->sentences == NULL) {
        return err_memory(err);
    }
    prose->count = (uint32_t)header->count;
    for (uint32_t i = 0; i < prose->count; i++) {
        struct record record;

        memcpy(&record, records + i * sizeof record, sizeof record);
        if (!is_inside(&record, header->text_bytes)) {
            return err_set(err, ERR_INPUT, "sentence %u is outside the text", i);
        }
        prose->sentences[i] = (struct prose_sentence){
            .p = text + record.at,
            .len = record.len,
            .tokens = record.tokens,
            .escapes = record.escapes,
            .beyond = record.beyond,
            .opens_paragraph = record.opens_paragraph != 0,
            .closes_paragraph = record.closes_paragraph != 0,
        };
    }
    return 0;
}

static int read_image(struct prose *prose, struct err *err)
{
    struct str bytes = prose->image.bytes;
    struct header header = {.count = 0};
    int rc = 0;

    if (bytes.len >= sizeof header) {
        memcpy(&header, bytes.p, sizeof header);
        bytes.len -= sizeof header;
    }
    if (memcmp(header.magic, magic, sizeof magic) != 0 || header.count == 0 ||
        header.count > UINT32_MAX || header.count > bytes.len / sizeof(struct record) ||
        header.text_bytes != bytes.len - header.count * sizeof(struct record)) {
        return err_set(err, ERR_INPUT, "not a corpus image of this version");
    }
    prose->hash = header.hash;
    prose->tokens = header.tokens;
    rc = read_records(prose, &header, err);
    file_map_rest(&prose->image); /* of which the records are not read again */
    return rc;
}

int prose_image_open(struct prose **out, const char *path, struct err *err)
{
    struct prose *prose = calloc(1, sizeof *prose);
    int rc = 0;

    if (prose == NULL) {
        return err_memory(err);
    }
    rc = file_map_open(&prose->image, path, err);
    if (rc == 0) {
        rc = read_image(prose, err);
        if (rc != 0) {
            rc = err_wrap(err, "%s", path);
        }
    }
    if (rc != 0) {
        prose_free(prose);
        return rc;
    }
    *out = prose;
    return 0;
}

int prose_open(struct prose **out, const char *corpus, const struct tokenizer *tokenizer,
               struct err *err)
{
    struct buf path;
    int rc = 0;

    if (corpus != NULL && !str_equal(str_from(corpus), STR("sotu"))) {
        return prose_load(out, corpus, tokenizer, err);
    }
    buf_init(&path, PATH_BYTES_MAX);
    rc = file_data_path("corpora/sotu.image", &path, err);
    if (rc == 0) {
        rc = prose_image_open(out, path.p, err);
    }
    buf_release(&path);
    return rc;
}
