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

enum sim_finish { SIM_STOP, SIM_LENGTH };

struct sim_answer {
    struct buf text; /* owned; well-formed UTF-8 */
    enum sim_finish finish;
    bool is_refusal; /* the text is sent as a refusal, not as an answer */
};

const struct sim_model *sim_model_find(const char *name); /* NULL when there is none */

void sim_thought_init(struct sim_thought *thought, const struct conversation *conversation);

/* Answers, and cuts the answer at `output_tokens_max` (0: no limit). *out is released with
 * sim_answer_release, also after an error. */
int sim_model_answer(const struct sim_model *model, const struct sim_thought *thought,
                     uint64_t output_tokens_max, struct sim_answer *out, struct err *err);
void sim_answer_release(struct sim_answer *answer);

/* About how many o200k_base tokens so many bytes of English are: bytes / 4.9, rounded. */
uint64_t sim_tokens(uint64_t bytes);

/* The chance that `decay` remembers: exp(-0.6 (T/1M)^0.6 (1 + log2(n)/2) (1/4 + 9/2 d (1-d))) for
 * a prompt of T tokens, n needles and the wanted one at depth d. 1M is 2^20; the last factor is 1
 * on average over d, 1/4 at the ends and 11/8 in the middle. */
double sim_recall(uint64_t prompt_tokens, size_t needles, double depth);

#endif
