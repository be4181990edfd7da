/* A text goes through in batches of pieces, and each step does one thing for a whole batch: find
 * the pieces, compute all their keys while the places in the vocabulary are being fetched, compare,
 * and then the same again with the memo for those few that are no token at the first place looked
 * at. So the processor waits neither for memory nor for branches taken wrong: what is rare is
 * collected in lists, without a branch, and done later. */
#include "token/token.h"

#include "token/memo.h"
#include "token/merge.h"
#include "token/tokenizer.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_PIECES = 512, MEMORY_OF_ONE_CALL = 1 << 24 };
static_assert((int)MEMO_PIECE_BYTES_MAX <= (int)MERGE_SHORT_BYTES,
              "what is remembered is merged as short");

struct batch {
    const char *text;
    size_t count;
    size_t edges[BATCH_PIECES + 1]; /* piece i is from edge i to the next */
    struct piece_key keys[BATCH_PIECES];
    uint64_t hashes[BATCH_PIECES];
    uint32_t ids[BATCH_PIECES];    /* of those not in `open` */
    uint32_t places[BATCH_PIECES]; /* in the memo, of the open ones */
    uint16_t open[BATCH_PIECES];   /* pieces that are no token, as far as is known */
    size_t open_count;
    uint16_t fresh[BATCH_PIECES]; /* open pieces that the memo lacks */
    struct str fresh_pieces[BATCH_PIECES];
    size_t fresh_count;
};

struct token_session {
    const struct tokenizer *tokenizer;
    struct memo memo;
    struct merge_space space;
    struct batch batch;
};

static struct str batch_piece(const struct batch *batch, size_t i)
{
    return (struct str){batch->text + batch->edges[i], batch->edges[i + 1] - batch->edges[i]};
}

/* The two loops below are where the time goes. They are written so that nothing in them is a branch
 * on what the text says, and compiled for counting and for encoding apart. */
#define HOT static inline __attribute__((always_inline))

HOT void make_keys(const struct vocabulary *vocabulary, struct str text, struct batch *batch,
                   bool with_ids)
{
    const struct piece_key *keys = vocabulary->keys;
    const uint32_t *ids = vocabulary->ids;
    unsigned bits = vocabulary->short_bits;
    size_t count = batch->count;
    size_t from = batch->edges[0];

    for (size_t i = 0; i < count; i++) {
        const char *p = text.p + from;
        size_t end = batch->edges[i + 1];
        struct piece_key key = text.len - from >= sizeof key ? piece_key_of(p, end - from)
                                                             : piece_key_at_end(p, end - from);
        uint64_t hash = piece_key_hash(key);
        size_t home = vocabulary_home(hash, bits);

        batch->keys[i] = key;
        batch->hashes[i] = hash;
        __builtin_prefetch(&keys[home]);
        if (with_ids) {
            __builtin_prefetch(&ids[home]);
        }
        from = end;
    }
}

/* Looks at the place where a token most likely is. The ids of open pieces are those of others. */
HOT void look_up(const struct vocabulary *vocabulary, struct batch *batch, bool with_ids)
{
    const struct piece_key *keys = vocabulary->keys;
    const uint32_t *ids = vocabulary->ids;
    unsigned bits = vocabulary->short_bits;
    size_t count = batch->count;
    size_t open_count = 0;

    for (size_t i = 0; i < count; i++) {
        size_t home = vocabulary_home(batch->hashes[i], bits);

        if (with_ids) {
            batch->ids[i] = ids[home];
        }
        batch->open[open_count] = (uint16_t)i;
        open_count += !piece_key_equal(keys[home], batch->keys[i]);
    }
    batch->open_count = open_count;
}

static void look_up_to_count(const struct vocabulary *vocabulary, struct str text,
                             struct batch *batch)
{
    make_keys(vocabulary, text, batch, false);
    look_up(vocabulary, batch, false);
}

static void look_up_to_encode(const struct vocabulary *vocabulary, struct str text,
                              struct batch *batch)
{
    make_keys(vocabulary, text, batch, true);
    look_up(vocabulary, batch, true);
}

static bool is_remembered(const struct batch *batch, size_t i)
{
    return batch->edges[i + 1] - batch->edges[i] <= MEMO_PIECE_BYTES_MAX;
}

/* Settles the open pieces that are tokens at a later place of the table, and for the others has the
 * memo's places fetched. */
static void look_further(const struct token_session *session, struct batch *batch)
{
    const struct vocabulary *vocabulary = &session->tokenizer->vocabulary;
    size_t left = 0;

    for (size_t k = 0; k < batch->open_count; k++) {
        size_t i = batch->open[k];
        struct str piece = batch_piece(batch, i);

        if (piece.len <= PIECE_SHORT_MAX) {
            size_t at = vocabulary_find_key(vocabulary, batch->keys[i], batch->hashes[i]);

            if (at != SIZE_MAX) {
                batch->ids[i] = vocabulary->ids[at];
                continue;
            }
        } else if (piece.len <= MEMO_PIECE_BYTES_MAX) {
            batch->hashes[i] = piece_long_hash(piece.p, piece.len);
        }
        memo_fetch(&session->memo, batch->hashes[i]);
        batch->open[left++] = (uint16_t)i;
    }
    batch->open_count = left;
}

static bool is_in_memo(const struct token_session *session, const struct batch *batch, size_t i)
{
    struct str piece = batch_piece(batch, i);

    return piece.len <= PIECE_SHORT_MAX
               ? memo_is_short(&session->memo, batch->places[i], batch->keys[i])
               : memo_is_long(&session->memo, batch->places[i], piece);
}

/* Sets the memo's places of the open pieces, and `fresh` to those it lacks. */
static void look_in_memo(const struct token_session *session, struct batch *batch)
{
    batch->fresh_count = 0;
    for (size_t k = 0; k < batch->open_count; k++) {
        size_t i = batch->open[k];

        batch->places[i] = memo_place(&session->memo, batch->hashes[i]);
    }
    for (size_t k = 0; k < batch->open_count; k++) {
        size_t i = batch->open[k];

        batch->fresh[batch->fresh_count] = (uint16_t)i;
        batch->fresh_count += is_remembered(batch, i) && !is_in_memo(session, batch, i);
    }
}

/* A merge_done_function; the context is the session. */
static int remember(void *context, size_t fresh, const uint32_t *ids, size_t count, struct err *err)
{
    struct token_session *session = context;
    struct batch *batch = &session->batch;
    size_t i = batch->fresh[fresh];

    /* It may have been in this batch before. */
    batch->places[i] = memo_place(&session->memo, batch->hashes[i]);
    if (is_in_memo(session, batch, i)) {
        return 0;
    }
    batch->places[i] =
        memo_add(&session->memo, batch_piece(batch, i), batch->hashes[i], ids, count, err);
    return batch->places[i] != 0 ? 0 : (int)err->code;
}

/* Gives the fresh pieces a place in the memo: the long tokens at once, and what remains merged. */
static int resolve_fresh(struct token_session *session, struct err *err)
{
    const struct vocabulary *vocabulary = &session->tokenizer->vocabulary;
    struct batch *batch = &session->batch;
    size_t left = 0;

    for (size_t k = 0; k < batch->fresh_count; k++) {
        size_t i = batch->fresh[k];
        struct str piece = batch_piece(batch, i);
        uint32_t id = piece.len <= PIECE_SHORT_MAX
                          ? VOCABULARY_NONE
                          : vocabulary_find_long(vocabulary, piece, batch->hashes[i]);

        if (id == VOCABULARY_NONE) {
            batch->fresh_pieces[left] = piece;
            batch->fresh[left++] = (uint16_t)i;
        } else if (remember(session, k, &id, 1, err) != 0) {
            return (int)err->code;
        }
    }
    batch->fresh_count = left;
    return left == 0 ? 0
                     : merge_short(vocabulary, batch->fresh_pieces, left, remember, session, err);
}

/* Takes the next batch of `text`, from the end of the last one; no pieces at the end. */
static inline int next_batch(struct token_session *session, struct str text, bool with_ids,
                             struct err *err)
{
    const struct vocabulary *vocabulary = &session->tokenizer->vocabulary;
    struct batch *batch = &session->batch;

    batch->text = text.p;
    batch->edges[0] = batch->edges[batch->count];
    batch->count = session->tokenizer->scan(text, batch->edges[0], batch->edges + 1, BATCH_PIECES);
    memo_trim(&session->memo);
    if (with_ids) {
        look_up_to_encode(vocabulary, text, batch);
    } else {
        look_up_to_count(vocabulary, text, batch);
    }
    look_further(session, batch);
    look_in_memo(session, batch);
    return resolve_fresh(session, err);
}

static inline int first_batch(struct token_session *session, struct str text, bool with_ids,
                              struct err *err)
{
    session->batch.count = 0;
    session->batch.edges[0] = 0;
    return next_batch(session, text, with_ids, err);
}

/* A merge_done_function; the context is the sum. */
static int add_count(void *context, size_t piece, const uint32_t *ids, size_t count,
                     struct err *err)
{
    uint64_t *tokens = context;

    (void)piece;
    (void)ids;
    (void)err;
    *tokens += count;
    return 0;
}

static int count_batch(struct token_session *session, uint64_t *tokens, struct err *err)
{
    const struct batch *batch = &session->batch;
    int rc = 0;

    *tokens += batch->count - batch->open_count;
    for (size_t k = 0; rc == 0 && k < batch->open_count; k++) {
        size_t i = batch->open[k];

        if (is_remembered(batch, i)) {
            *tokens += memo_at(&session->memo, batch->places[i])->id_count;
        } else {
            rc = merge_long(&session->tokenizer->vocabulary, batch_piece(batch, i), &session->space,
                            add_count, tokens, err);
        }
    }
    return rc;
}

int token_session_count(struct token_session *session, struct str text, uint64_t *tokens,
                        struct err *err)
{
    uint64_t total = 0;
    int rc = first_batch(session, text, false, err);

    while (rc == 0 && session->batch.count != 0) {
        rc = count_batch(session, &total, err);
        if (rc == 0) {
            rc = next_batch(session, text, false, err);
        }
    }
    *tokens = total;
    return rc;
}

static int reserve_ids(struct token_ids *out, size_t count, struct err *err)
{
    size_t cap = out->cap + out->cap / 2 + count + BATCH_PIECES;
    uint32_t *grown = NULL;

    if (count <= out->cap - out->count) {
        return 0;
    }
    if (cap > SIZE_MAX / sizeof *grown) {
        return err_memory(err);
    }
    grown = realloc(out->ids, cap * sizeof *grown);
    if (grown == NULL) {
        return err_memory(err);
    }
    out->ids = grown;
    out->cap = cap;
    return 0;
}

static int append_ids(struct token_ids *out, const uint32_t *ids, size_t count, struct err *err)
{
    if (reserve_ids(out, count, err) != 0) {
        return (int)err->code;
    }
    if (count != 0) {
        memcpy(out->ids + out->count, ids, count * sizeof *ids);
        out->count += count;
    }
    return 0;
}

/* A merge_done_function; the context is the struct token_ids. */
static int append_merged(void *context, size_t piece, const uint32_t *ids, size_t count,
                         struct err *err)
{
    (void)piece;
    return append_ids(context, ids, count, err);
}

static int append_open(struct token_session *session, size_t i, struct token_ids *out,
                       struct err *err)
{
    const struct batch *batch = &session->batch;

    if (is_remembered(batch, i)) {
        const struct memo_entry *entry = memo_at(&session->memo, batch->places[i]);

        return append_ids(out, memo_ids(entry), entry->id_count, err);
    }
    return merge_long(&session->tokenizer->vocabulary, batch_piece(batch, i), &session->space,
                      append_merged, out, err);
}

static int append_batch(struct token_session *session, struct token_ids *out, struct err *err)
{
    const struct batch *batch = &session->batch;
    size_t done = 0;

    for (size_t k = 0; k < batch->open_count; k++) {
        size_t i = batch->open[k];

        if (append_ids(out, batch->ids + done, i - done, err) != 0 ||
            append_open(session, i, out, err) != 0) {
            return (int)err->code;
        }
        done = i + 1;
    }
    return append_ids(out, batch->ids + done, batch->count - done, err);
}

int token_session_encode(struct token_session *session, struct str text, struct token_ids *out,
                         struct err *err)
{
    int rc = first_batch(session, text, true, err);

    while (rc == 0 && session->batch.count != 0) {
        rc = append_batch(session, out, err);
        if (rc == 0) {
            rc = next_batch(session, text, true, err);
        }
    }
    return rc;
}

static void session_start(struct token_session *session, const struct tokenizer *tokenizer,
                          size_t memory_bytes)
{
    session->tokenizer = tokenizer;
    session->memo = (struct memo){.bytes_max = memory_bytes};
    session->space = (struct merge_space){.cap = 0};
}

static void session_end(struct token_session *session)
{
    memo_release(&session->memo);
    merge_space_release(&session->space);
}

int token_session_new(struct token_session **out, const struct tokenizer *tokenizer,
                      size_t memory_bytes, struct err *err)
{
    struct token_session *session = malloc(sizeof *session);

    if (session == NULL) {
        return err_memory(err);
    }
    session_start(session, tokenizer, memory_bytes);
    *out = session;
    return 0;
}

void token_session_free(struct token_session *session)
{
    if (session != NULL) {
        session_end(session);
        free(session);
    }
}

int tokenizer_count(const struct tokenizer *tokenizer, struct str text, uint64_t *tokens,
                    struct err *err)
{
    struct token_session session;
    int rc = 0;

    session_start(&session, tokenizer, MEMORY_OF_ONE_CALL);
    rc = token_session_count(&session, text, tokens, err);
    session_end(&session);
    return rc;
}

int tokenizer_encode(const struct tokenizer *tokenizer, struct str text, struct token_ids *out,
                     struct err *err)
{
    struct token_session session;
    int rc = 0;

    session_start(&session, tokenizer, MEMORY_OF_ONE_CALL);
    rc = token_session_encode(&session, text, out, err);
    session_end(&session);
    return rc;
}
