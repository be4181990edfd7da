/* graphwalks: the rows of generators/table.c. */
#ifndef GENERATORS_GRAPHWALKS_H
#define GENERATORS_GRAPHWALKS_H

#include "generators/generator.h"

extern const struct generator generator_graphwalks_bfs;
extern const struct generator generator_graphwalks_parents;

#endif
