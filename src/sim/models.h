/* models: the simulated models as each vendor lists its own.
 */
#ifndef SIM_MODELS_H
#define SIM_MODELS_H

#include "base/str.h"
#include "sim/fault.h"

#include <jansson.h>

/* What the models say of themselves: more than any prompt a test sends. */
enum { MODELS_INPUT_TOKENS = 10485760, MODELS_OUTPUT_TOKENS = 131072 };

enum models_shape { MODELS_OPENAI, MODELS_ANTHROPIC, MODELS_GEMINI };

/* NULL when memory is short. */
json_t *models_list(enum models_shape shape);

/* One model; `name` may carry faults: a window among them is the limit. */
json_t *models_one(enum models_shape shape, const char *name, const struct sim_spec *spec);

#endif
