/* graph: a seeded directed graph of any size that takes no memory.
 *
 * Edge i is a function of i, so a graph can be written line by line and walked from any node
 * without being stored.
 *   - Node u has 1, 2 or 3 edges (u mod 3, plus 1): edge i belongs to node 3 (i / 6) + {0, 1, 1,
 *     2, 2, 2}[i mod 6]. So edges in order are grouped by source.
 *   - The first `nodes` nodes are the core. Their edges, the first 2 × nodes, lead to different
 *     nodes of the core, drawn alike, never to the node itself.
 *   - Further edges fill a text up. Their sources are further nodes, to which nothing leads; they
 *     lead to the second half of the core. So what can be reached from a core node, and which
 *     parents a node of the first half has, does not depend on how many of them there are.
 *   - A node's name is ten hexadecimal digits, different for each.
 */
#ifndef GENERATORS_GRAPH_H
#define GENERATORS_GRAPH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/permutation.h"

#include <stddef.h>
#include <stdint.h>

enum { GRAPH_NAME_BYTES = 10, GRAPH_DEGREE_MAX = 3, GRAPH_NODES_MIN = 12 };

struct graph {
    uint64_t nodes; /* a multiple of 6, at least GRAPH_NODES_MIN */
    uint64_t seed;
    struct permutation names;
};

struct graph graph_make(uint64_t seed, uint64_t nodes);

struct graph_edge {
    uint64_t from;
    uint64_t to;
};
struct graph_edge graph_edge_at(const struct graph *graph, uint64_t index);

void graph_name(const struct graph *graph, uint64_t node, char out[GRAPH_NAME_BYTES]);

/* Nodes in `arena`, no two alike. */
struct graph_set {
    uint64_t *nodes;
    size_t count;
};

/* The nodes whose shortest path from `start`, a core node, has exactly `depth` edges. ERR_MEMORY
 * only. The work grows with the nodes found; that of graph_parents with the graph's edges. */
int graph_at_depth(const struct graph *graph, uint64_t start, unsigned depth, struct arena *arena,
                   struct graph_set *out, struct err *err);

/* The nodes with an edge to `node`, which is one of the first half of the core. */
int graph_parents(const struct graph *graph, uint64_t node, struct arena *arena,
                  struct graph_set *out, struct err *err);

#endif
