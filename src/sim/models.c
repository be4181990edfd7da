#include "sim/models.h"

static json_int_t input_tokens(const struct sim_spec *spec)
{
    const struct sim_spec_fault *window = spec != NULL ? sim_spec_find(spec, EFFECT_WINDOW) : NULL;

    return window != NULL && window->argument != 0 ? (json_int_t)window->argument
                                                   : MODELS_INPUT_TOKENS;
}

json_t *models_one(enum models_shape shape, const char *name, const struct sim_spec *spec)
{
    switch (shape) {
    case MODELS_OPENAI: /* max_model_len is vLLM's */
        return json_pack("{s:s, s:s, s:i, s:s, s:I}", "id", name, "object", "model", "created", 0,
                         "owned_by", "haymaker-simulated", "max_model_len", input_tokens(spec));
    case MODELS_ANTHROPIC:
        return json_pack("{s:s, s:s, s:s, s:s, s:I, s:i}", "type", "model", "id", name,
                         "display_name", name, "created_at", "1970-01-01T00:00:00Z",
                         "max_input_tokens", input_tokens(spec), "max_tokens",
                         MODELS_OUTPUT_TOKENS);
    case MODELS_GEMINI:
        return json_pack("{s:s+, s:s, s:I, s:i, s:[s, s, s]}", "name", "models/", name,
                         "displayName", name, "inputTokenLimit", input_tokens(spec),
                         "outputTokenLimit", MODELS_OUTPUT_TOKENS, "supportedGenerationMethods",
                         "generateContent", "countTokens", "batchGenerateContent");
    }
    return NULL;
}

json_t *models_list(enum models_shape shape)
{
    json_t *data = json_array();
    const char *last = "";

    for (const struct sim_model *model = sim_models; model->name != NULL; model++) {
        (void)json_array_append_new(data, models_one(shape, model->name, NULL));
        last = model->name;
    }
    switch (shape) {
    case MODELS_OPENAI:
        return json_pack("{s:s, s:o}", "object", "list", "data", data);
    case MODELS_ANTHROPIC:
        return json_pack("{s:o, s:b, s:s, s:s}", "data", data, "has_more", 0, "first_id",
                         sim_models[0].name, "last_id", last);
    case MODELS_GEMINI:
        return json_pack("{s:o}", "models", data);
    }
    return NULL;
}
