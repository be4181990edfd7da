#include "generators/mrcr_prompt.h"

#include "generators/writer.h"

#include <stdlib.h>

enum { STAGE_OPENING, STAGE_PAIRS, STAGE_END };

static void say(struct prompt_piece *piece, enum prompt_role role, struct str text)
{
    *piece = (struct prompt_piece){.text = text, .role = role, .opens_message = true};
}

static void write_distractor(struct mrcr_prompt *self, uint64_t index)
{
    struct mrcr_distractor distractor = {STR("distractor"), index, WRITER_TARGET_BY_FORMAT};

    if (index >= self->distractor_count) {
        distractor = self->end[index - self->distractor_count];
    }
    (void)mrcr_write_distractor(self->grammar, &self->design, &distractor, NULL, &self->ask_text,
                                &self->reply_text);
}

/* A needle stands where as many distractors as it wants are before it. */
static bool is_needle_next(const struct mrcr_prompt *self)
{
    return self->at.needles < self->needle_count &&
           self->needles[self->at.needles].distractors == self->at.distractors;
}

/* NULL for none. */
static const struct mrcr_checkpoint *next_checkpoint(const struct mrcr_prompt *self)
{
    if (self->middle.ask.len == 0) {
        return NULL;
    }
    if (self->at.checkpoints == 0) {
        bool is_here = self->at.distractors == self->middle_distractors &&
                       self->at.needles == self->middle_needles;

        return is_here ? &self->middle : NULL;
    }
    if (self->at.checkpoints == 1 && self->at.needles == self->needle_count &&
        self->at.distractors == self->distractor_count + self->end_count) {
        return &self->closing;
    }
    return NULL;
}

static int next_ask(struct mrcr_prompt *self, struct prompt_piece *piece, struct err *err)
{
    const struct mrcr_checkpoint *checkpoint = next_checkpoint(self);
    int rc = 0;

    if (checkpoint != NULL) {
        say(piece, PROMPT_USER, checkpoint->ask);
    } else if (is_needle_next(self)) {
        say(piece, PROMPT_USER, self->ask);
    } else if (self->at.distractors < self->distractor_count + self->end_count) {
        write_distractor(self, self->at.distractors);
        rc = buf_check(&self->reply_text, "reply", err);
        say(piece, PROMPT_USER, buf_str(&self->ask_text));
    } else {
        self->at.stage = STAGE_END;
        say(piece, PROMPT_USER, self->question);
        piece->opens_question = true;
        return 1;
    }
    self->at.is_reply = true;
    return rc != 0 ? rc : 1;
}

static void next_reply(struct mrcr_prompt *self, struct prompt_piece *piece)
{
    const struct mrcr_checkpoint *checkpoint = next_checkpoint(self);

    if (checkpoint != NULL) {
        say(piece, PROMPT_ASSISTANT, checkpoint->reply);
        self->at.checkpoints++;
    } else if (is_needle_next(self)) {
        say(piece, PROMPT_ASSISTANT, self->needles[self->at.needles].reply);
        self->at.needles++;
    } else {
        say(piece, PROMPT_ASSISTANT, buf_str(&self->reply_text));
        self->at.distractors++;
    }
    self->at.is_reply = false;
}

static int next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct mrcr_prompt *self = (struct mrcr_prompt *)prompt;

    if (self->at.stage == STAGE_OPENING) {
        self->at.stage = STAGE_PAIRS;
        say(piece, PROMPT_USER, self->opening);
        return 1;
    }
    if (self->at.stage == STAGE_END) {
        return 0;
    }
    if (self->at.is_reply) {
        next_reply(self, piece);
        return 1;
    }
    return next_ask(self, piece, err);
}

static void rewind_prompt(struct prompt *prompt)
{
    struct mrcr_prompt *self = (struct mrcr_prompt *)prompt;

    self->at = (struct mrcr_cursor){0};
}

static void free_prompt(struct prompt *prompt)
{
    struct mrcr_prompt *self = (struct mrcr_prompt *)prompt;

    buf_release(&self->ask_text);
    buf_release(&self->reply_text);
    free(self);
}

int mrcr_prompt_new(struct mrcr_prompt **out, const struct grammar *grammar,
                    const struct mrcr_design *design, struct err *err)
{
    static const struct prompt_ops ops = {next, rewind_prompt, free_prompt};
    struct mrcr_prompt *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return err_memory(err);
    }
    self->prompt.ops = &ops;
    self->grammar = grammar;
    self->design = *design;
    buf_init(&self->ask_text, MRCR_TEXT_BYTES_MAX);
    buf_init(&self->reply_text, MRCR_TEXT_BYTES_MAX);
    *out = self;
    return 0;
}
