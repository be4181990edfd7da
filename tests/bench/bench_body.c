/* bench_body: how fast a request body is produced, against memcpy of the same bytes.
 *
 * Usage: bench_body RUNS
 *
 * The body of a case of a million tokens is read in pieces of 64 KB, as a socket takes them:
 * escaped, fingerprinted and copied. Once from texts that are in memory (the target's case), once
 * with the generator writing them meanwhile. The peer copies as many bytes in pieces of the same
 * size. One line of JSON each: GB (10^9 bytes of body) a second, medians.
 */
#include "generators/generator.h"
#include "prompt/body.h"
#include "timing.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 65536 };

static const struct body_frame frame = {
    .head = STR_INIT("{\"messages\":["),
    .open = {[PROMPT_USER] = STR_INIT("{\"role\":\"user\",\"content\":\""),
             [PROMPT_ASSISTANT] = STR_INIT("{\"role\":\"assistant\",\"content\":\"")},
    .close = STR_INIT("\"}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
};

/* A prompt that was read into memory. */
struct kept {
    struct prompt prompt; /* first */
    struct buf text;
    struct prompt_piece *pieces; /* their texts are offsets until all are kept */
    size_t count;
    size_t at;
};

static int next_kept(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    struct kept *self = (struct kept *)prompt;

    (void)err;
    if (self->at == self->count) {
        return 0;
    }
    *piece = self->pieces[self->at++];
    return 1;
}

static void rewind_kept(struct prompt *prompt)
{
    ((struct kept *)prompt)->at = 0;
}

static void free_kept(struct prompt *prompt)
{
    struct kept *self = (struct kept *)prompt;

    buf_release(&self->text);
    free(self->pieces);
}

static void keep(struct kept *self, struct test_case *test_case)
{
    enum { PIECES_MAX = 1 << 20 };
    static const struct prompt_ops ops = {next_kept, rewind_kept, free_kept};
    struct prompt_piece piece;
    struct err err;
    size_t at = 0;

    *self = (struct kept){.prompt = {&ops}};
    buf_init(&self->text, SIZE_MAX / 2);
    self->pieces = calloc(PIECES_MAX, sizeof *self->pieces);
    if (self->pieces == NULL) {
        timing_check(err_memory(&err), &err);
        return;
    }
    while (self->count < PIECES_MAX && prompt_next(test_case->prompt, &piece, &err) > 0) {
        buf_append(&self->text, piece.text);
        self->pieces[self->count++] = piece;
    }
    timing_check(buf_check(&self->text, "prompt", &err), &err);
    for (size_t i = 0; i < self->count; i++) {
        self->pieces[i].text.p = self->text.p + at;
        at += self->pieces[i].text.len;
    }
    prompt_rewind(test_case->prompt);
}

static uint64_t read_body(struct prompt *prompt, struct fingerprint fingerprint, char *out)
{
    struct body_reader *reader = NULL;
    struct err err;
    uint64_t bytes = 0;
    int64_t got = 0;

    timing_check(body_reader_new(&reader, &frame, prompt, fingerprint, &err), &err);
    while ((got = body_reader_read(reader, out, CHUNK, &err)) > 0) {
        bytes += (uint64_t)got;
    }
    timing_check((int)got, &err);
    body_reader_free(reader);
    return bytes;
}

/* Copies the text over and over until as many bytes are copied. */
static void copy(struct str text, uint64_t bytes, char *out)
{
    size_t at = 0;

    for (uint64_t done = 0; done < bytes; done += CHUNK) {
        at = at + CHUNK <= text.len ? at : 0;
        memcpy(out, text.p + at, CHUNK);
        at += CHUNK;
        __asm__ volatile("" : : "r"(out) : "memory"); /* the copy is wanted */
    }
}

static void measure(const char *name, struct prompt *prompt, struct fingerprint fingerprint,
                    struct str text, size_t runs, bool is_target)
{
    static char out[CHUNK];
    double bodies[TIMING_RUNS_MAX];
    double copies[TIMING_RUNS_MAX];
    uint64_t bytes = 0;

    for (size_t i = 0; i < runs; i++) {
        double start = timing_ms();

        bytes = read_body(prompt, fingerprint, out);
        bodies[i] = timing_ms() - start;
        start = timing_ms();
        copy(text, bytes, out);
        copies[i] = timing_ms() - start;
    }
    (void)printf("{\"name\":\"%s\",\"gb_per_s\":%.3f,\"memcpy_gb_per_s\":%.3f,\"bytes\":%llu,"
                 "\"is_target\":%s}\n",
                 name, 1e-6 * (double)bytes / timing_median(bodies, runs),
                 1e-6 * (double)bytes / timing_median(copies, runs), (unsigned long long)bytes,
                 is_target ? "true" : "false");
    (void)fflush(stdout);
}

static void measure_task(const char *task, uint32_t needles, const struct tokenizer *tokenizer,
                         size_t runs)
{
    struct case_recipe recipe = {.task = str_from(task),
                                 .seed = 7,
                                 .needles = needles,
                                 .length_tokens = 1U << 20,
                                 .depth_percent = CASE_DEPTH_BY_DESIGN};
    struct generator_settings settings = {0};
    const struct generator *generator = NULL;
    struct test_case *test_case = NULL;
    struct kept kept;
    void *bank = NULL;
    struct err err;
    char name[64];

    timing_check(generator_find(recipe.task, &generator, &err), &err);
    timing_check(generator->load(generator, &bank, &settings, tokenizer, &err), &err);
    timing_check(generator->open(bank, &recipe, &test_case, &err), &err);
    keep(&kept, test_case);
    (void)snprintf(name, sizeof name, "%s, texts in memory", task);
    measure(name, &kept.prompt, test_case->measure.fingerprint, buf_str(&kept.text), runs, true);
    (void)snprintf(name, sizeof name, "%s, texts written meanwhile", task);
    measure(name, test_case->prompt, test_case->measure.fingerprint, buf_str(&kept.text), runs,
            false);
    prompt_free(&kept.prompt);
    test_case_free(test_case);
    generator->unload(bank);
}

int main(int argc, char **argv)
{
    struct tokenizer *tokenizer = NULL;
    struct err err;
    uint64_t runs = 0;

    if (argc != 2 || !str_to_u64(str_from(argv[1]), &runs) || runs == 0 || runs > TIMING_RUNS_MAX) {
        (void)fputs("usage: bench_body RUNS\n", stderr);
        return 2;
    }
    timing_check(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err), &err);
    measure_task("niah", 1, tokenizer, (size_t)runs);
    measure_task("mrcr", 8, tokenizer, (size_t)runs);
    tokenizer_free(tokenizer);
    return 0;
}
