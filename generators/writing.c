#include "generators/writing.h"

#include "base/random_inline.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    REMEMBER_TRIES = 8,
    STEPS_PER_LINE = 8,   /* of the cache */
    PREFETCHED_STEPS = 24 /* of a part, beforehand */
};

/* Counters of a reply's stream from here on are not for drawing but for its forks. */
static const uint64_t slot_forks = UINT64_C(1) << 62;
static const uint64_t few_forks = UINT64_C(1) << 63;
static const uint64_t golden_step = UINT64_C(0x9E3779B97F4A7C15); /* of 2^64 */
static const uint64_t few_factor = UINT64_C(0xD6E8FEB86659FD93);

/* Writes what was drawn so far, but for what goes before the next phrase. */
static void put_drawn(struct writing *writing)
{
    writer_text_put_all(&writing->text, &writing->source, writing->puts, writing->put_count);
    writing->put_count = 0;
}

void writing_put_all(struct writing *writing)
{
    put_drawn(writing);
    writer_text_prepare(&writing->text, writing->before);
    writing->before = 0;
}

/* --- Draws. --- */

struct drawn {
    uint32_t place; /* among those to choose from */
    uint32_t phrase;
};

/* Chooses for a pick, but not what was drawn last by the same rule. Of a rule that a reply keeps to
 * few of, steps of the golden ratio from a random start pick different ones as long as there are
 * enough. Called for every word: it has no branch. Key and counter are of a random stream, apart so
 * that they stay in registers. */
static inline struct drawn draw(struct writing *writing, uint64_t key, uint64_t *counter,
                                const struct phrase_choice *choice)
{
    struct random random = {key, (*counter)++};
    const uint32_t first = choice->first;
    const uint32_t all = choice->count + writing->counts[choice->source];
    const uint32_t count = choice->few != 0 ? choice->few : all;
    const uint32_t last = writing->recent[choice->recent] - first;
    const uint32_t skipped = (last < count ? 1U : 0U) & (count >= 3 ? 1U : 0U) & writing->is_free;
    const uint32_t few = 0 - (choice->few != 0 ? 1U : 0U); /* a mask: a branch is often wrong */
    const random_wide product = (random_wide)random_inline_u64(&random) * (count - skipped);
    const random_wide mixed = (random_wide)(writing->few_key + first) * few_factor;
    struct drawn drawn = {.place = (uint32_t)(product >> 64)};
    uint64_t at = 0;
    uint32_t one_of_few = 0;

    drawn.place += skipped & (drawn.place >= last ? 1U : 0U);
    writing->recent[choice->recent] = first + drawn.place;
    at = ((uint64_t)mixed ^ (uint64_t)(mixed >> 64)) + golden_step * drawn.place;
    one_of_few = (uint32_t)((at >> 32) * all >> 32);
    drawn.phrase = drawn.place ^ ((drawn.place ^ one_of_few) & few);
    drawn.phrase += first + writing->offsets[choice->source];
    return drawn;
}

/* One of the variants of a composed phrase. */
static inline const struct phrase_step *draw_variant(const struct writing *writing, uint64_t key,
                                                     uint64_t *counter,
                                                     const struct phrase_slug *slug)
{
    struct random random = {key, (*counter)++};
    uint64_t drawn = random_inline_u64(&random) & (slug->len - 1U);
    uint32_t first = slug->len <= PHRASE_SLUG_VARIANTS
                         ? phrase_slug_number(slug, drawn)
                         : writing->book->variants[phrase_slug_number(slug, 0) + drawn];

    return &writing->book->steps[first];
}

/* --- Forks. --- */

/* What is drawn inside a fork depends on the reply and the fork's place alone, not on what was
 * written before, so that it comes out the same every time. */
struct fork {
    struct random random;
    uint32_t is_free;
};

static struct fork enter_fork(struct writing *writing, uint64_t place)
{
    struct fork outer = {writing->random, writing->is_free};
    struct random source = {writing->key, place};

    writing->random = (struct random){.key = random_inline_u64(&source)};
    writing->is_free = 0;
    return outer;
}

static void leave_fork(struct writing *writing, struct fork outer)
{
    writing->random = outer.random;
    writing->is_free = outer.is_free;
}

static void expand(struct writing *writing, const struct phrase_step *step);

/* --- What is remembered. --- */

/* Sets the tokens of a text that was written apart, after a space: `tokens` there. It begins with
 * `first`, and how that begins makes all the difference that there is elsewhere. */
static void set_own_tokens(struct phrase *own, uint64_t tokens, const struct phrase *first)
{
    const unsigned was_capital = (own->flags & PHRASE_IS_SMALL) == 0 ? 1 : 0;

    if (first == NULL) {
        memset(own->tokens, (int)tokens, sizeof own->tokens);
        own->flags |= PHRASE_AFTER_SPACE;
        return;
    }
    for (unsigned spaced = 0; spaced <= 1; spaced++) {
        for (unsigned capital = 0; capital <= 1; capital++) {
            own->tokens[spaced][capital] =
                (uint8_t)(tokens + first->tokens[spaced][capital | was_capital] -
                          first->tokens[1][was_capital]);
        }
    }
}

/* The phrase that what was drawn begins with, if its tokens are a part of the sum: NULL where
 * something was written already, or it is no plain word. */
static const struct phrase *first_drawn(const struct writing *writing)
{
    const struct writer_put *put = &writing->puts[0];
    const struct phrase *first = &writing->source.phrases[put->phrase];

    if (writing->put_count == 0 || writing->text.len != writing->text.start ||
        (put->flags & (WRITER_PUT_OWN | WRITER_PUT_TITLE | WRITER_PUT_ARTICLE)) != 0 ||
        (first->flags & PHRASE_HAS_WORD) == 0 || first->left[0] != first->left[1]) {
        return NULL;
    }
    return first;
}

/* Expands a rule apart from what is written and keeps the text in the reply's memory. */
static void expand_apart(struct writing *writing, uint32_t rule, struct phrase *own)
{
    struct writer_text written;
    const struct phrase *first = NULL;
    bool takes_s = false;
    uint32_t before = writing->before;
    char *to = NULL;
    struct str text = {0};
    size_t all = 0;
    uint64_t tokens = 0;
    bool is_counted = false;

    put_drawn(writing);
    written = writing->text;
    writing->before = 0;
    writer_text_begin_apart(&writing->text);
    expand(writing, &writing->book->rules[rule]);
    first = first_drawn(writing);
    writing_put_all(writing);
    writing->before = before;
    first = writing->text.is_recounted ? NULL : first;
    takes_s = first != NULL && writing->text.left == PHRASE_LEFT_TAKES_S;
    is_counted = writing->text.session != NULL && !writing->text.title;
    tokens = writing->text.tokens;
    text = writer_text_end_apart(&writing->text, &written);
    all = text.len;
    to = writing->memory + writing->memory_used; /* behind what the rule itself remembered */
    text = str_take(text, WRITING_REMEMBERED_BYTES_MAX - writing->memory_used);
    text = str_take(text, PHRASE_BYTES_MAX);
    if (text.len != 0) {
        memcpy(to, text.p, text.len);
    }
    *own = phrase_of((struct str){to, text.len}, &text);
    own->at = (uint32_t)(text.p - writing->memory);
    own->tail_bytes = 0;
    if (is_counted && all == text.len && tokens < UINT8_MAX / 2) {
        set_own_tokens(own, tokens, first);
        if (takes_s) {
            memset(own->left, PHRASE_LEFT_TAKES_S, sizeof own->left);
        }
    } else {
        own->right = PHRASE_RIGHT_UNKNOWN;
    }
}

/* A rule's expansion by itself: a phrase of the book, whose tokens are known, or its own. */
static struct writing_remembered expand_for_memory(struct writing *writing, uint32_t rule,
                                                   struct phrase *own)
{
    const struct phrase_choice *choice = &writing->book->choices[writing->book->rules[rule].choice];
    struct random replay = writing->random;

    if (choice->few == 0) {
        struct drawn drawn = draw(writing, writing->random.key, &writing->random.counter, choice);

        if ((writing->source.phrases[drawn.phrase].flags & (PHRASE_IS_COMPOSED | PHRASE_LEADS)) ==
            0) {
            return (struct writing_remembered){.is_set = true, .phrase = drawn.phrase};
        }
        writing->random = replay;
    }
    expand_apart(writing, rule, own);
    return (struct writing_remembered){.is_set = true, .is_own = true};
}

static struct str own_text(const struct writing *writing, const struct phrase *own)
{
    return (struct str){writing->memory + own->at, own->len};
}

static bool is_remembered(const struct writing *writing, struct str text)
{
    for (size_t i = 0; i < GRAMMAR_SLOTS_MAX; i++) {
        const struct writing_remembered *slot = &writing->slots[i];

        if (slot->is_set &&
            str_equal(text, slot->is_own
                                ? own_text(writing, &writing->own[i])
                                : phrase_book_text(writing->book,
                                                   &writing->source.phrases[slot->phrase]))) {
            return true;
        }
    }
    return false;
}

/* Two names for the same rule should differ, as two speakers do: a text that is remembered already
 * is drawn again. */
static void remember(struct writing *writing, uint32_t index, uint32_t rule)
{
    struct writing_remembered drawn = {0};
    struct phrase own = {0};
    bool is_new = false;

    for (uint64_t i = 0; i < REMEMBER_TRIES && !is_new; i++) {
        struct fork outer = enter_fork(writing, slot_forks + (uint64_t)index * REMEMBER_TRIES + i);

        drawn = expand_for_memory(writing, rule, &own);
        leave_fork(writing, outer);
        is_new = !is_remembered(
            writing, drawn.is_own
                         ? own_text(writing, &own)
                         : phrase_book_text(writing->book, &writing->source.phrases[drawn.phrase]));
    }
    writing->slots[index] = drawn;
    writing->own[index] = own;
    if (drawn.is_own) {
        writing->memory_used = own.at + own.len;
    }
}

/* --- Expansion. --- */

static void add_put(struct writing *writing, uint32_t phrase, uint32_t flags)
{
    writing->puts[writing->put_count++] = (struct writer_put){phrase, flags | writing->before};
    writing->before = 0;
}

static void add_remembered(struct writing *writing, uint32_t rule, uint32_t index)
{
    const struct writing_remembered *slot = &writing->slots[index];

    if (!slot->is_set) {
        remember(writing, index, rule);
    }
    if (slot->is_own) {
        add_put(writing, index, WRITER_PUT_OWN);
    } else {
        add_put(writing, slot->phrase, 0);
    }
}

/* A number that is no phrase of the book. */
static void put_number(struct writing *writing, const struct grammar_op *range)
{
    char digits[PHRASE_SLACK] = {0};
    uint64_t number =
        range->a + random_inline_below(&writing->random, (uint64_t)range->b - range->a + 1);
    struct str stored = {digits, 0};
    struct phrase phrase;

    stored.len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    phrase = phrase_of(stored, &stored);
    phrase.right = PHRASE_RIGHT_UNKNOWN;
    writing_put_all(writing);
    writer_text_put_once(&writing->text, &phrase, digits);
}

static void expand_alternative(struct writing *writing, uint32_t index)
{
    if ((writing->source.phrases[index].flags & PHRASE_IS_COMPOSED) != 0) {
        expand(writing, draw_variant(writing, writing->random.key, &writing->random.counter,
                                     &writing->source.slugs[index]));
    } else {
        add_put(writing, index, 0);
    }
}

/* What a step does that is no pick. */
static void act(struct writing *writing, const struct phrase_step *step)
{
    const struct phrase_choice *choice = &writing->book->choices[step->choice];

    switch ((enum phrase_action)step->action) {
    case PHRASE_REMEMBER:
        add_remembered(writing, choice->first, choice->count);
        break;
    case PHRASE_AGREE:
        expand_alternative(writing, choice->first + (writing->topic->is_plural ? 1 : 0));
        break;
    case PHRASE_NUMBER:
        put_number(writing, &writing->grammar->ops[choice->first]);
        break;
    case PHRASE_TITLE:
        writing->before |= WRITER_PUT_TITLE;
        break;
    case PHRASE_PICK:
    case PHRASE_EXPAND:
        break;
    }
}

/* The part of a reply's writing that changes with every step, to be kept in registers. */
struct hand {
    struct writer_put *put; /* the next */
    uint64_t counter;       /* of the random stream, whose key stays as it is */
    uint32_t before;
};

static inline struct hand take_hand(struct writing *writing)
{
    return (struct hand){writing->puts + writing->put_count, writing->random.counter,
                         writing->before};
}

static inline void put_hand_back(struct writing *writing, const struct hand *hand)
{
    writing->random.counter = hand->counter;
    writing->put_count = (size_t)(hand->put - writing->puts);
    writing->before = hand->before;
}

/* Adds a phrase, if it is to be. Nothing of it is read: it is hardly ever at hand. */
static inline void hold(struct hand *hand, const struct phrase_slug *slugs, uint32_t index,
                        bool is_put)
{
    const uint32_t has = is_put ? 1 : 0;

    __builtin_prefetch(&slugs[index]);
    *hand->put = (struct writer_put){index, hand->before};
    hand->put += has;
    hand->before &= has - 1;
}

/* A composed phrase of a rule that the reply keeps to few expansions of. */
static void expand_few(struct writing *writing, const struct phrase_choice *choice,
                       const struct drawn *drawn)
{
    const struct phrase_slug *slug = &writing->source.slugs[drawn->phrase];
    struct fork fork = enter_fork(
        writing, few_forks + (uint64_t)choice->first * (GRAMMAR_FEW_MAX + 1) + drawn->place);

    expand(writing, draw_variant(writing, writing->random.key, &writing->random.counter, slug));
    leave_fork(writing, fork);
}

/* Draws the words of a variant, and of what it is made of. Loading has proved that rules nest no
 * deeper than GRAMMAR_DEPTH_MAX. */
static void expand(struct writing *writing, const struct phrase_step *step)
{
    const struct phrase_slug *const slugs = writing->source.slugs;
    const struct phrase_choice *const choices = writing->book->choices;
    const struct phrase_step *outer[GRAMMAR_DEPTH_MAX + 1];
    size_t depth = 0;
    const uint64_t key = writing->random.key;
    struct hand hand = take_hand(writing);

    for (;;) {
        const struct phrase_choice *const choice = &choices[step->choice];
        const uint32_t flags = step->flags;
        const uint32_t action = step->action;

        if (__builtin_expect(hand.put > writing->puts + WRITING_PUTS_MAX - 4, 0)) {
            put_hand_back(writing, &hand);
            put_drawn(writing);
            hand = take_hand(writing);
        }
        hold(&hand, slugs, step->literal, (flags & PHRASE_STEP_LITERAL) != 0);
        hand.before |= flags & WRITER_PUT_BEFORE;
        if (__builtin_expect(action <= PHRASE_EXPAND, 1)) {
            const struct drawn drawn = draw(writing, key, &hand.counter, choice);
            const struct phrase_slug *const slug = &slugs[drawn.phrase];

            if (action == PHRASE_PICK || slug->class != PHRASE_CLASS_COMPOSED) {
                hold(&hand, slugs, drawn.phrase, (flags & PHRASE_STEP_PUTS) != 0);
            } else if (choice->few == 0) {
                if ((flags & PHRASE_STEP_LAST) == 0) {
                    assert(depth <= GRAMMAR_DEPTH_MAX);
                    outer[depth++] = step + 1;
                }
                step = draw_variant(writing, key, &hand.counter, slug);
                continue;
            } else {
                put_hand_back(writing, &hand);
                expand_few(writing, choice, &drawn);
                hand = take_hand(writing);
            }
        } else {
            put_hand_back(writing, &hand);
            act(writing, step);
            hand = take_hand(writing);
        }
        if ((flags & PHRASE_STEP_LAST) == 0) {
            step++;
        } else if (depth != 0) {
            step = outer[--depth];
        } else {
            break;
        }
    }
    put_hand_back(writing, &hand);
}

void writing_expand_rule(struct writing *writing, uint32_t rule)
{
    expand(writing, &writing->book->rules[rule]);
}

struct writing_part writing_choose(struct writing *writing, uint32_t phrase)
{
    struct writing_part part = {.phrase = phrase};
    const struct phrase_slug *slug = &writing->source.slugs[phrase];

    if (slug->class == PHRASE_CLASS_COMPOSED) {
        part.steps = draw_variant(writing, writing->random.key, &writing->random.counter, slug);
        for (size_t i = 0; i < PREFETCHED_STEPS; i += STEPS_PER_LINE) {
            __builtin_prefetch(part.steps + i);
        }
    }
    return part;
}

void writing_expand_part(struct writing *writing, const struct writing_part *part)
{
    if (part->steps != NULL) {
        expand(writing, part->steps);
    } else {
        add_put(writing, part->phrase, 0);
    }
}

void writing_begin(struct writing *writing, const struct grammar *grammar, size_t topic,
                   struct random random)
{
    const struct phrase_book *book = grammar->book;
    const struct phrase_topic *phrases = &book->topics[topic];
    struct random few = {random.key, few_forks - 1};

    memset(writing, 0, offsetof(struct writing, recent));
    memset(writing->recent, 0xFF, sizeof writing->recent);
    writing->grammar = grammar;
    writing->book = book;
    writing->topic = &grammar->topics[topic];
    writing->source = (struct writer_source){
        .slugs = book->cast.slugs,
        .moves = (const uint16_t(*)[PHRASE_STATES])book->cast.moves,
        .classes = book->cast.classes,
        .phrases = book->phrases,
        .titles = book->titles,
        .stored = book->text.p,
        .own = writing->own,
        .memory = writing->memory,
    };
    writing->random = random;
    writing->key = random.key;
    writing->few_key = random_inline_u64(&few);
    writing->is_free = 1;
    writing->offsets[PHRASE_OF_NUMBER_OF_TOPIC] = writing->topic->is_plural ? 1 : 0;
    writing->offsets[PHRASE_OF_TOPIC_NAME] = phrases->name;
    writing->counts[PHRASE_OF_TOPIC_NAME] = 1;
    for (int list = 0; list < GRAMMAR_TOPIC_LISTS; list++) {
        writing->offsets[PHRASE_OF_TOPIC_LISTS + list] = phrases->lists[list];
        writing->counts[PHRASE_OF_TOPIC_LISTS + list] = writing->topic->lists[list].count;
    }
}
