/* generator: the contract between a task and the rest of Haymaker.
 *
 * The second step of the flow, task -> case: a generator turns a recipe into a prompt and its
 * answer key. Adding a task is one file that exports one `const struct generator`, and one line in
 * table.c.
 *
 * Promises: the same recipe gives the same bytes on every machine; prompt and answer together never
 * exceed the recipe's length and come within 0.5 % of it (CASE_FILL_EXACT); no allocation grows
 * with the length; a reader of the prompt's text alone can find the answer.
 *
 * Where a recipe has several probes, each asks another question about the same haystack, which is
 * everything before the question: its bytes are the same for all of them, so that an endpoint can
 * serve it from its cache. It is filled for the probe with the longest question and answer; the
 * others are shorter by the difference. A cold haystack is the same but for its salt (draw.h).
 */
#ifndef GENERATORS_GENERATOR_H
#define GENERATORS_GENERATOR_H

#include "base/arena.h"
#include "base/err.h"
#include "generators/option.h"
#include "prompt/prompt.h"
#include "record/case.h"
#include "token/token.h"

#include <stddef.h>
#include <stdint.h>

/* What the user may set for a task beyond the recipe; NULL for the task's own choice. */
struct generator_settings {
    const char *corpus;   /* a folder of UTF-8 text files, or the name of a built-in corpus */
    const char *needle;   /* niah: the sentence to plant */
    const char *question; /* niah: what to ask */
    const char *expect;   /* niah: what the reply must contain */
    struct task_options options; /* as task_options_read gives them for the generator's rows */
};

/* A case, ready to be sent. Owned by whoever opened it; everything in it ends with it. */
struct test_case {
    struct case_recipe recipe;
    struct arena arena;            /* holds the key's texts */
    struct prompt *prompt;         /* owned; replayable */
    struct prompt_measure measure; /* of the prompt */
    struct answer_key key;         /* borrowed from arena */
    struct fingerprint haystack;   /* of the prompt without salt and question */
    uint64_t answer_tokens;        /* o200k_base, of key.answer, and the canary's line if any */
    const uint32_t
        *needle_messages; /* message index of each needle's ask (mrcr), key.needle_count */
    double depth; /* of the wanted needle: tokens before it / tokens of the prompt, 0 … 1; negative
                     where the answer is in no one place */
};
void test_case_free(struct test_case *test_case); /* NULL is fine */

struct generator {
    const char *name;     /* may have a slash in it: "ruler/vt" */
    const char *purpose;  /* one line: what it measures */
    const char *grader;   /* the grader its replies are marked with */
    const char *version;  /* changes whenever the bytes of any case change */
    const char *released; /* when this version's bytes were fixed, "2026-11-22" */
    uint32_t needles_default;
    const struct task_option *options; /* what the user may choose; NULL for nothing */
    const void *variant; /* which of its tasks this is, for a file that makes several; or NULL */

    /* The score of a reader that knows the form of the task but nothing of the haystack. */
    double (*chance)(uint32_t needles);

    /* Loads what all cases share (phrase banks, prose) once. `self` is this generator. `bank` is
     * read-only afterwards and may be shared by threads. `settings` and `tokenizer` are borrowed
     * until unload. */
    int (*load)(const struct generator *self, void **bank,
                const struct generator_settings *settings, const struct tokenizer *tokenizer,
                struct err *err);
    void (*unload)(void *bank);

    /* XXH3-64 of the corpus files behind `bank`, for the result's record. */
    uint64_t (*corpus_hash)(const void *bank);

    /* Opens one case; *out is freed with test_case_free. ERR_USAGE when the needles do not fit into
     * the length, naming the smallest length that would do. */
    int (*open)(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                struct err *err);
};

/* For open: ERR_USAGE when the recipe has more probes than needles, no such probe, or several of
 * them at a set depth, where only one needle can stand. */
int generator_check_probes(const struct case_recipe *recipe, struct err *err);

/* For open: ERR_USAGE when the recipe asks for what the task's design has no place for. */
struct generator_limits {
    const char *task;
    uint32_t needles; /* so many it has, no more and no less */
    uint32_t probes;  /* questions about one haystack at most */
    bool takes_depth; /* one needle can be put at a depth */
    bool takes_canary;
};
int generator_check_limits(const struct generator_limits *limits, const struct case_recipe *recipe,
                           struct err *err);

/* For load: ERR_USAGE when a text was given that is niah's, or a corpus where none is read. */
int generator_check_settings(const struct generator *generator,
                             const struct generator_settings *settings, bool takes_corpus,
                             struct err *err);

/* The same for a task that can ask `questions` different ones about a haystack, however many
 * needles there are. */
int generator_check_questions(const struct case_recipe *recipe, uint32_t questions,
                              struct err *err);

extern const struct generator *const generators[]; /* NULL-terminated; table.c */

/* ERR_USAGE that names the known tasks. */
int generator_find(struct str name, const struct generator **out, struct err *err);

#endif
