/* qa_set: questions about documents, read from SQuAD's or HotpotQA's published JSON.
 *
 * The files are the user's, as they have licences of their own. They are read as a stream; what is
 * kept are the texts, each document once.
 */
#ifndef GENERATORS_QA_SET_H
#define GENERATORS_QA_SET_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum qa_format {
    QA_SQUAD, /* {"data": [{"paragraphs": [{"context", "qas": [{"question", "answers": [{"text"}],
                 "is_impossible"}]}]}]}; questions without an answer are passed over */
    QA_HOTPOT /* [{"question", "answer", "context": [["title", ["sentence", …]], …]}, …]; a
                 document is its title, a line feed and its sentences */
};

struct qa_question {
    struct str text;
    const struct str *answers; /* at least one */
    size_t answer_count;
    const uint32_t *documents; /* that belong to it */
    size_t document_count;
    const uint32_t *related; /* of the same article (SQuAD) */
    size_t related_count;
};

struct qa_set;

/* ERR_INPUT names the file and what is wrong with it. Freed with qa_set_free, read-only until then.
 */
int qa_set_load(struct qa_set **out, const char *path, enum qa_format format, struct err *err);
void qa_set_free(struct qa_set *set); /* NULL is fine */

uint64_t qa_set_hash(const struct qa_set *set);         /* XXH3-64 of the file */
size_t qa_set_question_count(const struct qa_set *set); /* at least 1 */
struct qa_question qa_set_question(const struct qa_set *set, size_t index);
uint32_t qa_set_document_count(const struct qa_set *set);
struct str qa_set_document(const struct qa_set *set, uint32_t index);
size_t qa_set_document_bytes_max(const struct qa_set *set);

#endif
