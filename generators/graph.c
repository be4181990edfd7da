#include "generators/graph.h"

#include "base/random.h"

#include <stdbool.h>
#include <string.h>

enum { EDGES_OF_THREE = 6, NAME_BITS = 40, SET_CAP_FIRST = 16 };

struct graph graph_make(uint64_t seed, uint64_t nodes)
{
    return (struct graph){
        .nodes = nodes,
        .seed = seed,
        .names = permutation_make(seed, STR("names"), 0, UINT64_C(1) << NAME_BITS),
    };
}

static unsigned degree(uint64_t node)
{
    return (unsigned)(node % 3) + 1;
}

/* The first `count` edges of a node: where they lead. */
static void targets(const struct graph *graph, uint64_t node, unsigned count,
                    uint64_t out[GRAPH_DEGREE_MAX])
{
    struct random random = random_stream(graph->seed, STR("edges"), node);
    bool is_core = node < graph->nodes;
    uint64_t least = is_core ? 0 : graph->nodes / 2;

    for (unsigned i = 0; i < count; i++) {
        bool is_new = false;

        while (!is_new) {
            out[i] = least + random_below(&random, graph->nodes - least);
            is_new = out[i] != node;
            for (unsigned j = 0; j < i; j++) {
                is_new = is_new && out[j] != out[i];
            }
        }
    }
}

struct graph_edge graph_edge_at(const struct graph *graph, uint64_t index)
{
    static const unsigned sources[EDGES_OF_THREE] = {0, 1, 1, 2, 2, 2};
    static const unsigned places[EDGES_OF_THREE] = {0, 0, 1, 0, 1, 2};
    unsigned of_three = (unsigned)(index % EDGES_OF_THREE);
    struct graph_edge edge = {.from = index / EDGES_OF_THREE * 3 + sources[of_three]};
    uint64_t to[GRAPH_DEGREE_MAX];

    targets(graph, edge.from, places[of_three] + 1, to);
    edge.to = to[places[of_three]];
    return edge;
}

void graph_name(const struct graph *graph, uint64_t node, char out[GRAPH_NAME_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t name = permutation_at(&graph->names, node);

    for (int i = GRAPH_NAME_BYTES - 1; i >= 0; i--) {
        out[i] = digits[name & 15U];
        name >>= 4;
    }
}

struct growing_set {
    struct graph_set set;
    size_t cap;
    struct arena *arena;
    struct err *err;
};

static bool contains(const struct graph_set *set, uint64_t node)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static int add(struct growing_set *set, uint64_t node)
{
    if (set->set.count == set->cap) {
        size_t cap = set->cap != 0 ? 2 * set->cap : SET_CAP_FIRST;
        uint64_t *grown = arena_alloc(set->arena, cap, sizeof *grown);

        if (grown == NULL) {
            return err_memory(set->err);
        }
        if (set->set.count != 0) {
            memcpy(grown, set->set.nodes, set->set.count * sizeof *grown);
        }
        set->set.nodes = grown;
        set->cap = cap;
    }
    set->set.nodes[set->set.count++] = node;
    return 0;
}

int graph_at_depth(const struct graph *graph, uint64_t start, unsigned depth, struct arena *arena,
                   struct graph_set *out, struct err *err)
{
    struct growing_set seen = {.arena = arena, .err = err};
    size_t begin = 0; /* of the last level, in the order of discovery */
    int rc = add(&seen, start);

    for (unsigned level = 0; rc == 0 && level < depth; level++) {
        size_t end = seen.set.count;

        for (; rc == 0 && begin < end; begin++) {
            uint64_t node = seen.set.nodes[begin];
            uint64_t to[GRAPH_DEGREE_MAX];

            targets(graph, node, degree(node), to);
            for (unsigned i = 0; rc == 0 && i < degree(node); i++) {
                rc = contains(&seen.set, to[i]) ? 0 : add(&seen, to[i]);
            }
        }
    }
    *out = (struct graph_set){seen.set.nodes + begin, seen.set.count - begin};
    return rc;
}

int graph_parents(const struct graph *graph, uint64_t node, struct arena *arena,
                  struct graph_set *out, struct err *err)
{
    struct growing_set parents = {.arena = arena, .err = err};
    int rc = 0;

    for (uint64_t from = 0; rc == 0 && from < graph->nodes; from++) {
        uint64_t to[GRAPH_DEGREE_MAX];

        targets(graph, from, degree(from), to);
        for (unsigned i = 0; rc == 0 && i < degree(from); i++) {
            rc = to[i] == node ? add(&parents, from) : 0;
        }
    }
    *out = parents.set;
    return rc;
}
