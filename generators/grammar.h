/* grammar: what our writers know, read from corpora/writers.
 *
 * The files are plain text (corpora/README.md describes them): `topics.txt` lists what can be
 * written about, `banks-*.txt` hold rules every format may use, and each other file is one writing
 * format. Loading compiles all of it into flat arrays: a rule is a range of alternatives, an
 * alternative a range of operations, an inline choice a rule without a name. Loading also proves
 * what the writer relies on: every reference is resolved and no rule can nest deeper than
 * GRAMMAR_DEPTH_MAX.
 *
 * A grammar is read-only once loaded and may be shared by any number of threads.
 */
#ifndef GENERATORS_GRAMMAR_H
#define GENERATORS_GRAMMAR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GRAMMAR_DEPTH_MAX = 24, /* nested expansions, inline choices included */
    GRAMMAR_SLOTS_MAX = 32, /* different {$NAME:…} in all files */
    GRAMMAR_BODIES_MAX = 256,
    GRAMMAR_FEW_MAX = 255
};

enum grammar_op_kind {
    GRAMMAR_TEXT,      /* a: offset in `text`, b: length */
    GRAMMAR_RULE,      /* a: rule */
    GRAMMAR_REMEMBER,  /* a: rule, b: slot */
    GRAMMAR_AGREE,     /* a: rule with two alternatives, singular and plural */
    GRAMMAR_NUMBER,    /* a … b, both included */
    GRAMMAR_ARTICLE,   /* "a" or "an" */
    GRAMMAR_CAPITAL,   /* the next letter becomes a capital */
    GRAMMAR_TITLE,     /* the rest of the line is written as a title */
    GRAMMAR_TOPIC,     /* the topic itself */
    GRAMMAR_TOPIC_WORD /* a: enum grammar_topic_list */
};

struct grammar_op {
    enum grammar_op_kind kind;
    uint32_t a;
    uint32_t b;
};

struct grammar_alternative {
    uint32_t first_op;
    uint32_t op_count;
};

struct grammar_rule {
    uint32_t first_alternative;
    uint32_t alternative_count; /* at least 1 */
    uint32_t few;               /* a reply keeps to so many expansions of it; 0 for no limit */
};

struct grammar_format {
    struct str name;     /* as in the ask: "short scene in a play" */
    uint32_t tokens_min; /* the range a reply's target size is drawn from, o200k tokens */
    uint32_t tokens_max;
    double bytes_per_token; /* of its text, to write as much as the target asks for */
    uint32_t open;          /* rules */
    uint32_t body;
    uint32_t close;
};

enum grammar_topic_list {
    GRAMMAR_THING,
    GRAMMAR_THINGS, /* the plurals, in the order of GRAMMAR_THING */
    GRAMMAR_QUALITY,
    GRAMMAR_DEED, /* in the form that agrees with the topic */
    GRAMMAR_PLACE,
    GRAMMAR_ROLE,
    GRAMMAR_TOPIC_LISTS
};

struct grammar_words {
    struct str *words;
    uint32_t count; /* at least 2 */
};

struct grammar_topic {
    struct str name;
    bool is_plural;
    struct grammar_words lists[GRAMMAR_TOPIC_LISTS];
};

struct phrase_book; /* generators/phrase_book.h */
struct tokenizer;

/* Owned by whoever loaded it; every text is borrowed from it until grammar_free. */
struct grammar {
    struct arena arena;
    struct buf text; /* all literal text, unescaped */
    struct grammar_op *ops;
    struct grammar_alternative *alternatives;
    struct grammar_rule *rules;
    size_t op_count;
    size_t alternative_count;
    size_t rule_count;
    struct grammar_format *formats; /* in the order of their file names */
    size_t format_count;
    struct grammar_topic *topics; /* in the order of topics.txt */
    size_t topic_count;
    struct phrase_book *book; /* owned; the same for the writer */
    uint64_t hash;            /* XXH3-64 over the files in sorted order, each with its name */
};

/* Loads the .txt files of a folder. ERR_INPUT names the first mistake as "file:line: …". With
 * `problems` (may be NULL) every mistake is appended to it, one a line, and what is merely unused
 * as well. The caller frees with grammar_free. */
int grammar_load(struct grammar **out, const char *folder, struct buf *problems, struct err *err);
void grammar_free(struct grammar *grammar); /* NULL is fine */

/* Sets the tokens of all texts, so that the writer knows how many it writes: from the file `counts`
 * (phrase_counts.h; NULL for none) if it is of this grammar, else by counting. `tokenizer` is
 * borrowed until grammar_free. ERR_MEMORY only. */
int grammar_count_tokens(struct grammar *grammar, const char *counts,
                         const struct tokenizer *tokenizer, struct err *err);

/* The index of a format or topic by its name, or SIZE_MAX. */
size_t grammar_find_format(const struct grammar *grammar, struct str name);
size_t grammar_find_topic(const struct grammar *grammar, struct str name);

#endif
