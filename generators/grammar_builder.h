/* grammar_builder: the state of a grammar while its files are read. Private to grammar*.c.
 *
 * Alternatives and operations of nested choices are finished before those around them, yet each
 * must end up in one run. So they wait on stacks, and a finished level moves its own off the top
 * into the grammar's arrays.
 */
#ifndef GENERATORS_GRAMMAR_BUILDER_H
#define GENERATORS_GRAMMAR_BUILDER_H

#include "generators/grammar.h"

/* A growing array; items are owned by whoever takes them. */
struct grammar_list {
    void *items;
    size_t count;
    size_t cap;
};

enum { GRAMMAR_SCOPE_BANKS = 0 }; /* format files have scopes 1, 2, … */

struct grammar_place {
    struct str file; /* its name without folders */
    size_t line;
};

struct grammar_named_rule {
    struct str name;
    uint32_t scope;
    uint32_t rule;
    struct grammar_place place;
};

/* A {rule-name} met before all rules are known. */
struct grammar_reference {
    struct str name;
    uint32_t scope;
    struct grammar_place place;
};

struct grammar_slot {
    struct str name;
    struct str rule_name;
};

struct grammar_builder {
    struct grammar *grammar;
    struct buf *problems; /* borrowed; may be NULL */
    struct err *err;      /* borrowed; holds the first mistake once failed */
    bool failed;

    struct grammar_list ops; /* growing versions of the grammar's arrays */
    struct grammar_list alternatives;
    struct grammar_list rules;
    struct grammar_list formats;
    struct grammar_list format_places; /* the header line of each */
    struct grammar_list topics;
    struct grammar_list open_ops; /* the two stacks */
    struct grammar_list open_alternatives;
    struct grammar_list named;
    struct grammar_list references;
    struct grammar_slot slots[GRAMMAR_SLOTS_MAX];
    size_t slot_count;

    struct grammar_place place; /* of the line being read */
    uint32_t scope;             /* of the file being read */
};

/* Notes a mistake at builder->place (or at `place`) and goes on, so that one load finds them all.
 */
void grammar_mistake(struct grammar_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Notes something that does no harm, such as an unused rule. */
void grammar_remark(struct grammar_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A zeroed new item at the end, or NULL when memory is short (noted as a mistake). */
void *grammar_list_add(struct grammar_builder *builder, struct grammar_list *list, size_t size);

bool grammar_is_rule_name(struct str name);

/* Compiles the markup of one line and puts the alternative on the stack of open alternatives. */
void grammar_compile_alternative(struct grammar_builder *builder, struct str line);

/* Makes the topmost `count` open alternatives a rule and returns its index. */
uint32_t grammar_close_rule(struct grammar_builder *builder, size_t count, uint32_t few);

/* Replaces references by rules once all files are read, and proves the depth limit. */
void grammar_resolve(struct grammar_builder *builder);

/* Reads one line of topics.txt. */
void grammar_read_topic(struct grammar_builder *builder, struct str line);

/* The rule called `name` in the scope alone; NULL when there is none. Valid after sorting only. */
const struct grammar_named_rule *grammar_find_named(const struct grammar_builder *builder,
                                                    uint32_t scope, struct str name);

#endif
