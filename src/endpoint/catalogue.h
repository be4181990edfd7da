/* catalogue: what is known of the world's endpoints: where each vendor's is, how it is spoken to,
 * which models it has, how long a prompt they take and what they charge.
 *
 * The knowledge is data (share/haymaker/models.json), dated and with its source beside every
 * price. A user's own file has the same form and is laid over it: an entry with a known name or id
 * changes just the fields it states, any other is added. Both are read strictly: an unknown field
 * or a wrong type is an error that names file, entry and field, because a mistyped "ouput" would
 * otherwise be a wrong bill.
 *
 * The catalogue owns everything reachable from it, until catalogue_release. Texts end with a NUL;
 * those not given are NULL, numbers not given are CATALOGUE_UNKNOWN where 0 would say something.
 */
#ifndef ENDPOINT_CATALOGUE_H
#define ENDPOINT_CATALOGUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "endpoint/endpoint.h"
#include "record/price.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOGUE_UNKNOWN INT64_C(-1)

struct catalogue_texts {
    const char *const *items;
    size_t count;
};

/* How a provider's own usage numbers, in its main protocol, relate to struct reply_usage. */
enum catalogue_usage {
    CATALOGUE_USAGE_INCLUSIVE,       /* input and output are wholes */
    CATALOGUE_USAGE_REASONING_APART, /* output leaves the reasoning out: xAI's chat */
    CATALOGUE_USAGE_CACHE_APART,     /* input leaves cached and written tokens out: Anthropic */
    CATALOGUE_USAGE_THOUGHTS_APART   /* output is total - input: Gemini */
};

/* May temperature and its kin be sent? */
enum catalogue_sampling {
    CATALOGUE_SAMPLING_UNKNOWN,
    CATALOGUE_SAMPLING_TAKEN,
    CATALOGUE_SAMPLING_WITHOUT_REASONING, /* with reasoning effort "none" alone */
    CATALOGUE_SAMPLING_REFUSED
};

/* A {name} in a base URL, and where its value is found. Of these, "region" and "project" are also
 * members of struct endpoint. */
struct catalogue_placeholder {
    const char *name;
    struct catalogue_texts variables; /* of the environment; the first that is set counts */
    const char *otherwise;            /* NULL: one of them has to be set */
};

/* Another base URL where a placeholder has a certain value: location "global" has its own host. */
struct catalogue_region {
    const char *placeholder;
    const char *value;
    const char *base_url;
};

/* Another protocol for models whose name starts so: Claude on Vertex. */
struct catalogue_route {
    const char *model_prefix;
    const char *protocol;
};

/* Where the endpoint itself tells a model's limits. The answer is an object, or it has a list of
 * objects of which the one with the model's name as "id" is meant. Fields may be dotted paths. */
struct catalogue_limits {
    const char *path;         /* joined to the base URL; {model} is the model; NULL: nowhere */
    const char *list;         /* the field with the list, or NULL */
    const char *input_field;  /* the most input tokens, or the whole window */
    const char *output_field; /* the most output tokens, or NULL */
};

struct catalogue_provider {
    const char *name;      /* what stands before the slash: "openai" */
    const char *protocol;  /* a name in the protocol table */
    const char *base_url;  /* may hold {placeholders}; NULL: --base-url is required */
    const char *models_of; /* another provider whose models it has too, by their names there */
    const char *query;     /* to follow the path of every request: "api-version=…" */
    const struct catalogue_placeholder *placeholders;
    size_t placeholder_count;
    const struct catalogue_region *regions;
    size_t region_count;
    const struct catalogue_route *routes;
    size_t route_count;

    struct catalogue_texts key_variables; /* the first that is set counts; none: no key */
    bool key_required;
    const char *key_header; /* "authorization" (as a bearer key), "x-api-key", "api-key",
                             * "x-goog-api-key"; NULL: the protocol's own way */

    struct catalogue_texts parameters; /* "name=JSON": sent with every request, so that nothing
                                        * shortens a prompt unasked */
    /* In what it differs from the protocol; NULL and false are the protocol's own way. */
    const char *max_output_parameter; /* of the chat protocol: "max_tokens" */
    bool tells_usage_unasked;         /* asking for usage in the stream is an error */
    bool roles_alternate;             /* messages of one role in a row have to be one */
    const char *seed_parameter;       /* NULL: there is none */
    const char *system_role;          /* what carries instructions; NULL: "system" */
    enum catalogue_usage usage;
    const char *count_path; /* counts a prompt's tokens; joined like limits.path, and may hold the
                             * placeholders of the base URL */
    struct catalogue_limits limits;
    double tokens_per_o200k; /* the vendor's tokens per o200k_base token of English; 0: unknown */
    int64_t batch_discount_percent;
    const char *note;
};

/* A price and the days on which it holds. */
struct catalogue_price {
    struct price price;
    const char *from;  /* "2026-08-21", the first day; NULL: since ever */
    const char *until; /* the last day; NULL: until further notice */
    const char *as_of; /* when the source said so */
    const char *source;
    const char *note;    /* what is doubtful about it */
    bool is_lower_bound; /* the source said "from": it may be dearer */
};

struct catalogue_model {
    const char *id;   /* "openai/gpt-5.5" */
    const char *name; /* "gpt-5.5", within id */
    const struct catalogue_provider *provider;
    struct catalogue_texts aliases; /* other names that the endpoint knows it by */
    const char *protocol;           /* NULL: the provider's */
    struct catalogue_texts headers; /* "name: value", to be sent with every request */

    int64_t window_input_tokens;  /* the longest prompt */
    int64_t window_output_tokens; /* the longest answer, reasoning included */
    int64_t window_total_tokens;  /* both together; unknown where each has its own room */

    const char *max_output_parameter; /* NULL: the provider's */
    enum catalogue_sampling sampling;
    struct catalogue_texts efforts;  /* of reasoning, as the vendor names them */
    struct catalogue_texts thinking; /* the thinking types that are accepted: "adaptive" */
    double tokens_per_o200k;         /* 0: the provider's */

    const struct catalogue_price *prices; /* no two on one day */
    size_t price_count;
    const char *retired; /* the day on which the vendor ended or deprecated it */
    const char *note;
};

struct catalogue {
    struct arena arena;
    const struct catalogue_provider *providers; /* in the order of the files */
    size_t provider_count;
    const struct catalogue_model *models;
    size_t model_count;
};

/* One file's contents; `name` is for errors. */
struct catalogue_source {
    const char *name;
    struct str bytes;
};

/* Reads the sources, each laid over those before it. ERR_INPUT names file, entry and field. The
 * bytes are not needed afterwards. */
int catalogue_read(struct catalogue *out, const struct catalogue_source *sources, size_t count,
                   struct err *err);

/* The installed catalogue with the user's file over it. With NULL that is models.json in the user's
 * configuration folder (file_config_path), if there is one. */
int catalogue_open(struct catalogue *out, const char *user_file, struct err *err);
void catalogue_release(struct catalogue *catalogue);

/* NULL when there is none of that name. */
const struct catalogue_provider *catalogue_provider(const struct catalogue *catalogue,
                                                    struct str name);

void catalogue_append_providers(const struct catalogue *catalogue, struct buf *out); /* "a, b" */

/* What "provider/model" stands for. */
struct catalogue_target {
    const struct catalogue_provider *provider;
    const struct catalogue_model *model; /* NULL: not in the catalogue: no window, no price */
    struct str model_name;               /* as the endpoint names it; borrowed from the argument */
    const char *protocol;
    const char *max_output_parameter; /* NULL: the protocol's own */
    double tokens_per_o200k;          /* 0: unknown */
};

/* A dated snapshot ("gpt-5.5-2026-04-23", "claude-opus-4-7@20260416") is the model it is of.
 * ERR_USAGE names the providers known; a model that is not known is no error. */
int catalogue_find(const struct catalogue *catalogue, struct str name, struct catalogue_target *out,
                   struct err *err);

/* Whether a text has the form of a day, "2026-11-22". */
bool catalogue_is_day(struct str text);

/* The price on a day ("2026-11-22"); NULL when none is known. */
const struct catalogue_price *catalogue_price_on(const struct catalogue_model *model,
                                                 struct str day);

/* Value of an environment variable, or NULL: environment_get where it is used, a table in tests. */
typedef const char *catalogue_lookup(const char *variable);

/* The address of the target's provider with its placeholders filled in, allocated in `arena`.
 * ERR_USAGE names the variable that has to be set, or says that --base-url is required. */
int catalogue_base_url(const struct catalogue_target *target, catalogue_lookup *lookup,
                       struct arena *arena, const char **out, struct err *err);

/* The value of one placeholder, allocated in `arena`: of "region", "project". NULL when the
 * provider has none of that name; ERR_USAGE as above. */
int catalogue_place(const struct catalogue_target *target, struct str name,
                    catalogue_lookup *lookup, struct arena *arena, const char **out,
                    struct err *err);

/* In what the target's server differs from its protocol. The texts are the catalogue's. */
struct quirks catalogue_quirks(const struct catalogue_target *target);

/* The provider's parameters and the user's ("name=JSON", NULL-terminated or NULL), NULL-terminated;
 * of one name the user's alone. The array is allocated in `arena`, its texts are borrowed. */
int catalogue_parameters(const struct catalogue_target *target, const char *const *user_parameters,
                         struct arena *arena, const char *const **out, struct err *err);

#endif
