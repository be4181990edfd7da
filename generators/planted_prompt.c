#include "generators/planted_prompt.h"

#include "generators/draw.h"

#include <stdlib.h>

/* About 16 KB: what is hashed is then still in the nearest cache when it is copied. */
enum { RUN_SENTENCES_MAX = 128 };

const struct prose_sentence *planted_prompt_sentence(const struct planted_prompt *prompt,
                                                     uint32_t index)
{
    uint64_t at = (uint64_t)prompt->start + index;

    return &prompt->prose->sentences[at % prompt->prose->count];
}

static void go_to(struct planted_prompt *self, const struct prose_sentence *sentence)
{
    prose_pass(self->prose, &self->block, (uint32_t)(sentence - self->prose->sentences));
}

struct str planted_prompt_text(struct planted_prompt *prompt, uint32_t index)
{
    const struct prose_sentence *sentence = planted_prompt_sentence(prompt, index);

    go_to(prompt, sentence);
    return prose_text(sentence);
}

/* Appends the needles that stand after `boundary` sentences. */
static void write_needles(struct planted_prompt *self, uint32_t boundary)
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

static void write_piece(struct planted_prompt *self, uint32_t index)
{
    const struct prose_sentence *sentence = planted_prompt_sentence(self, index);
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
    buf_append(&self->piece, str_take(planted_prompt_text(self, index),
                                      is_last ? self->last_length : sentence->len));
    write_needles(self, index + 1);
    if (is_last || sentence->closes_paragraph) {
        buf_append(&self->piece, STR("\n\n"));
    }
    if (is_last) {
        buf_append(&self->piece, self->question);
    }
}

struct str planted_prompt_haystack(const struct planted_prompt *prompt,
                                   const struct prompt_piece *piece)
{
    if (piece->opens_question) {
        return STR("");
    }
    return piece->opens_message ? str_skip(piece->text, prompt->salt.len) : piece->text;
}

/* The first sentence from `index` on at which something else stands, or after which the slice ends:
 * everything before it is one run. */
static uint32_t end_of_run(const struct planted_prompt *self, uint32_t index)
{
    uint64_t corpus_end =
        self->prose->count - self->start; /* the window goes on at its beginning */
    uint64_t end = self->count - 1;

    if (index == 0) {
        return 0;
    }
    if (index < corpus_end && corpus_end < end) {
        end = corpus_end;
    }
    if (self->skipped >= (int64_t)index && (uint64_t)self->skipped < end) {
        end = (uint64_t)self->skipped;
    }
    if (self->at.needles < self->needle_count && self->needles[self->at.needles].boundary <= end) {
        end = self->needles[self->at.needles].boundary - 1; /* after `index` at least */
    }
    return end - index < RUN_SENTENCES_MAX ? (uint32_t)end : index + RUN_SENTENCES_MAX;
}

/* The slice of the sentences from `index` to before `end`; sums up their sizes. */
static struct str take_run(struct planted_prompt *self, uint32_t index, uint32_t end)
{
    const struct prose_sentence *first = planted_prompt_sentence(self, index);
    const struct prose_sentence *last = first + (end - index - 1);
    struct str from = prose_standing(first);
    struct str to = prose_standing(last);
    struct str run = {from.p, (size_t)(to.p + to.len - from.p)};
    struct prompt_sizes sizes = {0, run.len, run.len};

    go_to(self, first);
    for (const struct prose_sentence *sentence = first; sentence <= last; sentence++) {
        sizes.tokens += sentence->tokens;
        sizes.escaped_bytes += sentence->escapes;
        sizes.code_points -= sentence->beyond;
    }
    self->at.run = sizes;
    self->at.sentences = end;
    return run;
}

static int next(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct planted_prompt *self = (struct planted_prompt *)prompt;
    bool opens_message = self->at.sentences == 0;
    uint32_t end = 0;
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
    end = end_of_run(self, self->at.sentences);
    self->at.is_run = end > self->at.sentences;
    if (self->at.is_run) {
        struct str run = take_run(self, self->at.sentences, end);

        *piece =
            (struct prompt_piece){.text = run, .role = PROMPT_USER, .opens_message = opens_message};
        return 1;
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
    ((struct planted_prompt *)prompt)->at = (struct planted_cursor){0};
}

static void free_prompt(struct prompt *prompt)
{
    struct planted_prompt *self = (struct planted_prompt *)prompt;

    buf_release(&self->piece);
    free(self);
}

int planted_prompt_new(struct planted_prompt **out, const struct prose *prose,
                       const struct planted_needle *needles, size_t needle_count,
                       size_t question_bytes_max, struct err *err)
{
    static const struct prompt_ops ops = {next, rewind_prompt, free_prompt};
    struct planted_prompt *self = calloc(1, sizeof *self);
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
    self->skipped = PLANTED_NONE_SKIPPED;
    buf_init(&self->piece, piece_max);
    *out = self;
    return 0;
}
