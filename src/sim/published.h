/* published: simulated vendors that score what two vendors' models are said to score.
 *
 * They answer rightly so often that their mean on 8 needles comes to the published figures of MRCR,
 * bin by bin, so that a whole procurement (plan, sweep, comparison, claims, report) can be tried
 * without a key. Figures: OpenAI's announcement of GPT-5.5, 8-needle MRCR v2. Where nothing is
 * published for a bin the mean lies on a line between its neighbours. They say nothing of the real
 * models.
 */
#ifndef SIM_PUBLISHED_H
#define SIM_PUBLISHED_H

#include <stdint.h>

enum published_model { PUBLISHED_GPT_5_5, PUBLISHED_OPUS_4_7 };

/* The chance of a right answer to a prompt of so many tokens: (mean - wrong) / (1 - wrong), where
 * another needle's text scores `wrong`, 2.5 %. */
double published_recall(enum published_model model, uint64_t prompt_tokens);

#endif
