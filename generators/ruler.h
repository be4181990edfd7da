/* ruler: the thirteen tasks of NVIDIA's RULER (Hsieh et al. 2024, arXiv 2404.06654; Apache-2.0).
 *
 * Names, templates, answer prefixes, counts and graders are the benchmark's (NVIDIA/RULER as of
 * 2026-07), so that scores compare; the random choices are ours. What differs, on purpose:
 *   - Lengths are exact, in o200k_base, of prompt and answer; the benchmark's are of the prompt and
 *     a fixed room for the answer, in the model's own tokens.
 *   - Essays are the built-in prose or the user's (--corpus), sentences joined by one space, never
 *     repeated. Words are our own (corpora/words).
 *   - Needles are spread evenly over depths and samples, not at random; keys never come twice.
 *   - The benchmark ends a chat's last message with the beginning of the answer. It is the end of
 *     the user's message here; `answer-prefix=no` leaves it out, for models that reason first.
 */
#ifndef GENERATORS_RULER_H
#define GENERATORS_RULER_H

#include "generators/generator.h"

enum ruler_task {
    RULER_NIAH_SINGLE_1,
    RULER_NIAH_SINGLE_2,
    RULER_NIAH_SINGLE_3,
    RULER_NIAH_MULTIKEY_1,
    RULER_NIAH_MULTIKEY_2,
    RULER_NIAH_MULTIKEY_3,
    RULER_NIAH_MULTIVALUE,
    RULER_NIAH_MULTIQUERY,
    RULER_VT,
    RULER_CWE,
    RULER_FWE,
    RULER_QA_1,
    RULER_QA_2,
    RULER_TASKS
};

extern const struct generator ruler_generators[RULER_TASKS];

#endif
