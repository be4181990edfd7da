/* latent: "Which person plays a Japanese zither?" is answered by the person of whom the text says
 * what our own associations (corpora/latent) connect with the question: "Solveig Kestrelmoor
 * practises every evening on a koto."
 *
 * The file stands for the knowledge of the world that a reader brings along; the prompt alone does
 * not hold the answer. Where the file is not there, the question is not known.
 */
#include "sim/planted.h"
#include "sim/strategy.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>

enum { FILE_BYTES_MAX = 1 << 20 };

/* What is known of a question: the needle's words on both sides of its cue. Borrowed from the file.
 */
struct knowledge {
    struct str needle; /* "{name} practises every evening on a {cue}." */
    struct str cue;
};

static bool read_associations(struct buf *out)
{
    struct err err;

    return file_data_read("corpora/latent/associations.txt", out, &err) == 0;
}

/* Whether `text` begins with `frame` after `target` was put into its braces. */
static bool fits(struct str text, struct str frame, struct str target)
{
    struct str_pair before = str_cut(frame, '{');
    struct str_pair hole = str_cut(before.tail, '}');

    return target.len != 0 && str_starts(text, before.head) &&
           str_starts(str_skip(text, before.head.len), target) &&
           str_starts(str_skip(text, before.head.len + target.len), hole.tail);
}

/* Finds the row whose target the question asks for. */
static bool look_up(struct str file, struct str question, struct knowledge *out)
{
    struct str line = {0};
    struct str frame = {0};

    while (str_next_line(&file, &line)) {
        struct str_pair cue = str_cut(line, '|');
        struct str_pair targets = str_cut(cue.tail, '|');

        if (str_starts(line, STR("needle: "))) {
            out->needle = str_skip(line, STR("needle: ").len);
        } else if (str_starts(line, STR("question: "))) {
            frame = str_skip(line, STR("question: ").len);
        } else if (targets.ok && (fits(question, frame, str_trim(targets.head)) ||
                                  fits(question, frame, str_trim(targets.tail)))) {
            out->cue = str_trim(cue.head);
            return true;
        }
    }
    return false;
}

/* The needle without name, its cue put in or, with none, only what stands before it. */
static struct str needle_tail(const struct knowledge *knowledge, bool has_cue,
                              char bytes[PLANTED_SENTENCE_BYTES_MAX])
{
    struct str frame = str_skip(knowledge->needle, STR("{name}").len);
    struct str_pair before = str_cut(frame, '{');
    struct str_pair hole = str_cut(before.tail, '}');
    int len = snprintf(bytes, PLANTED_SENTENCE_BYTES_MAX, "%.*s%.*s%.*s", STR_ARG(before.head),
                       STR_ARG(has_cue ? knowledge->cue : (struct str){0}),
                       STR_ARG(has_cue ? hole.tail : (struct str){0}));

    return len > 0 && len < PLANTED_SENTENCE_BYTES_MAX ? (struct str){bytes, (size_t)len}
                                                       : (struct str){0};
}

/* The last two words of a text. */
static struct str last_name(struct str text)
{
    size_t begin = text.len;

    for (int words = 0; words < 2; words++) {
        begin -= begin != 0 ? 1 : 0;
        while (begin != 0 && text.p[begin - 1] != ' ' && text.p[begin - 1] != '\n') {
            begin--;
        }
    }
    return str_skip(text, begin);
}

static bool latent_read(const struct conversation *conversation, struct reading *out)
{
    char bytes[PLANTED_SENTENCE_BYTES_MAX];
    struct planted_question question;
    struct knowledge knowledge = {0};
    struct buf file;
    size_t at = 0;
    bool is_known = false;

    buf_init(&file, FILE_BYTES_MAX);
    is_known = planted_split(conversation, &question) &&
               str_starts(question.text, STR("Which person ")) && read_associations(&file) &&
               look_up(buf_str(&file), question.text, &knowledge);
    if (is_known) {
        at = str_find(question.haystack, needle_tail(&knowledge, true, bytes));
    }
    if (is_known && at != SIZE_MAX) {
        out->answer = last_name(str_take(question.haystack, at));
        out->needles = 1;
        out->depth = (double)(out->answer.p - question.haystack.p) / (double)question.haystack.len;
    }
    buf_release(&file);
    return is_known;
}

/* Somebody of whom the same kind of thing is said, each as likely. */
static struct str latent_mistake(const struct conversation *conversation,
                                 const struct reading *reading, struct random *random)
{
    char bytes[PLANTED_SENTENCE_BYTES_MAX];
    struct planted_question question;
    struct knowledge knowledge = {0};
    struct str taken = {0};
    struct buf file;
    uint64_t seen = 0;

    buf_init(&file, FILE_BYTES_MAX);
    if (planted_split(conversation, &question) && read_associations(&file) &&
        look_up(buf_str(&file), question.text, &knowledge)) {
        struct str tail = needle_tail(&knowledge, false, bytes);
        struct str rest = question.haystack;
        size_t at = 0;

        while (tail.len != 0 && (at = str_find(rest, tail)) != SIZE_MAX) {
            struct str name =
                last_name(str_take(question.haystack, (size_t)(rest.p - question.haystack.p) + at));

            rest = str_skip(rest, at + tail.len);
            if (name.p != reading->answer.p && random_below(random, ++seen) == 0) {
                taken = name;
            }
        }
    }
    buf_release(&file);
    return taken;
}

const struct strategy strategy_latent = {
    .name = "latent", .read = latent_read, .mistake = latent_mistake};
