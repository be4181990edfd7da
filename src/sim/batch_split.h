/* batch_split: the requests of a batch, found in the file or body that holds them, one after the
 * other and without a copy.
 */
#ifndef SIM_BATCH_SPLIT_H
#define SIM_BATCH_SPLIT_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the parts of a request are. Paths are compared without regard to '_' and case, since
 * Google takes both input_config and inputConfig. */
struct batch_form {
    bool is_lines;    /* each line is a text of its own */
    const char *item; /* the path of one request; "" where the whole text is one */
    const char *id;   /* its name, given back with its result */
    const char *url;  /* the address it is for; or NULL */
    const char *body;
};

enum { BATCH_WORD_MAX = 128 };

struct batch_item {
    char id[BATCH_WORD_MAX];
    char url[BATCH_WORD_MAX];
    struct str body; /* borrowed from the text; empty: there was none */
};

/* A negative return ends the splitting with that error. */
typedef int (*batch_item_handler)(void *context, const struct batch_item *item, struct err *err);

/* ERR_INPUT says where the text is not as it should be. */
int batch_split(const struct batch_form *form, struct str text, batch_item_handler handler,
                void *context, struct err *err);

/* The text at a path of a JSON object, such as the name of a batch. False when there is none. */
bool batch_member(struct str text, const char *path, char *out, size_t size);

#endif
