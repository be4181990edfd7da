/* key: what proves to an endpoint who asks: from the provider's environment variables, a file, or
 * the output of a command; never from the command line, and never shown.
 */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "base/arena.h"
#include "base/err.h"
#include "endpoint/catalogue.h"
#include "endpoint/endpoint.h"

struct key_settings {
    const char *file;    /* NULL: none */
    const char *command; /* NULL: none */
};

/* Fills *out (texts allocated in `arena` or borrowed from the environment). ERR_USAGE says where a
 * required key was looked for. */
int key_find(const struct catalogue_provider *provider, const struct key_settings *settings,
             struct arena *arena, struct credentials *out, struct err *err);

#endif
