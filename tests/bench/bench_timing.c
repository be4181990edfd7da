/* bench_timing: how far the stamps of a reply are off while uploads saturate.
 *
 * Usage: bench_timing BASE_URL STREAMS UPLOADS EVENTS PAUSE_MS
 *
 * STREAMS answers are streamed by bench_sink, EVENTS events PAUSE_MS apart, each of which says when
 * it was sent on the same monotonic clock; UPLOADS bodies of a million tokens are sent over and
 * over meanwhile. A reply's first text, its end and the longest gap in it are then compared with
 * what the events say. One line of JSON: errors in milliseconds.
 */
#include "endpoint/endpoint.h"
#include "generators/generator.h"
#include "timing.h"

#include <math.h>
#include <string.h>

struct bench;

struct asked {
    struct bench *bench;
    struct test_case *test_case;
    struct reply reply;
    uint64_t started_ns;
};

struct bench {
    struct endpoint stream_endpoint;
    struct endpoint upload_endpoint;
    struct client *client;
    struct asked *streams;
    struct asked *uploads;
    size_t stream_count;
    size_t upload_count;
    size_t streams_left;
    double *first_errors;
    double *end_errors;
    double *gap_errors;
};

static int note_start(void *context, uint32_t attempt, struct err *err)
{
    struct asked *asked = context;

    (void)attempt;
    (void)err;
    asked->started_ns = clock_ns(clock_system());
    return 0;
}

/* When the events were sent, as their texts say. */
struct sent {
    double first_ms;
    double last_ms;
    double longest_gap_ms;
};

static struct sent read_sent(const struct asked *asked)
{
    struct str rest = str_trim(buf_str(&asked->reply.text));
    struct sent sent = {-1.0, -1.0, 0.0};

    while (rest.len != 0) {
        struct str_pair parts = str_cut(rest, ' ');
        uint64_t stamp_ns = 0;
        double at_ms = 0.0;

        if (!str_to_u64(parts.head, &stamp_ns)) {
            (void)fprintf(stderr, "no stamp in '%.*s'\n", STR_ARG(str_take(rest, 80)));
            exit(1); // NOLINT(concurrency-mt-unsafe): one thread
        }
        at_ms = 1e-6 * ((double)stamp_ns - (double)asked->started_ns);
        if (sent.first_ms < 0.0) {
            sent.first_ms = at_ms;
        } else {
            sent.longest_gap_ms = fmax(sent.longest_gap_ms, at_ms - sent.last_ms);
        }
        sent.last_ms = at_ms;
        rest = parts.tail;
    }
    return sent;
}

static void compare(struct asked *asked)
{
    struct bench *bench = asked->bench;
    const struct reply_timing *ours = &asked->reply.timing;
    struct sent sent = read_sent(asked);
    size_t at = (size_t)(asked - bench->streams);

    bench->first_errors[at] = fabs(ours->first_text_ms - sent.first_ms);
    bench->end_errors[at] = fabs(ours->end_ms - sent.last_ms);
    bench->gap_errors[at] = fabs(ours->longest_gap_ms - sent.longest_gap_ms);
}

static void take_stream(void *context, struct reply *reply)
{
    struct asked *asked = context;

    timing_check(reply->end == REPLY_COMPLETE ? 0 : reply->error.code, &reply->error);
    compare(asked);
    asked->bench->streams_left--;
}

static void start(struct asked *asked, const struct endpoint *endpoint,
                  void (*done)(void *context, struct reply *reply))
{
    const struct exchange_request request = {.endpoint = endpoint,
                                             .prompt = asked->test_case->prompt,
                                             .measure = &asked->test_case->measure,
                                             .reply = &asked->reply,
                                             .done = done,
                                             .starting = note_start,
                                             .context = asked};
    struct err err;

    timing_check(client_start(asked->bench->client, &request, &err), &err);
}

static void take_upload(void *context, struct reply *reply)
{
    struct asked *asked = context;

    timing_check(reply->end == REPLY_COMPLETE ? 0 : reply->error.code, &reply->error);
    if (asked->bench->streams_left != 0) {
        start(asked, &asked->bench->upload_endpoint, take_upload);
    }
}

static struct asked *open_cases(struct bench *bench, size_t count, uint64_t tokens,
                                const struct generator *generator, const void *bank)
{
    struct asked *asked = calloc(count + 1, sizeof *asked);
    struct case_recipe recipe = {.task = STR("niah"),
                                 .seed = 7,
                                 .needles = 1,
                                 .length_tokens = tokens,
                                 .depth_percent = CASE_DEPTH_BY_DESIGN};
    struct err err;

    timing_check(asked != NULL ? 0 : err_memory(&err), &err);
    for (size_t i = 0; asked != NULL && i < count; i++) {
        recipe.sample = (uint32_t)i;
        asked[i].bench = bench;
        reply_init(&asked[i].reply);
        timing_check(generator->open(bank, &recipe, &asked[i].test_case, &err), &err);
    }
    return asked;
}

static void print_errors(const char *name, double *errors, size_t count)
{
    double p50 = timing_median(errors, count); /* sorts */

    (void)printf("\"%s_p50_ms\":%.3f,\"%s_p99_ms\":%.3f,\"%s_max_ms\":%.3f,", name, p50, name,
                 errors[(count * 99) / 100], name, errors[count - 1]);
}

static void run(struct bench *bench)
{
    uint64_t from_ns = clock_ns(clock_system());
    struct err err;

    bench->streams_left = bench->stream_count;
    for (size_t i = 0; i < bench->upload_count; i++) {
        start(&bench->uploads[i], &bench->upload_endpoint, take_upload);
    }
    for (size_t i = 0; i < bench->stream_count; i++) {
        start(&bench->streams[i], &bench->stream_endpoint, take_stream);
    }
    while (bench->streams_left != 0) {
        timing_check(client_wait(bench->client, 1000, &err), &err);
    }
    (void)printf("{");
    print_errors("first", bench->first_errors, bench->stream_count);
    print_errors("end", bench->end_errors, bench->stream_count);
    print_errors("gap", bench->gap_errors, bench->stream_count);
    (void)printf("\"uploaded_mb_per_s\":%.0f}\n", 1e3 * (double)client_bytes_sent(bench->client) /
                                                      (double)(clock_ns(clock_system()) - from_ns));
}

int main(int argc, char **argv)
{
    struct generator_settings settings = {0};
    struct bench bench = {0};
    const struct generator *niah = NULL;
    struct tokenizer *tokenizer = NULL;
    void *bank = NULL;
    double *errors = NULL;
    char stream_url[256];
    uint64_t streams = 0;
    uint64_t uploads = 0;
    uint64_t events = 0;
    struct err err;

    if (argc != 6 || !str_to_u64(str_from(argv[2]), &streams) ||
        !str_to_u64(str_from(argv[3]), &uploads) || !str_to_u64(str_from(argv[4]), &events) ||
        streams == 0 || streams > 2000 || uploads > 2000 || events < 2) {
        (void)fputs("usage: bench_timing BASE_URL STREAMS UPLOADS EVENTS PAUSE_MS\n", stderr);
        return 2;
    }
    (void)snprintf(stream_url, sizeof stream_url, "%s/events-%s-%s", argv[1], argv[4], argv[5]);
    bench.upload_endpoint = (struct endpoint){
        .protocol = "openai-chat", .base_url = argv[1], .model = "sink", .credentials = {"none"}};
    bench.stream_endpoint = bench.upload_endpoint;
    bench.stream_endpoint.base_url = stream_url;
    bench.stream_count = (size_t)streams;
    bench.upload_count = (size_t)uploads;
    timing_check(generator_find(STR("niah"), &niah, &err), &err);
    timing_check(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err), &err);
    timing_check(niah->load(niah, &bank, &settings, tokenizer, &err), &err);
    timing_check(client_new(&bench.client, &client_limits_default, clock_system(), &err), &err);
    bench.streams = open_cases(&bench, bench.stream_count, 4096, niah, bank);
    bench.uploads = open_cases(&bench, bench.upload_count, 1U << 20, niah, bank);
    errors = calloc(3 * bench.stream_count, sizeof *errors);
    timing_check(errors != NULL ? 0 : err_memory(&err), &err);
    if (errors != NULL) {
        bench.first_errors = errors;
        bench.end_errors = errors + bench.stream_count;
        bench.gap_errors = errors + 2 * bench.stream_count;
        run(&bench);
    }
    free(errors);
    client_free(bench.client);
    return 0; /* the rest ends with the process */
}
