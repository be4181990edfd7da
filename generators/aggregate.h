/* aggregate: the task of collecting or counting many facts that are scattered over the text. See
 * generators/aggregate.c. */
#ifndef GENERATORS_AGGREGATE_H
#define GENERATORS_AGGREGATE_H

#include "generators/generator.h"

extern const struct generator generator_aggregate;

#endif
