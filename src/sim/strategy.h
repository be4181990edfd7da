/* strategy: how a reader finds the answer to one kind of question, from the text alone.
 *
 * A strategy is one file that exports one `const struct strategy`, and a line in the table. None
 * ever sees an answer key. Work is linear in the text. Memory grows with the answer and what has to
 * be counted for it at most, not with the text.
 */
#ifndef SIM_STRATEGY_H
#define SIM_STRATEGY_H

#include "base/buf.h"
#include "base/random.h"
#include "base/str.h"
#include "sim/conversation.h"

#include <stdbool.h>
#include <stddef.h>

/* A question may end in a request for the codes of "Checkpoint 1 of 3: KRT481." and so on, which
 * stand in the text: see strategy_question. */
enum { STRATEGY_CHECKPOINTS = 3 };

enum reading_form {
    READING_TEXT, /* the answer is a text of the conversation */
    READING_LIST, /* it is several, one a line: strategy.visit gives them */
    READING_COUNT /* it is how many there are */
};

/* What a careful reader finds. Views are borrowed from the conversation, and from the reading
 * itself where an answer had to be put together. Released with reading_release. */
struct reading {
    struct str opening; /* what the answer must begin with; empty for nothing */
    enum reading_form form;
    struct str answer; /* the right answer, without opening, of several the first; empty: the text
                          does not hold it */
    size_t needles;    /* texts that answer to the same description, the right one included */
    double depth;      /* where the right one begins: bytes before it / bytes of the text */
    bool wants_checkpoints;                       /* the question asks for them, too */
    struct str checkpoints[STRATEGY_CHECKPOINTS]; /* their codes; empty: not in the text */
    struct buf composed; /* owned; an answer that does not stand in the text as it is */
};
void reading_release(struct reading *reading);

/* One of several texts that make up an answer; `depth` as in struct reading. */
typedef void strategy_visitor(void *context, struct str text, double depth);

struct strategy {
    const char *name;

    /* False, and nothing allocated, when the conversation does not end in this kind of question. */
    bool (*read)(const struct conversation *conversation, struct reading *out);

    /* What a reader who lost the right text would take for it: another needle, or the nearest there
     * is; empty when nothing in the text comes near. Drawn from `random` among equals. */
    struct str (*mistake)(const struct conversation *conversation, const struct reading *reading,
                          struct random *random);

    /* For a list or a count: calls `visitor` for each text in the order of the conversation. NULL
     * where `form` is READING_TEXT. */
    void (*visit)(const struct conversation *conversation, strategy_visitor *visitor,
                  void *context);
};

extern const struct strategy strategy_mrcr;
extern const struct strategy strategy_mrcr_v2;
extern const struct strategy strategy_updates;
extern const struct strategy strategy_absent;
extern const struct strategy strategy_aggregate;
extern const struct strategy strategy_latent;
extern const struct strategy strategy_niah;
extern const struct strategy strategy_graphwalks;
extern const struct strategy strategy_ruler;

/* The last message without a request for checkpoints at its end; what strategies read. */
struct str strategy_question(const struct conversation *conversation);

/* Appends the line that the request asks for, "Checkpoints: KRT481, -, QXV093", where there was
 * one. */
void strategy_append_checkpoints(const struct reading *reading, struct buf *out);

/* The first strategy that knows the question, or NULL; its reading is in *out, which is to be
 * released either way. */
const struct strategy *strategy_find(const struct conversation *conversation, struct reading *out);

#endif
