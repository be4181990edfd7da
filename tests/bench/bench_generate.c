/* bench_generate: how long one more case takes.
 *
 * Usage: bench_generate TASK NEEDLES LENGTH SAMPLES
 *
 * Opens sample 0, 1, … of a task: each is sized to the token, measured and fingerprinted, as a
 * sweep does before it sends. Then its text is read once, as when it is sent. Prints one line of
 * JSON; times are medians in milliseconds, but encoder and load, which are of the only run.
 */
#include "generators/generator.h"
#include "timing.h"

struct bench {
    const struct generator *generator;
    struct tokenizer *tokenizer;
    void *bank;
    struct case_recipe recipe;
    struct err err;
};

static double open_case(struct bench *bench, struct test_case **out)
{
    double start = timing_ms();

    timing_check(bench->generator->open(bench->bank, &bench->recipe, out, &bench->err),
                 &bench->err);
    return timing_ms() - start;
}

static double stream_case(struct bench *bench, struct test_case *test_case)
{
    double start = timing_ms();
    struct prompt_piece piece;
    int rc = 1;

    while (rc > 0) {
        rc = prompt_next(test_case->prompt, &piece, &bench->err);
    }
    timing_check(rc, &bench->err);
    return timing_ms() - start;
}

static void measure(struct bench *bench, size_t samples, double encoder_ms, double load_ms)
{
    double opens[TIMING_RUNS_MAX];
    double streams[TIMING_RUNS_MAX];
    uint64_t tokens = 0;

    for (size_t i = 0; i < samples; i++) {
        struct test_case *test_case = NULL;

        bench->recipe.sample = (uint32_t)i;
        opens[i] = open_case(bench, &test_case);
        streams[i] = stream_case(bench, test_case);
        tokens = test_case->measure.tokens;
        test_case_free(test_case);
    }
    (void)printf("{\"task\":\"%s\",\"encoder_ms\":%.3f,\"load_ms\":%.3f,\"open_ms\":%.3f,"
                 "\"stream_ms\":%.3f,\"tokens\":%llu}\n",
                 bench->generator->name, encoder_ms, load_ms, timing_median(opens, samples),
                 timing_median(streams, samples), (unsigned long long)tokens);
}

int main(int argc, char **argv)
{
    struct bench bench = {.recipe = {.seed = 7, .depth_percent = CASE_DEPTH_BY_DESIGN}};
    struct generator_settings settings = {0};
    uint64_t needles = 0;
    uint64_t samples = 0;
    double start = timing_ms();
    double encoder_ms = 0;

    if (argc != 5 || !str_to_u64(str_from(argv[2]), &needles) ||
        !str_to_u64(str_from(argv[3]), &bench.recipe.length_tokens) ||
        !str_to_u64(str_from(argv[4]), &samples) || samples == 0 || samples > TIMING_RUNS_MAX) {
        (void)fputs("usage: bench_generate TASK NEEDLES LENGTH SAMPLES\n", stderr);
        return 2;
    }
    bench.recipe.needles = (uint32_t)needles;
    bench.recipe.task = str_from(argv[1]);
    timing_check(tokenizer_open(&bench.tokenizer, TOKEN_O200K_BASE, &bench.err), &bench.err);
    timing_check(tokenizer_count(bench.tokenizer, STR("ready"), &needles, &bench.err), &bench.err);
    encoder_ms = timing_ms() - start;
    timing_check(generator_find(bench.recipe.task, &bench.generator, &bench.err), &bench.err);
    start = timing_ms();
    timing_check(
        bench.generator->load(bench.generator, &bench.bank, &settings, bench.tokenizer, &bench.err),
        &bench.err);
    measure(&bench, samples, encoder_ms, timing_ms() - start);
    bench.generator->unload(bench.bank);
    tokenizer_free(bench.tokenizer);
    return 0;
}
