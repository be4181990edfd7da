/* bench_token: how fast texts are counted and encoded.
 *
 * Usage: bench_token [--encoding NAME] [--runs N] FILE…
 *
 * Prints one line of JSON for each file, operation and state:
 *
 *   {"name":"english","operation":"count","state":"cold","encoding":"o200k_base",
 *    "mb_per_s":401.2,"bytes":10000000,"tokens":1926071}
 *
 * "cold" is the first pass of a process that opened the tokenizer just before, "warm" a later pass
 * of the same session over the same text; each is the median of N runs (default 9). A last line,
 * {"name":"open","encoding":…,"ms":…}, is the time from nothing to a tokenizer that has counted one
 * word. Times are the thread's processor time, so that other work on the machine disturbs them
 * little. MB is a million bytes. HAYMAKER_SIMD chooses the scanner as everywhere.
 *
 * The texts that figures are published for are made by texts.py.
 */
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "token/token.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 99, SESSION_BYTES = 1 << 26 };

struct run {
    double seconds;
    uint64_t tokens;
};

static void die(const char *text)
{
    (void)fprintf(stderr, "bench_token: %s\n", text);
    exit(1); // NOLINT(concurrency-mt-unsafe): one thread
}

static double processor_s(void)
{
    struct timespec now = {0, 0};

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) {
        die("no processor clock");
    }
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* `ids` is memory for them, NULL to count only. */
static struct run pass(struct token_session *session, struct str text, struct token_ids *ids)
{
    struct err err = {ERR_NONE, ""};
    double start = processor_s();
    struct run run = {0, 0};
    int rc = ids != NULL ? token_session_encode(session, text, ids, &err)
                         : token_session_count(session, text, &run.tokens, &err);

    run.seconds = processor_s() - start;
    if (rc != 0) {
        die(err.text);
    }
    if (ids != NULL) {
        run.tokens = ids->count;
        ids->count = 0;
    }
    return run;
}

struct job {
    enum token_encoding encoding;
    const char *name;
    struct str text;
    bool encode;
    bool cold;
    int runs;
};

static void open_or_die(enum token_encoding encoding, struct tokenizer **tokenizer,
                        struct token_session **session)
{
    struct err err = {ERR_NONE, ""};

    if (tokenizer_open(tokenizer, encoding, &err) != 0 ||
        token_session_new(session, *tokenizer, SESSION_BYTES, &err) != 0) {
        die(err.text);
    }
}

/* In a child process, so that every page, cache line and branch is met for the first time. */
static struct run cold_run(const struct job *job)
{
    struct run run = {0, 0};
    int ends[2] = {-1, -1};
    pid_t child = -1;

    if (pipe(ends) != 0 || (child = fork()) == -1) {
        die("no child process");
    }
    if (child == 0) {
        struct tokenizer *tokenizer = NULL;
        struct token_session *session = NULL;
        struct token_ids ids = {0};

        open_or_die(job->encoding, &tokenizer, &session);
        run = pass(session, job->text, job->encode ? &ids : NULL);
        _exit(write(ends[1], &run, sizeof run) == (ssize_t)sizeof run ? 0 : 1);
    }
    if (read(ends[0], &run, sizeof run) != (ssize_t)sizeof run ||
        waitpid(child, NULL, 0) != child) {
        die("a child process failed");
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    return run;
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const struct run *)a)->seconds;
    double y = ((const struct run *)b)->seconds;

    return (x > y) - (x < y);
}

static void measure(const struct job *job)
{
    struct run runs[RUNS_MAX];
    struct tokenizer *tokenizer = NULL;
    struct token_session *session = NULL;
    struct token_ids memory = {0};
    struct token_ids *ids = job->encode ? &memory : NULL;
    const struct run *median = &runs[job->runs / 2];

    if (!job->cold) {
        open_or_die(job->encoding, &tokenizer, &session);
        (void)pass(session, job->text, ids);
    }
    for (int i = 0; i < job->runs; i++) {
        runs[i] = job->cold ? cold_run(job) : pass(session, job->text, ids);
    }
    token_ids_release(&memory);
    token_session_free(session);
    tokenizer_free(tokenizer);
    qsort(runs, (size_t)job->runs, sizeof runs[0], by_seconds);
    (void)printf("{\"name\":\"%s\",\"operation\":\"%s\",\"state\":\"%s\",\"encoding\":\"%s\","
                 "\"mb_per_s\":%.1f,\"bytes\":%zu,\"tokens\":%" PRIu64 "}\n",
                 job->name, job->encode ? "encode" : "count", job->cold ? "cold" : "warm",
                 token_encoding_name(job->encoding), 1e-6 * (double)job->text.len / median->seconds,
                 job->text.len, median->tokens);
    (void)fflush(stdout);
}

/* The file's name without folder and ending. */
static void name_of(const char *path, char *out, size_t out_bytes)
{
    const char *slash = strrchr(path, '/');
    char *dot = NULL;

    (void)snprintf(out, out_bytes, "%s", slash != NULL ? slash + 1 : path);
    dot = strrchr(out, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
}

static void measure_file(const struct job *settings, const char *path)
{
    struct err err = {ERR_NONE, ""};
    struct file_map map = {.start = NULL};
    uint64_t sum = 0;
    struct job job = *settings;
    char name[64];

    if (file_map_open(&map, path, &err) != 0) {
        die(err.text);
    }
    for (size_t i = 0; i < map.bytes.len; i += 4096) {
        sum += (unsigned char)map.bytes.p[i]; /* the text itself is in memory in every run */
    }
    name_of(path, name, sizeof name);
    job.name = name;
    job.text = map.bytes;
    for (int k = 0; k < 4 && sum != 0; k++) {
        job.encode = k / 2 == 1;
        job.cold = k % 2 == 0;
        measure(&job);
    }
    file_map_release(&map);
}

static void measure_open(const struct job *job)
{
    struct run runs[RUNS_MAX];

    for (int i = 0; i < job->runs; i++) {
        struct tokenizer *tokenizer = NULL;
        struct token_session *session = NULL;
        double start = processor_s();

        open_or_die(job->encoding, &tokenizer, &session);
        (void)pass(session, STR("word"), NULL);
        runs[i].seconds = processor_s() - start;
        token_session_free(session);
        tokenizer_free(tokenizer);
    }
    qsort(runs, (size_t)job->runs, sizeof runs[0], by_seconds);
    (void)printf("{\"name\":\"open\",\"encoding\":\"%s\",\"ms\":%.3f}\n",
                 token_encoding_name(job->encoding), 1e3 * runs[job->runs / 2].seconds);
}

static int runs_from(const char *text)
{
    uint64_t runs = 0;

    if (!str_to_u64(str_from(text), &runs) || runs == 0 || runs > RUNS_MAX) {
        die("--runs takes a number from 1 to 99");
    }
    return (int)runs;
}

int main(int argc, char **argv)
{
    struct job job = {.encoding = TOKEN_O200K_BASE, .runs = 9};
    struct err err = {ERR_NONE, ""};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc) {
            job.runs = runs_from(argv[++i]);
        } else if (strcmp(argv[i], "--encoding") == 0 && i + 1 < argc) {
            if (token_encoding_from_name(str_from(argv[++i]), &job.encoding, &err) != 0) {
                die(err.text);
            }
        } else {
            measure_file(&job, argv[i]);
        }
    }
    measure_open(&job);
    return 0;
}
