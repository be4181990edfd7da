/* graphwalks: walk a graph given as a list of directed edges.
 *
 * OpenAI's benchmark (dataset openai/graphwalks, MIT), at any length. Instructions, example and the
 * wording of the operations are the dataset's; the graphs are ours (generators/graph.h).
 *
 *   - graphwalks/bfs asks for the nodes at exactly `depth` edges from a node by the shortest path;
 *     graphwalks/parents for those with an edge to a node. The set is never empty.
 *   - The lines are grouped by source as in the dataset, or shuffled.
 *   - Of K probes, which share a graph, each asks about another node.
 *   - Graph and nodes asked for depend on seed, sample and length.
 */
#include "generators/graphwalks.h"

#include "generators/draw.h"
#include "generators/graph.h"
#include "generators/listing_case.h"

#include <stdlib.h>

enum {
    EDGE_BYTES = 2 * GRAPH_NAME_BYTES + 4, /* "from -> to" */
    PROBES_MAX = 64,
    SAMPLED_EDGES = 64,
    OUTSIDE_TOKENS = 640, /* instructions and question, about; more is only a smaller core */
    CORE_PERCENT = 85,    /* of the edges that fit, about */
    QUESTION_BYTES_MAX = 1024,
    REPLY_NODE_BYTES = GRAPH_NAME_BYTES + 2
};

enum operation { OPERATION_BFS, OPERATION_PARENTS };
static const enum operation bfs = OPERATION_BFS;
static const enum operation parents = OPERATION_PARENTS;

static const struct str instructions = STR_INIT(
    "You will be given a graph as a list of directed edges. All nodes are at least degree 1. \n"
    "You will also get a description of an operation to perform on the graph.\n"
    "Your job is to execute the operation on the graph and return the set of nodes that the "
    "operation results in. \n"
    "If asked for a breadth-first search (BFS), only return the nodes that are reachable at that "
    "depth, do not return the starting node.\n"
    " If asked for the parents of a node, only return the nodes that have an edge leading to the "
    "given node, do not return the given node itself.\n"
    "\n"
    "Here is an example:\n"
    "<begin example>\n"
    "\n"
    "The graph has the following edges:\n"
    "uvwx -> alke\n"
    "abcd -> uvwx\n"
    "abcd -> efgh\n"
    "efgh -> uvwx\n"
    "\n"
    "Example 1:\n"
    "Operation:\n"
    "Perform a BFS from node abcd with depth 1.\n"
    "Final Answer: [uvwx, efgh]\n"
    "\n"
    "Example 2:\n"
    "Operation:\n"
    "Perform a BFS from node alke with depth 1.\n"
    "Final Answer: []\n"
    "\n"
    "Example 3:\n"
    "Operation:\n"
    "Find the parents of node uvwx.\n"
    "Final Answer: [abcd, efgh]\n"
    "\n"
    "Example 4:\n"
    "Operation:\n"
    "Find the parents of node abcd.\n"
    "Final Answer: []\n"
    "\n"
    "<end example>\n"
    "Here is the graph to operate on:\n"
    "The graph has the following edges:\n");

static const char how_to_answer[] =
    "You should immediately return the set of nodes that the operation results in, with no "
    "additional text. Return your final answer as a list of nodes in the very last line of your "
    "response. For example, if the operation returns the set of nodes [node1, node2, node3], your "
    "response should be:\n"
    "Final Answer: [node1, node2, node3]\n"
    "If the operation returns the empty set, your response should be:\n"
    "Final Answer: []";

struct graphwalks_bank {
    const struct generator *generator; /* borrowed, as the tokenizer */
    const struct tokenizer *tokenizer;
    enum operation operation;
    unsigned depth;
    bool is_shuffled;
};

static const struct task_option bfs_options[] = {
    {"depth", "1..8", "how far the nodes asked for are from the first", "3"},
    {"order", "grouped|shuffled", "the lines: together by source, as in the dataset, or not",
     "grouped"},
    {NULL, NULL, NULL, NULL},
};
static const struct task_option parents_options[] = {
    {"order", "grouped|shuffled", "the lines: together by source, as in the dataset, or not",
     "grouped"},
    {NULL, NULL, NULL, NULL},
};

static double chance(uint32_t needles)
{
    (void)needles;
    return 0.0;
}

static int load(const struct generator *generator, void **bank,
                const struct generator_settings *settings, const struct tokenizer *tokenizer,
                struct err *err)
{
    struct graphwalks_bank *self = NULL;
    int rc = generator_check_settings(generator, settings, false, err);

    if (rc != 0) {
        return rc;
    }
    self = calloc(1, sizeof *self);
    if (self == NULL) {
        return err_memory(err);
    }
    self->generator = generator;
    self->tokenizer = tokenizer;
    self->operation = *(const enum operation *)generator->variant;
    self->is_shuffled = str_equal(task_option_text(generator->options, settings->options, "order"),
                                  STR("shuffled"));
    self->depth = (unsigned)task_option_count(generator->options, settings->options, "depth");
    *bank = self;
    return 0;
}

static void unload(void *bank)
{
    free(bank);
}

static uint64_t corpus_hash(const void *bank)
{
    (void)bank; /* the instructions are part of the version */
    return 0;
}

static void write_edge(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    const struct graph *graph = self;
    struct graph_edge edge = graph_edge_at(graph, index);
    char *at = buf_reserve(out, EDGE_BYTES);

    (void)variant;
    if (at == NULL) {
        return;
    }
    graph_name(graph, edge.from, at);
    at[GRAPH_NAME_BYTES] = ' ';
    at[GRAPH_NAME_BYTES + 1] = '-';
    at[GRAPH_NAME_BYTES + 2] = '>';
    at[GRAPH_NAME_BYTES + 3] = ' ';
    graph_name(graph, edge.to, at + GRAPH_NAME_BYTES + 4);
    out->len += EDGE_BYTES;
}

/* A core whose edges take most of the room, by the mean of some lines. */
static int choose_nodes(const struct graphwalks_bank *bank, uint64_t seed, uint64_t length_tokens,
                        uint64_t *nodes, struct err *err)
{
    struct graph sample = graph_make(seed, (uint64_t)GRAPH_NODES_MIN * GRAPH_NODES_MIN);
    uint64_t room = length_tokens > OUTSIDE_TOKENS ? length_tokens - OUTSIDE_TOKENS : 0;
    struct buf text;
    uint64_t tokens = 1;
    int rc = 0;

    buf_init(&text, (size_t)SAMPLED_EDGES * (EDGE_BYTES + 1));
    for (uint64_t i = 0; i < SAMPLED_EDGES; i++) {
        write_edge(&sample, i, 0, &text);
        buf_append_char(&text, '\n');
    }
    rc = buf_check(&text, "edges", err);
    if (rc == 0) {
        rc = tokenizer_count(bank->tokenizer, buf_str(&text), &tokens, err);
    }
    buf_release(&text);
    if (rc != 0) {
        return rc;
    }
    *nodes = room * SAMPLED_EDGES / tokens * CORE_PERCENT / 100 / 2 / 6 * 6;
    *nodes = *nodes < GRAPH_NODES_MIN ? GRAPH_NODES_MIN : *nodes;
    return 0;
}

static int find_answer(const struct graphwalks_bank *bank, const struct graph *graph, uint64_t node,
                       struct arena *arena, struct graph_set *out, struct err *err)
{
    return bank->operation == OPERATION_BFS
               ? graph_at_depth(graph, node, bank->depth, arena, out, err)
               : graph_parents(graph, node, arena, out, err);
}

/* The next node from *place on, in a random order, that has an answer. */
static int draw_node(const struct graphwalks_bank *bank, const struct graph *graph,
                     const struct permutation *order, uint64_t *place, struct arena *arena,
                     uint64_t *node, struct graph_set *answer, struct err *err)
{
    for (; *place < order->n; (*place)++) {
        int rc = 0;

        *node = permutation_at(order, *place);
        rc = find_answer(bank, graph, *node, arena, answer, err);
        if (rc != 0 || answer->count != 0) {
            (*place)++;
            return rc;
        }
    }
    return err_set(err, ERR_USAGE,
                   "this length has no graph with so many questions; ask for a smaller depth, "
                   "fewer probes or a greater length");
}

static int write_question(const struct graphwalks_bank *bank, const struct graph *graph,
                          uint64_t node, struct test_case *test_case, struct str *out,
                          struct err *err)
{
    char name[GRAPH_NAME_BYTES];
    struct buf text;

    graph_name(graph, node, name);
    buf_init(&text, QUESTION_BYTES_MAX);
    buf_append(&text, STR("\n\nOperation:\n"));
    if (bank->operation == OPERATION_BFS) {
        buf_appendf(&text, "Perform a BFS from node %.*s with depth %u.", GRAPH_NAME_BYTES, name,
                    bank->depth);
    } else {
        buf_appendf(&text, "Find the parents of node %.*s.", GRAPH_NAME_BYTES, name);
    }
    buf_appendf(&text, "\n\n%s%s", how_to_answer, test_case->recipe.canary ? "\n\n" : "");
    return listing_case_keep(test_case, &text, out, err);
}

/* "Final Answer: [a, b]", and the names by themselves. */
static int write_reply(const struct graph *graph, const struct graph_set *nodes,
                       struct test_case *test_case, struct str *reply, struct str *names,
                       struct err *err)
{
    struct buf text;

    buf_init(&text, 64 + nodes->count * REPLY_NODE_BYTES);
    buf_append(&text, STR("Final Answer: ["));
    for (size_t i = 0; i < nodes->count; i++) {
        char name[GRAPH_NAME_BYTES];

        graph_name(graph, nodes->nodes[i], name);
        names[i] = arena_copy(&test_case->arena, (struct str){name, GRAPH_NAME_BYTES});
        if (names[i].p == NULL) {
            buf_release(&text);
            return err_memory(err);
        }
        buf_appendf(&text, "%s%.*s", i != 0 ? ", " : "", GRAPH_NAME_BYTES, name);
    }
    buf_append_char(&text, ']');
    return listing_case_keep(test_case, &text, reply, err);
}

static int write_questions(const struct graphwalks_bank *bank, const struct graph *graph,
                           struct test_case *test_case, struct listing_question *questions,
                           struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    struct permutation order =
        permutation_make(graph->seed, STR("start"), recipe->sample, graph->nodes / 2);
    uint64_t place = 0;
    int rc = 0;

    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        struct graph_set answer = {0};
        struct str *names = NULL;
        uint64_t node = 0;

        rc = draw_node(bank, graph, &order, &place, &test_case->arena, &node, &answer, err);
        if (rc == 0) {
            rc = write_question(bank, graph, node, test_case, &questions[probe].text, err);
        }
        names = rc == 0 ? arena_alloc(&test_case->arena, answer.count, sizeof *names) : NULL;
        if (rc == 0) {
            rc = names != NULL
                     ? write_reply(graph, &answer, test_case, &questions[probe].reply, names, err)
                     : err_memory(err);
        }
        if (rc == 0 && probe == recipe->probe) {
            test_case->key.answers = names;
            test_case->key.answer_count = answer.count;
        }
    }
    return rc;
}

static int build(const struct graphwalks_bank *bank, struct test_case *test_case, struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    uint64_t seed = draw_seed(recipe->seed, str_from(bank->generator->name), 0);
    uint64_t graph_seed = listing_case_seed(seed, recipe);
    struct graph *graph = arena_alloc(&test_case->arena, 1, sizeof *graph);
    struct listing_plant *plants = arena_alloc(&test_case->arena, CANARY_PLACES, sizeof *plants);
    struct listing_question *questions =
        arena_alloc(&test_case->arena, case_probes(recipe), sizeof *questions);
    struct listing_design design = {
        .tokenizer = bank->tokenizer,
        .seed = seed,
        .form = {.separator = STR("\n")},
        .units = {.self = graph,
                  .write = write_edge,
                  .step = 1,
                  .most = UINT64_MAX,
                  .bytes_max = EDGE_BYTES + 1},
        .is_shuffled = bank->is_shuffled,
        .head = instructions,
        .plants = plants,
        .questions = questions,
    };
    uint64_t nodes = 0;
    int rc = 0;

    if (graph == NULL || plants == NULL || questions == NULL) {
        return err_memory(err);
    }
    rc = choose_nodes(bank, graph_seed, draw_target(graph_seed, recipe), &nodes, err);
    *graph = graph_make(graph_seed, nodes);
    design.units.first = 2 * nodes;
    if (rc == 0) {
        rc = write_questions(bank, graph, test_case, questions, err);
    }
    return rc != 0 ? rc : listing_case_build(test_case, &design, err);
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    const struct graphwalks_bank *self = bank;
    const struct generator_limits limits = {
        .task = self->generator->name, .needles = 1, .probes = PROBES_MAX, .takes_canary = true};
    struct test_case *test_case = NULL;
    int rc = generator_check_limits(&limits, recipe, err);

    if (rc != 0) {
        return rc;
    }
    test_case = listing_case_new(recipe);
    if (test_case == NULL) {
        return err_memory(err);
    }
    rc = build(self, test_case, err);
    if (rc != 0) {
        test_case_free(test_case);
        return rc;
    }
    *out = test_case;
    return 0;
}

const struct generator generator_graphwalks_bfs = {
    .name = "graphwalks/bfs",
    .purpose = "follow edges: which nodes are exactly so many steps from this one (OpenAI's "
               "GraphWalks)",
    .grader = "graphwalks-corrected",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 1,
    .options = bfs_options,
    .variant = &bfs,
    .chance = chance,
    .load = load,
    .unload = unload,
    .corpus_hash = corpus_hash,
    .open = open_case,
};

const struct generator generator_graphwalks_parents = {
    .name = "graphwalks/parents",
    .purpose = "collect edges: which nodes lead to this one, anywhere in the list (OpenAI's "
               "GraphWalks)",
    .grader = "graphwalks-corrected",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 1,
    .options = parents_options,
    .variant = &parents,
    .chance = chance,
    .load = load,
    .unload = unload,
    .corpus_hash = corpus_hash,
    .open = open_case,
};
