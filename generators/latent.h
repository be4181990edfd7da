/* latent: the task of finding a sentence that shares no word with the question. See
 * generators/latent.c. */
#ifndef GENERATORS_LATENT_H
#define GENERATORS_LATENT_H

#include "generators/generator.h"

extern const struct generator generator_latent;

#endif
