/* Every task there is. A new one is a file of its own and a line here. */
#include "generators/absent.h"
#include "generators/aggregate.h"
#include "generators/generator.h"
#include "generators/graphwalks.h"
#include "generators/latent.h"
#include "generators/mrcr.h"
#include "generators/mrcr_v2.h"
#include "generators/niah.h"
#include "generators/ruler.h"
#include "generators/updates.h"

const struct generator *const generators[] = {
    &generator_mrcr,
    &generator_mrcr_v2,
    &generator_niah,
    &generator_updates,
    &generator_absent,
    &generator_aggregate,
    &generator_latent,
    &generator_graphwalks_bfs,
    &generator_graphwalks_parents,
    &ruler_generators[RULER_NIAH_SINGLE_1],
    &ruler_generators[RULER_NIAH_SINGLE_2],
    &ruler_generators[RULER_NIAH_SINGLE_3],
    &ruler_generators[RULER_NIAH_MULTIKEY_1],
    &ruler_generators[RULER_NIAH_MULTIKEY_2],
    &ruler_generators[RULER_NIAH_MULTIKEY_3],
    &ruler_generators[RULER_NIAH_MULTIVALUE],
    &ruler_generators[RULER_NIAH_MULTIQUERY],
    &ruler_generators[RULER_VT],
    &ruler_generators[RULER_CWE],
    &ruler_generators[RULER_FWE],
    &ruler_generators[RULER_QA_1],
    &ruler_generators[RULER_QA_2],
    NULL,
};
