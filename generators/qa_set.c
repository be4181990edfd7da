#include "generators/qa_set.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <xxhash.h>

enum { TEXT_BYTES_MAX = 4 * 1024 * 1024, LEVELS = 10, CAP_FIRST = 256 };

/* A question as it is kept: ranges of the arrays below. */
struct stored_question {
    struct str text;
    size_t first_answer;
    size_t answer_count;
    size_t first_document; /* of `references` */
    size_t document_count;
    size_t first_related; /* of `references` */
    size_t related_count;
};

struct growing {
    void *items; /* owned */
    size_t count;
    size_t cap;
};

struct qa_set {
    struct arena arena;        /* texts */
    struct growing questions;  /* struct stored_question */
    struct growing answers;    /* struct str */
    struct growing documents;  /* struct str */
    struct growing references; /* uint32_t: documents of a question or an article */
    size_t document_bytes_max;
    uint64_t hash;
};

enum member {
    MEMBER_OTHER,
    MEMBER_DATA,
    MEMBER_PARAGRAPHS,
    MEMBER_CONTEXT,
    MEMBER_QAS,
    MEMBER_QUESTION,
    MEMBER_ANSWERS,
    MEMBER_ANSWER,
    MEMBER_TEXT,
    MEMBER_IMPOSSIBLE
};

struct loading {
    struct qa_set *set;
    enum qa_format format;
    size_t depth;
    enum member members[LEVELS]; /* the key at hand of the object on each level */
    struct buf text;             /* the string being read */
    struct buf document;         /* HotpotQA: title and sentences so far */
    bool has_title;
    uint32_t *slots; /* documents by hash: index + 1, 0 is free; owned */
    size_t slot_count;

    struct stored_question question; /* being read */
    bool is_impossible;
    size_t paragraph_question; /* the paragraph's first question */
    size_t article_question;
    size_t article_reference;
    uint32_t paragraph_document; /* or UINT32_MAX */
};

void qa_set_free(struct qa_set *set)
{
    if (set != NULL) {
        arena_release(&set->arena);
        free(set->questions.items);
        free(set->answers.items);
        free(set->documents.items);
        free(set->references.items);
        free(set);
    }
}

/* Room for one more item of `size` bytes, which counts at once; NULL when memory is short. */
static void *add_item(struct growing *list, size_t size)
{
    if (list->count == list->cap) {
        size_t cap = list->cap != 0 ? 2 * list->cap : CAP_FIRST;
        void *grown = realloc(list->items, cap * size);

        if (grown == NULL) {
            return NULL;
        }
        list->items = grown;
        list->cap = cap;
    }
    return (char *)list->items + size * list->count++;
}

static struct str *document_at(const struct qa_set *set, size_t index)
{
    return (struct str *)set->documents.items + index;
}

static struct stored_question *question_at(const struct qa_set *set, size_t index)
{
    return (struct stored_question *)set->questions.items + index;
}

static uint32_t *find_slot(const struct loading *loading, struct str text)
{
    size_t slot = XXH3_64bits(text.p, text.len) & (loading->slot_count - 1);

    while (loading->slots[slot] != 0 &&
           !str_equal(*document_at(loading->set, loading->slots[slot] - 1), text)) {
        slot = (slot + 1) & (loading->slot_count - 1);
    }
    return &loading->slots[slot];
}

static int grow_slots(struct loading *loading, struct err *err)
{
    size_t count = loading->slot_count != 0 ? 2 * loading->slot_count : CAP_FIRST;
    uint32_t *slots = calloc(count, sizeof *slots);

    if (slots == NULL) {
        return err_memory(err);
    }
    free(loading->slots);
    loading->slots = slots;
    loading->slot_count = count;
    for (size_t i = 0; i < loading->set->documents.count; i++) {
        *find_slot(loading, *document_at(loading->set, i)) = (uint32_t)i + 1;
    }
    return 0;
}

/* The index of a document, which is kept when it is new. */
static int add_document(struct loading *loading, struct str text, uint32_t *out, struct err *err)
{
    struct qa_set *set = loading->set;
    uint32_t *slot = NULL;
    struct str *item = NULL;

    if (2 * (set->documents.count + 1) > loading->slot_count && grow_slots(loading, err) != 0) {
        return (int)err->code;
    }
    slot = find_slot(loading, text);
    if (*slot == 0) {
        struct str copy = arena_copy(&set->arena, text);

        item = copy.p != NULL ? add_item(&set->documents, sizeof *item) : NULL;
        if (item == NULL) {
            return err_memory(err);
        }
        *item = copy;
        *slot = (uint32_t)set->documents.count;
        set->document_bytes_max =
            text.len > set->document_bytes_max ? text.len : set->document_bytes_max;
    }
    *out = *slot - 1;
    return 0;
}

static int add_reference(struct loading *loading, uint32_t document, struct err *err)
{
    uint32_t *item = add_item(&loading->set->references, sizeof *item);

    if (item == NULL) {
        return err_memory(err);
    }
    *item = document;
    return 0;
}

static int add_answer(struct loading *loading, struct err *err)
{
    struct str copy = arena_copy(&loading->set->arena, buf_str(&loading->text));
    struct str *item = copy.p != NULL ? add_item(&loading->set->answers, sizeof *item) : NULL;

    if (item == NULL) {
        return err_memory(err);
    }
    *item = copy;
    loading->question.answer_count++;
    return 0;
}

static int keep_question_text(struct loading *loading, struct err *err)
{
    loading->question.text = arena_copy(&loading->set->arena, buf_str(&loading->text));
    return loading->question.text.p == NULL ? err_memory(err) : 0;
}

static void begin_question(struct loading *loading)
{
    loading->question = (struct stored_question){
        .first_answer = loading->set->answers.count,
        .first_document = loading->set->references.count,
    };
    loading->is_impossible = false;
}

/* Keeps the question that was read if it can be asked. */
static int end_question(struct loading *loading, struct err *err)
{
    struct qa_set *set = loading->set;
    const struct stored_question *question = &loading->question;
    struct stored_question *item = NULL;
    bool has_document = loading->format == QA_SQUAD || question->document_count != 0;

    if (loading->is_impossible || question->answer_count == 0 || question->text.len == 0 ||
        !has_document) {
        set->answers.count = question->first_answer;
        set->references.count = question->first_document;
        return 0;
    }
    item = add_item(&set->questions, sizeof *item);
    if (item == NULL) {
        return err_memory(err);
    }
    *item = *question;
    return 0;
}

/* SQuAD: the paragraph's text may come after its questions. */
static int end_paragraph(struct loading *loading, struct err *err)
{
    struct qa_set *set = loading->set;
    int rc = 0;

    if (loading->paragraph_document == UINT32_MAX) {
        set->questions.count = loading->paragraph_question;
    } else {
        size_t reference = set->references.count;

        rc = add_reference(loading, loading->paragraph_document, err);
        for (size_t i = loading->paragraph_question; i < set->questions.count; i++) {
            question_at(set, i)->first_document = reference;
            question_at(set, i)->document_count = 1;
        }
    }
    loading->paragraph_question = set->questions.count;
    loading->paragraph_document = UINT32_MAX;
    return rc;
}

static void end_article(struct loading *loading)
{
    struct qa_set *set = loading->set;

    for (size_t i = loading->article_question; i < set->questions.count; i++) {
        question_at(set, i)->first_related = loading->article_reference;
        question_at(set, i)->related_count = set->references.count - loading->article_reference;
    }
    loading->article_question = set->questions.count;
    loading->article_reference = set->references.count;
}

static enum member member_of(struct str key)
{
    static const struct {
        const char *name;
        enum member member;
    } names[] = {
        {"data", MEMBER_DATA},
        {"paragraphs", MEMBER_PARAGRAPHS},
        {"context", MEMBER_CONTEXT},
        {"qas", MEMBER_QAS},
        {"question", MEMBER_QUESTION},
        {"answers", MEMBER_ANSWERS},
        {"answer", MEMBER_ANSWER},
        {"text", MEMBER_TEXT},
        {"is_impossible", MEMBER_IMPOSSIBLE},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_equal(key, str_from(names[i].name))) {
            return names[i].member;
        }
    }
    return MEMBER_OTHER;
}

/* Whether the value at hand is member `member` of the object on level `depth`. */
static bool is_at(const struct loading *loading, size_t depth, enum member member)
{
    return loading->depth == depth && depth < LEVELS && loading->members[depth] == member;
}

static bool in_qas(const struct loading *loading)
{
    return loading->members[1] == MEMBER_DATA && loading->members[3] == MEMBER_PARAGRAPHS &&
           loading->members[5] == MEMBER_QAS;
}

static int squad_text(struct loading *loading, struct err *err)
{
    if (is_at(loading, 5, MEMBER_CONTEXT)) {
        return add_document(loading, buf_str(&loading->text), &loading->paragraph_document, err);
    }
    if (is_at(loading, 7, MEMBER_QUESTION) && in_qas(loading)) {
        return keep_question_text(loading, err);
    }
    if (is_at(loading, 9, MEMBER_TEXT) && in_qas(loading) &&
        loading->members[7] == MEMBER_ANSWERS) {
        return add_answer(loading, err);
    }
    return 0;
}

static int squad_event(struct loading *loading, enum json_event event, struct err *err)
{
    if (event == JSON_READ_TEXT_END) {
        return squad_text(loading, err);
    }
    if (event == JSON_READ_OBJECT && loading->depth == 7) {
        begin_question(loading);
    }
    if (event == JSON_READ_TRUE && is_at(loading, 7, MEMBER_IMPOSSIBLE)) {
        loading->is_impossible = true;
    }
    if (event == JSON_READ_OBJECT_END && loading->depth == 7 && in_qas(loading)) {
        return end_question(loading, err);
    }
    if (event == JSON_READ_OBJECT_END && loading->depth == 5) {
        return end_paragraph(loading, err);
    }
    if (event == JSON_READ_OBJECT_END && loading->depth == 3) {
        end_article(loading);
    }
    return 0;
}

static int hotpot_text(struct loading *loading, struct err *err)
{
    if (is_at(loading, 2, MEMBER_QUESTION)) {
        return keep_question_text(loading, err);
    }
    if (is_at(loading, 2, MEMBER_ANSWER)) {
        return add_answer(loading, err);
    }
    if (loading->members[2] == MEMBER_CONTEXT && (loading->depth == 4 || loading->depth == 5)) {
        buf_append(&loading->document, buf_str(&loading->text));
        if (!loading->has_title) {
            buf_append_char(&loading->document, '\n');
        }
        loading->has_title = true;
    }
    return 0;
}

static int hotpot_event(struct loading *loading, enum json_event event, struct err *err)
{
    uint32_t document = 0;
    int rc = 0;

    if (event == JSON_READ_TEXT_END) {
        return hotpot_text(loading, err);
    }
    if (event == JSON_READ_OBJECT && loading->depth == 2) {
        begin_question(loading);
    }
    if (event == JSON_READ_ARRAY && loading->depth == 4) {
        buf_reset(&loading->document);
        loading->has_title = false;
    }
    if (event == JSON_READ_ARRAY_END && loading->depth == 4 &&
        loading->members[2] == MEMBER_CONTEXT) {
        rc = buf_check(&loading->document, "document", err);
        if (rc == 0) {
            rc = add_document(loading, buf_str(&loading->document), &document, err);
        }
        loading->question.document_count += rc == 0 ? 1 : 0;
        return rc != 0 ? rc : add_reference(loading, document, err);
    }
    return event == JSON_READ_OBJECT_END && loading->depth == 2 ? end_question(loading, err) : 0;
}

static int on_event(void *context, enum json_event event, struct str bytes, struct err *err)
{
    struct loading *loading = context;
    int rc = 0;

    switch (event) {
    case JSON_READ_OBJECT:
    case JSON_READ_ARRAY:
        loading->depth++;
        if (loading->depth < LEVELS) {
            loading->members[loading->depth] = MEMBER_OTHER;
        }
        break;
    case JSON_READ_KEY:
        if (loading->depth < LEVELS) {
            loading->members[loading->depth] = member_of(bytes);
        }
        return 0;
    case JSON_READ_TEXT:
        buf_reset(&loading->text);
        return 0;
    case JSON_READ_PIECE:
        buf_append(&loading->text, bytes);
        return buf_check(&loading->text, "text", err);
    case JSON_READ_TEXT_END:
    case JSON_READ_OBJECT_END:
    case JSON_READ_ARRAY_END:
    case JSON_READ_NUMBER:
    case JSON_READ_TRUE:
    case JSON_READ_FALSE:
    case JSON_READ_NULL:
        break;
    }
    rc = loading->format == QA_SQUAD ? squad_event(loading, event, err)
                                     : hotpot_event(loading, event, err);
    if (event == JSON_READ_OBJECT_END || event == JSON_READ_ARRAY_END) {
        loading->depth--;
    }
    return rc;
}

static int read_json(struct loading *loading, struct str bytes, struct err *err)
{
    struct json_reader reader;
    int rc = 0;

    json_reader_init(&reader, on_event, loading);
    rc = json_reader_feed(&reader, bytes, err);
    return rc != 0 ? rc : json_reader_finish(&reader, err);
}

int qa_set_load(struct qa_set **out, const char *path, enum qa_format format, struct err *err)
{
    struct qa_set *set = calloc(1, sizeof *set);
    struct loading loading = {.set = set, .format = format, .paragraph_document = UINT32_MAX};
    struct file_map map = {0};
    int rc = set == NULL ? err_memory(err) : file_map_open(&map, path, err);

    buf_init(&loading.text, TEXT_BYTES_MAX);
    buf_init(&loading.document, TEXT_BYTES_MAX);
    if (rc == 0) {
        set->hash = XXH3_64bits(map.bytes.p, map.bytes.len);
        rc = read_json(&loading, map.bytes, err);
        rc = rc != 0 ? err_wrap(err, "%s", path) : 0;
    }
    if (rc == 0 && set->questions.count == 0) {
        rc =
            err_set(err, ERR_INPUT, "%s: no question with an answer and a document: this is not %s",
                    path, format == QA_SQUAD ? "SQuAD's JSON" : "HotpotQA's JSON");
    }
    file_map_release(&map);
    buf_release(&loading.text);
    buf_release(&loading.document);
    free(loading.slots);
    if (rc != 0) {
        qa_set_free(set);
        return rc;
    }
    *out = set;
    return 0;
}

uint64_t qa_set_hash(const struct qa_set *set)
{
    return set->hash;
}

size_t qa_set_question_count(const struct qa_set *set)
{
    return set->questions.count;
}

struct qa_question qa_set_question(const struct qa_set *set, size_t index)
{
    const struct stored_question *question = question_at(set, index);
    const uint32_t *references = set->references.items;

    return (struct qa_question){
        .text = question->text,
        .answers = (const struct str *)set->answers.items + question->first_answer,
        .answer_count = question->answer_count,
        .documents = references + question->first_document,
        .document_count = question->document_count,
        .related = references + question->first_related,
        .related_count = question->related_count,
    };
}

uint32_t qa_set_document_count(const struct qa_set *set)
{
    return (uint32_t)set->documents.count;
}

struct str qa_set_document(const struct qa_set *set, uint32_t index)
{
    return *document_at(set, index);
}

size_t qa_set_document_bytes_max(const struct qa_set *set)
{
    return set->document_bytes_max;
}
