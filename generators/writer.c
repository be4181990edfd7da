#include "generators/writer.h"

#include "generators/phrase_book.h"
#include "generators/writer_text.h"

#include "base/random_inline.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    REMEMBERED_BYTES_MAX = 4096, /* what {$NAME:…} may hold in one reply */
    REMEMBER_TRIES = 8,
    FEW_SLOTS = 32
};

/* What a close usually takes, in bytes: the body stops that much short of the target. */
static const double close_bytes = 140;

/* Counters of a reply's stream from here on are not for drawing but for its forks. */
static const uint64_t slot_forks = UINT64_C(1) << 62;
static const uint64_t few_forks = UINT64_C(1) << 63;
static const uint64_t golden_step = UINT64_C(0x9E3779B97F4A7C15); /* of 2^64 */

/* A text to be put again: a phrase of the book, or one of its own in the reply's memory. */
struct remembered {
    const struct phrase *phrase; /* NULL: nothing yet */
    const char *stored;
    struct phrase own;
    uint8_t right; /* how it begins, if its tokens after a space are known */
};

/* Where the few of a rule begin; a collision only computes it again. */
struct few_start {
    uint32_t rule; /* plus 1 */
    uint64_t at;
};

/* A reply while it is written. */
struct writing {
    const struct grammar *grammar;
    const struct phrase_book *book;
    const struct phrase *phrases; /* the book's */
    const char *stored;           /* its text */
    const struct grammar_topic *topic;
    const struct phrase_topic *topic_phrases;
    struct writer_text text;
    struct random random;
    uint64_t key;                  /* of the reply's random stream */
    bool is_fixed;                 /* what is written must not depend on what was written before */
    uint32_t recent[PHRASE_SLOTS]; /* the alternative drawn last, by rule; plus 1 */
    uint32_t recent_word[GRAMMAR_TOPIC_LISTS];
    struct few_start starts[FEW_SLOTS];
    uint32_t memory_used;
    struct remembered slots[GRAMMAR_SLOTS_MAX];
    char memory[REMEMBERED_BYTES_MAX + PHRASE_SLACK]; /* not cleared */
};

static inline void put(struct writing *writing, uint32_t phrase)
{
    const struct phrase *chosen = &writing->phrases[phrase];

    writer_text_put(&writing->text, chosen, writing->stored + chosen->at);
}

static struct str phrase_text(const struct phrase *phrase, const char *stored)
{
    return (struct str){stored, phrase->len};
}

/* --- Draws. --- */

/* 0 … count-1, but not `*recent - first - 1`, the one drawn last. `first` tells apart rules that
 * share a slot. */
static inline uint32_t draw_other(struct writing *writing, uint32_t *recent, uint32_t first,
                                  uint32_t count)
{
    uint32_t drawn = (uint32_t)random_inline_below(&writing->random, count);

    if (writing->is_fixed) {
        return drawn;
    }
    if (__builtin_expect(first + drawn + 1 == *recent && count >= 3, 0)) {
        drawn = (drawn + 1 + (uint32_t)random_inline_below(&writing->random, count - 1)) % count;
    }
    *recent = first + drawn + 1;
    return drawn;
}

/* An alternative of a rule, but not the one drawn for it last. */
static inline uint32_t draw_alternative(struct writing *writing, uint32_t slot, uint32_t first,
                                        uint32_t count)
{
    return count == 1 ? first : first + draw_other(writing, &writing->recent[slot], first, count);
}

static void put_topic_word(struct writing *writing, uint32_t list)
{
    uint32_t memory = list == GRAMMAR_THINGS ? (uint32_t)GRAMMAR_THING : list;
    uint32_t drawn =
        draw_other(writing, &writing->recent_word[memory], 0, writing->topic->lists[list].count);

    put(writing, writing->topic_phrases->lists[list] + drawn);
}

static void put_number(struct writing *writing, uint32_t low, uint64_t count)
{
    char digits[PHRASE_SLACK] = {0};
    uint64_t number = low + random_inline_below(&writing->random, count);
    struct str stored = {digits, 0};
    struct phrase phrase;

    if (number < PHRASE_NUMBERS) {
        put(writing, writing->book->numbers + (uint32_t)number);
        return;
    }
    stored.len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    phrase = phrase_of(stored, &stored);
    phrase.right = PHRASE_RIGHT_UNKNOWN;
    writer_text_put(&writing->text, &phrase, digits);
}

/* --- Forks. --- */

/* What is drawn inside a fork depends on the reply and the fork's place alone, not on what was
 * written before, so that it comes out the same every time. */
struct fork {
    struct random random;
    bool is_fixed;
};

static struct fork enter_fork(struct writing *writing, uint64_t place)
{
    struct fork outer = {writing->random, writing->is_fixed};
    struct random source = {writing->key, place};

    writing->random = (struct random){.key = random_inline_u64(&source)};
    writing->is_fixed = true;
    return outer;
}

static void leave_fork(struct writing *writing, struct fork outer)
{
    writing->random = outer.random;
    writing->is_fixed = outer.is_fixed;
}

static void expand_alternative(struct writing *writing, uint32_t index);

/* One of the few expansions of a rule that a reply keeps to. Steps of the golden ratio from a
 * random start pick different alternatives as long as the rule has enough. */
static void expand_one_of_few(struct writing *writing, uint32_t index)
{
    const struct grammar_rule *rule = &writing->grammar->rules[index];
    struct few_start *start = &writing->starts[index % FEW_SLOTS];
    uint64_t place = few_forks + (uint64_t)index * (GRAMMAR_FEW_MAX + 1);
    uint32_t drawn = draw_other(writing, &writing->recent[index % PHRASE_SLOTS],
                                rule->first_alternative, rule->few);
    uint64_t at = 0;
    uint32_t chosen = 0;

    if (start->rule != index + 1) {
        struct random source = {writing->key, place + GRAMMAR_FEW_MAX};

        *start = (struct few_start){index + 1, random_inline_u64(&source)};
    }
    at = start->at + golden_step * drawn;
    chosen = rule->first_alternative + (uint32_t)((at >> 32) * rule->alternative_count >> 32);
    if ((writing->book->phrases[chosen].flags & PHRASE_IS_COMPOSED) == 0) {
        put(writing, chosen);
    } else {
        struct fork outer = enter_fork(writing, place + drawn);

        expand_alternative(writing, chosen);
        leave_fork(writing, outer);
    }
}

static void expand_rule(struct writing *writing, uint32_t index)
{
    const struct grammar_rule *rule = &writing->grammar->rules[index];

    if (rule->few != 0) {
        expand_one_of_few(writing, index);
    } else {
        expand_alternative(writing,
                           draw_alternative(writing, index % PHRASE_SLOTS, rule->first_alternative,
                                            rule->alternative_count));
    }
}

/* --- What is remembered. --- */

/* Expands a rule apart from what is written and keeps the text in the reply's memory. Its tokens
 * are known for where it usually stands: after a space. */
static struct remembered expand_apart(struct writing *writing, uint32_t rule)
{
    struct writer_text written = writing->text;
    struct remembered kept = {0};
    char *to = NULL;
    struct str text = {0};
    size_t all = 0;
    uint64_t tokens = 0;
    bool is_counted = false;

    writer_text_begin_apart(&writing->text);
    expand_rule(writing, rule);
    is_counted = writing->text.session != NULL && !writing->text.title;
    tokens = writing->text.tokens;
    text = writer_text_end_apart(&writing->text, &written);
    all = text.len;
    to = writing->memory + writing->memory_used; /* behind what the rule itself remembered */
    text = str_take(text, REMEMBERED_BYTES_MAX - writing->memory_used);
    text = str_take(text, PHRASE_BYTES_MAX);
    if (text.len != 0) {
        memcpy(to, text.p, text.len);
    }
    kept.own = phrase_of((struct str){to, text.len}, &text);
    kept.own.tail_bytes = 0;
    if (is_counted && all == text.len && tokens <= UINT8_MAX &&
        kept.own.right != PHRASE_RIGHT_UNKNOWN) {
        kept.own.tokens[1][0] = (uint8_t)tokens;
        kept.right = kept.own.right;
    } else {
        kept.right = PHRASE_RIGHT_UNKNOWN;
    }
    kept.stored = text.p;
    return kept;
}

/* A rule's expansion by itself. Where it is a phrase of the book its tokens are known. */
static struct remembered expand_for_memory(struct writing *writing, uint32_t index)
{
    const struct grammar_rule *rule = &writing->grammar->rules[index];
    struct random replay = writing->random;

    if (rule->few == 0) {
        uint32_t drawn = draw_alternative(writing, index % PHRASE_SLOTS, rule->first_alternative,
                                          rule->alternative_count);
        const struct phrase *phrase = &writing->book->phrases[drawn];

        if ((phrase->flags & (PHRASE_IS_COMPOSED | PHRASE_LEADS)) == 0) {
            return (struct remembered){.phrase = phrase, .stored = writing->stored + phrase->at};
        }
        writing->random = replay;
    }
    return expand_apart(writing, index);
}

static bool is_remembered(const struct writing *writing, struct str text)
{
    for (size_t i = 0; i < GRAMMAR_SLOTS_MAX; i++) {
        const struct remembered *slot = &writing->slots[i];

        if (slot->phrase != NULL && str_equal(text, phrase_text(slot->phrase, slot->stored))) {
            return true;
        }
    }
    return false;
}

/* Two names for the same rule should differ, as two speakers do: a text that is remembered already
 * is drawn again. */
static void remember(struct writing *writing, uint32_t index, uint32_t rule)
{
    struct remembered *slot = &writing->slots[index];
    struct remembered drawn = {0};
    bool is_new = false;

    for (uint64_t i = 0; i < REMEMBER_TRIES && !is_new; i++) {
        struct fork outer = enter_fork(writing, slot_forks + (uint64_t)index * REMEMBER_TRIES + i);

        drawn = expand_for_memory(writing, rule);
        leave_fork(writing, outer);
        is_new = !is_remembered(
            writing, phrase_text(drawn.phrase != NULL ? drawn.phrase : &drawn.own, drawn.stored));
    }
    *slot = drawn;
    if (slot->phrase == NULL) {
        slot->phrase = &slot->own;
        writing->memory_used = (uint32_t)(slot->stored - writing->memory) + slot->own.len;
    }
}

static void put_remembered(struct writing *writing, uint32_t rule, uint32_t index)
{
    struct remembered *slot = &writing->slots[index];

    if (slot->phrase == NULL) {
        remember(writing, index, rule);
    }
    if (slot->phrase == &slot->own) {
        bool is_known = writer_text_joint(&writing->text, slot->own.flags) == JOINT_LEFT_SPACE &&
                        !(writing->text.capital && (slot->own.flags & PHRASE_IS_SMALL) != 0);

        slot->own.tokens[1][1] = slot->own.tokens[1][0];
        slot->own.right = is_known ? slot->right : PHRASE_RIGHT_UNKNOWN;
    }
    writer_text_put(&writing->text, slot->phrase, slot->stored);
}

/* --- Expansion. --- */

/* What a step does that neither draws an alternative nor expands one in place. */
static void act(struct writing *writing, const struct phrase_step *step)
{
    switch ((enum phrase_action)step->action) {
    case PHRASE_FEW:
        expand_one_of_few(writing, step->first);
        break;
    case PHRASE_REMEMBER:
        put_remembered(writing, step->first, step->count);
        break;
    case PHRASE_AGREE:
        expand_alternative(writing, step->first + (writing->topic->is_plural ? 1 : 0));
        break;
    case PHRASE_NUMBER:
        put_number(writing, step->first, (uint64_t)step->count + 1);
        break;
    case PHRASE_ARTICLE: {
        const struct phrase *article = &writing->book->phrases[writing->book->article];

        writer_text_put_article(&writing->text, article, writing->book->text.p + article->at);
        break;
    }
    case PHRASE_TITLE:
        writer_text_begin_title(&writing->text);
        break;
    case PHRASE_TOPIC:
        put(writing, writing->topic_phrases->name);
        break;
    case PHRASE_TOPIC_WORD:
        put_topic_word(writing, step->first);
        break;
    case PHRASE_NO_ACTION:
    case PHRASE_PICK:
    case PHRASE_EXPAND:
        break;
    }
}

/* Loading has proved that rules nest no deeper than GRAMMAR_DEPTH_MAX. */
static void expand_alternative(struct writing *writing, uint32_t index)
{
    const struct phrase_book *book = writing->book;
    const struct phrase_step *outer[GRAMMAR_DEPTH_MAX + 1];
    const struct phrase_step *step = NULL;
    size_t depth = 0;

    if ((book->phrases[index].flags & PHRASE_IS_COMPOSED) == 0) {
        put(writing, index);
        return;
    }
    step = &book->steps[book->phrases[index].at];
    for (;;) {
        if ((step->flags & PHRASE_STEP_LITERAL) != 0) {
            put(writing, step->literal);
        }
        writing->text.space |= (step->flags & PHRASE_STEP_SPACE) != 0;
        writing->text.capital |= (step->flags & PHRASE_STEP_CAPITAL) != 0;
        if (step->action == PHRASE_PICK) {
            put(writing, draw_alternative(writing, step->slot, step->first, step->count));
        } else if (step->action == PHRASE_EXPAND) {
            uint32_t drawn = draw_alternative(writing, step->slot, step->first, step->count);

            if ((writing->phrases[drawn].flags & PHRASE_IS_COMPOSED) != 0) {
                if ((step->flags & PHRASE_STEP_LAST) == 0) {
                    assert(depth <= GRAMMAR_DEPTH_MAX);
                    outer[depth++] = step + 1;
                }
                step = &book->steps[writing->phrases[drawn].at];
                continue;
            }
            put(writing, drawn);
        } else {
            act(writing, step);
        }
        if ((step->flags & PHRASE_STEP_LAST) == 0) {
            step++;
        } else if (depth != 0) {
            step = outer[--depth];
        } else {
            return;
        }
    }
}

/* The body's alternatives in a random order; another round once all were used. */
struct body_order {
    uint16_t left[GRAMMAR_BODIES_MAX];
    uint32_t left_count;
};

static uint32_t next_body(struct body_order *order, struct writing *writing,
                          const struct grammar_rule *rule)
{
    uint32_t drawn = 0;
    uint16_t taken = 0;

    if (order->left_count == 0) {
        assert(rule->alternative_count <= GRAMMAR_BODIES_MAX);
        order->left_count = rule->alternative_count;
        for (uint32_t i = 0; i < order->left_count; i++) {
            order->left[i] = (uint16_t)i;
        }
    }
    drawn = (uint32_t)random_inline_below(&writing->random, order->left_count);
    taken = order->left[drawn];
    order->left[drawn] = order->left[--order->left_count];
    return rule->first_alternative + taken;
}

/* Adds body parts as long as one more of the usual size brings the reply nearer to its target. */
static void write_body(struct writing *writing, const struct grammar_rule *rule,
                       double target_bytes)
{
    double target = target_bytes - close_bytes;
    size_t body_start = writing->text.len;
    size_t written = 0;
    double part = 0;
    struct body_order order = {.left_count = 0};

    do {
        writer_text_separate(&writing->text);
        expand_alternative(writing, next_body(&order, writing, rule));
        written++;
        part = (double)(writing->text.len - body_start) / (double)written;
    } while ((double)(writing->text.len - writing->text.start) + part / 2 < target &&
             writing->text.out->failure == 0);
}

uint32_t writer_draw_target(const struct grammar_format *format, struct random *random)
{
    return format->tokens_min +
           (uint32_t)random_below(random, (uint64_t)format->tokens_max - format->tokens_min + 1);
}

#ifndef NDEBUG
/* Whether the sum is what the tokenizer counts. */
static bool tokens_are_right(const struct writing *writing)
{
    const struct writer_text *text = &writing->text;
    struct str reply = {text->base + text->start, text->len - text->start};
    struct err err;
    uint64_t tokens = 0;

    /* Without memory it cannot be counted, and is not known to be wrong. */
    return text->out->failure != 0 || text->session == NULL ||
           token_session_count(text->session, reply, &tokens, &err) != 0 || tokens == text->tokens;
}
#endif

uint64_t writer_reply_counted(const struct grammar *grammar, const struct writer_task *task,
                              struct random random, struct token_session *session, struct buf *out)
{
    const struct grammar_format *format = &grammar->formats[task->format];
    uint32_t target = task->target_tokens;
    struct writing writing;

    memset(&writing, 0, offsetof(struct writing, memory));
    writing.grammar = grammar;
    writing.book = grammar->book;
    writing.phrases = grammar->book->phrases;
    writing.stored = grammar->book->text.p;
    writing.topic = &grammar->topics[task->topic];
    writing.topic_phrases = &grammar->book->topics[task->topic];
    writing.random = random;
    writing.key = random.key;
    writer_text_init(&writing.text, out, session, &grammar->book->line_breaks);
    if (target == WRITER_TARGET_BY_FORMAT) {
        target = writer_draw_target(format, &writing.random);
    }
    expand_rule(&writing, format->open);
    write_body(&writing, &grammar->rules[format->body], target * format->bytes_per_token);
    writer_text_separate(&writing.text);
    expand_rule(&writing, format->close);
    writer_text_finish(&writing.text);
    assert(tokens_are_right(&writing));
    return writing.text.tokens;
}

void writer_reply(const struct grammar *grammar, const struct writer_task *task,
                  struct random random, struct buf *out)
{
    (void)writer_reply_counted(grammar, task, random, NULL, out);
}
