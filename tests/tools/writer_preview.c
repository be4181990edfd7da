/* writer_preview: checks the writers' grammar and prints what they write.
 *
 *   writer_preview [DIR]                                     list mistakes and unused rules
 *   writer_preview --format poem --topic tapirs -n 5 [DIR]   print replies (any of both when left
 * out) writer_preview --format poem --stats [DIR]               bytes of 1,000 replies instead of
 * texts
 *
 * DIR is corpora/writers by default.
 */
#include "generators/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *format;
    const char *topic;
    uint64_t seed;
    uint64_t count;
    bool has_stats;
    const char *folder;
};

static bool parse_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool ok = true;

        if (argv[i][0] != '-') {
            options->folder = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--stats") == 0) {
            options->has_stats = true;
            continue;
        }
        if (value == NULL) {
            return false;
        }
        i++;
        if (strcmp(argv[i - 1], "--format") == 0) {
            options->format = value;
        } else if (strcmp(argv[i - 1], "--topic") == 0) {
            options->topic = value;
        } else if (strcmp(argv[i - 1], "--seed") == 0) {
            ok = str_to_u64(str_from(value), &options->seed);
        } else if (strcmp(argv[i - 1], "-n") == 0) {
            ok = str_to_u64(str_from(value), &options->count);
        } else {
            ok = false;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static void write_one(const struct grammar *grammar, const struct options *options, uint64_t index,
                      struct buf *out, struct writer_task *task)
{
    struct random random = random_stream(options->seed, STR("preview"), index);

    *task = (struct writer_task){0};
    task->format = options->format != NULL ? grammar_find_format(grammar, str_from(options->format))
                                           : random_below(&random, grammar->format_count);
    task->topic = options->topic != NULL ? grammar_find_topic(grammar, str_from(options->topic))
                                         : random_below(&random, grammar->topic_count);
    buf_reset(out);
    writer_reply(grammar, task, random, out);
}

static void print_replies(const struct grammar *grammar, const struct options *options)
{
    struct buf reply;
    struct writer_task task;

    buf_init(&reply, WRITER_REPLY_BYTES_MAX);
    for (uint64_t i = 0; i < options->count; i++) {
        write_one(grammar, options, i, &reply, &task);
        printf("=== write a %.*s about %.*s (%zu bytes)\n%.*s\n\n",
               STR_ARG(grammar->formats[task.format].name),
               STR_ARG(grammar->topics[task.topic].name), reply.len, STR_ARG(buf_str(&reply)));
    }
    buf_release(&reply);
}

static void print_stats(const struct grammar *grammar, struct options options)
{
    enum { REPLIES = 1000 };

    for (size_t f = 0; f < grammar->format_count; f++) {
        struct buf reply;
        struct writer_task task;
        size_t least = SIZE_MAX;
        size_t most = 0;
        size_t sum = 0;
        char name[128];

        (void)snprintf(name, sizeof name, "%.*s", STR_ARG(grammar->formats[f].name));
        options.format = name;
        buf_init(&reply, WRITER_REPLY_BYTES_MAX);
        for (uint64_t i = 0; i < REPLIES; i++) {
            write_one(grammar, &options, i, &reply, &task);
            least = reply.len < least ? reply.len : least;
            most = reply.len > most ? reply.len : most;
            sum += reply.len;
        }
        printf("%-28s %d replies, bytes: mean %zu, %zu ... %zu\n", name, REPLIES, sum / REPLIES,
               least, most);
        buf_release(&reply);
    }
}

int main(int argc, char **argv)
{
    struct options options = {.count = 0, .seed = 1, .folder = "corpora/writers"};
    struct grammar *grammar = NULL;
    struct buf problems;
    struct err err = {0};
    int status = 1;

    if (!parse_options(argc, argv, &options)) {
        (void)fprintf(stderr,
                      "usage: writer_preview [--format F] [--topic T] [--seed N] [-n COUNT] "
                      "[--stats] [DIR]\n");
        return 2;
    }
    if (options.count == 0 && (options.format != NULL || options.topic != NULL)) {
        options.count = 1;
    }
    buf_init(&problems, (size_t)1 << 20);
    if (grammar_load(&grammar, options.folder, &problems, &err) != 0) {
        (void)fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
        (void)fprintf(stderr, "error: %s\n", err.text);
        goto done;
    }
    (void)fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
    if ((options.format != NULL &&
         grammar_find_format(grammar, str_from(options.format)) == SIZE_MAX) ||
        (options.topic != NULL &&
         grammar_find_topic(grammar, str_from(options.topic)) == SIZE_MAX)) {
        (void)fprintf(stderr, "error: no such format or topic\n");
        goto done;
    }
    if (options.has_stats) {
        print_stats(grammar, options);
    } else if (options.count != 0) {
        print_replies(grammar, &options);
    } else {
        printf("%zu formats, %zu topics, %zu rules, %zu alternatives\n", grammar->format_count,
               grammar->topic_count, grammar->rule_count, grammar->alternative_count);
    }
    status = 0;
done:
    grammar_free(grammar);
    buf_release(&problems);
    return status;
}
