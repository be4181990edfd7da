/* model: from "provider/model" to an endpoint: where it is, how it is spoken to, which key it
 * takes.
 */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "base/arena.h"
#include "base/err.h"
#include "endpoint/endpoint.h"
#include "sim/sim.h"

struct model_settings {
    const char *base_url;          /* NULL: the provider's own */
    const char *key_file;          /* NULL: the provider's environment variable */
    const char *const *parameters; /* "name=JSON", NULL-terminated */
    int64_t max_output_tokens;     /* 0: not sent */
};

/* The endpoints of a sweep's models, with the loopback endpoint running while they live. */
struct models {
    struct arena arena;         /* names, URLs and keys */
    struct endpoint *endpoints; /* one per name */
    size_t count;
    struct sim *sim; /* NULL when no model is simulated */
};

/* ERR_USAGE names an unknown provider, a missing --base-url, a missing or malformed key and where
 * it was looked for (never the key). */
int models_open(struct models *out, const struct str *names, size_t count,
                const struct model_settings *settings, struct err *err);
void models_release(struct models *models);

#endif
