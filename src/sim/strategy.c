#include "sim/strategy.h"

/* From the most particular form of question to the most general. */
static const struct strategy *const strategies[] = {&strategy_mrcr, &strategy_niah};

const struct strategy *strategy_find(const struct conversation *conversation, struct reading *out)
{
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        *out = (struct reading){0};
        if (strategies[i]->read(conversation, out)) {
            return strategies[i];
        }
    }
    return NULL;
}
