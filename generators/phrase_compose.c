#include "generators/phrase_making.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* What is chosen beforehand: between so few texts, and between alternatives that are so short. */
enum { CHOSEN_TEXTS_MAX = 1, CHOSEN_STEPS_MAX = 6 };
enum { WORD_LIST_MIN = 8 };
enum { CHOICE_PLACES = 1 << 17 }; /* of which half are filled */
enum { WAYS_MAX = 1 << 20, TEXT_BYTES_MAX = 1 << 20 };

static const uint64_t variant_seed = 1;

/* Of a rule. */
struct phrase_shape {
    bool is_known;
    bool is_text;   /* all alternatives are */
    bool is_chosen; /* beforehand */
    double steps;   /* of an alternative, on average */
    uint64_t ways;  /* in which it can be written, but for what is drawn later */
};

/* A step and what it chooses from, before both are packed. */
struct draft {
    uint32_t literal;
    uint32_t first;
    uint16_t count;
    uint16_t recent;
    uint8_t action;
    uint8_t flags;
    uint8_t few;
    uint8_t source;
};

/* A variant as its steps are put together. */
struct variant {
    struct phrase_making *making;
    uint32_t index; /* which one of how many */
    uint32_t count;
    struct random random;
    uint32_t recent[PHRASE_SLOTS]; /* the alternative chosen last, by rule; plus 1 */
    struct buf text;               /* a literal that nothing was drawn after */
    size_t article;  /* where an "a" is in it that may have to become "an"; SIZE_MAX: nowhere */
    bool is_capital; /* the next letter becomes a capital */
    bool is_pending; /* a step has to be ended */
    bool is_glued;   /* nothing is left to be drawn of texts */
    int rc;
};

/* --- Shapes. --- */

static const struct phrase_shape *shape_of(const struct phrase_making *making, uint32_t index);

static struct phrase_shape shape_of_alternative(const struct phrase_making *making, size_t index)
{
    const struct grammar_alternative *alternative = &making->grammar->alternatives[index];
    struct phrase_shape shape = {.ways = 1};

    for (uint32_t i = 0; i < alternative->op_count; i++) {
        const struct grammar_op *op = &making->grammar->ops[alternative->first_op + i];
        const struct phrase_shape *inner = NULL;

        if (op->kind == GRAMMAR_TEXT || op->kind == GRAMMAR_CAPITAL ||
            op->kind == GRAMMAR_ARTICLE) {
            continue;
        }
        inner = op->kind == GRAMMAR_RULE ? shape_of(making, op->a) : NULL;
        if (inner != NULL && inner->is_chosen) {
            shape.steps += inner->steps;
            shape.ways *= inner->ways;
            shape.ways = shape.ways < WAYS_MAX ? shape.ways : WAYS_MAX;
        } else {
            shape.steps += 1;
        }
    }
    return shape;
}

/* Loading has proved that rules do not nest without end. */
static const struct phrase_shape *shape_of(const struct phrase_making *making, uint32_t index)
{
    const struct grammar_rule *rule = &making->grammar->rules[index];
    struct phrase_shape *shape = &making->shapes[index];

    if (shape->is_known) {
        return shape;
    }
    shape->is_text = true;
    for (uint32_t i = 0; i < rule->alternative_count; i++) {
        struct phrase_shape one = shape_of_alternative(making, rule->first_alternative + i);

        shape->is_text =
            shape->is_text && phrase_making_is_text(making, rule->first_alternative + i);
        shape->steps += one.steps / rule->alternative_count;
        shape->ways += one.ways;
    }
    shape->is_chosen =
        rule->few == 0 && (rule->alternative_count == 1 ||
                           (shape->is_text ? rule->alternative_count <= CHOSEN_TEXTS_MAX
                                           : shape->steps <= CHOSEN_STEPS_MAX));
    shape->is_known = true;
    return shape;
}

static bool is_word_list(const struct phrase_making *making, const struct grammar_op *op)
{
    return op->kind == GRAMMAR_RULE &&
           making->grammar->rules[op->a].alternative_count >= WORD_LIST_MIN &&
           shape_of(making, op->a)->is_text;
}

/* Words that are put together, as in the name of a town, make another, whose tokens are not theirs:
 * they are chosen beforehand. */
static bool is_glued(const struct phrase_making *making, size_t index)
{
    const struct grammar_alternative *alternative = &making->grammar->alternatives[index];
    const struct grammar_op *ops = &making->grammar->ops[alternative->first_op];

    for (uint32_t i = 0; i + 1 < alternative->op_count; i++) {
        if (is_word_list(making, &ops[i]) && is_word_list(making, &ops[i + 1])) {
            return true;
        }
    }
    return false;
}

static uint32_t count_variants(const struct phrase_making *making, size_t alternative)
{
    struct phrase_shape shape = shape_of_alternative(making, alternative);
    uint32_t count = 1;

    if (is_glued(making, alternative)) {
        return PHRASE_GLUED_VARIANTS;
    }
    while (count < shape.ways && count < PHRASE_VARIANTS_MAX) {
        count *= 2;
    }
    return count;
}

/* 0 … count-1. Over the variants of an alternative each comes as often as the others, in an order
 * that differs from choice to choice. */
static uint32_t choose(struct variant *variant, uint32_t rule, uint32_t count)
{
    uint64_t drawn = random_u64(&variant->random);
    uint32_t place =
        (uint32_t)(variant->index * (drawn | 1U) + (drawn >> 32)) & (variant->count - 1);
    uint32_t chosen = (place * count + (uint32_t)(drawn >> 8) % count) / variant->count;
    uint32_t *recent = &variant->recent[rule % PHRASE_SLOTS];

    if (*recent == rule + chosen + 1 && count > 1) {
        chosen = (chosen + 1) % count;
    }
    *recent = rule + chosen + 1;
    return chosen;
}

/* --- Steps. --- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static size_t find_word(const struct variant *variant, size_t at)
{
    while (at < variant->text.len && !is_word_char(variant->text.p[at])) {
        at++;
    }
    return at;
}

/* The place of a choice, found or added. */
static int find_choice(struct phrase_making *making, const struct phrase_choice *wanted,
                       uint32_t *index)
{
    struct phrase_book *book = making->book;
    size_t place = XXH3_64bits(wanted, sizeof *wanted) % CHOICE_PLACES;
    int rc = 0;

    while (making->choice_places[place] != 0) {
        *index = making->choice_places[place] - 1;
        if (memcmp(&book->choices[*index], wanted, sizeof *wanted) == 0) {
            return 0;
        }
        place = (place + 1) % CHOICE_PLACES;
    }
    if (book->choice_count == CHOICE_PLACES / 2) {
        return err_set(making->err, ERR_INPUT, "writers of more than %d different choices",
                       CHOICE_PLACES / 2);
    }
    rc = phrase_making_grow((void **)&book->choices, &making->choice_cap, book->choice_count + 1,
                            sizeof *book->choices, making->err);
    if (rc == 0) {
        *index = (uint32_t)book->choice_count++;
        book->choices[*index] = *wanted;
        making->choice_places[place] = *index + 1;
    }
    return rc;
}

static int pack(struct phrase_making *making, const struct draft *draft, struct phrase_step *step)
{
    const struct phrase_choice choice = {.first = draft->first,
                                         .count = draft->count,
                                         .recent = draft->recent,
                                         .few = draft->few,
                                         .source = draft->source};
    uint32_t index = 0;
    int rc = find_choice(making, &choice, &index);

    if (rc == 0 && draft->literal > PHRASE_STEP_INDEX_MAX) {
        rc =
            err_set(making->err, ERR_INPUT, "writers of more than %d texts", PHRASE_STEP_INDEX_MAX);
    }
    if (rc == 0) {
        *step = (struct phrase_step){.literal = draft->literal & PHRASE_STEP_INDEX_MAX,
                                     .flags = draft->flags,
                                     .choice = index & PHRASE_STEP_INDEX_MAX,
                                     .action = draft->action};
    }
    return rc;
}

static void add_step(struct variant *variant, struct draft step)
{
    struct phrase_book *book = variant->making->book;

    if (variant->rc == 0) {
        variant->rc =
            phrase_making_grow((void **)&book->steps, &variant->making->step_cap,
                               book->step_count + 1, sizeof *book->steps, variant->making->err);
    }
    if (variant->rc == 0) {
        variant->rc = pack(variant->making, &step, &book->steps[book->step_count]);
    }
    if (variant->rc == 0) {
        book->step_count++;
    }
}

/* Adds a step that does nothing after its literal, and begins another. */
static void add_empty_step(struct variant *variant, struct draft *step)
{
    step->action = PHRASE_PICK;
    step->first = variant->making->empty;
    step->count = 1;
    step->recent = PHRASE_SLOTS;
    add_step(variant, *step);
    *step = (struct draft){0};
}

/* The longest beginning that is a phrase: all of the text, or up to a joint. */
static struct str first_part(struct str text)
{
    if (phrase_fits(text)) {
        return text;
    }
    for (size_t at = PHRASE_BYTES_MAX; at > 0; at--) {
        if (text.p[at] == ' ' && joint_is_additive(str_take(text, at), str_skip(text, at))) {
            return str_take(text, at);
        }
    }
    return text;
}

/* Makes steps of a literal, but for its last part, which the step gets that is being made. */
static void add_literal(struct variant *variant, struct str text, struct draft *step)
{
    while (variant->rc == 0 && text.len != 0) {
        struct str part = first_part(text);

        if (!phrase_fits(part)) {
            variant->rc = err_set(variant->making->err, ERR_INPUT,
                                  "a text of more than %d bytes without a space: %.40s",
                                  PHRASE_BYTES_MAX, part.p);
            return;
        }
        if ((step->flags & PHRASE_STEP_LITERAL) != 0) {
            add_empty_step(variant, step);
        }
        if (str_equal(part, STR(" "))) {
            step->flags |= PHRASE_STEP_SPACE;
        } else {
            step->flags |= PHRASE_STEP_LITERAL;
            variant->rc = phrase_making_literal(variant->making, part, &step->literal);
        }
        text = str_skip(text, part.len);
    }
}

/* Turns the "a" that waits for its word into "an" if it has found it. */
static void settle_article(struct variant *variant)
{
    size_t word = 0;

    if (variant->article == SIZE_MAX) {
        return;
    }
    word = find_word(variant, variant->article + 1);
    if (word == variant->text.len) {
        return;
    }
    if (phrase_takes_an((struct str){variant->text.p + word, variant->text.len - word})) {
        size_t after = variant->article + 1;

        buf_append_char(&variant->text, 'n');
        memmove(variant->text.p + after + 1, variant->text.p + after,
                variant->text.len - 1 - after);
        variant->text.p[after] = 'n';
    }
    variant->article = SIZE_MAX;
}

/* The step that is to act after the literal so far. */
static struct draft end_literal(struct variant *variant)
{
    struct draft step = {0};
    struct str text = {0};
    struct str after = {0};

    settle_article(variant);
    text = buf_str(&variant->text);
    if (variant->article != SIZE_MAX) {
        after = str_skip(text, variant->article + 1);
        text = str_take(text, variant->article + 1);
    }
    add_literal(variant, text, &step);
    if (variant->article != SIZE_MAX) {
        step.flags |= PHRASE_STEP_ARTICLE;
    }
    if (str_equal(after, STR(" "))) {
        step.flags |= PHRASE_STEP_SPACE;
    } else if (after.len != 0) {
        add_empty_step(variant, &step);
        add_literal(variant, after, &step);
    }
    step.flags |= variant->is_capital ? PHRASE_STEP_CAPITAL : 0;
    variant->is_capital = false;
    variant->article = SIZE_MAX;
    variant->is_pending = false;
    buf_reset(&variant->text);
    return step;
}

static void end_step(struct variant *variant, struct draft action)
{
    struct draft step = end_literal(variant);

    action.literal = step.literal;
    action.flags |= step.flags;
    add_step(variant, action);
}

static void end_empty_step(struct variant *variant)
{
    struct draft step = end_literal(variant);

    add_empty_step(variant, &step);
}

/* Takes a text into the literal. Of two spaces that meet there one is dropped. */
static void add_text(struct variant *variant, struct str text)
{
    size_t at = variant->text.len;

    variant->is_pending = true;
    if (at != 0 && str_starts(text, STR(" ")) && strchr(" \n", variant->text.p[at - 1]) != NULL) {
        text = str_skip(text, 1);
    }
    buf_append(&variant->text, text);
    at = find_word(variant, at);
    if (variant->is_capital && at < variant->text.len) {
        char *letter = &variant->text.p[at];

        *letter = (char)(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter);
        variant->is_capital = false;
    }
}

static void add_article(struct variant *variant)
{
    settle_article(variant);
    if (variant->article != SIZE_MAX) {
        end_empty_step(variant);
    }
    add_text(variant, STR("a"));
    variant->article = variant->text.len - 1;
}

/* Without a literal. */
static struct draft rule_step(const struct phrase_making *making, uint32_t index)
{
    const struct grammar_rule *rule = &making->grammar->rules[index];

    return (struct draft){
        .action = shape_of(making, index)->is_text ? PHRASE_PICK : PHRASE_EXPAND,
        .first = rule->first_alternative,
        .count = (uint16_t)rule->alternative_count,
        .recent = (uint16_t)(index % PHRASE_SLOTS),
        .few = (uint8_t)rule->few,
        .flags = PHRASE_STEP_PUTS,
    };
}

static void add_alternative(struct variant *variant, size_t index);

static void add_rule(struct variant *variant, uint32_t index)
{
    const struct phrase_making *making = variant->making;
    const struct grammar_rule *rule = &making->grammar->rules[index];

    if (shape_of(making, index)->is_chosen ||
        (variant->is_glued && rule->few == 0 && shape_of(making, index)->is_text)) {
        add_alternative(variant,
                        rule->first_alternative + choose(variant, index, rule->alternative_count));
    } else {
        end_step(variant, rule_step(making, index));
    }
}

static void add_agreement(struct variant *variant, uint32_t index)
{
    const struct grammar_rule *rule = &variant->making->grammar->rules[index];
    struct draft step = {.action = PHRASE_AGREE, .first = rule->first_alternative};

    if (shape_of(variant->making, index)->is_text) {
        step = (struct draft){.action = PHRASE_PICK,
                              .first = rule->first_alternative,
                              .count = 1,
                              .recent = PHRASE_SLOTS,
                              .flags = PHRASE_STEP_PUTS,
                              .source = PHRASE_OF_NUMBER_OF_TOPIC};
    }
    end_step(variant, step);
}

static void add_number(struct variant *variant, const struct grammar_op *op)
{
    const struct phrase_making *making = variant->making;
    struct draft step = {.action = PHRASE_NUMBER, .first = (uint32_t)(op - making->grammar->ops)};

    if (op->b < PHRASE_NUMBERS) {
        step = (struct draft){.action = PHRASE_PICK,
                              .first = making->book->numbers + op->a,
                              .count = (uint16_t)(op->b - op->a + 1),
                              .recent = PHRASE_SLOTS,
                              .flags = PHRASE_STEP_PUTS};
    }
    end_step(variant, step);
}

/* Things and their plurals are one list to whoever must not repeat itself. */
static void add_topic(struct variant *variant, enum phrase_source source)
{
    enum phrase_source recent = source == PHRASE_OF_TOPIC_LISTS + GRAMMAR_THINGS
                                    ? (enum phrase_source)(PHRASE_OF_TOPIC_LISTS + GRAMMAR_THING)
                                    : source;

    end_step(variant, (struct draft){.action = PHRASE_PICK,
                                     .recent = (uint16_t)(PHRASE_SLOTS + recent),
                                     .flags = PHRASE_STEP_PUTS,
                                     .source = (uint8_t)source});
}

static void add_op(struct variant *variant, const struct grammar_op *op)
{
    const struct grammar *grammar = variant->making->grammar;

    switch (op->kind) {
    case GRAMMAR_TEXT:
        add_text(variant, (struct str){grammar->text.p + op->a, op->b});
        break;
    case GRAMMAR_CAPITAL:
        variant->is_capital = true;
        variant->is_pending = true;
        break;
    case GRAMMAR_ARTICLE:
        add_article(variant);
        break;
    case GRAMMAR_RULE:
        add_rule(variant, op->a);
        break;
    case GRAMMAR_REMEMBER:
        end_step(variant, (struct draft){
                              .action = PHRASE_REMEMBER, .first = op->a, .count = (uint16_t)op->b});
        break;
    case GRAMMAR_AGREE:
        add_agreement(variant, op->a);
        break;
    case GRAMMAR_NUMBER:
        add_number(variant, op);
        break;
    case GRAMMAR_TITLE:
        end_step(variant, (struct draft){.action = PHRASE_TITLE});
        break;
    case GRAMMAR_TOPIC:
        add_topic(variant, PHRASE_OF_TOPIC_NAME);
        break;
    case GRAMMAR_TOPIC_WORD:
        add_topic(variant, (enum phrase_source)(PHRASE_OF_TOPIC_LISTS + op->a));
        break;
    }
}

static void add_alternative(struct variant *variant, size_t index)
{
    const struct grammar *grammar = variant->making->grammar;
    const struct grammar_alternative *alternative = &grammar->alternatives[index];

    for (uint32_t i = 0; variant->rc == 0 && i < alternative->op_count; i++) {
        add_op(variant, &grammar->ops[alternative->first_op + i]);
    }
}

static int compose_variant(struct phrase_making *making, size_t alternative, uint32_t index,
                           uint32_t count)
{
    struct phrase_book *book = making->book;
    size_t first = book->step_count;
    struct variant variant = {
        .making = making,
        .index = index,
        .count = count,
        .random = random_stream(variant_seed, STR("variants"), alternative),
        .article = SIZE_MAX,
        .is_glued = is_glued(making, alternative),
    };

    buf_init(&variant.text, TEXT_BYTES_MAX);
    variant.rc = phrase_making_grow((void **)&book->variants, &making->variant_cap,
                                    book->variant_count + 1, sizeof *book->variants, making->err);
    add_alternative(&variant, alternative);
    if (variant.is_pending || book->step_count == first) {
        end_empty_step(&variant);
    }
    if (variant.rc == 0) {
        variant.rc = buf_check(&variant.text, "literal", making->err);
    }
    if (variant.rc == 0) {
        book->steps[book->step_count - 1].flags |= PHRASE_STEP_LAST;
        book->variants[book->variant_count++] = (uint32_t)first;
    }
    buf_release(&variant.text);
    return variant.rc;
}

static int compose_alternative(struct phrase_making *making, size_t index)
{
    struct phrase_book *book = making->book;
    uint32_t count = count_variants(making, index);
    int rc = 0;

    book->phrases[index] = (struct phrase){
        .at = (uint32_t)book->variant_count, .len = (uint8_t)count, .flags = PHRASE_IS_COMPOSED};
    for (uint32_t variant = 0; rc == 0 && variant < count; variant++) {
        rc = compose_variant(making, index, variant, count);
    }
    return rc;
}

static int compose_all(struct phrase_making *making)
{
    const struct grammar *grammar = making->grammar;
    struct phrase_book *book = making->book;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < grammar->rule_count; i++) {
        if (grammar->rules[i].alternative_count > UINT16_MAX) {
            return err_set(making->err, ERR_INPUT, "a rule of more than %d alternatives",
                           UINT16_MAX);
        }
        struct draft step = rule_step(making, i);

        step.flags |= PHRASE_STEP_LAST;
        rc = pack(making, &step, &book->rules[i]);
    }
    for (size_t i = 0; rc == 0 && i < grammar->alternative_count; i++) {
        if (!phrase_making_is_text(making, i)) {
            rc = compose_alternative(making, i);
        }
    }
    return rc;
}

int phrase_compose(struct phrase_making *making)
{
    size_t rules = making->grammar->rule_count + 1;
    int rc = phrase_making_literal(making, STR(""), &making->empty);

    making->shapes = calloc(rules, sizeof *making->shapes);
    making->choice_places = calloc(CHOICE_PLACES, sizeof *making->choice_places);
    making->book->rules = calloc(rules, sizeof *making->book->rules);
    if (making->shapes == NULL || making->book->rules == NULL || making->choice_places == NULL) {
        rc = err_memory(making->err);
    }
    if (rc == 0) {
        rc = compose_all(making);
    }
    free(making->shapes);
    return rc;
}
