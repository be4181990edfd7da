/* absent: the task of telling a fact that is not in the text from one that is. See
 * generators/absent.c. */
#ifndef GENERATORS_ABSENT_H
#define GENERATORS_ABSENT_H

#include "generators/generator.h"

extern const struct generator generator_absent;

#endif
