/* invented_facts: the needles that are planted when the user gives none: invented facts, each a
 * sentence with its question and its answer.
 *
 *     The inventory number of the bronze bell in Ljubljana is 4417093.
 *     What is the inventory number of the bronze bell in Ljubljana? Reply with the number only.
 *
 * The wording is fixed: "The KEY is VALUE." and "What is the KEY? …", where KEY has no " is ", so
 * that a reader that knows nothing but the text can find the one sentence. Several facts of a case
 * have everything but place and number in common. None of it can be known or guessed: all is made
 * up, and a number is one of nine million.
 */
#ifndef GENERATORS_INVENTED_FACTS_H
#define GENERATORS_INVENTED_FACTS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum { INVENTED_FACTS_MAX = 128 }; /* of one case: there are as many places */

/* How likely a guess is right. */
#define INVENTED_FACT_CHANCE (1.0 / 9000000.0)

struct invented_fact {
    struct str key;      /* "inventory number of the bronze bell in Ljubljana" */
    struct str sentence; /* "The KEY is VALUE." */
    struct str question;
    struct str value;
};

/* The name of place `index`, below INVENTED_FACTS_MAX. Static. */
const char *invented_facts_place(size_t index);

/* `count` different numbers of seven digits. */
void invented_facts_draw_values(uint64_t seed, uint32_t sample, uint64_t *out, size_t count);

/* `count` (at most INVENTED_FACTS_MAX) facts of the same kind for a sample, into `out`; texts are
 * allocated in `arena`. Kinds run through a new order in every block of samples. ERR_MEMORY only.
 */
int invented_facts_draw(uint64_t seed, uint32_t sample, size_t count, struct arena *arena,
                        struct invented_fact *out, struct err *err);

#endif
