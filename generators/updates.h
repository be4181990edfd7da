/* updates: the task of giving the value of a fact that holds after several changes. See
 * generators/updates.c. */
#ifndef GENERATORS_UPDATES_H
#define GENERATORS_UPDATES_H

#include "generators/generator.h"

extern const struct generator generator_updates;

#endif
