/* The rules are the WHATWG standard's; each is stated as a stream and the events it must give,
 * written "type=data|" one after another. Every stream is fed whole, byte by byte and in every
 * split in two. */
#include "suite.h"

#include "endpoint/sse.h"

#include <stdio.h>
#include <string.h>

enum { EVENT_MAX = 4096, SEEN_MAX = 1024 * 1024 };

struct stream_case {
    const char *bytes;
    const char *events; /* those that sse_next gives */
    const char *at_end; /* the one that sse_end gives, or "" */
};

static const struct stream_case cases[] = {
    {"data: x\n\n", "message=x|", ""},
    {"data:x\n\n", "message=x|", ""},
    {"data:  x\n\n", "message= x|", ""},   /* one blank is dropped, no more */
    {"data:\tx\n\n", "message=\tx|", ""},  /* and only a blank */
    {"data\n\n", "message=|", ""},         /* a field without a colon has an empty value */
    {"data:\n\n", "message=|", ""},        /* an empty line of data is data */
    {"data\ndata\n\n", "message=\n|", ""}, /* lines are joined by LF */
    {"data: a\ndata: b\n\n", "message=a\nb|", ""},
    {"event: x\ndata: 1\n\n", "x=1|", ""},
    {"data: 1\nevent: x\n\n", "x=1|", ""}, /* the order of fields is free */
    {"event: a\nevent: b\ndata: 1\n\n", "b=1|", ""},
    {"event: x\n\ndata: 1\n\n", "message=1|",
     ""}, /* no data, no event, and the type is forgotten */
    {"event: x\ndata: 1\n\ndata: 2\n\n", "x=1|message=2|", ""},
    {": comment\n\ndata: 1\n\n", "message=1|", ""},
    {":\n:\n\n\n\ndata: 1\n:\ndata: 2\n\n", "message=1\n2|", ""},
    {"id: 7\nretry: 1a\nid: \ndata: 1\n\n", "message=1|", ""},
    {"Data: 1\nDATA: 2\n data: 3\ndatax: 4\ndata: 5\n\n", "message=5|", ""},
    {"data: a:b: c\n\n", "message=a:b: c|", ""},
    {"data: \xE2\x80\xA8\xC2\x85\x0B\x0C.\n\n", "message=\xE2\x80\xA8\xC2\x85\x0B\x0C.|", ""},
    {"data: a\r\rdata: b\n\r\ndata: c\r\n\ndata: d\n\n", "message=a|message=b|message=c|message=d|",
     ""},
    {"data: a\r\n\r\n\r\n\r\ndata: b\r\n\r\n", "message=a|message=b|", ""},
    {"\xEF\xBB\xBF"
     "data: 1\n\n",
     "message=1|", ""}, /* a byte order mark is dropped */
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: 1\n\ndata: 2\n\n",
     "message=2|", ""}, /* but only one */
    {"\xEF\xBB"
     "data: 1\n\ndata: 2\n\n",
     "message=2|", ""}, /* and only a whole one */
    {"data: 1\n\n\xEF\xBB\xBF"
     "data: 2\n\n",
     "message=1|", ""}, /* and only at the start */
    {"data: 1\n", "", "message=1|"},
    {"data: 1", "", "message=1|"},
    {"event: x\ndata: 1", "", "x=1|"},
    {"data: 1\n\nda", "message=1|", ""},
    {"data: 1\n\nevent: x\n", "message=1|", ""},
    {"data: 1\n\ndata", "message=1|", "message=|"},
    {"", "", ""},
    {"\n", "", ""},
};

static char seen[SEEN_MAX];

static void note(struct stream_event event)
{
    size_t at = strlen(seen);

    (void)snprintf(seen + at, SEEN_MAX - at, "%.*s=%.*s|", STR_ARG(event.type),
                   STR_ARG(event.data));
}

static void feed(struct sse *sse, struct str bytes)
{
    struct stream_event event;
    struct err err;
    int rc = 0;

    while ((rc = sse_next(sse, &bytes, &event, &err)) > 0) {
        note(event);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_eq(bytes.len, 0);
}

static void expect_seen(const char *events)
{
    ck_assert_str_eq(seen, events);
    seen[0] = '\0';
}

/* Compares what was noted, then what the end of the stream adds. */
static void expect(struct sse *sse, const struct stream_case *wanted)
{
    struct stream_event event;
    struct err err;

    expect_seen(wanted->events);
    if (sse_end(sse, &event, &err) > 0) {
        note(event);
    }
    expect_seen(wanted->at_end);
    sse_reset(sse);
}

START_TEST(events_do_not_depend_on_how_the_bytes_are_split)
{
    const struct stream_case *wanted = &cases[_i];
    struct str bytes = str_from(wanted->bytes);
    struct sse sse;

    sse_init(&sse, EVENT_MAX);
    for (size_t split = 0; split <= bytes.len; split++) {
        feed(&sse, str_take(bytes, split));
        feed(&sse, str_skip(bytes, split));
        expect(&sse, wanted);
    }
    for (size_t i = 0; i < bytes.len; i++) {
        feed(&sse, (struct str){bytes.p + i, 1});
    }
    expect(&sse, wanted);
    sse_release(&sse);
}

START_TEST(an_event_is_given_out_at_the_cr_without_waiting_for_a_lf)
{
    struct sse sse;

    sse_init(&sse, EVENT_MAX);
    feed(&sse, STR("data: 1\r\n\r"));
    ck_assert_str_eq(seen, "message=1|");
    feed(&sse, STR("\ndata: 2\r\r"));
    ck_assert_str_eq(seen, "message=1|message=2|");
    sse_release(&sse);
}

START_TEST(a_nul_is_a_byte_like_any_other)
{
    struct sse sse;
    struct stream_event event;
    struct str bytes = STR("data: a\0b\n\n");
    struct err err;

    sse_init(&sse, EVENT_MAX);
    ck_assert_int_eq(sse_next(&sse, &bytes, &event, &err), 1);
    ck_assert(str_equal(event.data, STR("a\0b")));
    sse_release(&sse);
}

START_TEST(a_long_event_arrives_whole)
{
    enum { LONG = 10 * 1024 * 1024 };
    char *line = malloc(LONG);
    struct sse sse;
    struct stream_event event;
    struct str bytes = {line, LONG};
    struct err err;

    ck_assert_ptr_nonnull(line);
    memset(line, 'x', LONG);
    memcpy(line, "data:", 5);
    memcpy(line + LONG - 2, "\n\n", 2);
    sse_init(&sse, LONG);
    while (bytes.len > 0) { /* in pieces, as it would come */
        struct str piece = str_take(bytes, 16384);

        bytes = str_skip(bytes, piece.len);
        if (sse_next(&sse, &piece, &event, &err) > 0) {
            break;
        }
    }
    ck_assert_uint_eq(bytes.len, 0);
    ck_assert_uint_eq(event.data.len, LONG - 7);
    sse_release(&sse);
    free(line);
}

START_TEST(an_event_longer_than_the_maximum_is_an_error)
{
    static const char *const streams[] = {"data: 123456789012345", "event: 123456789012345",
                                          ": 12345678901234567890",
                                          "data: 12345678\ndata: 12345678\ndata: 1234\n"};
    struct sse sse;

    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        struct str bytes = str_from(streams[i]);
        struct stream_event event;
        struct err err;

        sse_init(&sse, 16);
        ck_assert_int_eq(sse_next(&sse, &bytes, &event, &err), ERR_LIMIT);
        sse_release(&sse);
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint_sse");
    TCase *tests = suite_case(suite, "sse");

    tcase_add_loop_test(tests, events_do_not_depend_on_how_the_bytes_are_split, 0,
                        (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, an_event_is_given_out_at_the_cr_without_waiting_for_a_lf);
    tcase_add_test(tests, a_nul_is_a_byte_like_any_other);
    tcase_add_test(tests, a_long_event_arrives_whole);
    tcase_add_test(tests, an_event_longer_than_the_maximum_is_an_error);
    return suite_run(suite);
}
