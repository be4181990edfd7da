/* A long piece is merged in windows that overlap. That this gives the tokens of the whole follows
 * from what byte pair encoding is: a sequence of tokens is the encoding of its bytes exactly when
 * each two neighbours in it are the encoding of theirs. So any part of an encoding is one, and two
 * encodings of which one ends with the token that the other begins with make one together. When the
 * second window begins with a token of the first one that is far enough from its end not to be
 * there only because the text was cut, it nearly always begins with the same token again; when it
 * does not, the first window is made longer.
 */
#include "token/merge.h"
#include "token/merge_units.h"

#include <stdlib.h>

/* A part of a long piece. The part that starts at unit i is node i; nodes of units inside a part
 * are dead. */
struct merge_node {
    uint32_t bytes; /* of text */
    uint32_t id;    /* VOCABULARY_NONE when dead */
    uint32_t made;  /* with the next part; what the heap says is stale when it differs */
    uint32_t previous;
    uint32_t next; /* NODE_NONE at the ends */
};

#define NODE_NONE UINT32_MAX

/* A binary heap, smallest first, of made << 32 | node: the lowest rank wins, then the leftmost. A
 * merge takes one item out and puts at most two in, so twice the bytes is room enough.
 */
struct heap {
    uint64_t *items;
    size_t count;
};

static void heap_sink(struct heap *heap, size_t at)
{
    uint64_t item = heap->items[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && heap->items[child + 1] < heap->items[child]) {
            child++;
        }
        if (item <= heap->items[child]) {
            break;
        }
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = item;
}

static void heap_push(struct heap *heap, uint64_t item)
{
    size_t at = heap->count++;

    while (at != 0 && item < heap->items[(at - 1) / 2]) {
        heap->items[at] = heap->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->items[at] = item;
}

static uint64_t heap_pop(struct heap *heap)
{
    uint64_t first = heap->items[0];

    heap->items[0] = heap->items[--heap->count];
    if (heap->count != 0) {
        heap_sink(heap, 0);
    }
    return first;
}

static int grow(struct merge_tokens *tokens, size_t bytes, struct err *err)
{
    free(tokens->ids);
    free(tokens->bytes);
    tokens->ids = calloc(bytes, sizeof *tokens->ids);
    tokens->bytes = calloc(bytes, sizeof *tokens->bytes);
    return tokens->ids != NULL && tokens->bytes != NULL ? 0 : err_memory(err);
}

static int make_room(struct merge_space *space, size_t bytes, struct err *err)
{
    if (bytes <= space->cap) {
        return 0;
    }
    if (bytes >= NODE_NONE) {
        return err_memory(err);
    }
    space->cap = 0;
    free(space->nodes);
    free(space->heap);
    space->nodes = calloc(bytes, sizeof *space->nodes);
    space->heap = calloc(bytes, 2 * sizeof *space->heap);
    if (space->nodes == NULL || space->heap == NULL) {
        return err_memory(err);
    }
    if (grow(&space->now, bytes, err) != 0 || grow(&space->next, bytes, err) != 0) {
        return (int)err->code;
    }
    space->cap = bytes;
    return 0;
}

/* What a part makes with its right neighbour, entered into the heap. */
static void consider(const struct vocabulary *vocabulary, struct merge_node *nodes, uint32_t at,
                     struct heap *heap)
{
    struct merge_node *node = &nodes[at];

    node->made = node->next == NODE_NONE
                     ? VOCABULARY_NONE
                     : vocabulary_merge(vocabulary, node->id, nodes[node->next].id);
    if (node->made != VOCABULARY_NONE) {
        heap_push(heap, ((uint64_t)node->made << 32) | at);
    }
}

static void start_nodes(const struct merge_tokens *units, struct merge_node *nodes)
{
    for (size_t i = 0; i < units->count; i++) {
        nodes[i] = (struct merge_node){
            .bytes = units->bytes[i],
            .id = units->ids[i],
            .made = VOCABULARY_NONE,
            .previous = i == 0 ? NODE_NONE : (uint32_t)(i - 1),
            .next = i + 1 == units->count ? NODE_NONE : (uint32_t)(i + 1),
        };
    }
}

/* Sets *tokens to those of `text`, for which there is room. */
static void merge_nodes(const struct vocabulary *vocabulary, struct str text,
                        struct merge_space *space, struct merge_tokens *tokens)
{
    struct merge_node *nodes = space->nodes;
    struct heap heap = {space->heap, 0};

    tokens->count = merge_split_units(vocabulary, text, tokens->ids, tokens->bytes);
    start_nodes(tokens, nodes);
    for (size_t i = 0; i < tokens->count; i++) {
        consider(vocabulary, nodes, (uint32_t)i, &heap);
    }
    while (heap.count != 0) {
        uint64_t item = heap_pop(&heap);
        uint32_t at = (uint32_t)item;
        struct merge_node *node = &nodes[at];
        uint32_t gone = node->next;

        if (node->id == VOCABULARY_NONE || node->made != (uint32_t)(item >> 32)) {
            continue;
        }
        node->id = node->made;
        node->bytes += nodes[gone].bytes;
        node->next = nodes[gone].next;
        nodes[gone].id = VOCABULARY_NONE;
        if (node->next != NODE_NONE) {
            nodes[node->next].previous = at;
        }
        consider(vocabulary, nodes, at, &heap);
        if (node->previous != NODE_NONE) {
            consider(vocabulary, nodes, node->previous, &heap);
        }
    }
    tokens->count = 0;
    for (uint32_t at = 0; at != NODE_NONE; at = nodes[at].next) {
        tokens->ids[tokens->count] = nodes[at].id;
        tokens->bytes[tokens->count++] = (uint8_t)nodes[at].bytes;
    }
}

void merge_space_release(struct merge_space *space)
{
    free(space->nodes);
    free(space->heap);
    free(space->now.ids);
    free(space->now.bytes);
    free(space->next.ids);
    free(space->next.bytes);
    *space = (struct merge_space){.cap = 0};
}

enum { WINDOW_BYTES = 1 << 13, OVERLAP_BYTES = 1 << 9 };

/* How many tokens start before the last `overlap` bytes, and *bytes of text before the last of
 * those starts: there the next window begins. At least one, as tokens are shorter than a window. */
static size_t tokens_to_keep(const struct merge_tokens *tokens, size_t text_bytes, size_t *bytes)
{
    size_t kept = 0;

    *bytes = 0;
    while (*bytes + tokens->bytes[kept] < text_bytes - OVERLAP_BYTES) {
        *bytes += tokens->bytes[kept++];
    }
    return kept;
}

static void swap_tokens(struct merge_space *space)
{
    struct merge_tokens now = space->now;

    space->now = space->next;
    space->next = now;
}

int merge_long(const struct vocabulary *vocabulary, struct str piece, struct merge_space *space,
               merge_done_function *done, void *context, struct err *err)
{
    size_t window = WINDOW_BYTES;
    struct str text = str_take(piece, window);

    if (make_room(space, window, err) != 0) {
        return (int)err->code;
    }
    merge_nodes(vocabulary, text, space, &space->now);
    while (text.len < piece.len) {
        size_t bytes = 0;
        size_t kept = tokens_to_keep(&space->now, text.len, &bytes);

        text = str_take(str_skip(piece, bytes), window);
        merge_nodes(vocabulary, text, space, &space->next);
        if (space->next.ids[0] == space->now.ids[kept]) {
            if (done(context, 0, space->now.ids, kept, err) != 0) {
                return (int)err->code;
            }
            piece = str_skip(piece, bytes);
            swap_tokens(space);
            continue;
        }
        window *= 2;
        text = str_take(piece, window);
        if (make_room(space, text.len, err) != 0) {
            return (int)err->code;
        }
        merge_nodes(vocabulary, text, space, &space->now);
    }
    return done(context, 0, space->now.ids, space->now.count, err);
}
