#include "generators/phrase_slug.h"

#include "generators/phrase_book.h"

#include <stdlib.h>

enum { CACHE_LINE = 64 };

static uint16_t move_of(const struct phrase_class *class, unsigned state)
{
    const unsigned from = state / PHRASE_STATE_LEFT;
    const unsigned capital = (state & PHRASE_STATE_CAPITAL) != 0 ? 1 : 0;
    const unsigned left = phrase_left_before(from, (state & PHRASE_STATE_SPACE) |
                                                       (class->flags & PHRASE_LEADS ? 1U : 0U));
    const unsigned spaced = left == JOINT_LEFT_SPACE ? 1 : 0;
    const bool has_word = (class->flags & PHRASE_HAS_WORD) != 0;
    unsigned move = class->left[spaced] * (unsigned)PHRASE_STATE_LEFT;

    if (class->right == JOINT_RIGHT_NOTHING || (phrase_safe_bits(left) >> class->right & 1U) == 0) {
        return PHRASE_MOVE_RARE;
    }
    move |= capital != 0 && !has_word ? (unsigned)PHRASE_STATE_CAPITAL : 0;
    move |= left != from ? (unsigned)PHRASE_MOVE_SPACES : 0;
    move |= (2 * spaced + capital) << PHRASE_MOVE_TOKENS;
    move |=
        capital != 0 && (class->flags & PHRASE_IS_SMALL) != 0 ? (unsigned)PHRASE_MOVE_CAPITAL : 0;
    return (uint16_t)move;
}

static void add_moves(struct phrase_slugs *slugs, size_t class)
{
    for (unsigned state = 0; state < PHRASE_STATES; state++) {
        slugs->moves[class][state] =
            class >= PHRASE_CLASSES_FIRST && state < PHRASE_LEFT_COUNT * PHRASE_STATE_LEFT
                ? move_of(&slugs->classes[class], state)
                : (uint16_t)PHRASE_MOVE_RARE;
    }
}

/* Found or added; where there are too many, its phrases are rare. */
static uint8_t class_of(struct phrase_slugs *slugs, const struct phrase *phrase)
{
    struct phrase_class class = {
        .flags =
            phrase->flags & (PHRASE_LEADS | PHRASE_HAS_WORD | PHRASE_IS_SMALL | PHRASE_TAKES_AN),
        .right = phrase->right,
        .left = {phrase->left[0], phrase->left[1]},
    };
    size_t index = PHRASE_CLASSES_FIRST;

    while (index < slugs->class_count &&
           memcmp(&slugs->classes[index], &class, sizeof class) != 0) {
        index++;
    }
    if (index == PHRASE_CLASSES_MAX) {
        return PHRASE_CLASS_RARE;
    }
    if (index == slugs->class_count) {
        slugs->classes[index] = class;
        slugs->class_count++;
        add_moves(slugs, index);
    }
    return (uint8_t)index;
}

static void set_numbers(struct phrase_slug *slug, const uint32_t *numbers, size_t count)
{
    memcpy(slug->text, numbers, count * sizeof *numbers);
}

static void cast(struct phrase_book *book, size_t index)
{
    const struct phrase *phrase = &book->phrases[index];
    struct phrase_slug *slug = &book->cast.slugs[index];

    *slug = (struct phrase_slug){.len = phrase->len, .word_at = phrase->word_at};
    if ((phrase->flags & PHRASE_IS_COMPOSED) != 0) {
        bool fits = phrase->len <= PHRASE_SLUG_VARIANTS;

        slug->class = PHRASE_CLASS_COMPOSED;
        set_numbers(slug, fits ? &book->variants[phrase->at] : &phrase->at, fits ? phrase->len : 1);
        return;
    }
    slug->class = class_of(&book->cast, phrase);
    memcpy(slug->tokens, phrase->tokens, sizeof slug->tokens);
    if (phrase->len <= PHRASE_SLUG_TEXT) {
        memcpy(slug->text, book->text.p + phrase->at, phrase->len);
    } else {
        set_numbers(slug, &phrase->at, 1);
    }
}

int phrase_slugs_cast(struct phrase_book *book, struct err *err)
{
    struct phrase_slugs *all = &book->cast;
    size_t bytes = (book->phrase_count * sizeof *all->slugs + CACHE_LINE) / CACHE_LINE * CACHE_LINE;

    if (all->slugs == NULL) {
        all->slugs = aligned_alloc(CACHE_LINE, bytes);
    }
    if (all->moves == NULL) {
        all->moves = aligned_alloc(CACHE_LINE, PHRASE_CLASSES_MAX * sizeof *all->moves);
    }
    if (all->slugs == NULL || all->moves == NULL) {
        return err_memory(err);
    }
    all->class_count = PHRASE_CLASSES_FIRST;
    add_moves(all, PHRASE_CLASS_COMPOSED);
    add_moves(all, PHRASE_CLASS_RARE);
    for (size_t i = 0; i < book->phrase_count; i++) {
        cast(book, i);
    }
    return 0;
}

void phrase_slugs_release(struct phrase_slugs *slugs)
{
    free(slugs->slugs);
    free(slugs->moves);
    *slugs = (struct phrase_slugs){0};
}
