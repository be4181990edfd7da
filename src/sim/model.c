#include "sim/model.h"

#include "base/utf8.h"
#include "sim/published.h"

#include <math.h>
#include <string.h>

/* An answer is a needle or a sentence; the bound only keeps a strange prompt from being echoed as
 * a whole. */
enum { ANSWER_BYTES_MAX = 1024 * 1024 };

static void say(struct sim_answer *out, struct str text)
{
    buf_append(&out->text, utf8_take(text, ANSWER_BYTES_MAX - out->text.len));
}

static void say_not_found(struct sim_answer *out)
{
    say(out, STR("I could not find that in the text."));
}

static void say_checkpoints(const struct sim_thought *thought, struct sim_answer *out)
{
    strategy_append_checkpoints(&thought->reading, &out->text);
}

/* A list or a count while it is said, item by item. */
struct listing {
    struct sim_answer *out;
    struct random *random;  /* NULL: nothing is forgotten */
    uint64_t prompt_tokens; /* by which it is */
    bool is_count;
    size_t said;
};

static void list_item(void *context, struct str text, double depth)
{
    struct listing *listing = context;

    if (listing->random != NULL &&
        random_unit(listing->random) >= sim_recall(listing->prompt_tokens, 1, depth)) {
        return;
    }
    if (!listing->is_count) {
        say(listing->out, listing->said != 0 ? STR("\n") : STR(""));
        say(listing->out, text);
    }
    listing->said++;
}

static void say_list(const struct sim_thought *thought, struct random *random,
                     struct sim_answer *out)
{
    struct listing listing = {
        .out = out,
        .random = random,
        .prompt_tokens = thought->prompt_tokens,
        .is_count = thought->reading.form == READING_COUNT,
    };

    thought->strategy->visit(thought->conversation, list_item, &listing);
    if (listing.is_count) {
        buf_appendf(&out->text, "%zu", listing.said);
    } else if (listing.said == 0) {
        say_not_found(out);
    }
}

/* What a model says that reads and remembers everything. */
static void say_right(const struct sim_thought *thought, struct sim_answer *out)
{
    if (thought->strategy == NULL) {
        say(out, STR("I do not see a question that I could answer."));
    } else if (thought->reading.form != READING_TEXT) {
        say_list(thought, NULL, out);
    } else if (thought->reading.answer.len == 0) {
        say_not_found(out);
    } else {
        say(out, thought->reading.opening);
        say(out, thought->reading.answer);
    }
    say_checkpoints(thought, out);
}

static struct str mistake_of(const struct sim_thought *thought, struct random *random)
{
    if (thought->strategy == NULL) {
        return (struct str){0};
    }
    return thought->strategy->mistake(thought->conversation, &thought->reading, random);
}

static void say_wrong_needle(const struct sim_thought *thought, struct random *random,
                             struct sim_answer *out)
{
    struct str mistake = mistake_of(thought, random);

    if (mistake.len == 0) {
        say_not_found(out);
    } else {
        say(out, thought->reading.opening);
        say(out, mistake);
    }
    say_checkpoints(thought, out);
}

static void answer_perfect(const struct sim_thought *thought, struct sim_answer *out)
{
    say_right(thought, out);
}

static void answer_newline(const struct sim_thought *thought, struct sim_answer *out)
{
    say(out, STR("\n\n"));
    say_right(thought, out);
}

static void answer_wrong_needle(const struct sim_thought *thought, struct sim_answer *out)
{
    struct random random = thought->random;

    say_wrong_needle(thought, &random, out);
}

static void answer_refuse(const struct sim_thought *thought, struct sim_answer *out)
{
    (void)thought;
    say(out, STR("I'm sorry, but I can't help with that request."));
    out->finish = SIM_REFUSAL;
}

static void answer_decline(const struct sim_thought *thought, struct sim_answer *out)
{
    (void)thought;
    say(out, STR("I'm sorry, but I can't help with that request."));
}

static void answer_cut(const struct sim_thought *thought, struct sim_answer *out)
{
    say_right(thought, out);
    out->text.len = utf8_take(buf_str(&out->text), out->text.len / 2).len;
    out->finish = SIM_LENGTH;
}

static void answer_empty(const struct sim_thought *thought, struct sim_answer *out)
{
    (void)thought;
    (void)out;
}

double sim_recall(uint64_t prompt_tokens, size_t needles, double depth)
{
    double length = pow((double)prompt_tokens / 1048576.0, 0.6);
    double crowd = 1.0 + (needles > 1 ? log2((double)needles) / 2.0 : 0.0);
    double middle = 0.25 + 4.5 * depth * (1.0 - depth);

    return exp(-0.6 * length * crowd * middle);
}

/* The end of the last word that ends before `at`. */
static size_t word_end_before(struct str text, size_t at)
{
    while (at != 0 && text.p[at] != ' ' && text.p[at] != '\n') {
        at--;
    }
    return at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One digit of a short answer read wrongly. False when it has none. */
static bool say_misread_digit(const struct sim_thought *thought, struct random *random,
                              struct sim_answer *out)
{
    struct str answer = thought->reading.answer;
    uint64_t digits = 0;
    size_t chosen = SIZE_MAX;
    size_t begin = 0;

    for (size_t i = 0; i < answer.len; i++) {
        if (is_digit(answer.p[i]) && random_below(random, ++digits) == 0) {
            chosen = i;
        }
    }
    if (digits == 0) {
        return false;
    }
    say(out, thought->reading.opening);
    begin = out->text.len;
    say(out, answer);
    if (begin + chosen < out->text.len) {
        char *digit = &out->text.p[begin + chosen];

        *digit = (char)('0' + (*digit - '0' + 1 + (int)random_below(random, 9)) % 10);
    }
    return true;
}

/* Begins as the right answer and, after 30 % to 80 % of it, goes on as another text does. */
static void say_half_right(const struct sim_thought *thought, struct random *random,
                           struct sim_answer *out)
{
    enum { SHORT_ANSWER_BYTES = 80 };
    struct str answer = thought->reading.answer;
    struct str other = mistake_of(thought, random);
    double share = 0.3 + 0.5 * random_unit(random);
    size_t kept = word_end_before(answer, (size_t)((double)answer.len * share));

    if (answer.len <= SHORT_ANSWER_BYTES && say_misread_digit(thought, random, out)) {
        return;
    }
    if (other.len == 0) {
        say_not_found(out);
        return;
    }
    say(out, thought->reading.opening);
    say(out, str_take(answer, kept));
    if (kept < other.len) {
        say(out, str_skip(other, word_end_before(other, kept)));
    }
}

static void say_garbled(const struct sim_thought *thought, struct random *random,
                        struct sim_answer *out)
{
    say_half_right(thought, random, out);
    say_checkpoints(thought, out);
}

/* A list loses its items one by one. Of what else it forgot, it gives another text for 60 %, mixes
 * two up for 25 % and admits 15 %. */
static void answer_decay(const struct sim_thought *thought, struct sim_answer *out)
{
    const struct reading *reading = &thought->reading;
    struct random random = thought->random;
    double recall = sim_recall(thought->prompt_tokens, reading->needles, reading->depth);
    double way = 0.0;

    if (reading->form != READING_TEXT) {
        say_list(thought, &random, out);
        say_checkpoints(thought, out);
        return;
    }
    if (reading->answer.len == 0 || random_unit(&random) < recall) {
        say_right(thought, out);
        return;
    }
    way = random_unit(&random);
    if (way < 0.60) {
        say_wrong_needle(thought, &random, out);
    } else if (way < 0.85) {
        say_garbled(thought, &random, out);
    } else {
        say_not_found(out);
        say_checkpoints(thought, out);
    }
}

/* Each vendor errs by draws of its own, so that one's mistakes tell nothing of the other's. */
static void answer_as_published(const struct sim_thought *thought, enum published_model model,
                                struct sim_answer *out)
{
    struct random random = thought->random;
    double draw = random_unit(&random);

    for (int i = 0; i < (int)model; i++) {
        draw = random_unit(&random);
    }
    if (draw < published_recall(model, thought->prompt_tokens)) {
        say_right(thought, out);
    } else {
        say_wrong_needle(thought, &random, out);
    }
}

static void answer_like_gpt(const struct sim_thought *thought, struct sim_answer *out)
{
    answer_as_published(thought, PUBLISHED_GPT_5_5, out);
}

static void answer_like_opus(const struct sim_thought *thought, struct sim_answer *out)
{
    answer_as_published(thought, PUBLISHED_OPUS_4_7, out);
}

const struct sim_model sim_models[] = {
    {"perfect", "finds every needle: the exact solver, at once", 0, 0, answer_perfect},
    {"decay",
     "remembers with p = exp(-0.6 (T/1M)^0.6 (1 + log2(n)/2) (1/4 + 9/2 d (1-d))) for T prompt "
     "tokens, n needles and depth d; of the rest 60 % another text, 25 % partly wrong, 15 % "
     "\"could "
     "not find\"; reads 10M and writes 20k tokens/s",
     10e6, 20e3, answer_decay},
    {"like-gpt-5.5", "as often right as is published of GPT-5.5 (8 needles), else another needle",
     10e6, 20e3, answer_like_gpt},
    {"like-claude-opus-4-7", "the same of Claude Opus 4.7; between published bins interpolated",
     10e6, 20e3, answer_like_opus},
    {"newline", "perfect, after two newlines", 0, 0, answer_newline},
    {"wrong-needle", "another needle of the same ask, else the nearest text", 0, 0,
     answer_wrong_needle},
    {"refuse", "refuses by the protocol's own means (delta.refusal, stop_reason \"refusal\", ...)",
     0, 0, answer_refuse},
    {"decline", "refuses in the text of its answer", 0, 0, answer_decline},
    {"cut", "perfect, but stops half way as at the limit of output tokens", 0, 0, answer_cut},
    {"empty", "ends without a word", 0, 0, answer_empty},
    {"slow", "perfect; reads 250k and writes 500 tokens/s", 250e3, 500, answer_perfect},
    {NULL, NULL, 0, 0, NULL},
};

const struct sim_model *sim_model_find(struct str name)
{
    for (const struct sim_model *model = sim_models; model->name != NULL; model++) {
        if (str_equal(str_from(model->name), name)) {
            return model;
        }
    }
    return NULL;
}

uint64_t sim_tokens(uint64_t bytes)
{
    return (bytes * 10 + 24) / 49;
}

void sim_thought_init(struct sim_thought *thought, const struct conversation *conversation)
{
    struct str whole = conversation_whole(conversation);

    *thought = (struct sim_thought){
        .conversation = conversation,
        .prompt_tokens = sim_tokens(whole.len),
        .random = random_stream(0, whole, 0), /* the text is the seed */
    };
    thought->strategy = strategy_find(conversation, &thought->reading);
}

void sim_thought_release(struct sim_thought *thought)
{
    reading_release(&thought->reading);
}

uint64_t sim_bytes(uint64_t tokens)
{
    return tokens < UINT64_MAX / 49 ? tokens * 49 / 10 : UINT64_MAX;
}

/* What a reader could say of how it came to the answer, without the answer itself. */
static void reason(const struct sim_thought *thought, struct sim_answer *out)
{
    const struct reading *reading = &thought->reading;

    if (thought->strategy == NULL || reading->answer.len == 0) {
        buf_append(&out->reasoning, STR("I read the whole text and looked for what is asked, and "
                                        "did not come upon it."));
        return;
    }
    buf_appendf(&out->reasoning,
                "I read the whole text, about %llu tokens of it, and looked for what is asked. "
                "%zu passages answer to that description. The one that is meant begins after "
                "%llu %% of the text, so that is what I give back, word for word.",
                (unsigned long long)thought->prompt_tokens, reading->needles,
                (unsigned long long)(reading->depth * 100));
}

static void cut_answer(uint64_t output_tokens_max, struct sim_answer *out)
{
    uint64_t reasoning = sim_tokens(out->reasoning.len);
    uint64_t rest = output_tokens_max > reasoning ? output_tokens_max - reasoning : 0;

    if (output_tokens_max == 0 || sim_tokens(out->text.len) <= rest) {
        return;
    }
    out->text.len = utf8_take(buf_str(&out->text), (size_t)sim_bytes(rest)).len;
    out->reasoning.len =
        utf8_take(buf_str(&out->reasoning), (size_t)sim_bytes(output_tokens_max)).len;
    out->finish = SIM_LENGTH;
}

int sim_model_answer(const struct sim_model *model, const struct sim_thought *thought,
                     const struct sim_answer_wish *wish, struct sim_answer *out, struct err *err)
{
    *out = (struct sim_answer){.finish = SIM_STOP};
    buf_init(&out->reasoning, ANSWER_BYTES_MAX);
    buf_init(&out->text, ANSWER_BYTES_MAX);
    if (wish->reasons) {
        reason(thought, out);
    }
    model->answer(thought, out);
    cut_answer(wish->output_tokens_max, out);
    if (buf_check(&out->reasoning, "the reasoning", err) != 0) {
        return (int)err->code;
    }
    return buf_check(&out->text, "the answer", err);
}

void sim_answer_release(struct sim_answer *answer)
{
    buf_release(&answer->reasoning);
    buf_release(&answer->text);
}
