#include "generators/mrcr_v2_prompt.h"

#include <stdlib.h>

static struct str write_turn(struct mrcr_v2_prompt *self, uint64_t index)
{
    struct mrcr_v2_turn turn = {STR("v2 turn"), index, 0};

    if (index >= self->turn_count) {
        turn = self->end[index - self->turn_count];
    }
    buf_reset(&self->text);
    mrcr_v2_write_turn(self->grammar, &self->design, &turn, &self->text);
    return buf_str(&self->text);
}

/* The next text; empty after the last one. */
static struct str next_text(struct mrcr_v2_prompt *self)
{
    struct mrcr_v2_cursor *at = &self->at;

    if (!at->is_open) {
        at->is_open = true;
        return self->opening;
    }
    if (at->standing < self->standing_count && self->standing[at->standing].before == at->turns) {
        return self->standing[at->standing++].turn;
    }
    if (at->turns < self->turn_count + self->end_count) {
        return write_turn(self, at->turns++);
    }
    if (!at->is_asked) {
        at->is_asked = true;
        return self->question;
    }
    return (struct str){0};
}

static int next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct mrcr_v2_prompt *self = (struct mrcr_v2_prompt *)prompt;
    bool opens_message = !self->at.is_open;
    int rc = 0;

    *piece = (struct prompt_piece){
        .text = next_text(self), .role = PROMPT_USER, .opens_message = opens_message};
    piece->opens_question = self->at.is_asked;
    rc = buf_check(&self->text, "turn", err);
    if (rc != 0) {
        return rc;
    }
    return piece->text.len != 0 ? 1 : 0;
}

static void rewind_prompt(struct prompt *prompt)
{
    ((struct mrcr_v2_prompt *)prompt)->at = (struct mrcr_v2_cursor){0};
}

static void free_prompt(struct prompt *prompt)
{
    struct mrcr_v2_prompt *self = (struct mrcr_v2_prompt *)prompt;

    buf_release(&self->text);
    free(self);
}

int mrcr_v2_prompt_new(struct mrcr_v2_prompt **out, const struct grammar *grammar,
                       const struct mrcr_v2_design *design, struct err *err)
{
    static const struct prompt_ops ops = {next, rewind_prompt, free_prompt};
    struct mrcr_v2_prompt *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return err_memory(err);
    }
    self->prompt.ops = &ops;
    self->grammar = grammar;
    self->design = *design;
    buf_init(&self->text, MRCR_V2_TEXT_BYTES_MAX);
    *out = self;
    return 0;
}
