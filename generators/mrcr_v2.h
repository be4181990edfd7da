/* mrcr-v2: multi-round co-reference resolution in the form of Google DeepMind's MRCR v2. See
 * generators/mrcr_v2.c. */
#ifndef GENERATORS_MRCR_V2_H
#define GENERATORS_MRCR_V2_H

#include "generators/generator.h"

extern const struct generator generator_mrcr_v2;

#endif
