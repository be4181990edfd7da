/* Every task there is. A new one is a file of its own and a line here. */
#include "generators/absent.h"
#include "generators/aggregate.h"
#include "generators/generator.h"
#include "generators/graphwalks.h"
#include "generators/latent.h"
#include "generators/mrcr.h"
#include "generators/mrcr_v2.h"
#include "generators/niah.h"
#include "generators/updates.h"

const struct generator *const generators[] = {
    &generator_mrcr,           &generator_mrcr_v2,
    &generator_niah,           &generator_updates,
    &generator_absent,         &generator_aggregate,
    &generator_graphwalks_bfs, &generator_graphwalks_parents,
    &generator_latent,         NULL,
};
