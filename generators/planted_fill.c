#include "generators/planted_fill.h"

#include "base/buf.h"
#include "base/units.h"

enum {
    PROSE_TOKENS_MIN = 512, /* less is no haystack */
    PASSES_MAX = 8,         /* each corrects the last one by a few tokens */
    TOLERANCE_DIVISOR = 200 /* 0.5 % */
};

struct fill {
    struct planted_prompt *prompt;
    struct planted_needle *needles;
    const struct tokenizer *tokenizer;
    uint64_t tokens;     /* what the prompt may have */
    uint64_t tolerance;  /* how much less is near enough */
    uint64_t fixed;      /* tokens of needles and question by themselves */
    uint64_t prose_room; /* tokens that the sentences may have */
    struct err *err;
};

static int count(const struct fill *fill, struct str text, uint64_t *sum)
{
    uint64_t tokens = 0;
    int rc = tokenizer_count(fill->tokenizer, text, &tokens, fill->err);

    *sum += tokens;
    return rc;
}

static int count_fixed(struct fill *fill)
{
    struct buf text;
    int rc = count(fill, fill->prompt->question, &fill->fixed);

    if (rc == 0) {
        rc = count(fill, fill->prompt->salt, &fill->fixed);
    }
    for (size_t i = 0; rc == 0 && i < fill->prompt->needle_count; i++) {
        struct str sentence = fill->needles[i].sentence;

        buf_init(&text, sentence.len + 1);
        buf_append_char(&text, ' ');
        buf_append(&text, sentence);
        rc = buf_check(&text, "needle", fill->err);
        if (rc == 0) {
            rc = count(fill, buf_str(&text), &fill->fixed);
        }
        buf_release(&text);
    }
    return rc;
}

/* Takes whole sentences while they fit; returns the tokens left. */
static uint64_t take_sentences(struct fill *fill)
{
    struct planted_prompt *prompt = fill->prompt;
    uint64_t left = fill->prose_room;

    prompt->count = 0;
    prompt->skipped = PLANTED_NONE_SKIPPED;
    while (prompt->count < prompt->prose->count) {
        uint64_t tokens = planted_prompt_sentence(prompt, prompt->count)->tokens;

        if (tokens > left && prompt->count != 0) {
            break;
        }
        left -= tokens < left ? tokens : left;
        prompt->count++;
    }
    prompt->last_length = planted_prompt_sentence(prompt, prompt->count - 1)->len;
    return left;
}

/* Takes one sentence more and leaves one out, such that both together leave least of `left`. */
static bool exchange_sentence(struct fill *fill, uint64_t left)
{
    struct planted_prompt *prompt = fill->prompt;
    const struct prose_sentence *added = planted_prompt_sentence(prompt, prompt->count);
    uint64_t excess = added->tokens - left;
    uint64_t best = excess + fill->tolerance + 1;
    int64_t skipped = PLANTED_NONE_SKIPPED;

    for (uint32_t i = 1; i < prompt->count && best != excess; i++) {
        const struct prose_sentence *sentence = planted_prompt_sentence(prompt, i);
        bool is_inside = !sentence->opens_paragraph && !sentence->closes_paragraph;

        if (is_inside && sentence->tokens >= excess && sentence->tokens < best) {
            best = sentence->tokens;
            skipped = i;
        }
    }
    if (skipped == PLANTED_NONE_SKIPPED) {
        return false;
    }
    prompt->skipped = skipped;
    prompt->count++;
    prompt->last_length = added->len;
    return true;
}

/* Takes as many words of the next sentence as fit into `left`. */
static int cut_sentence(struct fill *fill, uint64_t left)
{
    struct planted_prompt *prompt = fill->prompt;
    struct str text = planted_prompt_text(prompt, prompt->count);
    size_t taken = 0;

    for (size_t at = 1; at + 1 < text.len; at++) {
        uint64_t tokens = 1; /* the space before it may be one */

        /* A single space is a joint; other white space might not be. */
        if (text.p[at] != ' ' || (unsigned char)text.p[at - 1] <= ' ' ||
            (unsigned char)text.p[at + 1] <= ' ') {
            continue;
        }
        if (count(fill, str_take(text, at), &tokens) != 0) {
            return (int)fill->err->code;
        }
        if (tokens > left) {
            break;
        }
        taken = at;
    }
    if (taken != 0) {
        prompt->count++;
        prompt->last_length = taken;
    }
    return 0;
}

static int choose_window(struct fill *fill)
{
    uint64_t left = take_sentences(fill);

    if (left <= fill->tolerance || fill->prompt->count == fill->prompt->prose->count ||
        exchange_sentence(fill, left)) {
        return 0;
    }
    return cut_sentence(fill, left);
}

static uint64_t window_tokens_at(const struct planted_prompt *prompt, uint32_t index)
{
    return (int64_t)index == prompt->skipped ? 0 : planted_prompt_sentence(prompt, index)->tokens;
}

static void place_needles(struct fill *fill)
{
    struct planted_prompt *prompt = fill->prompt;
    uint64_t total = 0;
    uint64_t before = 0; /* tokens of the first `boundary` sentences */
    uint32_t boundary = 0;

    for (uint32_t i = 0; i < prompt->count; i++) {
        total += window_tokens_at(prompt, i);
    }
    for (size_t i = 0; i < prompt->needle_count; i++) {
        double target = fill->needles[i].depth * (double)total;

        while (boundary < prompt->count) {
            uint64_t after = before + window_tokens_at(prompt, boundary);

            /* The next boundary is no nearer. */
            if ((double)after - target >= target - (double)before) {
                break;
            }
            before = after;
            boundary++;
        }
        /* After a sentence that is left out is the same place as before it. */
        fill->needles[i].boundary =
            boundary != 0 && (int64_t)boundary - 1 == prompt->skipped ? boundary - 1 : boundary;
    }
}

static int count_next(const struct fill *fill, uint64_t *tokens)
{
    struct planted_prompt *prompt = fill->prompt;
    struct prompt_piece piece;
    int rc = prompt_next(&prompt->prompt, &piece, fill->err);

    if (rc > 0 && prompt->at.is_question) {
        rc = prompt_next(&prompt->prompt, &piece, fill->err);
        piece.text = buf_str(&prompt->piece);
    }
    return rc > 0 ? count(fill, piece.text, tokens) : rc;
}

/* The prompt's tokens: known for plain sentences, counted for the pieces with something else. */
static int count_prompt(const struct fill *fill, uint64_t *tokens)
{
    struct planted_prompt *prompt = fill->prompt;
    int rc = 0;

    *tokens = 0;
    prompt_rewind(&prompt->prompt);
    while (rc == 0 && prompt->at.sentences < prompt->count) {
        uint32_t index = prompt->at.sentences;
        size_t needles = prompt->at.needles;
        bool has_needle =
            needles < prompt->needle_count && prompt->needles[needles].boundary <= index + 1;
        bool has_salt = index == 0 && prompt->salt.len != 0;

        if ((int64_t)index == prompt->skipped) {
            prompt->at.sentences++;
        } else if (has_needle || has_salt || index + 1 == prompt->count) {
            rc = count_next(fill, tokens);
        } else {
            *tokens += planted_prompt_sentence(prompt, index)->tokens;
            prompt->at.sentences++;
        }
    }
    prompt_rewind(&prompt->prompt);
    return rc;
}

static int too_little_prose(const struct fill *fill, uint64_t tokens, uint64_t answer_tokens)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, 256);
    buf_append(&text, STR("the corpus has "));
    units_append_count(&text, fill->prompt->prose->tokens);
    buf_append(&text, STR(" tokens and is never repeated: with needles and question the longest "
                          "length is "));
    units_append_count(&text, tokens + answer_tokens);
    rc = err_set(fill->err, ERR_USAGE, "%.*s", STR_ARG(buf_str(&text)));
    buf_release(&text);
    return rc;
}

static int check_room(const struct fill *fill, uint64_t answer_tokens)
{
    uint64_t least = fill->fixed + PROSE_TOKENS_MIN;
    size_t needles = 0;

    if (fill->tokens >= least) {
        return 0;
    }
    for (size_t i = 0; i < fill->prompt->needle_count; i++) {
        needles += fill->needles[i].is_checkpoint ? 0 : 1;
    }
    return err_set(fill->err, ERR_USAGE,
                   "%zu needle%s, question and answer need a length of at least %llu tokens",
                   needles, needles == 1 ? "" : "s", (unsigned long long)least + answer_tokens);
}

int planted_fill(struct planted_prompt *prompt, struct planted_needle *needles, uint64_t tokens,
                 uint64_t answer_tokens, const struct tokenizer *tokenizer, struct err *err)
{
    struct fill fill = {
        .prompt = prompt,
        .needles = needles,
        .tokenizer = tokenizer,
        .tokens = tokens,
        .tolerance = tokens / TOLERANCE_DIVISOR,
        .err = err,
    };
    uint64_t found = 0;
    int rc = count_fixed(&fill);

    if (rc == 0) {
        rc = check_room(&fill, answer_tokens);
    }
    fill.prose_room = tokens - fill.fixed;
    for (int pass = 0; rc == 0 && pass < PASSES_MAX; pass++) {
        rc = choose_window(&fill);
        if (rc == 0) {
            place_needles(&fill);
            rc = count_prompt(&fill, &found);
        }
        if (rc != 0 || (found <= tokens && found + fill.tolerance >= tokens)) {
            return rc;
        }
        if (found < tokens && prompt->count == prompt->prose->count) {
            return too_little_prose(&fill, found, answer_tokens);
        }
        /* The joints made the difference; unsigned arithmetic wraps to the right value. */
        fill.prose_room += tokens - found;
    }
    return rc != 0 ? rc
                   : err_set(err, ERR_USAGE, "the corpus has no sentences that fill %llu tokens",
                             (unsigned long long)tokens);
}
