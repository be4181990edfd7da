/* grade_graphwalks: F1 of the set of nodes in the reply's last line.
 *
 * Two graders share the reading of the reply. `graphwalks` is the code on the card of the dataset
 * openai/graphwalks (MIT; F1 as since 2026-02-27), to the letter:
 *   - Only what follows the last line feed is read; it must contain "Final Answer:", and
 *     "Final Answer: ?\[.*\]" must match. Otherwise the reply failed and scores 0.
 *   - The match is stripped of brackets at its two ends and split at commas. It still begins with
 *     "Final Answer: [", so the first node never counts as found.
 *   - F1 is 1 where precision and recall are both 0: two sets without a common node get 1.
 * `graphwalks-corrected` splits what is inside the brackets, gives 0 to sets without a common node
 * and 1 to two empty ones, and forgives blank lines at the end.
 */
#include "score/code_point.h"
#include "score/grader.h"

#include <stdlib.h>
#include <string.h>

/* What the regular expression matches in the last line; empty where it does not. Leftmost, the list
 * as long as it goes. */
static struct str find_list(struct str line)
{
    static const struct str marks[] = {STR_INIT("Final Answer:["), STR_INIT("Final Answer: [")};
    size_t begin = SIZE_MAX;
    size_t end = line.len;

    while (end != 0 && line.p[end - 1] != ']') {
        end--;
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t at = str_find(str_take(line, end), marks[i]);

        begin = at < begin ? at : begin;
    }
    return begin != SIZE_MAX ? str_skip(str_take(line, end), begin) : (struct str){0};
}

static struct str last_line(struct str reply)
{
    size_t begin = reply.len;

    while (begin != 0 && reply.p[begin - 1] != '\n') {
        begin--;
    }
    return str_skip(reply, begin);
}

/* Python's strip("[]"). */
static struct str strip_brackets(struct str text)
{
    while (text.len != 0 && (text.p[0] == '[' || text.p[0] == ']')) {
        text = str_skip(text, 1);
    }
    while (text.len != 0 && (text.p[text.len - 1] == '[' || text.p[text.len - 1] == ']')) {
        text.len--;
    }
    return text;
}

struct node_set {
    struct str *nodes; /* owned; sorted, no two alike */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;
    size_t shorter = left->len < right->len ? left->len : right->len;
    int order = shorter != 0 ? memcmp(left->p, right->p, shorter) : 0;

    if (order != 0) {
        return order;
    }
    return left->len < right->len ? -1 : left->len > right->len;
}

static void make_set(struct node_set *set)
{
    size_t kept = 0;

    if (set->count != 0) {
        qsort(set->nodes, set->count, sizeof *set->nodes, compare);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (kept == 0 || compare(&set->nodes[kept - 1], &set->nodes[i]) != 0) {
            set->nodes[kept++] = set->nodes[i];
        }
    }
    set->count = kept;
}

/* The items between commas that are not blank. */
static int split_nodes(struct str list, struct node_set *out, struct err *err)
{
    struct str_pair parts = {.tail = list, .ok = true};
    size_t cap = 1;

    for (size_t i = 0; i < list.len; i++) {
        cap += list.p[i] == ',';
    }
    out->nodes = calloc(cap, sizeof *out->nodes);
    if (out->nodes == NULL) {
        return err_memory(err);
    }
    while (parts.ok) {
        struct str item = {0};

        parts = str_cut(parts.tail, ',');
        item = code_point_strip(parts.head);
        if (item.len != 0) {
            out->nodes[out->count++] = item;
        }
    }
    make_set(out);
    return 0;
}

static int copy_nodes(const struct answer_key *key, struct node_set *out, struct err *err)
{
    out->nodes = calloc(key->answer_count + 1, sizeof *out->nodes);
    if (out->nodes == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < key->answer_count; i++) {
        out->nodes[out->count++] = key->answers[i];
    }
    make_set(out);
    return 0;
}

static size_t count_common(const struct node_set *a, const struct node_set *b)
{
    size_t common = 0;

    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        int order = compare(&a->nodes[i], &b->nodes[j]);

        common += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return common;
}

/* In the order of the card's arithmetic, so that the bits are the same. */
static double f1_of(const struct node_set *golden, const struct node_set *sampled, double if_none)
{
    size_t common = count_common(golden, sampled);
    double recall = golden->count != 0 ? (double)common / (double)golden->count : 0.0;
    double precision = sampled->count != 0 ? (double)common / (double)sampled->count : 0.0;

    return recall + precision > 0.0 ? 2.0 * (recall * precision) / (recall + precision) : if_none;
}

static int mark_list(const struct answer_key *key, struct str reply, struct str list,
                     bool is_literal, struct mark *mark, struct err *err)
{
    struct node_set golden = {0};
    struct node_set sampled = {0};
    int rc = copy_nodes(key, &golden, err);

    if (rc == 0) {
        rc = split_nodes(list, &sampled, err);
    }
    if (rc == 0) {
        bool both_empty = golden.count == 0 && sampled.count == 0;

        mark->score = f1_of(&golden, &sampled, is_literal || both_empty ? 1.0 : 0.0);
        mark->lenient = mark->score;
        mark->exact = str_equal(reply, key->answer);
    }
    free(golden.nodes);
    free(sampled.nodes);
    return rc;
}

static int grade_literal(const struct answer_key *key, struct str reply, struct mark *mark,
                         struct err *err)
{
    struct str list = find_list(last_line(reply));

    *mark = (struct mark){.prefix_found = true, .nearest_needle = MARK_NO_NEEDLE};
    return list.len != 0 ? mark_list(key, reply, strip_brackets(list), true, mark, err) : 0;
}

static int grade_corrected(const struct answer_key *key, struct str reply, struct mark *mark,
                           struct err *err)
{
    struct str list = find_list(last_line(code_point_strip(reply)));
    size_t bracket = str_find(list, STR("["));

    *mark = (struct mark){.prefix_found = true, .nearest_needle = MARK_NO_NEEDLE};
    if (list.len == 0) {
        return 0;
    }
    return mark_list(key, reply, strip_brackets(str_skip(list, bracket)), false, mark, err);
}

extern const struct grader grader_graphwalks;
const struct grader grader_graphwalks = {
    .name = "graphwalks",
    .purpose = "F1 of the nodes in \"Final Answer: [...]\" on the last line, with the card's two "
               "mistakes: the first node never counts, and sets with nothing in common get 1",
    .source = "OpenAI, card of dataset openai/graphwalks, as since 2026-02-27",
    .needs_answers = true,
    .grade = grade_literal,
};

extern const struct grader grader_graphwalks_corrected;
const struct grader grader_graphwalks_corrected = {
    .name = "graphwalks-corrected",
    .purpose = "F1 of the nodes in \"Final Answer: [...]\" on the last line; 1 for two empty sets, "
               "0 without such a line",
    .source = "the card's rule as it is meant, and as vendors' own evaluations apply it",
    .needs_answers = true,
    .grade = grade_corrected,
};
