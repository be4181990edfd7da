#include "generators/writer.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

enum {
    RECENT_SLOTS = 256,          /* a power of two; a collision only forgets */
    REMEMBERED_BYTES_MAX = 4096, /* what {$NAME:…} may hold in one reply */
    REMEMBER_TRIES = 8,
    REPLY_BYTES_USUAL = 4096,
    NOTHING_PENDING = -1
};

/* What a close usually takes, in bytes: the body stops that much short of the target. */
static const double close_bytes = 140;

/* Counters of a reply's stream from here on are not for drawing but for its forks. */
static const uint64_t slot_forks = UINT64_C(1) << 62;
static const uint64_t few_forks = UINT64_C(1) << 63;
static const uint64_t golden_step = UINT64_C(0x9E3779B97F4A7C15); /* of 2^64 */

struct remembered {
    uint32_t at; /* in writing.memory */
    uint32_t len;
    bool is_set;
};

/* A reply while it is written. */
struct writing {
    const struct grammar *grammar;
    const struct grammar_topic *topic;
    struct random random;
    struct buf *out;
    size_t start;                  /* where the reply begins in `out` */
    uint64_t key;                  /* of the reply's random stream */
    bool capital;                  /* the next letter becomes a capital */
    bool title;                    /* every word does, until the line ends */
    bool is_fixed;                 /* what is written must not depend on what was written before */
    ptrdiff_t article_at;          /* of an "a" that may have to become "an", or NOTHING_PENDING */
    uint32_t recent[RECENT_SLOTS]; /* the alternative drawn last, by rule; plus 1 */
    uint32_t recent_word[GRAMMAR_TOPIC_LISTS];
    struct remembered slots[GRAMMAR_SLOTS_MAX];
    char memory[REMEMBERED_BYTES_MAX];
    uint32_t memory_used;
};

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_any(struct str word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (str_equal(word, str_from(*words))) {
            return true;
        }
    }
    return false;
}

static bool starts_with_any(struct str word, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++) {
        if (str_starts(word, str_from(*prefixes))) {
            return true;
        }
    }
    return false;
}

/* Whether "an" goes before the word (lower case, cut at its end): by sound, not by letter. */
static bool takes_an(struct str word)
{
    static const char *const vowel_sounds[] = {"heir", "honest", "honor", "honour", "hour", NULL};
    static const char *const consonant_sounds[] = {"eu",   "ewe",  "once",  "ubi",  "uku",  "unic",
                                                   "unif", "unil", "union", "uniq", "unis", "unit",
                                                   "uni-", "univ", "ura",   "uri",  "usa",  "use",
                                                   "usi",  "usu",  "ute",   "uti",  "uto",  NULL};

    if (is_ascii_digit(word.p[0])) {
        return word.p[0] == '8' || str_equal(word, STR("11")) || str_equal(word, STR("18"));
    }
    if (strchr("aeiou", word.p[0]) == NULL) {
        return starts_with_any(word, vowel_sounds);
    }
    return !str_equal(word, STR("one")) && !str_starts(word, STR("one-")) &&
           !starts_with_any(word, consonant_sounds);
}

/* Turns the pending "a" into "an" where the word at `at` asks for it; returns the word's new
 * place. */
static size_t settle_article(struct writing *writing, size_t at)
{
    struct buf *out = writing->out;
    size_t after = (size_t)writing->article_at + 1;
    char word[8] = {0};
    size_t len = 0;

    while (len < sizeof word && at + len < out->len &&
           (isalnum((unsigned char)out->p[at + len]) || out->p[at + len] == '-')) {
        word[len] = (char)tolower((unsigned char)out->p[at + len]);
        len++;
    }
    writing->article_at = NOTHING_PENDING;
    if (!takes_an((struct str){word, len}) || buf_reserve(out, 1) == NULL) {
        return at;
    }
    memmove(out->p + after + 1, out->p + after, out->len - after);
    out->p[after] = 'n';
    out->len++;
    return at + 1;
}

/* Capital letters and articles wait for the next word; this looks for it from `from` on. */
static void settle_pending(struct writing *writing, size_t from)
{
    struct buf *out = writing->out;

    for (size_t at = from; at < out->len; at++) {
        if (!is_ascii_letter(out->p[at]) && !is_ascii_digit(out->p[at])) {
            continue;
        }
        if (writing->article_at != NOTHING_PENDING) {
            at = settle_article(writing, at);
        }
        if (writing->capital) {
            out->p[at] = (char)toupper((unsigned char)out->p[at]);
            writing->capital = false;
        }
        return;
    }
}

/* Gives the words from `from` on their capitals; the text before may end inside a line. */
static void put_title(struct writing *writing, size_t from)
{
    static const char *const small[] = {"a",  "an", "and", "as",  "at", "by",   "for", "in",
                                        "of", "on", "or",  "the", "to", "with", NULL};
    struct buf *out = writing->out;

    for (size_t at = from; at < out->len; at++) {
        bool starts_line = at == writing->start || out->p[at - 1] == '\n';
        size_t len = 0;

        if (out->p[at] == '\n') {
            writing->title = false;
            return;
        }
        if (!starts_line && strchr(" -(\"*", out->p[at - 1]) == NULL) {
            continue;
        }
        while (at + len < out->len && is_ascii_letter(out->p[at + len])) {
            len++;
        }
        if (len != 0 && (starts_line || !is_any((struct str){out->p + at, len}, small))) {
            out->p[at] = (char)toupper((unsigned char)out->p[at]);
        }
    }
}

/* Appends text. An empty choice may leave a blank at either side: the second is dropped. */
static void put(struct writing *writing, struct str text)
{
    struct buf *out = writing->out;
    size_t from = out->len;

    if (text.len != 0 && text.p[0] == ' ' &&
        (from == writing->start || out->p[from - 1] == ' ' || out->p[from - 1] == '\n')) {
        text = str_skip(text, 1);
    }
    buf_append(out, text);
    if (writing->capital || writing->article_at != NOTHING_PENDING) {
        settle_pending(writing, from);
    }
    if (writing->title) {
        put_title(writing, from);
    }
}

static void put_article(struct writing *writing)
{
    put(writing, STR("a"));
    if (writing->out->failure == 0) {
        writing->article_at = (ptrdiff_t)writing->out->len - 1;
    }
}

static void put_number(struct writing *writing, uint32_t low, uint32_t high)
{
    char digits[16];
    size_t at = sizeof digits;
    uint64_t number = low + random_below(&writing->random, (uint64_t)high - low + 1);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(writing, (struct str){digits + at, sizeof digits - at});
}

/* 0 … count-1, but not `recent - 1`, the one drawn last (0 for none). */
static uint32_t draw_other(struct writing *writing, uint32_t count, uint32_t recent)
{
    uint32_t drawn = (uint32_t)random_below(&writing->random, count);

    if (drawn + 1 != recent || count < 3 || writing->is_fixed) {
        return drawn;
    }
    return (drawn + 1 + (uint32_t)random_below(&writing->random, count - 1)) % count;
}

static void put_topic_word(struct writing *writing, uint32_t list)
{
    const struct grammar_words *words = &writing->topic->lists[list];
    uint32_t memory = list == GRAMMAR_THINGS ? (uint32_t)GRAMMAR_THING : list;
    uint32_t drawn = draw_other(writing, words->count, writing->recent_word[memory]);

    if (!writing->is_fixed) {
        writing->recent_word[memory] = drawn + 1;
    }
    put(writing, words->words[drawn]);
}

static void expand_rule(struct writing *writing, uint32_t index);

/* What is drawn inside a fork depends on the reply and the fork's place alone, not on what was
 * written before, so that it comes out the same every time. */
struct fork {
    struct random random;
    bool is_fixed;
};

static struct fork enter_fork(struct writing *writing, uint64_t place)
{
    struct fork outer = {writing->random, writing->is_fixed};
    struct random source = {writing->key, place};

    writing->random = (struct random){.key = random_u64(&source)};
    writing->is_fixed = true;
    return outer;
}

static void leave_fork(struct writing *writing, struct fork outer)
{
    writing->random = outer.random;
    writing->is_fixed = outer.is_fixed;
}

/* Expands a rule at the end of the output, apart from what is there; the caller takes it off. */
static struct str expand_apart(struct writing *writing, uint32_t index)
{
    size_t start = writing->start;
    ptrdiff_t article_at = writing->article_at;
    bool capital = writing->capital;
    bool title = writing->title;
    struct buf *out = writing->out;
    size_t from = out->len;

    writing->start = from;
    writing->capital = false;
    writing->title = false;
    writing->article_at = NOTHING_PENDING;
    expand_rule(writing, index);
    writing->start = start;
    writing->capital = capital;
    writing->title = title;
    writing->article_at = article_at;
    return (struct str){out->p + from, out->len - from};
}

static bool is_remembered(const struct writing *writing, struct str text)
{
    for (size_t i = 0; i < GRAMMAR_SLOTS_MAX; i++) {
        const struct remembered *slot = &writing->slots[i];

        if (slot->is_set && str_equal(text, (struct str){writing->memory + slot->at, slot->len})) {
            return true;
        }
    }
    return false;
}

/* Two names for the same rule should differ, as two speakers do: a text that is remembered already
 * is drawn again. */
static void remember(struct writing *writing, uint32_t index, uint32_t rule)
{
    struct remembered *slot = &writing->slots[index];
    size_t from = writing->out->len;
    bool is_new = false;
    struct str text = {0};

    for (uint64_t i = 0; i < REMEMBER_TRIES && !is_new; i++) {
        struct fork outer = enter_fork(writing, slot_forks + (uint64_t)index * REMEMBER_TRIES + i);

        text = expand_apart(writing, rule);
        leave_fork(writing, outer);
        writing->out->len = from;
        is_new = !is_remembered(writing, text);
    }
    text = str_take(text, REMEMBERED_BYTES_MAX - writing->memory_used);
    *slot = (struct remembered){writing->memory_used, (uint32_t)text.len, true};
    if (text.len != 0) {
        memcpy(writing->memory + slot->at, text.p, text.len);
    }
    writing->memory_used += slot->len;
}

static void put_remembered(struct writing *writing, uint32_t rule, uint32_t index)
{
    const struct remembered *slot = &writing->slots[index];

    if (!slot->is_set) {
        remember(writing, index, rule);
    }
    put(writing, (struct str){writing->memory + slot->at, slot->len});
}

static void expand_alternative(struct writing *writing, uint32_t index)
{
    const struct grammar *grammar = writing->grammar;
    const struct grammar_alternative *alternative = &grammar->alternatives[index];

    for (uint32_t i = 0; i < alternative->op_count; i++) {
        const struct grammar_op *op = &grammar->ops[alternative->first_op + i];

        switch (op->kind) {
        case GRAMMAR_TEXT:
            put(writing, (struct str){grammar->text.p + op->a, op->b});
            break;
        case GRAMMAR_RULE:
            expand_rule(writing, op->a);
            break;
        case GRAMMAR_REMEMBER:
            put_remembered(writing, op->a, op->b);
            break;
        case GRAMMAR_AGREE:
            expand_alternative(writing, grammar->rules[op->a].first_alternative +
                                            (writing->topic->is_plural ? 1 : 0));
            break;
        case GRAMMAR_NUMBER:
            put_number(writing, op->a, op->b);
            break;
        case GRAMMAR_ARTICLE:
            put_article(writing);
            break;
        case GRAMMAR_CAPITAL:
            writing->capital = true;
            break;
        case GRAMMAR_TITLE:
            writing->title = true;
            writing->capital = true;
            break;
        case GRAMMAR_TOPIC:
            put(writing, writing->topic->name);
            break;
        case GRAMMAR_TOPIC_WORD:
            put_topic_word(writing, op->a);
            break;
        }
    }
}

/* Draws 0 … count-1 for a rule, but not what was drawn for it last. */
static uint32_t draw_for_rule(struct writing *writing, uint32_t index, uint32_t count)
{
    /* The rule's first alternative tells apart rules that share a place. */
    uint32_t first = writing->grammar->rules[index].first_alternative;
    uint32_t *recent = &writing->recent[index % RECENT_SLOTS];
    uint32_t last = *recent - 1 - first;
    uint32_t drawn = draw_other(writing, count, last < count ? last + 1 : 0);

    if (!writing->is_fixed) {
        *recent = first + drawn + 1;
    }
    return drawn;
}

/* One of the few expansions of a rule that a reply keeps to. Steps of the golden ratio from a
 * random start pick different alternatives as long as the rule has enough. */
static void expand_one_of_few(struct writing *writing, uint32_t index)
{
    const struct grammar_rule *rule = &writing->grammar->rules[index];
    uint64_t place = few_forks + (uint64_t)index * (GRAMMAR_FEW_MAX + 1);
    uint32_t drawn = draw_for_rule(writing, index, rule->few);
    struct random start = {writing->key, place + GRAMMAR_FEW_MAX};
    uint64_t at = random_u64(&start) + golden_step * drawn;
    struct fork outer = enter_fork(writing, place + drawn);

    expand_alternative(writing, rule->first_alternative +
                                    (uint32_t)((at >> 32) * rule->alternative_count >> 32));
    leave_fork(writing, outer);
}

/* Loading has proved that this nests no deeper than GRAMMAR_DEPTH_MAX. */
static void expand_rule(struct writing *writing, uint32_t index)
{
    const struct grammar_rule *rule = &writing->grammar->rules[index];
    uint32_t drawn = 0;

    if (rule->few != 0) {
        expand_one_of_few(writing, index);
        return;
    }
    if (rule->alternative_count > 1) {
        drawn = draw_for_rule(writing, index, rule->alternative_count);
    }
    expand_alternative(writing, rule->first_alternative + drawn);
}

/* The body's alternatives in a random order; another round once all were used. */
struct body_order {
    uint16_t left[GRAMMAR_BODIES_MAX];
    uint32_t left_count;
};

static uint32_t next_body(struct body_order *order, struct writing *writing,
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
    drawn = (uint32_t)random_below(&writing->random, order->left_count);
    taken = order->left[drawn];
    order->left[drawn] = order->left[--order->left_count];
    return rule->first_alternative + taken;
}

/* Parts that do not bring their own line break are set apart by a blank. */
static void separate(struct writing *writing)
{
    const struct buf *out = writing->out;

    if (out->len > writing->start && !isspace((unsigned char)out->p[out->len - 1])) {
        buf_append_char(writing->out, ' ');
    }
}

/* Adds body parts as long as one more of the usual size brings the reply nearer to its target. */
static void write_body(struct writing *writing, const struct grammar_rule *rule,
                       double target_bytes)
{
    double target = target_bytes - close_bytes;
    size_t body_start = writing->out->len;
    size_t written = 0;
    double part = 0;
    struct body_order order = {.left_count = 0};

    do {
        separate(writing);
        expand_alternative(writing, next_body(&order, writing, rule));
        written++;
        part = (double)(writing->out->len - body_start) / (double)written;
    } while ((double)(writing->out->len - writing->start) + part / 2 < target &&
             writing->out->failure == 0);
}

uint32_t writer_draw_target(const struct grammar_format *format, struct random *random)
{
    return format->tokens_min +
           (uint32_t)random_below(random, (uint64_t)format->tokens_max - format->tokens_min + 1);
}

void writer_reply(const struct grammar *grammar, const struct writer_task *task,
                  struct random random, struct buf *out)
{
    const struct grammar_format *format = &grammar->formats[task->format];
    uint32_t target = task->target_tokens;
    struct writing writing;

    memset(&writing, 0, offsetof(struct writing, memory));
    writing.grammar = grammar;
    writing.topic = &grammar->topics[task->topic];
    writing.random = random;
    writing.key = random.key;
    writing.out = out;
    writing.start = out->len;
    writing.article_at = NOTHING_PENDING;
    writing.memory_used = 0;
    if (target == WRITER_TARGET_BY_FORMAT) {
        target = writer_draw_target(format, &writing.random);
    }
    if (buf_reserve(out, REPLY_BYTES_USUAL) == NULL) {
        return;
    }
    expand_rule(&writing, format->open);
    write_body(&writing, &grammar->rules[format->body], target * format->bytes_per_token);
    separate(&writing);
    expand_rule(&writing, format->close);
    while (out->len > writing.start && isspace((unsigned char)out->p[out->len - 1])) {
        out->len--;
    }
}
