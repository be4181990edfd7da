/* The graph that is computed against the same one stored edge by edge. */
#include "suite.h"

#include "generators/graph.h"

#include <stdbool.h>
#include <string.h>

enum { NODES = 120, MORE_EDGES = 60, EDGES = 2 * NODES + MORE_EDGES, ALL = NODES + MORE_EDGES };

static struct graph graph;
static struct arena arena;
static struct err err;
static bool leads[ALL][ALL];

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    arena = (struct arena){0};
    memset(leads, 0, sizeof leads);
    graph = graph_make(5, NODES);
    for (uint64_t i = 0; i < EDGES; i++) {
        struct graph_edge edge = graph_edge_at(&graph, i);

        ck_assert_uint_lt(edge.from, ALL);
        ck_assert_uint_lt(edge.to, NODES);
        ck_assert_uint_ne(edge.from, edge.to);
        ck_assert_msg(!leads[edge.from][edge.to], "edge %u is there twice", (unsigned)i);
        leads[edge.from][edge.to] = true;
    }
}

static void tear_down(void)
{
    arena_release(&arena);
}

static bool contains(const struct graph_set *set, uint64_t node)
{
    size_t times = 0;

    for (size_t i = 0; i < set->count; i++) {
        times += set->nodes[i] == node;
    }
    ck_assert_uint_le(times, 1);
    return times == 1;
}

START_TEST(edges_are_grouped_by_source)
{
    for (uint64_t i = 1; i < EDGES; i++) {
        uint64_t before = graph_edge_at(&graph, i - 1).from;
        uint64_t here = graph_edge_at(&graph, i).from;

        ck_assert(here == before || here == before + 1);
    }
}

START_TEST(further_edges_do_not_lead_to_the_nodes_asked_for)
{
    for (uint64_t from = NODES; from < ALL; from++) {
        for (uint64_t to = 0; to < NODES / 2; to++) {
            ck_assert(!leads[from][to]);
        }
    }
}

START_TEST(parents_are_all_that_lead_there)
{
    size_t most = 0;

    for (uint64_t node = 0; node < NODES / 2; node++) {
        struct graph_set parents;

        ck_assert_int_eq(graph_parents(&graph, node, &arena, &parents, &err), 0);
        for (uint64_t from = 0; from < ALL; from++) {
            ck_assert(contains(&parents, from) == leads[from][node]);
        }
        most = parents.count > most ? parents.count : most;
    }
    ck_assert_uint_gt(most, 3);
}

/* Distances by relaxation over the stored edges. */
static void distances_from(uint64_t start, unsigned out[ALL])
{
    bool changed = true;

    for (size_t i = 0; i < ALL; i++) {
        out[i] = i == start ? 0 : ALL;
    }
    while (changed) {
        changed = false;
        for (size_t from = 0; from < ALL; from++) {
            for (size_t to = 0; to < ALL; to++) {
                if (leads[from][to] && out[from] + 1 < out[to]) {
                    out[to] = out[from] + 1;
                    changed = true;
                }
            }
        }
    }
}

START_TEST(nodes_at_a_depth_have_that_distance)
{
    for (uint64_t start = 0; start < NODES; start += 7) {
        unsigned distances[ALL];

        distances_from(start, distances);
        for (unsigned depth = 1; depth <= 8; depth++) {
            struct graph_set found;

            ck_assert_int_eq(graph_at_depth(&graph, start, depth, &arena, &found, &err), 0);
            for (uint64_t node = 0; node < ALL; node++) {
                ck_assert(contains(&found, node) == (distances[node] == depth));
            }
        }
    }
}

START_TEST(names_are_ten_hex_digits_and_differ)
{
    char names[1000][GRAPH_NAME_BYTES];

    for (size_t i = 0; i < 1000; i++) {
        graph_name(&graph, i, names[i]);
        for (size_t j = 0; j < GRAPH_NAME_BYTES; j++) {
            ck_assert(strchr("0123456789abcdef", names[i][j]) != NULL);
        }
        for (size_t j = 0; j < i; j++) {
            ck_assert(memcmp(names[i], names[j], GRAPH_NAME_BYTES) != 0);
        }
    }
}

int main(void)
{
    Suite *suite = suite_create("generators_graph");
    TCase *tests = suite_case(suite, "graph");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, edges_are_grouped_by_source);
    tcase_add_test(tests, further_edges_do_not_lead_to_the_nodes_asked_for);
    tcase_add_test(tests, parents_are_all_that_lead_there);
    tcase_add_test(tests, nodes_at_a_depth_have_that_distance);
    tcase_add_test(tests, names_are_ten_hex_digits_and_differ);
    return suite_run(suite);
}
