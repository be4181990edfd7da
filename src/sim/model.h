/* model: what a simulated model makes of a conversation. Pure: the same conversation always gets
 * the same answer, on every machine.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "base/buf.h"
#include "base/random.h"
#include "base/str.h"
#include "sim/conversation.h"
#include "sim/sim.h"
#include "sim/strategy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What every model starts from. */
struct sim_thought {
    const struct conversation *conversation; /* borrowed */
    const struct strategy *strategy;         /* NULL: not a question it knows */
    struct reading reading;
    uint64_t prompt_tokens;
    struct random random; /* seeded by the text of the prompt; copy it to draw from it */
};

enum sim_finish {
    SIM_STOP,
    SIM_LENGTH,  /* the limit of output tokens was reached */
    SIM_REFUSAL, /* the text is sent as a refusal, not as an answer */
    SIM_FILTER,  /* a filter stopped the answer where the text ends */
    SIM_BLOCK    /* a filter stopped the prompt: there is no text */
};

struct sim_answer {
    struct buf reasoning; /* owned; what was thought before the text, not part of it */
    struct buf text;      /* owned; well-formed UTF-8 */
    enum sim_finish finish;
};

struct sim_answer_wish {
    uint64_t output_tokens_max; /* reasoning included; 0: no limit */
    bool reasons;               /* think before the answer */
};

const struct sim_model *sim_model_find(struct str name); /* NULL when there is none */

void sim_thought_init(struct sim_thought *thought, const struct conversation *conversation);
void sim_thought_release(struct sim_thought *thought);

/* Answers, and cuts the answer at the limit. *out is released with sim_answer_release, also after
 * an error. */
int sim_model_answer(const struct sim_model *model, const struct sim_thought *thought,
                     const struct sim_answer_wish *wish, struct sim_answer *out, struct err *err);
void sim_answer_release(struct sim_answer *answer);

/* About how many o200k_base tokens so many bytes of English are: bytes / 4.9, rounded. */
uint64_t sim_tokens(uint64_t bytes);
uint64_t sim_bytes(uint64_t tokens); /* the inverse */

/* The chance that `decay` remembers: exp(-0.6 (T/1M)^0.6 (1 + log2(n)/2) (1/4 + 9/2 d (1-d))) for
 * a prompt of T tokens, n needles and the wanted one at depth d. 1M is 2^20; the last factor is 1
 * on average over d, 1/4 at the ends and 11/8 in the middle. */
double sim_recall(uint64_t prompt_tokens, size_t needles, double depth);

#endif
