/* The connections of the loopback endpoint: kept, many at once, broken off, and its own end. */
#include "sim_client.h"
#include "suite.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(a_connection_is_kept_for_the_next_request_even_after_an_error)
{
    static const char *const bodies[] = {
        "{\"model\":\"perfect\",\"stream\":true,\"messages\":[" ASK "]}",
        "{\"model\":",
        "{\"model\":\"perfect\",\"messages\":[" ASK "]}",
    };
    CURL *curl = curl_easy_init();

    for (size_t i = 0; i < 3; i++) {
        struct response response;

        response_init(&response);
        prepare(curl, "/v1/chat/completions", str_from(bodies[i]), &response);
        ck_assert_int_eq(curl_easy_perform(curl), CURLE_OK);
        finish(curl, &response);
        ck_assert_int_eq(response.status, i == 1 ? 400 : 200);
        ck_assert_int_eq(response.connects, i == 0 ? 1 : 0);
        buf_release(&response.body);
    }
    stop(); /* although the connection is still open */
    curl_easy_cleanup(curl);
}

START_TEST(one_that_thinks_does_not_hold_up_another)
{
    /* About 55 prompt tokens: each request thinks for half a second. */
    static const struct sim_settings settings = {.prefill_rate = 110};
    static struct response responses[40];
    double elapsed_ms = 0.0;

    start_with(&settings);
    elapsed_ms = exchange_together("{\"model\":\"perfect\",\"messages\":[" ASK "]}", 40, responses);
    ck_assert_double_gt(elapsed_ms, 400);
    ck_assert_double_lt(elapsed_ms, 10000); /* one after the other: 20 s */
    for (size_t i = 0; i < 40; i++) {
        ck_assert_int_eq(responses[i].status, 200);
        buf_release(&responses[i].body);
    }
    stop();
}

START_TEST(stopping_does_not_wait_for_answers_under_way)
{
    static const struct sim_settings settings = {.prefill_rate = 0.001};
    struct response response;
    CURL *curl = curl_easy_init();
    CURLM *multi = curl_multi_init();
    uint64_t begin_ns = 0;
    int running = 0;

    start_with(&settings);
    response_init(&response);
    prepare(curl, "/v1/chat/completions",
            STR("{\"model\":\"perfect\",\"stream\":true,\"messages\":[" ASK "]}"), &response);
    curl_multi_add_handle(multi, curl);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(curl_multi_perform(multi, &running), CURLM_OK);
        ck_assert_int_eq(curl_multi_poll(multi, NULL, 0, 10, NULL), CURLM_OK);
    }
    ck_assert_int_eq(running, 1);
    begin_ns = clock_ns(clock_system());
    stop();
    ck_assert_double_lt(clock_ms_between(begin_ns, clock_ns(clock_system())), 5000);
    curl_multi_remove_handle(multi, curl);
    curl_easy_cleanup(curl);
    curl_multi_cleanup(multi);
    buf_release(&response.body);
}

static int connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sim_port(sim))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(inet_pton(AF_INET, address, &to.sin_addr), 1);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void send_all(int fd, struct str bytes)
{
    while (bytes.len != 0) {
        ssize_t sent = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        ck_assert_int_gt(sent, 0);
        bytes = str_skip(bytes, (size_t)sent);
    }
}

/* Waits for a response and reads the start of it. */
static void assert_answers_200(int fd)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char status[13] = "";

    ck_assert_int_eq(poll(&readable, 1, 30000), 1);
    ck_assert_int_eq(recv(fd, status, 12, MSG_WAITALL), 12);
    ck_assert_str_eq(status, "HTTP/1.1 200");
}

START_TEST(clients_that_vanish_leave_the_server_serving)
{
    static const struct sim_settings settings = {.output_rate = 100};
    struct str head = STR("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                          "Content-Length: 500\r\n\r\n{\"model\":\"perfect\",");
    struct str whole = STR("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n"
                           "3f\r\n{\"stream\":true,\"model\":\"perfect\",\"messages\":[{\"role\":"
                           "\"user\",\"co\r\n6\r\nntent\"\r\n7\r\n:\"x\"}]}\r\n0\r\n\r\n");
    struct response response;

    start_with(&settings);
    for (size_t cut = 1; cut < head.len; cut += 5) {
        int fd = connect_to("127.0.0.1");

        ck_assert_int_ge(fd, 0);
        send_all(fd, str_take(head, cut));
        (void)close(fd);
    }
    for (int i = 0; i < 20; i++) {
        int fd = connect_to("127.0.0.1");

        ck_assert_int_ge(fd, 0);
        send_all(fd, whole);
        assert_answers_200(fd); /* it has begun, and is not read to its end */
        (void)close(fd);
    }
    chat("empty", "", &response);
    ck_assert_int_eq(response.status, 200);
    buf_release(&response.body);
    stop();
}

/* Both ends of each connection are in this process. */
static size_t connections_possible(size_t wanted)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur / 2 - 50 < wanted ? limit.rlim_cur / 2 - 50 : wanted;
}

START_TEST(a_thousand_connections_are_held_and_served)
{
    enum { CONNECTIONS = 1000 };
    static int fds[CONNECTIONS];
    struct str request = STR("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
    size_t count = connections_possible(CONNECTIONS);

    start();
    for (size_t i = 0; i < count; i++) {
        fds[i] = connect_to("127.0.0.1");
        ck_assert_int_ge(fds[i], 0);
    }
    for (size_t i = 0; i < count; i++) {
        send_all(fds[i], request);
    }
    for (size_t i = 0; i < count; i++) {
        assert_answers_200(fds[i]);
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(fds[i]);
    }
    stop();
}

START_TEST(only_this_machine_can_connect)
{
    ck_assert_int_eq(strncmp(sim_base_url(sim), "http://127.0.0.1:", 17), 0);
    ck_assert_int_eq(connect_to("127.0.0.2"), -1); /* loopback too, and yet another address */
}

START_TEST(a_port_in_use_is_named)
{
    struct sim_settings same = {.port = sim_port(sim)};
    struct sim *second = NULL;
    struct err err = {0};
    char message[128];

    ck_assert_int_eq(sim_start(&second, &same, &err), ERR_SYSTEM);
    (void)snprintf(message, sizeof message, "cannot listen on 127.0.0.1:%u: Address already in use",
                   (unsigned)sim_port(sim));
    ck_assert_str_eq(err.text, message);
}

START_TEST(requests_answered_in_full_are_counted)
{
    struct response response;

    for (int i = 0; i < 3; i++) {
        chat("perfect", i == 1 ? "\"stream\":true," : "", &response);
        buf_release(&response.body);
    }
    ck_assert_uint_eq(sim_stop(sim), 3);
    sim = NULL;
}

int main(void)
{
    Suite *suite = suite_create("sim_connections");
    TCase *served = suite_case(suite, "served");
    TCase *connections = suite_case(suite, "connections");

    tcase_add_checked_fixture(served, start, stop);
    tcase_add_test(served, a_connection_is_kept_for_the_next_request_even_after_an_error);
    tcase_add_test(served, only_this_machine_can_connect);
    tcase_add_test(served, a_port_in_use_is_named);
    tcase_add_test(served, requests_answered_in_full_are_counted);
    tcase_add_test(connections, one_that_thinks_does_not_hold_up_another);
    tcase_add_test(connections, stopping_does_not_wait_for_answers_under_way);
    tcase_add_test(connections, clients_that_vanish_leave_the_server_serving);
    tcase_add_test(connections, a_thousand_connections_are_held_and_served);
    return suite_run(suite);
}
