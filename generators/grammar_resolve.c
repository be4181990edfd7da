#include "generators/grammar_builder.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared != 0 ? memcmp(a.p, b.p, shared) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_named(const void *a, const void *b)
{
    const struct grammar_named_rule *left = a;
    const struct grammar_named_rule *right = b;

    if (left->scope != right->scope) {
        return left->scope < right->scope ? -1 : 1;
    }
    return compare_names(left->name, right->name);
}

const struct grammar_named_rule *grammar_find_named(const struct grammar_builder *builder,
                                                    uint32_t scope, struct str name)
{
    struct grammar_named_rule key = {.name = name, .scope = scope};

    if (builder->named.count == 0) {
        return NULL;
    }
    return bsearch(&key, builder->named.items, builder->named.count, sizeof key, compare_named);
}

static void sort_rules(struct grammar_builder *builder)
{
    struct grammar_named_rule *named = builder->named.items;

    if (builder->named.count == 0) {
        return;
    }
    qsort(named, builder->named.count, sizeof *named, compare_named);
    for (size_t i = 1; i < builder->named.count; i++) {
        if (compare_named(&named[i - 1], &named[i]) == 0) {
            size_t later = named[i].place.line > named[i - 1].place.line ? i : i - 1;

            builder->place = named[later].place;
            grammar_mistake(builder, "rule '%.*s' is defined twice (also at %.*s:%zu)",
                            STR_ARG(named[i].name), STR_ARG(named[2 * i - 1 - later].place.file),
                            named[2 * i - 1 - later].place.line);
        }
    }
}

/* The rule a reference means: one of its own file, else one of the banks. */
static uint32_t resolve_reference(struct grammar_builder *builder, size_t index)
{
    const struct grammar_reference *references = builder->references.items;
    const struct grammar_reference *reference = &references[index];
    const struct grammar_named_rule *found =
        grammar_find_named(builder, reference->scope, reference->name);

    if (found == NULL) {
        found = grammar_find_named(builder, GRAMMAR_SCOPE_BANKS, reference->name);
    }
    if (found == NULL) {
        builder->place = reference->place;
        grammar_mistake(builder, "unknown rule {%.*s}", STR_ARG(reference->name));
        return 0;
    }
    return found->rule;
}

static void resolve_references(struct grammar_builder *builder)
{
    struct grammar_op *ops = builder->ops.items;

    for (size_t i = 0; i < builder->ops.count; i++) {
        if (ops[i].kind == GRAMMAR_REMEMBER || (ops[i].kind == GRAMMAR_RULE && ops[i].b == 1)) {
            ops[i].a = resolve_reference(builder, ops[i].a);
        }
    }
}

static void resolve_format(struct grammar_builder *builder, struct grammar_format *format,
                           uint32_t scope)
{
    static const char *const names[] = {"open", "body", "close"};
    uint32_t *const rules[] = {&format->open, &format->body, &format->close};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct grammar_named_rule *found =
            grammar_find_named(builder, scope, str_from(names[i]));

        if (found == NULL) {
            grammar_mistake(builder, "format '%.*s' has no rule @%s", STR_ARG(format->name),
                            names[i]);
        } else {
            *rules[i] = found->rule;
        }
    }
    if (format->body < builder->rules.count && /* there may be none at all */
        ((const struct grammar_rule *)builder->rules.items)[format->body].alternative_count >
            GRAMMAR_BODIES_MAX) {
        grammar_mistake(builder, "@body has more than %d alternatives", GRAMMAR_BODIES_MAX);
    }
}

/* How deep each rule nests; 0 while unknown, which also marks those no format reaches. */
struct heights {
    struct grammar_builder *builder;
    uint8_t *of_rule;
    bool too_deep;
};

static uint8_t measure_height(struct heights *heights, uint32_t index, uint8_t level)
{
    const struct grammar_rule *rules = heights->builder->rules.items;
    const struct grammar_alternative *alternatives = heights->builder->alternatives.items;
    const struct grammar_op *ops = heights->builder->ops.items;
    uint8_t height = 0;

    if (level > GRAMMAR_DEPTH_MAX) {
        heights->too_deep = true;
    }
    if (heights->too_deep || heights->of_rule[index] != 0) {
        return heights->of_rule[index];
    }
    for (uint32_t i = 0; i < rules[index].alternative_count; i++) {
        const struct grammar_alternative *alternative =
            &alternatives[rules[index].first_alternative + i];

        for (uint32_t j = 0; j < alternative->op_count; j++) {
            const struct grammar_op *op = &ops[alternative->first_op + j];
            uint8_t below = 0;

            if (op->kind == GRAMMAR_RULE || op->kind == GRAMMAR_AGREE ||
                op->kind == GRAMMAR_REMEMBER) {
                below = measure_height(heights, op->a, (uint8_t)(level + 1));
            }
            height = below > height ? below : height;
        }
    }
    heights->of_rule[index] = (uint8_t)(height + 1);
    if (level + height > GRAMMAR_DEPTH_MAX) {
        heights->too_deep = true;
    }
    return heights->of_rule[index];
}

static void prove_depth(struct grammar_builder *builder)
{
    struct heights heights = {.builder = builder};
    const struct grammar_format *formats = builder->formats.items;
    const struct grammar_named_rule *named = builder->named.items;

    heights.of_rule = calloc(builder->rules.count + 1, sizeof *heights.of_rule);
    if (heights.of_rule == NULL) {
        builder->failed = true;
        (void)err_memory(builder->err);
        return;
    }
    for (size_t i = 0; i < builder->named.count; i++) {
        uint32_t scope = named[i].scope;
        bool is_root = scope != GRAMMAR_SCOPE_BANKS && (formats[scope - 1].open == named[i].rule ||
                                                        formats[scope - 1].body == named[i].rule ||
                                                        formats[scope - 1].close == named[i].rule);

        if (!is_root) {
            continue;
        }
        (void)measure_height(&heights, named[i].rule, 1);
        if (heights.too_deep) {
            builder->place = named[i].place;
            grammar_mistake(builder,
                            "rule '%.*s' nests deeper than %d levels; does a rule contain itself?",
                            STR_ARG(named[i].name), GRAMMAR_DEPTH_MAX);
            goto done;
        }
    }
    for (size_t i = 0; i < builder->named.count; i++) {
        if (heights.of_rule[named[i].rule] == 0) {
            builder->place = named[i].place;
            grammar_remark(builder, "rule '%.*s' is never used", STR_ARG(named[i].name));
        }
    }
done:
    free(heights.of_rule);
}

void grammar_resolve(struct grammar_builder *builder)
{
    struct grammar_format *formats = builder->formats.items;
    const struct grammar_place *places = builder->format_places.items;

    sort_rules(builder);
    resolve_references(builder);
    for (size_t i = 0; i < builder->formats.count; i++) {
        builder->place = places[i];
        resolve_format(builder, &formats[i], (uint32_t)i + 1);
    }
    if (!builder->failed) {
        prove_depth(builder);
    }
}
