#include "generators/prose.h"

#include "generators/prose_split.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/utf8.h"
#include "prompt/body.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Hashes of the sentences so far, to know one that comes again: open addressing, 0 is empty. */
struct seen {
    uint64_t *hashes;
    size_t count;
    size_t cap; /* a power of two */
};

struct loading {
    struct prose *prose;
    struct arena arena; /* paths and maps */
    struct file_map *maps;
    size_t map_count;
    struct seen seen;
    size_t cap;             /* of prose->sentences */
    size_t paragraph_bytes; /* of the paragraph at hand */
    bool after_break;       /* the next sentence opens a paragraph */
    struct err *err;
};

struct str prose_text(const struct prose_sentence *sentence)
{
    return (struct str){sentence->p, sentence->len};
}

struct str prose_standing(const struct prose_sentence *sentence)
{
    size_t before = sentence->opens_paragraph ? 0 : 1;

    return (struct str){sentence->p - before,
                        before + sentence->len + (sentence->closes_paragraph ? 2 : 0)};
}

void prose_free(struct prose *prose)
{
    if (prose == NULL) {
        return;
    }
    file_map_release(&prose->image);
    buf_release(&prose->text);
    free(prose->sentences);
    free(prose);
}

void prose_pass(const struct prose *prose, uint32_t *block, uint32_t at)
{
    uint32_t here = at / PROSE_BLOCK_SENTENCES + 1;

    if (here != *block) {
        file_map_rest(&prose->image);
    }
    *block = here;
}

static void seen_put(struct seen *seen, uint64_t hash)
{
    size_t slot = hash & (seen->cap - 1);

    while (seen->hashes[slot] != 0) {
        slot = (slot + 1) & (seen->cap - 1);
    }
    seen->hashes[slot] = hash;
}

static int seen_grow(struct seen *seen, struct err *err)
{
    enum { CAP_FIRST = 4096 };
    struct seen grown = {.count = seen->count, .cap = seen->cap != 0 ? seen->cap * 2 : CAP_FIRST};

    grown.hashes = calloc(grown.cap, sizeof *grown.hashes);
    if (grown.hashes == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < seen->cap; i++) {
        if (seen->hashes[i] != 0) {
            seen_put(&grown, seen->hashes[i]);
        }
    }
    free(seen->hashes);
    *seen = grown;
    return 0;
}

/* 1 for a text that is new and remembered now, 0 for one that was there, negative on an error. */
static int seen_add(struct seen *seen, struct str text, struct err *err)
{
    uint64_t hash = XXH3_64bits(text.p, text.len);
    size_t slot = 0;

    if (2 * (seen->count + 1) > seen->cap && seen_grow(seen, err) != 0) {
        return (int)err->code;
    }
    hash = hash != 0 ? hash : 1;
    for (slot = hash & (seen->cap - 1); seen->hashes[slot] != 0;
         slot = (slot + 1) & (seen->cap - 1)) {
        if (seen->hashes[slot] == hash) {
            return 0;
        }
    }
    seen->hashes[slot] = hash;
    seen->count++;
    return 1;
}

static int add_sentence(struct loading *loading, struct str text)
{
    struct prose *prose = loading->prose;
    struct prose_sentence *last = NULL;

    if (prose->sentences == NULL || prose->count == loading->cap) {
        size_t cap = loading->cap != 0 ? loading->cap * 2 : 4096;
        struct prose_sentence *grown =
            cap <= UINT32_MAX ? realloc(prose->sentences, cap * sizeof *grown) : NULL;

        if (grown == NULL) {
            return err_memory(loading->err);
        }
        prose->sentences = grown;
        loading->cap = cap;
    }
    last = prose->count != 0 ? &prose->sentences[prose->count - 1] : NULL;
    /* The tokenizer would join a slash to the line feeds before it. */
    if (last != NULL && text.p[0] == '/') {
        loading->after_break = false;
    }
    if (loading->after_break) {
        loading->paragraph_bytes = 0;
    }
    if (last != NULL) {
        last->closes_paragraph = loading->after_break;
    }
    prose->sentences[prose->count++] = (struct prose_sentence){
        .p = text.p,
        .len = (uint16_t)text.len,
        .opens_paragraph = loading->after_break,
        .closes_paragraph = true, /* until another sentence follows */
    };
    loading->paragraph_bytes += text.len;
    loading->after_break = loading->paragraph_bytes >= PROSE_PARAGRAPH_BYTES;
    return 0;
}

static int split_text(struct loading *loading, struct str text)
{
    struct str sentence = {0};
    bool after_break = false;

    loading->after_break = true;
    /* For the reason given above the corpus cannot begin with a slash, as it may follow its end. */
    while (loading->prose->count == 0 && str_starts(text, STR("/"))) {
        text = str_skip(text, 1);
    }
    while (prose_split_next(&text, &sentence, &after_break)) {
        int rc = seen_add(&loading->seen, sentence, loading->err);

        loading->after_break = loading->after_break || after_break;
        if (rc > 0) {
            rc = add_sentence(loading, sentence);
        }
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static int check_text(const char *path, struct str text, struct err *err)
{
    const char *nul = text.len != 0 ? memchr(text.p, '\0', text.len) : NULL;
    size_t at = utf8_invalid_at(text);

    if (at != SIZE_MAX) {
        return err_set(err, ERR_INPUT, "%s: byte 0x%02X at offset %zu is not UTF-8", path,
                       (unsigned char)text.p[at], at);
    }
    if (nul != NULL) {
        return err_set(err, ERR_INPUT, "%s: NUL at offset %zu: this is no text", path,
                       (size_t)(nul - text.p));
    }
    return 0;
}

static int load_file(struct loading *loading, const char *path, struct file_map *map,
                     XXH3_state_t *hash)
{
    static const struct str byte_order_mark = {"\xEF\xBB\xBF", 3};
    int rc = file_map_open(map, path, loading->err);

    if (rc == 0) {
        rc = check_text(path, map->bytes, loading->err);
    }
    if (rc != 0) {
        return rc;
    }
    (void)XXH3_64bits_update(hash, map->bytes.p, map->bytes.len);
    return split_text(loading, str_starts(map->bytes, byte_order_mark)
                                   ? str_skip(map->bytes, byte_order_mark.len)
                                   : map->bytes);
}

static bool is_text_file(struct str path)
{
    return str_ends(path, STR(".txt")) || str_ends(path, STR(".md"));
}

static int load_files(struct loading *loading, const char *folder, XXH3_state_t *hash)
{
    struct str *paths = NULL;
    size_t path_count = 0;
    int rc = file_list(folder, STR(""), &loading->arena, &paths, &path_count, loading->err);

    if (rc != 0) {
        return rc;
    }
    loading->maps = arena_alloc(&loading->arena, path_count + 1, sizeof *loading->maps);
    if (loading->maps == NULL) {
        return err_memory(loading->err);
    }
    for (size_t i = 0; rc == 0 && i < path_count; i++) {
        if (is_text_file(paths[i])) {
            rc = load_file(loading, paths[i].p, &loading->maps[loading->map_count++], hash);
        }
    }
    if (rc == 0 && loading->map_count == 0) {
        rc = err_set(loading->err, ERR_INPUT, "%s: no .txt or .md file in this folder", folder);
    } else if (rc == 0 && loading->prose->sentences == NULL) {
        rc = err_set(loading->err, ERR_INPUT, "%s: its files hold no text", folder);
    }
    return rc;
}

/* Copies the sentences out of the files into one text, as they stand in it. */
static int set_text(struct prose *prose, struct err *err)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < prose->count; i++) {
        bytes += (size_t)prose->sentences[i].len + 3;
    }
    buf_init(&prose->text, bytes + 1);
    if (buf_reserve(&prose->text, bytes) == NULL) {
        return err_memory(err);
    }
    for (uint32_t i = 0; i < prose->count; i++) {
        struct prose_sentence *sentence = &prose->sentences[i];

        if (!sentence->opens_paragraph) {
            buf_append_char(&prose->text, ' ');
        }
        buf_append(&prose->text, prose_text(sentence));
        sentence->p = prose->text.p + prose->text.len - sentence->len;
        if (sentence->closes_paragraph) {
            buf_append(&prose->text, STR("\n\n"));
        }
    }
    return buf_check(&prose->text, "corpus", err);
}

static int measure(struct prose *prose, const struct tokenizer *tokenizer, struct err *err)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < prose->count; i++) {
        struct prose_sentence *sentence = &prose->sentences[i];
        struct str text = prose_standing(sentence);
        uint64_t tokens = 0;

        rc = tokenizer_count(tokenizer, text, &tokens, err);
        sentence->tokens = (uint16_t)tokens;
        sentence->escapes = (uint16_t)(json_escaped_length(text) - text.len);
        sentence->beyond = (uint16_t)(text.len - utf8_length(text));
        prose->tokens += tokens;
    }
    return rc;
}

int prose_load(struct prose **out, const char *folder, const struct tokenizer *tokenizer,
               struct err *err)
{
    struct prose *prose = calloc(1, sizeof *prose);
    XXH3_state_t *hash = XXH3_createState();
    struct loading loading = {.prose = prose, .err = err};
    int rc = 0;

    if (prose == NULL || hash == NULL) {
        rc = err_memory(err);
        goto done;
    }
    (void)XXH3_64bits_reset(hash);
    rc = load_files(&loading, folder, hash);
    if (rc == 0) {
        prose->hash = XXH3_64bits_digest(hash);
        rc = set_text(prose, err);
    }
    if (rc == 0) {
        rc = measure(prose, tokenizer, err);
    }
done:
    for (size_t i = 0; i < loading.map_count; i++) {
        file_map_release(&loading.maps[i]);
    }
    arena_release(&loading.arena);
    free(loading.seen.hashes);
    (void)XXH3_freeState(hash);
    if (rc != 0) {
        prose_free(prose);
        return rc;
    }
    *out = prose;
    return 0;
}
