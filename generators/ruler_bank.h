/* ruler_bank: what the families of RULER's tasks share. Private to ruler*.c. */
#ifndef GENERATORS_RULER_BANK_H
#define GENERATORS_RULER_BANK_H

#include "generators/listing_case.h"
#include "generators/prose.h"
#include "generators/word_bank.h"

#include <stdbool.h>
#include <stdint.h>

enum ruler_haystack { RULER_NOISE, RULER_ESSAY, RULER_NEEDLES };

struct ruler_bank;

/* Which of the tasks. */
struct ruler_variant {
    /* Writes heads, plants and questions of a checked recipe into *design, whose tokenizer and seed
     * are set, and the task's part of the key. */
    int (*design)(const struct ruler_bank *bank, struct test_case *test_case,
                  struct listing_design *design, struct err *err);
    enum ruler_haystack haystack;
    bool has_uuid_keys;
    bool has_uuid_values;
    uint32_t keys;
    uint32_t values; /* of each key */
    uint32_t queries;
    bool is_hotpot; /* how the file of questions is written */
    struct generator_limits limits;
};

struct qa_set;

struct ruler_bank {
    const struct generator *generator; /* borrowed, as the tokenizer */
    const struct ruler_variant *variant;
    const struct tokenizer *tokenizer;
    bool has_answer_prefix;
    struct prose *prose; /* what the task does not need is NULL */
    struct word_bank *words;
    struct qa_set *qa;
};

int ruler_niah_design(const struct ruler_bank *bank, struct test_case *test_case,
                      struct listing_design *design, struct err *err);
int ruler_vt_design(const struct ruler_bank *bank, struct test_case *test_case,
                    struct listing_design *design, struct err *err);
int ruler_cwe_design(const struct ruler_bank *bank, struct test_case *test_case,
                     struct listing_design *design, struct err *err);
int ruler_fwe_design(const struct ruler_bank *bank, struct test_case *test_case,
                     struct listing_design *design, struct err *err);
int ruler_qa_design(const struct ruler_bank *bank, struct test_case *test_case,
                    struct listing_design *design, struct err *err);

/* RULER's noise as units. */
extern const struct str ruler_noise;
void ruler_write_noise(const void *self, uint64_t index, uint32_t variant, struct buf *out);

/* The answer prefix, or nothing where it is left out. */
struct str ruler_ending(const struct ruler_bank *bank, struct str prefix);

/* The texts as "a, b, c", with another separator if need be. */
int ruler_join(struct test_case *test_case, const struct str *texts, size_t count,
               struct str separator, struct str *out, struct err *err);

#endif
