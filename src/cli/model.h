/* model: from "provider/model" to an endpoint: where it is, how it is spoken to, which key it takes
 * and what it charges. The knowledge is the catalogue's (endpoint/catalogue.h).
 */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "base/arena.h"
#include "base/err.h"
#include "endpoint/catalogue.h"
#include "endpoint/endpoint.h"
#include "endpoint/quirks.h"
#include "record/price.h"
#include "sim/sim.h"

struct model_settings {
    const char *base_url;          /* NULL: the provider's own */
    const char *protocol;          /* NULL: the catalogue's for the model */
    const char *key_file;          /* NULL: the provider's environment variable */
    const char *key_command;       /* a shell command that prints the key; NULL: none */
    const char *models_file;       /* laid over the catalogue; NULL: the user's own, if any */
    const char *price;             /* "in=5,out=30": over the catalogue's; NULL: none */
    const char *const *parameters; /* "name=JSON", NULL-terminated */
    const char *const *headers;    /* "Name: value", NULL-terminated */
    int64_t max_output_tokens;     /* 0: not sent */
    bool allows_plain_http;
    bool caches_haystack; /* as endpoint.caches_haystack */
    bool is_for_planning; /* nothing will be sent: no key, no address, no loopback endpoint */
};

struct model {
    struct endpoint endpoint;
    struct quirks quirks;
    struct catalogue_target target;
    struct price price; /* valid when has_price */
    bool has_price;
    const char *price_as_of;  /* a day, or "" */
    const char *price_source; /* or "" */
};

/* The models of a sweep, with the loopback endpoint running while they live. */
struct models {
    struct arena arena; /* names, URLs and keys */
    struct catalogue catalogue;
    struct model *models; /* one per name */
    size_t count;
    struct sim *sim;             /* NULL when no model is simulated */
    struct tokenizer *tokenizer; /* the loopback endpoint's */
};

/* ERR_USAGE names an unknown provider, a missing --base-url, a missing or malformed key and where
 * it was looked for (never the key). */
int models_open(struct models *out, const struct str *names, size_t count,
                const struct model_settings *settings, struct err *err);
void models_release(struct models *models);

#endif
