#include "generators/listing.h"

#include "base/units.h"

enum {
    PASSES_MAX = 12,
    TOLERANCE_DIVISOR = 200, /* 0.5 % */
    TOLERANCE_LEAST = 20     /* below 4,096 tokens 0.5 % is less than a line */
};

/* The units of a listing that has `room` tokens for them. */
struct filling {
    struct listing *listing;
    const struct tokenizer *tokenizer;
    uint64_t room;
    uint64_t tolerance; /* how much of it may stay free */
    uint64_t count;     /* units taken whole … */
    uint64_t used;      /* … and their tokens */
    struct buf text;
    struct buf item;
    struct err *err;
};

static int count_item(struct filling *filling, struct str text, uint64_t number, uint64_t *tokens)
{
    int rc = 0;

    buf_reset(&filling->item);
    listing_append_item(filling->listing, text, number, &filling->item);
    rc = buf_check(&filling->item, "unit", filling->err);
    return rc != 0
               ? rc
               : tokenizer_count(filling->tokenizer, buf_str(&filling->item), tokens, filling->err);
}

static int count_unit(struct filling *filling, uint64_t index, uint32_t variant, uint64_t *tokens)
{
    const struct listing_units *units = &filling->listing->units;
    int rc = 0;

    buf_reset(&filling->text);
    units->write(units->self, index, variant, &filling->text);
    rc = buf_check(&filling->text, "unit", filling->err);
    return rc != 0 ? rc : count_item(filling, buf_str(&filling->text), index + 1, tokens);
}

/* Tokens of the units from `first` on, `count` of them. */
static int count_units(struct filling *filling, uint64_t first, uint64_t count, uint64_t *sum)
{
    int rc = 0;

    *sum = 0;
    for (uint64_t i = 0; rc == 0 && i < count; i++) {
        uint64_t tokens = 0;

        rc = count_unit(filling, first + i, 0, &tokens);
        *sum += tokens;
    }
    return rc;
}

/* Takes whole units while they fit, gives back what does not. Work is for the difference only. */
static int take_units(struct filling *filling)
{
    const struct listing_units *units = &filling->listing->units;
    uint64_t tokens = 0;
    int rc = 0;

    while (rc == 0 && filling->used > filling->room && filling->count > units->first) {
        rc = count_units(filling, filling->count - units->step, units->step, &tokens);
        filling->used -= tokens;
        filling->count -= units->step;
    }
    while (rc == 0 && units->most - filling->count >= units->step) {
        rc = count_units(filling, filling->count, units->step, &tokens);
        if (rc != 0 || filling->used + tokens > filling->room) {
            break;
        }
        filling->used += tokens;
        filling->count += units->step;
    }
    return rc;
}

/* A text may be cut before a single space, after a full stop if it is to be a sentence's end. */
static bool can_cut(struct str text, size_t at, enum listing_end end)
{
    return text.p[at] == ' ' && (unsigned char)text.p[at - 1] > ' ' &&
           (unsigned char)text.p[at + 1] > ' ' &&
           (end == LISTING_END_WORD || text.p[at - 1] == '.');
}

/* The next place after `from` where it may be cut, or SIZE_MAX. */
static size_t next_cut(struct str text, size_t from, enum listing_end end)
{
    for (size_t at = from + 1; at + 1 < text.len; at++) {
        if (can_cut(text, at, end)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* Takes as much of the next unit as fits. */
static int cut_unit(struct filling *filling)
{
    struct listing *listing = filling->listing;
    uint64_t left = filling->room - filling->used;
    uint64_t number = filling->count + 1;
    uint64_t tokens = 0;
    size_t taken = 0;
    size_t low = 0;
    size_t high = 0;
    int rc = count_unit(filling, filling->count, 0, &tokens);

    /* Halve the bytes, then go word by word: a token is never longer than what is halved away. */
    high = filling->text.len;
    while (rc == 0 && high - low > 64) {
        size_t at = next_cut(buf_str(&filling->text), low + (high - low) / 2, listing->units.end);

        if (at >= high) {
            high = low + (high - low) / 2;
            continue;
        }
        rc = count_item(filling, str_take(buf_str(&filling->text), at), number, &tokens);
        low = tokens <= left ? at : low;
        high = tokens <= left ? high : at;
    }
    taken = low;
    while (rc == 0 &&
           (low = next_cut(buf_str(&filling->text), low, listing->units.end)) != SIZE_MAX) {
        rc = count_item(filling, str_take(buf_str(&filling->text), low), number, &tokens);
        if (tokens > left) {
            break;
        }
        taken = low;
    }
    listing->last_length = taken != 0 ? taken : SIZE_MAX;
    return rc;
}

/* The variant of a unit that adds most to it without adding more than `left`. */
static int vary_unit(struct filling *filling, uint64_t index, uint64_t left, uint8_t *variant,
                     uint64_t *gain)
{
    uint64_t plain = 0;
    uint64_t tokens = 0;
    int rc = count_unit(filling, index, 0, &plain);

    *variant = 0;
    *gain = 0;
    for (uint32_t i = 1; rc == 0 && i < LISTING_VARIANTS && *gain < left; i++) {
        rc = count_unit(filling, index, i, &tokens);
        if (tokens > plain + *gain && tokens - plain <= left) {
            *gain = tokens - plain;
            *variant = (uint8_t)i;
        }
    }
    return rc;
}

static int vary_units(struct filling *filling)
{
    uint64_t left = filling->room - filling->used;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < LISTING_VARIED && i < filling->count; i++) {
        uint64_t gain = 0;

        filling->listing->variants[i] = 0;
        if (left > filling->tolerance / 2) {
            rc = vary_unit(filling, filling->count - 1 - i, left, &filling->listing->variants[i],
                           &gain);
        }
        left -= gain;
    }
    return rc;
}

static int choose_units(struct filling *filling)
{
    struct listing *listing = filling->listing;
    uint64_t left = 0;
    bool is_cut = false;
    int rc = 0;

    if (listing->units.fit != NULL) {
        rc = listing->units.fit(listing->units.self, filling->room, &filling->count, filling->err);
        listing_resize(listing, filling->count);
        return rc;
    }
    rc = take_units(filling);
    left = filling->room > filling->used ? filling->room - filling->used : 0;
    listing->last_length = SIZE_MAX;
    if (rc == 0 && left > filling->tolerance / 2 && filling->count < listing->units.most) {
        is_cut =
            listing->units.end == LISTING_END_WORD || listing->units.end == LISTING_END_SENTENCE;
        rc = is_cut ? cut_unit(filling) : 0;
        is_cut = is_cut && listing->last_length != SIZE_MAX;
    }
    if (rc == 0 && listing->units.end == LISTING_END_VARIANTS) {
        rc = vary_units(filling);
    }
    listing_resize(listing, filling->count + (is_cut ? 1 : 0));
    return rc;
}

/* What salt, head, tail and plants have by themselves, to begin with. */
static int count_outside(struct filling *filling, uint64_t *sum)
{
    const struct listing *listing = filling->listing;
    const struct str texts[] = {listing->salt, listing->head, listing->tail};
    uint64_t tokens = 0;
    int rc = 0;

    *sum = 0;
    for (size_t i = 0; rc == 0 && i < sizeof texts / sizeof *texts; i++) {
        rc = tokenizer_count(filling->tokenizer, texts[i], &tokens, filling->err);
        *sum += tokens;
    }
    for (size_t i = 0; rc == 0 && i < listing->plant_count; i++) {
        rc = count_item(filling, listing->plants[i].text, 1, &tokens);
        *sum += tokens;
    }
    return rc;
}

static int used_up(const struct filling *filling, uint64_t tokens)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, 256);
    buf_append(&text, STR("the haystack's texts are used up and never repeated: with question and "
                          "answer the longest length is "));
    units_append_count(&text, tokens);
    rc = err_set(filling->err, ERR_USAGE, "%.*s", STR_ARG(buf_str(&text)));
    buf_release(&text);
    return rc;
}

static int too_short(const struct filling *filling, uint64_t least)
{
    return err_set(filling->err, ERR_USAGE,
                   "question, answer and the smallest haystack need a length of at least %llu "
                   "tokens",
                   (unsigned long long)least);
}

static int fill(struct filling *filling, uint64_t tokens, uint64_t reply_tokens,
                struct listing_measure *out)
{
    const struct listing_units *units = &filling->listing->units;
    uint64_t outside = 0;
    int rc = count_outside(filling, &outside);

    if (rc == 0 && units->fit == NULL) {
        filling->count = units->first;
        rc = count_units(filling, 0, units->first, &filling->used);
    }
    if (rc == 0 && outside + filling->used > tokens) {
        return too_short(filling, outside + filling->used + reply_tokens);
    }
    filling->room = tokens - outside;
    for (int pass = 0; rc == 0 && pass < PASSES_MAX; pass++) {
        uint64_t found = 0;

        rc = choose_units(filling);
        if (rc == 0) {
            rc = listing_measure(filling->listing, filling->tokenizer, out, filling->err);
        }
        found = out->prompt.tokens;
        if (rc != 0 || (found <= tokens && found + filling->tolerance >= tokens)) {
            return rc;
        }
        if (found < tokens && filling->listing->count == units->most) {
            return used_up(filling, found + reply_tokens);
        }
        if (found > tokens && found - tokens > filling->room) {
            return too_short(filling, found + reply_tokens);
        }
        /* The joints made the difference; unsigned arithmetic wraps to the right value. */
        filling->room += tokens - found;
    }
    return rc != 0 ? rc
                   : err_set(filling->err, ERR_USAGE, "no units fill exactly %llu tokens",
                             (unsigned long long)tokens);
}

int listing_fill(struct listing *listing, uint64_t tokens, uint64_t reply_tokens,
                 const struct tokenizer *tokenizer, struct listing_measure *out, struct err *err)
{
    struct filling filling = {
        .listing = listing,
        .tokenizer = tokenizer,
        .tolerance = tokens / TOLERANCE_DIVISOR > TOLERANCE_LEAST ? tokens / TOLERANCE_DIVISOR
                                                                  : TOLERANCE_LEAST,
        .err = err,
    };
    int rc = 0;

    buf_init(&filling.text, listing->piece.max);
    buf_init(&filling.item, listing->piece.max);
    rc = fill(&filling, tokens, reply_tokens, out);
    buf_release(&filling.text);
    buf_release(&filling.item);
    return rc;
}
