/* niah: a long text that ends with a paragraph of question. "What is the KEY?" is answered by the
 * sentence "The KEY is VALUE."; any other question by the sentence of the text that shares the
 * most of its content words, the first one among equals.
 */
#include "sim/planted.h"
#include "sim/strategy.h"

#include <stdio.h>

enum {
    WORDS_MAX = 64,  /* of a question: one bit each */
    WORD_SLOTS = 256 /* a power of two, sparse: most words of the text miss at once */
};

/* The KEY of "What is the KEY?"; empty for another wording. */
static struct str question_key(const struct planted_question *question)
{
    return planted_between(question->text, STR("What is the "), STR("?"));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Every "The KEY is " begins a needle; the first one answers. */
static void read_key(const struct planted_question *question, struct str key, struct reading *out)
{
    char bytes[PLANTED_SENTENCE_BYTES_MAX];
    int len = snprintf(bytes, sizeof bytes, "The %.*s is ", STR_ARG(key));
    struct str head = {bytes, (size_t)len};
    struct str rest = question->haystack;
    struct planted_fact fact;

    if (len < 0 || head.len >= sizeof bytes) {
        return; /* longer than any sentence */
    }
    while (planted_next_fact(question->haystack, head, &rest, &fact)) {
        if (out->needles++ == 0) {
            out->answer = fact.value;
            out->depth = fact.depth;
        }
    }
}

/* The question's content words, as a hash table of bits. */
struct words {
    uint64_t hash[WORD_SLOTS]; /* 0: empty */
    uint64_t bit[WORD_SLOTS];
    size_t count;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo), over the word in lower case. */
enum { HASH_PRIME_SHIFT = 40 };
static const uint64_t hash_start = 0xcbf29ce484222325U;
static const uint64_t hash_prime = ((uint64_t)1 << HASH_PRIME_SHIFT) + 0x1b3;

static uint64_t hash_letter(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c)) * hash_prime;
}

static uint64_t hash_word(struct str word)
{
    uint64_t hash = hash_start;

    for (size_t i = 0; i < word.len; i++) {
        hash = hash_letter(hash, word.p[i]);
    }
    return hash;
}

static bool is_filler(struct str word)
{
    static const char *const fillers[] = {
        "the",   "and",   "for",  "are",  "was",  "were", "what", "which", "who",  "whom",  "whose",
        "when",  "where", "why",  "how",  "does", "did",  "has",  "have",  "had",  "that",  "this",
        "these", "those", "with", "from", "into", "its",  "not",  "you",   "your", "there", "than",
    };
    uint64_t hash = hash_word(word);

    if (word.len < 3) {
        return word.len == 0 || word.p[0] < '0' || word.p[0] > '9';
    }
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        if (hash == hash_word(str_from(fillers[i]))) {
            return true;
        }
    }
    return false;
}

static uint64_t word_bit(const struct words *words, uint64_t hash)
{
    size_t slot = hash & (WORD_SLOTS - 1);

    while (words->hash[slot] != 0) {
        if (words->hash[slot] == hash) {
            return words->bit[slot];
        }
        slot = (slot + 1) & (WORD_SLOTS - 1);
    }
    return 0;
}

static void add_word(struct words *words, struct str word)
{
    uint64_t hash = hash_word(word);
    size_t slot = hash & (WORD_SLOTS - 1);

    if (words->count == WORDS_MAX || is_filler(word) || word_bit(words, hash) != 0) {
        return;
    }
    while (words->hash[slot] != 0) {
        slot = (slot + 1) & (WORD_SLOTS - 1);
    }
    words->hash[slot] = hash;
    words->bit[slot] = (uint64_t)1 << words->count++;
}

static void collect_words(struct str text, struct words *words)
{
    size_t from = 0;

    *words = (struct words){0};
    for (size_t at = 0; at <= text.len; at++) {
        if (at == text.len || !is_letter(text.p[at])) {
            add_word(words, str_take(str_skip(text, from), at - from));
            from = at + 1;
        }
    }
}

static int bits_of(uint64_t bits)
{
    int count = 0;

    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* One pass over a text, sentence by sentence. */
struct scan {
    struct str text;
    size_t at;
};

/* Takes the next sentence and the set of the question's words in it. False at the end. */
static bool next_sentence(struct scan *scan, const struct words *words, struct str *sentence,
                          uint64_t *shared)
{
    uint64_t hash = hash_start;
    size_t from = scan->at;
    bool is_end = false;

    *shared = 0;
    while (scan->at < scan->text.len && !is_end) {
        char c = scan->text.p[scan->at];

        if (is_letter(c)) {
            hash = hash_letter(hash, c);
        } else {
            *shared |= word_bit(words, hash);
            hash = hash_start;
            is_end = planted_ends_sentence(scan->text, scan->at) ||
                     (scan->at - from >= PLANTED_SENTENCE_BYTES_MAX && is_blank(c));
        }
        scan->at++;
    }
    *shared |= word_bit(words, hash);
    *sentence = str_trim(str_take(str_skip(scan->text, from), scan->at - from));
    return scan->at != from;
}

/* The first sentence that shares most words with the question and does not overlap `apart`. */
static struct str best_sentence(const struct planted_question *question, struct str apart)
{
    struct scan scan = {question->haystack, 0};
    struct words words;
    struct str best = {0};
    struct str sentence = {0};
    uint64_t shared = 0;
    int most = 0;

    collect_words(question->text, &words);
    while (next_sentence(&scan, &words, &sentence, &shared)) {
        bool overlaps = apart.len != 0 && apart.p < sentence.p + sentence.len &&
                        sentence.p < apart.p + apart.len;

        if (bits_of(shared) > most && !overlaps) {
            most = bits_of(shared);
            best = sentence;
        }
    }
    return best;
}

static bool niah_read(const struct conversation *conversation, struct reading *out)
{
    struct planted_question question;
    struct str key = {0};

    if (!planted_split(conversation, &question)) {
        return false;
    }
    key = question_key(&question);
    if (key.len != 0) {
        read_key(&question, key, out);
    }
    if (out->needles == 0) {
        out->answer = best_sentence(&question, (struct str){0});
        out->needles = out->answer.len != 0 ? 1 : 0;
        out->depth = out->answer.len != 0 ? (double)(out->answer.p - question.haystack.p) /
                                                (double)question.haystack.len
                                          : 0.0;
    }
    return true;
}

/* The sentence nearest to the question but for the right one; of "The … is VALUE." the value, where
 * a value was asked for. */
static struct str niah_mistake(const struct conversation *conversation,
                               const struct reading *reading, struct random *random)
{
    struct planted_question question;
    struct str nearest = {0};
    size_t is = 0;

    (void)random;
    if (!planted_split(conversation, &question)) {
        return nearest;
    }
    nearest = best_sentence(&question, reading->answer);
    is = str_find(nearest, STR(" is "));
    if (question_key(&question).len != 0 && is != SIZE_MAX) {
        return planted_until_stop(str_skip(nearest, is + STR(" is ").len));
    }
    return nearest;
}

const struct strategy strategy_niah = {.name = "niah", .read = niah_read, .mistake = niah_mistake};
