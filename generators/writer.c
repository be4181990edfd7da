#include "generators/writer.h"

#include "generators/writing.h"

#include "base/random_inline.h"

#include <assert.h>

/* What a close usually takes, in bytes: the body stops that much short of the target. */
static const double close_bytes = 140;

/* The body's alternatives in a random order; another round once all were used. */
struct body_order {
    uint16_t left[GRAMMAR_BODIES_MAX];
    uint32_t left_count;
};

static struct writing_part next_body(struct body_order *order, struct writing *writing,
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
    return writing_choose(writing, rule->first_alternative + taken);
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
    struct writing_part next = next_body(&order, writing, rule);

    do {
        struct writing_part body = next;

        writer_text_separate(&writing->text);
        writing_expand_part(writing, &body);
        next = next_body(&order, writing, rule); /* beforehand, so that it is there in time */
        writing_put_all(writing);
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

    writing_begin(&writing, grammar, task->topic, random);
    writer_text_init(&writing.text, out, session, &grammar->book->line_breaks);
    if (target == WRITER_TARGET_BY_FORMAT) {
        target = writer_draw_target(format, &writing.random);
    }
    writing_expand_rule(&writing, format->open);
    writing_put_all(&writing);
    write_body(&writing, &grammar->rules[format->body], target * format->bytes_per_token);
    writer_text_separate(&writing.text);
    writing_expand_rule(&writing, format->close);
    writing_put_all(&writing);
    writer_text_finish(&writing.text);
    assert(tokens_are_right(&writing));
    return writing.text.tokens;
}

void writer_reply(const struct grammar *grammar, const struct writer_task *task,
                  struct random random, struct buf *out)
{
    (void)writer_reply_counted(grammar, task, random, NULL, out);
}
