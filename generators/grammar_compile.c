#include "generators/grammar_builder.h"

#include <stdarg.h>
#include <string.h>

/* One line being compiled. */
struct markup {
    struct grammar_builder *builder;
    struct str rest;
    size_t depth; /* of brackets */
};

static void add_op(struct grammar_builder *builder, enum grammar_op_kind kind, size_t a, size_t b)
{
    struct grammar_op *op = grammar_list_add(builder, &builder->open_ops, sizeof *op);

    if (op != NULL) {
        *op = (struct grammar_op){kind, (uint32_t)a, (uint32_t)b};
    }
}

/* Appends a character of literal text, to the operation before it where that is text as well. */
static void add_char(struct grammar_builder *builder, size_t first_op, char c)
{
    struct buf *text = &builder->grammar->text;
    struct grammar_op *last = builder->open_ops.items;
    size_t count = builder->open_ops.count;

    buf_append_char(text, c);
    if (count > first_op && last[count - 1].kind == GRAMMAR_TEXT &&
        last[count - 1].a + last[count - 1].b == text->len - 1) {
        last[count - 1].b++;
        return;
    }
    add_op(builder, GRAMMAR_TEXT, text->len - 1, 1);
}

static void add_escaped(struct grammar_builder *builder, size_t first_op, char c)
{
    if (c == 'n') {
        c = '\n';
    }
    add_char(builder, first_op, c);
}

static char take_char(struct markup *markup)
{
    char c = '\0';

    if (markup->rest.len != 0) {
        c = markup->rest.p[0];
        markup->rest = str_skip(markup->rest, 1);
    }
    return c;
}

static void compile_sequence(struct markup *markup, const char *stops);

/* Reads the branches of <a|b> or [a|b] up to `close` and returns their number. */
static size_t compile_branches(struct markup *markup, char close)
{
    const char stops[] = {'|', close, '\0'};
    size_t count = 0;
    char c = '|';

    if (++markup->depth > GRAMMAR_DEPTH_MAX) {
        grammar_mistake(markup->builder, "brackets nested deeper than %d", GRAMMAR_DEPTH_MAX);
        markup->rest = (struct str){0};
    }
    while (c == '|') {
        compile_sequence(markup, stops);
        count++;
        c = take_char(markup);
    }
    markup->depth--;
    if (c != close) {
        grammar_mistake(markup->builder, "unbalanced '%c'", close == '>' ? '<' : '[');
    }
    return count;
}

static void compile_choice(struct markup *markup)
{
    size_t count = compile_branches(markup, '>');

    add_op(markup->builder, GRAMMAR_RULE, grammar_close_rule(markup->builder, count, 0), 0);
}

static void compile_agreement(struct markup *markup)
{
    size_t count = compile_branches(markup, ']');
    uint32_t rule = grammar_close_rule(markup->builder, count, 0);

    if (count != 2) {
        grammar_mistake(markup->builder, "[singular|plural] has %zu forms", count);
    }
    add_op(markup->builder, GRAMMAR_AGREE, rule, 0);
}

static void compile_number(struct markup *markup, struct str range)
{
    struct str_pair ends = str_cut(range, '-');
    uint64_t low = 0;
    uint64_t high = 0;

    if (!ends.ok || !str_to_u64(ends.head, &low) || !str_to_u64(ends.tail, &high) || low > high ||
        high > UINT32_MAX) {
        grammar_mistake(markup->builder, "{number:%.*s} is no range such as 3-40", STR_ARG(range));
        return;
    }
    add_op(markup->builder, GRAMMAR_NUMBER, (size_t)low, (size_t)high);
}

/* The reference's index stands where the rule's will be once all rules are known. */
static size_t add_reference(struct grammar_builder *builder, struct str name)
{
    struct grammar_reference *reference =
        grammar_list_add(builder, &builder->references, sizeof *reference);

    if (!grammar_is_rule_name(name)) {
        grammar_mistake(builder, "'{%.*s}' is no rule name", STR_ARG(name));
    }
    if (reference == NULL) {
        return 0;
    }
    *reference = (struct grammar_reference){name, builder->scope, builder->place};
    return builder->references.count - 1;
}

static size_t find_slot(struct grammar_builder *builder, struct str name, struct str rule_name)
{
    size_t i = 0;

    while (i < builder->slot_count && !str_equal(builder->slots[i].name, name)) {
        i++;
    }
    if (i == GRAMMAR_SLOTS_MAX) {
        grammar_mistake(builder, "more than %d different {$NAME:…}", GRAMMAR_SLOTS_MAX);
        return 0;
    }
    if (i == builder->slot_count) {
        builder->slots[builder->slot_count++] = (struct grammar_slot){name, rule_name};
    }
    return i;
}

static void compile_remembered(struct markup *markup, struct str inside)
{
    struct str_pair parts = str_cut(inside, ':');

    if (!parts.ok || parts.head.len == 0) {
        grammar_mistake(markup->builder, "{$%.*s} is not of the form {$NAME:rule}",
                        STR_ARG(inside));
        return;
    }
    add_op(markup->builder, GRAMMAR_REMEMBER, add_reference(markup->builder, parts.tail),
           find_slot(markup->builder, parts.head, parts.tail));
}

static void compile_braces(struct markup *markup)
{
    static const struct {
        const char *name;
        enum grammar_op_kind kind;
        uint32_t a;
    } built_in[] = {
        {"a", GRAMMAR_ARTICLE, 0},
        {"topic", GRAMMAR_TOPIC, 0},
        {"thing", GRAMMAR_TOPIC_WORD, GRAMMAR_THING},
        {"things", GRAMMAR_TOPIC_WORD, GRAMMAR_THINGS},
        {"quality", GRAMMAR_TOPIC_WORD, GRAMMAR_QUALITY},
        {"deed", GRAMMAR_TOPIC_WORD, GRAMMAR_DEED},
        {"place", GRAMMAR_TOPIC_WORD, GRAMMAR_PLACE},
        {"role", GRAMMAR_TOPIC_WORD, GRAMMAR_ROLE},
    };
    struct str_pair braces = str_cut(markup->rest, '}');
    struct str inside = braces.head;

    if (!braces.ok) {
        grammar_mistake(markup->builder, "unbalanced '{'");
        markup->rest = (struct str){0};
        return;
    }
    markup->rest = braces.tail;
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        if (str_equal(inside, str_from(built_in[i].name))) {
            add_op(markup->builder, built_in[i].kind, built_in[i].a, 0);
            return;
        }
    }
    if (str_starts(inside, STR("number:"))) {
        compile_number(markup, str_skip(inside, sizeof "number:" - 1));
    } else if (str_starts(inside, STR("$"))) {
        compile_remembered(markup, str_skip(inside, 1));
    } else {
        add_op(markup->builder, GRAMMAR_RULE, add_reference(markup->builder, inside), 1);
    }
}

static void compile_capital(struct markup *markup)
{
    bool is_title = str_starts(markup->rest, STR("^"));

    markup->rest = str_skip(markup->rest, is_title ? 1 : 0);
    add_op(markup->builder, is_title ? GRAMMAR_TITLE : GRAMMAR_CAPITAL, 0, 0);
}

/* Compiles up to one of `stops` (which is left) or the end, and leaves one open alternative. */
static void compile_sequence(struct markup *markup, const char *stops)
{
    struct grammar_builder *builder = markup->builder;
    size_t first_op = builder->open_ops.count;
    struct grammar_alternative *alternative = NULL;
    size_t op_count = 0;

    while (markup->rest.len != 0 && strchr(stops, markup->rest.p[0]) == NULL) {
        char c = take_char(markup);

        switch (c) {
        case '\\':
            add_escaped(builder, first_op, take_char(markup));
            break;
        case '{':
            compile_braces(markup);
            break;
        case '<':
            compile_choice(markup);
            break;
        case '[':
            compile_agreement(markup);
            break;
        case '^':
            compile_capital(markup);
            break;
        case '|':
        case '>':
        case ']':
        case '}':
            grammar_mistake(builder, "unbalanced '%c' (write \\%c for the character)", c, c);
            break;
        default:
            add_char(builder, first_op, c);
        }
    }
    /* Nested choices have taken their operations off the stack: what is left above is ours. */
    op_count = builder->open_ops.count - first_op;
    alternative = grammar_list_add(builder, &builder->open_alternatives, sizeof *alternative);
    if (alternative != NULL) {
        *alternative = (struct grammar_alternative){(uint32_t)builder->ops.count, 0};
    }
    for (size_t i = 0; i < op_count; i++) {
        struct grammar_op *from = builder->open_ops.items;
        struct grammar_op *op = grammar_list_add(builder, &builder->ops, sizeof *op);

        if (op != NULL && alternative != NULL) {
            *op = from[first_op + i];
            alternative->op_count++;
        }
    }
    builder->open_ops.count = first_op;
}

uint32_t grammar_close_rule(struct grammar_builder *builder, size_t count, uint32_t few)
{
    size_t first = builder->open_alternatives.count - count;
    const struct grammar_alternative *from = builder->open_alternatives.items;
    struct grammar_rule *rule = NULL;

    if (builder->failed) { /* not all of the alternatives may be there */
        return 0;
    }
    rule = grammar_list_add(builder, &builder->rules, sizeof *rule);
    if (rule == NULL) {
        return 0;
    }
    rule->first_alternative = (uint32_t)builder->alternatives.count;
    rule->few = few;
    for (size_t i = 0; i < count; i++) {
        struct grammar_alternative *to =
            grammar_list_add(builder, &builder->alternatives, sizeof *to);

        if (to != NULL) {
            *to = from[first + i];
            rule->alternative_count++;
        }
    }
    builder->open_alternatives.count = first;
    return (uint32_t)(builder->rules.count - 1);
}

void grammar_compile_alternative(struct grammar_builder *builder, struct str line)
{
    struct markup markup = {.builder = builder, .rest = line};

    compile_sequence(&markup, "");
}
