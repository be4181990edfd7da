#include "token/merge.h"
#include "token/merge_units.h"

#include <stdlib.h>

/* A part of a long piece. The part that starts at unit i is node i; nodes of units inside a part
 * are dead. */
struct merge_node {
    uint32_t id;   /* VOCABULARY_NONE when dead */
    uint32_t made; /* with the next part; what the heap says is stale when it differs */
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

static int make_room(struct merge_space *space, size_t bytes, struct err *err)
{
    if (bytes <= space->cap) {
        return 0;
    }
    merge_space_release(space);
    if (bytes >= NODE_NONE) {
        return err_memory(err);
    }
    space->ids = calloc(bytes, sizeof *space->ids);
    space->nodes = calloc(bytes, sizeof *space->nodes);
    space->heap = calloc(bytes, 2 * sizeof *space->heap);
    if (space->ids == NULL || space->nodes == NULL || space->heap == NULL) {
        merge_space_release(space);
        return err_memory(err);
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

static void start_nodes(const uint32_t *ids, size_t units, struct merge_node *nodes)
{
    for (size_t i = 0; i < units; i++) {
        nodes[i] = (struct merge_node){
            .id = ids[i],
            .made = VOCABULARY_NONE,
            .previous = i == 0 ? NODE_NONE : (uint32_t)(i - 1),
            .next = i + 1 == units ? NODE_NONE : (uint32_t)(i + 1),
        };
    }
}

static size_t merge_nodes(const struct vocabulary *vocabulary, struct str piece,
                          struct merge_space *space)
{
    struct merge_node *nodes = space->nodes;
    struct heap heap = {space->heap, 0};
    size_t units = merge_split_units(vocabulary, piece, space->ids);
    size_t count = 0;

    start_nodes(space->ids, units, nodes);
    for (size_t i = 0; i < units; i++) {
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
    for (uint32_t at = 0; at != NODE_NONE; at = nodes[at].next) {
        space->ids[count++] = nodes[at].id;
    }
    return count;
}

void merge_space_release(struct merge_space *space)
{
    free(space->ids);
    free(space->nodes);
    free(space->heap);
    space->ids = NULL;
    space->nodes = NULL;
    space->heap = NULL;
    space->cap = 0;
}

int merge_long(const struct vocabulary *vocabulary, struct str piece, struct merge_space *space,
               const uint32_t **ids, size_t *count, struct err *err)
{
    if (make_room(space, piece.len, err) != 0) {
        return (int)err->code;
    }
    *count = merge_nodes(vocabulary, piece, space);
    *ids = space->ids;
    return 0;
}
