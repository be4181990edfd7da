/* Stamps of an answer that is read long after it came. */
#include "suite.h"

#include "base/clock.h"
#include "endpoint/arrival.h"
#include "flight.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KNOWN_TRIES = 20,
    UNREAD_MS = 300,
    MOMENT_MS = 100,
    CLOCKS_NS = 1000000 /* how far two clocks of one machine may seem apart */
};

struct wire {
    int from;
    int to;
};

static struct wire connect_watched(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct wire wire = {-1, socket(AF_INET, SOCK_STREAM, 0)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    arrival_watch(wire.to);
    ck_assert_int_eq(connect(wire.to, (struct sockaddr *)&address, len), 0);
    wire.from = accept(listener, NULL, NULL);
    ck_assert_int_ge(wire.from, 0);
    (void)close(listener);
    return wire;
}

static void disconnect(struct wire wire)
{
    (void)close(wire.from);
    (void)close(wire.to);
}

struct sent {
    uint64_t before_ns;
    uint64_t after_ns;
    uint64_t came_ns; /* as the kernel says a moment later */
};

static struct sent send_byte(struct wire wire)
{
    struct sent sent = {.before_ns = clock_ns(clock_system())};
    char byte = 'x';

    ck_assert_int_eq(send(wire.from, &byte, 1, 0), 1);
    sent.after_ns = clock_ns(clock_system());
    clock_sleep_ms(10);
    sent.came_ns = arrival_ns(wire.to);
    ck_assert_int_eq(recv(wire.to, &byte, 1, 0), 1);
    return sent;
}

/* A kernel begins to stamp a moment after it was first asked to; others never do. */
static bool kernel_stamps(struct wire wire)
{
    for (int i = 0; i < KNOWN_TRIES; i++) {
        if (send_byte(wire).came_ns != 0) {
            return true;
        }
    }
    return false;
}

START_TEST(bytes_are_stamped_with_the_time_they_came_not_that_of_the_question)
{
    struct wire wire = connect_watched();
    struct sent sent;

    if (kernel_stamps(wire)) {
        sent = send_byte(wire);
        ck_assert_uint_ge(sent.came_ns + CLOCKS_NS, sent.before_ns);
        ck_assert_uint_le(sent.came_ns, sent.after_ns + CLOCKS_NS);
    }
    disconnect(wire);
}

START_TEST(where_nothing_waits_nothing_is_known)
{
    struct wire wire = connect_watched();

    ck_assert_uint_eq(arrival_ns(wire.to), 0);
    ck_assert_uint_eq(arrival_ns(-1), 0);
    disconnect(wire);
}

START_TEST(an_answer_that_is_read_late_is_stamped_when_it_came)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    struct wire wire = connect_watched(); /* while it lives, the kernel stamps at once */
    bool stamps = kernel_stamps(wire);
    const struct reply_timing *timing = &flights[0].reply.timing;

    serve(answers, 1);
    start(&flights[0], SMALL);
    while (wire_server_bodies(server) == 0) {
        ck_assert_int_eq(client_wait(client, 1, &err), 0);
    }
    /* The server answers while nobody looks. */
    clock_sleep_ms(UNREAD_MS);
    work();
    expect_text(&flights[0].reply, "Hello there");
    ck_assert_double_le(timing->first_byte_ms, timing->first_text_ms);
    ck_assert_double_le(timing->first_text_ms, timing->end_ms);
    if (stamps) {
        ck_assert_double_lt(timing->end_ms, UNREAD_MS - MOMENT_MS);
    }
    disconnect(wire);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_arrival");
    TCase *tests = suite_case(suite, "arrival");
    TCase *flown = suite_case(suite, "answer");

    tcase_add_test(tests, bytes_are_stamped_with_the_time_they_came_not_that_of_the_question);
    tcase_add_test(tests, where_nothing_waits_nothing_is_known);
    tcase_add_checked_fixture(flown, set_up, tear_down);
    if (suite_measures()) {
        tcase_add_test(flown, an_answer_that_is_read_late_is_stamped_when_it_came);
    }
    return suite_run(suite);
}
