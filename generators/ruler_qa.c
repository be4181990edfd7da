/* RULER's questions: the documents of one among others, numbered.
 *
 * The question's documents are planted; around them stand first the other documents of its article
 * (SQuAD), then any others of the file. Where a file has fewer than the length takes, the others
 * come again, in another order; the question's own stand there once.
 */
#include "generators/ruler_bank.h"

#include "generators/draw.h"
#include "generators/qa_set.h"

#include "base/random.h"

enum { QUESTION_BYTES_MAX = 1 << 16 };

#define INSTRUCTION                                                                                \
    "Answer the question based on the given documents. Only give me the answer and do not output " \
    "any other words.\n\n"

struct qa_units {
    const struct qa_set *set;
    uint64_t seed;
    uint32_t *near; /* the article's, shuffled */
    uint64_t near_count;
    uint32_t *own; /* the question's and the article's, ascending: not among the others */
    uint64_t own_count;
};

/* The index-th of the documents that are not the question's, in a new order each time around. */
static uint32_t other_document(const struct qa_units *units, uint64_t index)
{
    uint64_t count = qa_set_document_count(units->set) - units->own_count;
    struct permutation order = permutation_make(units->seed, STR("others"), index / count, count);
    uint64_t document = permutation_at(&order, index % count);

    for (uint64_t i = 0; i < units->own_count && units->own[i] <= document; i++) {
        document++;
    }
    return (uint32_t)document;
}

static void write_document(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    const struct qa_units *units = self;
    uint32_t document = index < units->near_count
                            ? units->near[index]
                            : other_document(units, index - units->near_count);

    (void)variant;
    buf_append(out, qa_set_document(units->set, document));
}

static bool contains(const uint32_t *items, uint64_t count, uint32_t item)
{
    for (uint64_t i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }
    return false;
}

static void insert_ascending(uint32_t *items, uint64_t *count, uint32_t item)
{
    uint64_t at = *count;

    if (contains(items, *count, item)) {
        return;
    }
    for (; at != 0 && items[at - 1] > item; at--) {
        items[at] = items[at - 1];
    }
    items[at] = item;
    (*count)++;
}

static int choose_documents(struct qa_units *units, const struct qa_question *question,
                            struct arena *arena, struct err *err)
{
    size_t most = question->document_count + question->related_count;
    struct random random = random_stream(units->seed, STR("near"), 0);

    units->near = arena_alloc(arena, most, sizeof *units->near);
    units->own = arena_alloc(arena, most, sizeof *units->own);
    if (units->near == NULL || units->own == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < question->document_count; i++) {
        insert_ascending(units->own, &units->own_count, question->documents[i]);
    }
    for (size_t i = 0; i < question->related_count; i++) {
        uint32_t document = question->related[i];
        uint64_t place = random_below(&random, units->near_count + 1);

        if (contains(question->documents, question->document_count, document) ||
            contains(units->near, units->near_count, document)) {
            continue;
        }
        units->near[units->near_count++] = units->near[place];
        units->near[place] = document;
        insert_ascending(units->own, &units->own_count, document);
    }
    if (qa_set_document_count(units->set) == units->own_count) {
        return err_set(err, ERR_USAGE, "the file has no documents but those of one question");
    }
    return 0;
}

/* One document stands at the depth of the case; of several, they divide the text evenly. */
static void place_documents(const struct qa_units *units, const struct qa_question *question,
                            uint64_t seed, const struct case_recipe *recipe,
                            struct listing_design *design)
{
    double depth = draw_depth(seed, recipe);

    for (size_t i = 0; i < question->document_count; i++) {
        double turn = depth + (double)i / (double)question->document_count;

        design->plants[i] = (struct listing_plant){
            .text = qa_set_document(units->set, question->documents[i]),
            .depth = turn < 1.0 || i == 0 ? turn : turn - 1.0,
            .is_wanted = question->document_count == 1,
        };
    }
    design->plant_count = question->document_count;
}

static int write_question(const struct ruler_bank *bank, const struct qa_question *question,
                          struct test_case *test_case, struct listing_question *out,
                          struct err *err)
{
    struct buf text;

    buf_init(&text, QUESTION_BYTES_MAX);
    buf_append(&text, STR(INSTRUCTION "Question: "));
    buf_append(&text, question->text);
    out->ending = ruler_ending(bank, STR(" Answer:"));
    out->reply = question->answers[0];
    test_case->key.answers = question->answers;
    test_case->key.answer_count = question->answer_count;
    return listing_case_keep(test_case, &text, &out->text, err);
}

int ruler_qa_design(const struct ruler_bank *bank, struct test_case *test_case,
                    struct listing_design *design, struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    struct arena *arena = &test_case->arena;
    size_t count = qa_set_question_count(bank->qa);
    struct permutation order =
        permutation_make(design->seed, STR("questions"), recipe->sample / count, count);
    struct qa_question question =
        qa_set_question(bank->qa, (size_t)permutation_at(&order, recipe->sample % count));
    struct qa_units *units = arena_alloc(arena, 1, sizeof *units);
    struct listing_question *asked = arena_alloc(arena, 1, sizeof *asked);
    int rc = 0;

    design->plants =
        arena_alloc(arena, question.document_count + CANARY_PLACES, sizeof *design->plants);
    if (units == NULL || asked == NULL || design->plants == NULL) {
        return err_memory(err);
    }
    *units = (struct qa_units){.set = bank->qa,
                               .seed = draw_seed(design->seed, STR("sample"), recipe->sample)};
    rc = choose_documents(units, &question, arena, err);
    if (rc != 0) {
        return rc;
    }
    place_documents(units, &question, design->seed, recipe, design);
    design->form = (struct listing_form){
        .separator = STR("\n\n"), .before_number = STR("Document "), .after_number = STR(":\n")};
    design->units = (struct listing_units){.self = units,
                                           .write = write_document,
                                           .first = 1,
                                           .step = 1,
                                           .most = UINT64_MAX,
                                           .bytes_max = qa_set_document_bytes_max(bank->qa),
                                           .end = LISTING_END_WORD};
    design->is_shuffled = true;
    design->head = STR(INSTRUCTION "The following are given documents.\n\n");
    design->questions = asked;
    return write_question(bank, &question, test_case, asked, err);
}
