/* niah: the task of finding one planted sentence in real prose. See generators/niah.c. */
#ifndef GENERATORS_NIAH_H
#define GENERATORS_NIAH_H

#include "generators/generator.h"

extern const struct generator generator_niah;

#endif
