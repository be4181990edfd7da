/* bench_client: the client alone: requests of a million tokens, all in flight at once.
 *
 * Usage: bench_client BASE_URL TASK NEEDLES REQUESTS
 *
 * The cases are opened first; then all are sent, each produced while it is sent. Prints one line of
 * JSON: what opening a case cost, and wall and processor time of the sending, and the peak of
 * resident memory before the first case and at the end.
 */
#include "endpoint/endpoint.h"
#include "generators/generator.h"
#include "timing.h"

#include <string.h>
#include <sys/resource.h>

struct request {
    struct test_case *test_case;
    struct reply reply;
};

struct load {
    struct endpoint endpoint;
    struct case_recipe recipe;
    const struct generator *generator;
    struct tokenizer *tokenizer;
    void *bank;
    struct client *client;
    struct request *requests;
    size_t count;
    uint64_t bytes;
    double longest_ms;
};

static double processor_s(const struct rusage *used)
{
    return (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
           1e-6 * (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
}

/* Linux counts the memory of the program that was replaced by exec in ru_maxrss; /proc does not. */
static double peak_mib(void)
{
    struct rusage used;
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    uint64_t kib = 0;

    (void)getrusage(RUSAGE_SELF, &used);
    while (status != NULL && kib == 0 && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            (void)str_to_u64(str_cut(str_trim(str_from(line + 6)), ' ').head, &kib);
        }
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return (double)(kib != 0 ? kib : (uint64_t)used.ru_maxrss) / 1024.0;
}

static void take_reply(void *context, struct reply *reply)
{
    struct load *load = context;

    if (reply->end != REPLY_COMPLETE) {
        timing_check(reply->error.code, &reply->error);
    }
    if (reply->timing.end_ms > load->longest_ms) {
        load->longest_ms = reply->timing.end_ms;
    }
}

static double open_cases(struct load *load)
{
    double start = timing_ms();
    struct err err;

    for (size_t i = 0; i < load->count; i++) {
        load->recipe.sample = (uint32_t)i;
        timing_check(
            load->generator->open(load->bank, &load->recipe, &load->requests[i].test_case, &err),
            &err);
    }
    return (timing_ms() - start) / (double)load->count;
}

static void send_all(struct load *load)
{
    struct err err;

    for (size_t i = 0; i < load->count; i++) {
        struct request *request = &load->requests[i];
        const struct exchange_request exchange = {
            .endpoint = &load->endpoint,
            .prompt = request->test_case->prompt,
            .measure = &request->test_case->measure,
            .reply = &request->reply,
            .done = take_reply,
            .context = load,
        };

        reply_init(&request->reply);
        timing_check(client_start(load->client, &exchange, &err), &err);
    }
    while (client_in_flight(load->client) != 0) {
        timing_check(client_wait(load->client, 1000, &err), &err);
    }
    load->bytes = client_bytes_sent(load->client);
}

static void measure(struct load *load)
{
    double before_mib = peak_mib();
    double open_ms = open_cases(load);
    double opened_mib = peak_mib();
    uint64_t start_ns = clock_ns(clock_system());
    struct rusage before;
    struct rusage after;

    (void)getrusage(RUSAGE_SELF, &before);
    send_all(load);
    (void)getrusage(RUSAGE_SELF, &after);
    (void)printf("{\"requests\":%zu,\"bytes\":%llu,\"open_ms\":%.3f,\"wall_s\":%.6f,"
                 "\"cpu_s\":%.6f,\"longest_s\":%.3f,\"before_mib\":%.1f,\"opened_mib\":%.1f,"
                 "\"peak_mib\":%.1f}\n",
                 load->count, (unsigned long long)load->bytes, open_ms,
                 1e-9 * (double)(clock_ns(clock_system()) - start_ns),
                 processor_s(&after) - processor_s(&before), 1e-3 * load->longest_ms, before_mib,
                 opened_mib, peak_mib());
}

static void run(struct load *load)
{
    struct generator_settings settings = {0};
    struct err err;

    timing_check(generator_find(load->recipe.task, &load->generator, &err), &err);
    timing_check(tokenizer_open(&load->tokenizer, TOKEN_O200K_BASE, &err), &err);
    timing_check(
        load->generator->load(load->generator, &load->bank, &settings, load->tokenizer, &err),
        &err);
    timing_check(client_new(&load->client, &client_limits_default, clock_system(), &err), &err);
    load->requests = calloc(load->count, sizeof *load->requests);
    if (load->requests == NULL) {
        timing_check(err_memory(&err), &err);
        return;
    }
    measure(load);
    for (size_t i = 0; i < load->count; i++) {
        reply_release(&load->requests[i].reply);
        test_case_free(load->requests[i].test_case);
    }
    free(load->requests);
    client_free(load->client);
    load->generator->unload(load->bank);
    tokenizer_free(load->tokenizer);
}

int main(int argc, char **argv)
{
    struct load load = {
        .endpoint = {.protocol = "openai-chat", .model = "sink", .credentials = {.key = "none"}},
        .recipe = {.seed = 7, .length_tokens = 1U << 20, .depth_percent = CASE_DEPTH_BY_DESIGN}};
    uint64_t needles = 0;
    uint64_t count = 0;

    if (argc != 5 || !str_to_u64(str_from(argv[3]), &needles) ||
        !str_to_u64(str_from(argv[4]), &count) || count == 0 || count > 4000) {
        (void)fputs("usage: bench_client BASE_URL TASK NEEDLES REQUESTS\n", stderr);
        return 2;
    }
    load.endpoint.base_url = argv[1];
    load.recipe.task = str_from(argv[2]);
    load.recipe.needles = (uint32_t)needles;
    load.count = (size_t)count;
    run(&load);
    return 0;
}
