#include "generators/niah_prompt.h"

#include "generators/draw.h"

#include <stdlib.h>

const struct prose_sentence *niah_prompt_sentence(const struct niah_prompt *prompt, uint32_t index)
{
    uint64_t at = (uint64_t)prompt->start + index;

    return &prompt->prose->sentences[at % prompt->prose->count];
}

/* Appends the needles that stand after `boundary` sentences. */
static void write_needles(struct niah_prompt *self, uint32_t boundary)
{
    size_t line_start = boundary == 0 ? self->salt.len : 0;

    while (self->at.needles < self->needle_count &&
           self->needles[self->at.needles].boundary == boundary) {
        if (self->piece.len != line_start) {
            buf_append_char(&self->piece, ' ');
        }
        buf_append(&self->piece, self->needles[self->at.needles++].sentence);
    }
}

static void write_piece(struct niah_prompt *self, uint32_t index)
{
    const struct prose_sentence *sentence = niah_prompt_sentence(self, index);
    bool is_last = index + 1 == self->count;
    size_t line_start = index == 0 ? self->salt.len : 0;

    buf_reset(&self->piece);
    if (index == 0) {
        buf_append(&self->piece, self->salt);
        write_needles(self, 0);
    }
    if (!sentence->opens_paragraph || self->piece.len != line_start) {
        buf_append_char(&self->piece, ' ');
    }
    buf_append(&self->piece,
               str_take(prose_text(sentence), is_last ? self->last_length : sentence->len));
    write_needles(self, index + 1);
    if (is_last || sentence->closes_paragraph) {
        buf_append(&self->piece, STR("\n\n"));
    }
    if (is_last) {
        buf_append(&self->piece, self->question);
    }
}

struct str niah_prompt_haystack(const struct niah_prompt *prompt, const struct prompt_piece *piece)
{
    if (piece->opens_question) {
        return STR("");
    }
    return piece->opens_message ? str_skip(piece->text, prompt->salt.len) : piece->text;
}

static int next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct niah_prompt *self = (struct niah_prompt *)prompt;
    bool opens_message = self->at.sentences == 0;
    int rc = 0;

    if (self->at.is_question) {
        self->at.is_question = false;
        *piece = (struct prompt_piece){
            .text = str_skip(buf_str(&self->piece), self->piece.len - self->question.len),
            .role = PROMPT_USER,
            .opens_question = true};
        return 1;
    }
    if (self->at.sentences == self->skipped) {
        self->at.sentences++;
    }
    if (self->at.sentences >= self->count) {
        return 0;
    }
    write_piece(self, self->at.sentences++);
    self->at.is_question = self->at.sentences == self->count;
    rc = buf_check(&self->piece, "sentence", err);
    *piece = (struct prompt_piece){
        .text = buf_str(&self->piece), .role = PROMPT_USER, .opens_message = opens_message};
    if (self->at.is_question) {
        piece->text = str_take(piece->text, piece->text.len - self->question.len);
    }
    return rc != 0 ? rc : 1;
}

static void rewind_prompt(struct prompt *prompt)
{
    ((struct niah_prompt *)prompt)->at = (struct niah_cursor){0};
}

static void free_prompt(struct prompt *prompt)
{
    struct niah_prompt *self = (struct niah_prompt *)prompt;

    buf_release(&self->piece);
    free(self);
}

int niah_prompt_new(struct niah_prompt **out, const struct prose *prose,
                    const struct niah_needle *needles, size_t needle_count,
                    size_t question_bytes_max, struct err *err)
{
    static const struct prompt_ops ops = {next, rewind_prompt, free_prompt};
    struct niah_prompt *self = calloc(1, sizeof *self);
    size_t piece_max = DRAW_SALT_BYTES + PROSE_SENTENCE_BYTES_MAX + question_bytes_max + 16;

    if (self == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < needle_count; i++) {
        piece_max += needles[i].sentence.len + 1;
    }
    self->prompt.ops = &ops;
    self->prose = prose;
    self->needles = needles;
    self->needle_count = needle_count;
    self->skipped = NIAH_NONE_SKIPPED;
    buf_init(&self->piece, piece_max);
    *out = self;
    return 0;
}
