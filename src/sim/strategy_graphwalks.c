/* graphwalks: "Perform a BFS from node X with depth N." or "Find the parents of node X." about the
 * edges "A -> B" that stand a line each before it. The form is that of openai/graphwalks.
 */
#include "sim/strategy.h"

#include "sim/word_table.h"

enum { ANSWER_BYTES_MAX = 64 * 1024 * 1024 };

struct question {
    struct str edges;
    struct str node;
    uint64_t depth; /* 0: the parents are asked for */
};

/* The word between `before` and the next `after`; false where there is none. */
static bool take_word(struct str text, struct str before, struct str after, struct str *out)
{
    size_t end = 0;

    if (!str_starts(text, before)) {
        return false;
    }
    text = str_skip(text, before.len);
    end = str_find(text, after);
    *out = str_take(text, end);
    return end != SIZE_MAX && end != 0 && !str_contains(*out, STR(" ")) &&
           !str_contains(*out, STR("\n"));
}

static bool parse_question(const struct conversation *conversation, struct question *out)
{
    static const struct str operation = STR_INIT("\nOperation:\n");
    static const struct str heading = STR_INIT("The graph has the following edges:\n");
    struct str text = strategy_question(conversation);
    size_t at = str_find_last(text, operation);
    struct str rest = str_skip(text, at != SIZE_MAX ? at + operation.len : text.len);
    struct str depth = {0};

    if (at == SIZE_MAX) {
        return false;
    }
    out->edges = str_take(text, at);
    at = str_find_last(out->edges, heading);
    if (at == SIZE_MAX) {
        return false;
    }
    out->edges = str_skip(out->edges, at + heading.len);
    out->depth = 0;
    if (take_word(rest, STR("Find the parents of node "), STR("."), &out->node)) {
        return true;
    }
    if (!take_word(rest, STR("Perform a BFS from node "), STR(" with depth "), &out->node)) {
        return false;
    }
    rest = str_skip(rest, (size_t)(out->node.p + out->node.len - rest.p));
    return take_word(rest, STR(" with depth "), STR("."), &depth) &&
           str_to_u64(depth, &out->depth) && out->depth != 0;
}

struct edge {
    struct str from;
    struct str to;
};

/* Takes the next edge off *rest; lines of another form are passed over. */
static bool next_edge(struct str *rest, struct edge *out)
{
    struct str line = {0};

    while (str_next_line(rest, &line)) {
        size_t arrow = str_find(line, STR(" -> "));

        if (arrow != SIZE_MAX) {
            out->from = str_trim(str_take(line, arrow));
            out->to = str_trim(str_skip(line, arrow + STR(" -> ").len));
            if (out->from.len != 0 && out->to.len != 0) {
                return true;
            }
        }
    }
    return false;
}

/* The answer while it is put together. */
struct walk {
    struct word_table levels; /* nodes that were come upon: the level plus 1 */
    struct buf *answer;
    size_t found;
};

static void find_node(struct walk *walk, struct str node, uint64_t level, bool is_asked_for)
{
    uint64_t *known = word_table_at(&walk->levels, node);

    if (known == NULL || *known != 0) {
        return;
    }
    *known = level;
    if (is_asked_for) {
        buf_append(walk->answer, walk->found++ != 0 ? STR(", ") : STR(""));
        buf_append(walk->answer, node);
    }
}

static void find_parents(const struct question *question, struct walk *walk)
{
    struct str rest = question->edges;
    struct edge edge;

    while (next_edge(&rest, &edge)) {
        if (str_equal(edge.to, question->node) && !str_equal(edge.from, question->node)) {
            find_node(walk, edge.from, 1, true);
        }
    }
}

/* One pass over the edges a level, until a level adds nothing. */
static void find_at_depth(const struct question *question, struct walk *walk)
{
    find_node(walk, question->node, 1, false);
    for (uint64_t level = 1; level <= question->depth; level++) {
        struct str rest = question->edges;
        size_t known = walk->levels.count;
        struct edge edge;

        while (next_edge(&rest, &edge)) {
            if (word_table_has(&walk->levels, edge.from) &&
                *word_table_at(&walk->levels, edge.from) == level) {
                find_node(walk, edge.to, level + 1, level == question->depth);
            }
        }
        if (walk->levels.count == known) {
            return;
        }
    }
}

static bool graphwalks_read(const struct conversation *conversation, struct reading *out)
{
    struct question question;
    struct walk walk = {.answer = &out->composed};

    if (!parse_question(conversation, &question)) {
        return false;
    }
    buf_init(&out->composed, ANSWER_BYTES_MAX);
    buf_append(&out->composed, STR("Final Answer: ["));
    if (question.depth == 0) {
        find_parents(&question, &walk);
    } else {
        find_at_depth(&question, &walk);
    }
    buf_append_char(&out->composed, ']');
    out->needles = walk.found;
    out->depth = 0.5; /* anywhere */
    /* What was not wholly read is not known. */
    if (!walk.levels.failed && out->composed.failure == 0) {
        out->answer = buf_str(&out->composed);
    }
    word_table_release(&walk.levels);
    return true;
}

/* One of the examples' answers, said again. */
static struct str graphwalks_mistake(const struct conversation *conversation,
                                     const struct reading *reading, struct random *random)
{
    struct str text = conversation_whole(conversation);
    size_t at = str_find(text, STR("Final Answer: ["));
    struct str line = {0};

    (void)reading;
    (void)random;
    text = str_skip(text, at != SIZE_MAX ? at : text.len);
    return str_next_line(&text, &line) ? line : (struct str){0};
}

const struct strategy strategy_graphwalks = {"graphwalks", graphwalks_read, graphwalks_mistake,
                                             NULL};
