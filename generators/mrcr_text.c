#include "generators/mrcr_text.h"

#include "generators/phrase_book.h"
#include "generators/writer.h"

#include "base/random.h"

enum { EXAMPLE_ASKS = 2, EXAMPLE_TOKENS = 60, EXAMPLE_FORMATS = 4 };

static const char *ordinal_suffix(uint32_t number)
{
    if (number % 100 >= 11 && number % 100 <= 13) {
        return "th";
    }
    switch (number % 10) {
    case 1:
        return "st";
    case 2:
        return "nd";
    case 3:
        return "rd";
    default:
        return "th";
    }
}

uint64_t mrcr_write_ask(const struct grammar *grammar, struct mrcr_key key, struct buf *out)
{
    const struct phrase_book *book = grammar->book;
    const struct phrase *ask = &book->phrases[book->asks[key.format]];
    const struct phrase *about = &book->phrases[book->topics[key.topic].about];

    buf_append(out, phrase_book_text(book, ask));
    buf_append_char(out, ' ');
    buf_append(out, phrase_book_text(book, about));
    return (uint64_t)ask->tokens[0][0] + about->tokens[1][0];
}

void mrcr_write_question(const struct grammar *grammar, struct mrcr_key key, uint32_t ordinal,
                         struct str prefix, struct buf *out)
{
    buf_appendf(out,
                "Prepend %.*s to the %u%s (1 indexed) %.*s about %.*s. Do not include any other "
                "text in your response.",
                STR_ARG(prefix), ordinal + 1, ordinal_suffix(ordinal + 1),
                STR_ARG(grammar->formats[key.format].name),
                STR_ARG(grammar->topics[key.topic].name));
}

uint64_t mrcr_write_needle(const struct grammar *grammar, const struct mrcr_design *design,
                           uint32_t index, uint32_t target_max, struct token_session *session,
                           struct buf *out)
{
    struct random random = random_stream(design->needle_seed, STR("needle"), index);
    struct writer_task task = {design->wanted.format, design->wanted.topic, 0};

    task.target_tokens = writer_draw_target(&grammar->formats[task.format], &random);
    if (task.target_tokens > target_max) {
        task.target_tokens = target_max;
    }
    return writer_reply_counted(grammar, &task, random, session, out);
}

/* 0 … count-1 but not `taken`. */
static size_t draw_another(struct random *random, size_t count, size_t taken)
{
    return (taken + 1 + (size_t)random_below(random, count - 1)) % count;
}

static struct mrcr_key draw_key(const struct grammar *grammar, struct mrcr_key wanted,
                                struct random *random)
{
    uint64_t share = random_below(random, MRCR_SHARE_OF);
    size_t format = draw_another(random, grammar->format_count, wanted.format);
    size_t topic = draw_another(random, grammar->topic_count, wanted.topic);

    if (share < MRCR_SHARE_SAME_FORMAT) {
        return (struct mrcr_key){wanted.format, topic};
    }
    if (share < MRCR_SHARE_SAME_FORMAT + MRCR_SHARE_SAME_TOPIC) {
        return (struct mrcr_key){format, wanted.topic};
    }
    return (struct mrcr_key){format, topic};
}

struct mrcr_pair_tokens mrcr_write_distractor(const struct grammar *grammar,
                                              const struct mrcr_design *design,
                                              const struct mrcr_distractor *distractor,
                                              struct token_session *session, struct buf *ask,
                                              struct buf *reply)
{
    struct mrcr_pair_tokens tokens;
    struct random random =
        random_stream(design->haystack_seed, distractor->stream, distractor->index);
    struct mrcr_key key = draw_key(grammar, design->wanted, &random);
    struct writer_task task = {key.format, key.topic, distractor->target_tokens};

    buf_reset(ask);
    buf_reset(reply);
    tokens.ask = mrcr_write_ask(grammar, key, ask);
    tokens.reply = writer_reply_counted(grammar, &task, random, session, reply);
    return tokens;
}

/* One of the formats whose replies are shortest, so that the examples stay small. */
static size_t draw_short_format(const struct grammar *grammar, struct random *random)
{
    size_t nth = random_below(
        random, grammar->format_count < EXAMPLE_FORMATS ? grammar->format_count : EXAMPLE_FORMATS);

    for (size_t f = 0; f < grammar->format_count; f++) {
        size_t shorter = 0;

        for (size_t other = 0; other < grammar->format_count; other++) {
            uint32_t mine = grammar->formats[f].tokens_min;
            uint32_t theirs = grammar->formats[other].tokens_min;

            shorter += theirs < mine || (theirs == mine && other < f) ? 1 : 0;
        }
        if (shorter == nth) {
            return f;
        }
    }
    return 0;
}

/* Two identical asks with their replies, a question for one of them, and its answer. */
static void write_example(const struct grammar *grammar, const struct mrcr_design *design,
                          uint64_t index, struct buf *out)
{
    struct random random = random_stream(design->needle_seed, STR("example"), index);
    struct mrcr_key key = {
        .format = draw_short_format(grammar, &random),
        .topic = draw_another(&random, grammar->topic_count, design->wanted.topic),
    };
    struct writer_task task = {key.format, key.topic, EXAMPLE_TOKENS};
    uint32_t wanted = (uint32_t)random_below(&random, EXAMPLE_ASKS);
    uint64_t prefix_seed = random_u64(&random);
    char prefix[MRCR_PREFIX_CHARS];
    struct random replies[EXAMPLE_ASKS];

    mrcr_draw_prefix(prefix_seed, 0, prefix);
    buf_append(out, STR("======EXAMPLE======\n"));
    for (uint32_t i = 0; i < EXAMPLE_ASKS; i++) {
        replies[i] = random_stream(prefix_seed, STR("example reply"), i);
        buf_append(out, STR("User: "));
        (void)mrcr_write_ask(grammar, key, out);
        buf_append(out, STR("\nAssistant: "));
        writer_reply(grammar, &task, replies[i], out);
        buf_append(out, STR("\n"));
    }
    buf_append(out, STR("User: "));
    mrcr_write_question(grammar, key, wanted, (struct str){prefix, sizeof prefix}, out);
    buf_append(out, STR("\nAssistant: "));
    buf_append(out, (struct str){prefix, sizeof prefix});
    writer_reply(grammar, &task, replies[wanted], out);
    buf_append(out, STR("\n\n======END EXAMPLE======\n"));
}

void mrcr_write_examples(const struct grammar *grammar, const struct mrcr_design *design,
                         bool is_brief, struct buf *out)
{
    buf_append(out, STR("Here are some examples of conversations succeeded by a follow-up question "
                        "answered correctly:\n\n"));
    write_example(grammar, design, 0, out);
    if (!is_brief) {
        buf_append(out, STR("\n"));
        write_example(grammar, design, 1, out);
    }
}
