#include "generators/listing.h"

#include <math.h>
#include <stdlib.h>

enum { NUMBER_BYTES_MAX = 32 };

static bool closes_items(const struct listing *self)
{
    return str_starts(self->form.separator, STR("\n"));
}

static void append_number(const struct listing *self, uint64_t number, struct buf *out)
{
    if (self->form.before_number.len == 0 && self->form.after_number.len == 0) {
        return;
    }
    buf_append(out, self->form.before_number);
    buf_appendf(out, "%llu", (unsigned long long)number);
    buf_append(out, self->form.after_number);
}

void listing_append_item(const struct listing *listing, struct str text, uint64_t number,
                         struct buf *out)
{
    if (!closes_items(listing)) {
        buf_append(out, listing->form.separator);
    }
    append_number(listing, number, out);
    buf_append(out, text);
    if (closes_items(listing)) {
        buf_append(out, listing->form.separator);
    }
}

static void append_unit(struct listing *self, uint64_t index)
{
    uint64_t from_end = self->count - 1 - index;
    size_t begin = self->piece.len;

    self->units.write(self->units.self, index,
                      from_end < LISTING_VARIED ? self->variants[from_end] : 0, &self->piece);
    if (from_end == 0 && self->last_length != SIZE_MAX &&
        self->piece.len > begin + self->last_length) {
        self->piece.len = begin + self->last_length;
    }
}

/* Units and plants, one a piece; head and tail go with the first and the last. */
static int next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct listing *self = (struct listing *)prompt;
    uint64_t number = self->at.units + self->at.plants + 1;
    bool is_plant = self->at.plants < self->plant_count &&
                    self->plants[self->at.plants].boundary == self->at.units;
    int rc = 0;

    if (!is_plant && self->at.units == self->count) {
        return 0;
    }
    buf_reset(&self->piece);
    if (number == 1) {
        buf_append(&self->piece, self->salt);
        buf_append(&self->piece, self->head);
    } else if (!closes_items(self)) {
        buf_append(&self->piece, self->form.separator);
    }
    append_number(self, number, &self->piece);
    if (is_plant) {
        buf_append(&self->piece, self->plants[self->at.plants++].text);
    } else {
        append_unit(self, self->is_shuffled ? permutation_at(&self->order, self->at.units)
                                            : self->at.units);
        self->at.units++;
    }
    if (closes_items(self)) {
        buf_append(&self->piece, self->form.separator);
    }
    if (number == self->count + self->plant_count) {
        buf_append(&self->piece, self->tail);
    }
    rc = buf_check(&self->piece, "unit", err);
    *piece = (struct prompt_piece){
        .text = buf_str(&self->piece), .role = PROMPT_USER, .opens_message = number == 1};
    return rc != 0 ? rc : 1;
}

static void rewind_prompt(struct prompt *prompt)
{
    ((struct listing *)prompt)->at = (struct listing_cursor){0};
}

static void free_prompt(struct prompt *prompt)
{
    struct listing *self = (struct listing *)prompt;

    buf_release(&self->piece);
    free(self);
}

/* At equal depths the first checkpoint stands before all plants, the others after. */
static int standing(const struct listing_plant *plant)
{
    return !plant->is_checkpoint ? 0 : plant->depth > 0 ? 1 : -1;
}

static int compare_plants(const void *a, const void *b)
{
    const struct listing_plant *left = a;
    const struct listing_plant *right = b;

    if (left->depth < right->depth) {
        return -1;
    }
    return left->depth > right->depth ? 1 : standing(left) - standing(right);
}

int listing_new(struct listing **out, const struct listing_form *form,
                const struct listing_units *units, struct listing_plant *plants, size_t plant_count,
                size_t outside_bytes_max, struct err *err)
{
    static const struct prompt_ops ops = {next, rewind_prompt, free_prompt};
    struct listing *self = calloc(1, sizeof *self);
    size_t item_max = units->bytes_max;

    if (self == NULL) {
        return err_memory(err);
    }
    self->prompt.ops = &ops;
    self->form = *form;
    self->units = *units;
    self->plants = plants;
    self->plant_count = plant_count;
    self->last_length = SIZE_MAX;
    qsort(plants, plant_count, sizeof *plants, compare_plants);
    for (size_t i = 0; i < plant_count; i++) {
        item_max = plants[i].text.len > item_max ? plants[i].text.len : item_max;
    }
    buf_init(&self->piece, item_max + outside_bytes_max + form->separator.len +
                               form->before_number.len + form->after_number.len + NUMBER_BYTES_MAX);
    *out = self;
    return 0;
}

void listing_resize(struct listing *listing, uint64_t count)
{
    listing->count = count;
    if (listing->is_shuffled && count != 0) {
        listing->order = permutation_make(listing->order_seed, STR("order"), 0, count);
    }
    for (size_t i = 0; i < listing->plant_count; i++) {
        listing->plants[i].boundary = (uint64_t)llround(listing->plants[i].depth * (double)count);
    }
}

/* The part of a piece that is haystack: without salt and tail. */
static struct str haystack_part(const struct listing *listing, const struct prompt_piece *piece)
{
    uint64_t read = listing->at.units + listing->at.plants;
    struct str text = piece->text;

    if (read == listing->count + listing->plant_count) {
        text = str_take(text, text.len - listing->tail.len);
    }
    return read == 1 ? str_skip(text, listing->salt.len) : text;
}

int listing_measure(struct listing *listing, const struct tokenizer *tokenizer,
                    struct listing_measure *out, struct err *err)
{
    struct fingerprint_state *haystack = fingerprint_new();
    struct prompt_meter *meter = NULL;
    struct prompt_piece piece;
    uint64_t before = UINT64_MAX; /* tokens before the first wanted plant */
    int rc = haystack == NULL ? err_memory(err) : prompt_meter_new(&meter, tokenizer, err);

    prompt_rewind(&listing->prompt);
    while (rc == 0) {
        size_t plant = listing->at.plants;

        rc = prompt_next(&listing->prompt, &piece, err);
        if (rc <= 0) {
            break;
        }
        if (listing->at.plants != plant && listing->plants[plant].is_wanted &&
            before == UINT64_MAX) {
            before = prompt_meter_tokens(meter);
        }
        rc = prompt_meter_add(meter, &piece, err);
        piece.text = haystack_part(listing, &piece);
        fingerprint_add(haystack, &piece);
    }
    if (rc == 0) {
        prompt_meter_finish(meter, &out->prompt);
        out->haystack = fingerprint_finish(haystack);
        out->depth = before != UINT64_MAX ? (double)before / (double)out->prompt.tokens : -1.0;
    }
    prompt_rewind(&listing->prompt);
    prompt_meter_free(meter);
    fingerprint_free(haystack);
    return rc;
}
