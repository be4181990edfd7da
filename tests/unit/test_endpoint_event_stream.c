/* Frames are those of @smithy/eventstream-codec and of a Python writer that botocore's decoder
 * reads as stated here; damage is done to them byte by byte. */
#include "suite.h"

#include "endpoint/base64.h"
#include "endpoint/event_stream.h"
#include "frames.h"

#include <stdio.h>
#include <string.h>

/* :message-type=event, :event-type=chunk, :content-type=application/json */
#define CHUNK_HEX                                                                                  \
    "0000007b0000004b0a2e96af0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065" \
    "0700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b22627974" \
    "6573223a2265794a306558426c496a6f6963476c755a794a39227d3bea0f10"
#define CHUNK_PAYLOAD "{\"bytes\":\"eyJ0eXBlIjoicGluZyJ9\"}"

/* One header of every type, no payload. */
#define TYPES_HEX                                                                                  \
    "0000008a0000007a2ea4ef780379657300026e6f01046279746502fb0573686f727403cfc703696e740488ca6c00" \
    "046c6f6e6705800000000000000005627974657306000300ff010474657874070005636166c3a9047768656e0800" \
    "00019b7ca98c8802696409000102030405060708090a0b0c0d0e0f05656d70747907000004666c616700f6817e7f"

enum { STREAM_MAX = 64 * 1024 };

static struct event_stream stream;
static struct event_stream_message message;
static struct buf bytes;
static struct err err;

static void set_up(void)
{
    event_stream_init(&stream, SIZE_MAX);
    buf_init(&bytes, STREAM_MAX);
}

static void tear_down(void)
{
    event_stream_release(&stream);
    buf_release(&bytes);
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

static void append_hex(const char *hex)
{
    for (; hex[0] != '\0'; hex += 2) {
        buf_append_char(&bytes, (char)(unsigned char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1])));
    }
}

/* What next says of all that is in `bytes`, as one piece. */
static int next_of_bytes(void)
{
    struct str rest = buf_str(&bytes);

    event_stream_reset(&stream);
    return event_stream_next(&stream, &rest, &message, &err);
}

START_TEST(the_frames_of_the_tests_are_those_that_smithy_writes)
{
    const struct frame_field headers[] = {
        {STR(":message-type"), STR("event")},
        {STR(":event-type"), STR("chunk")},
        {STR(":content-type"), STR("application/json")},
    };
    struct buf written = {0};

    append_hex(CHUNK_HEX);
    buf_init(&written, STREAM_MAX);
    frames_append_message(&written, headers, 3, STR(CHUNK_PAYLOAD));
    ck_assert(str_equal(buf_str(&written), buf_str(&bytes)));
    buf_release(&written);
}

/* Takes the messages out of one piece, which must use it up; counts them in *messages. */
static void feed(struct str part, size_t *messages)
{
    int rc = 0;

    while ((rc = event_stream_next(&stream, &part, &message, &err)) > 0) {
        *messages += 1;
        ck_assert(message.payload.len == (*messages == 2 ? 0 : sizeof CHUNK_PAYLOAD - 1));
        ck_assert(event_stream_open_bytes(&stream) == 0);
    }
    ck_assert_msg(rc == 0 && part.len == 0, "%s", err.text);
}

START_TEST(messages_do_not_depend_on_how_the_bytes_are_split)
{
    append_hex(CHUNK_HEX);
    append_hex(TYPES_HEX);
    append_hex(CHUNK_HEX);
    for (size_t piece = 1; piece <= bytes.len; piece++) {
        struct str rest = buf_str(&bytes);
        size_t messages = 0;

        event_stream_reset(&stream);
        for (; rest.len != 0; rest = str_skip(rest, piece)) {
            feed(str_take(rest, piece), &messages);
        }
        ck_assert(messages == 3 && stream.offset == bytes.len);
    }
}

START_TEST(an_event_has_its_type_and_its_payload)
{
    struct stream_event event;

    append_hex(CHUNK_HEX);
    ck_assert_int_eq(next_of_bytes(), 1);
    ck_assert(str_equal(message.payload, STR(CHUNK_PAYLOAD)));
    ck_assert(str_equal(event_stream_text(&message, ":content-type"), STR("application/json")));
    ck_assert_uint_eq(event_stream_text(&message, ":Content-Type").len, 0);
    ck_assert_int_eq(event_stream_interpret(&message, &event, &err), 0);
    ck_assert(!event.is_exception);
    ck_assert(str_equal(event.type, STR("chunk")));
    ck_assert(str_equal(event.data, STR(CHUNK_PAYLOAD)));
}

static bool is_same_header(const struct event_stream_header *a, const struct event_stream_header *b)
{
    return str_equal(a->name, b->name) && a->type == b->type && a->number == b->number &&
           str_equal(a->bytes, b->bytes);
}

START_TEST(headers_of_every_type_are_read)
{
    static const struct event_stream_header wanted[] = {
        {STR_INIT("yes"), EVENT_STREAM_TRUE, 1, {NULL, 0}},
        {STR_INIT("no"), EVENT_STREAM_FALSE, 0, {NULL, 0}},
        {STR_INIT("byte"), EVENT_STREAM_I8, -5, {NULL, 0}},
        {STR_INIT("short"), EVENT_STREAM_I16, -12345, {NULL, 0}},
        {STR_INIT("int"), EVENT_STREAM_I32, -2000000000, {NULL, 0}},
        {STR_INIT("long"), EVENT_STREAM_I64, INT64_MIN, {NULL, 0}},
        {STR_INIT("bytes"), EVENT_STREAM_BYTES, 0, STR_INIT("\0\xFF\1")},
        {STR_INIT("text"), EVENT_STREAM_STRING, 0, STR_INIT("caf\xC3\xA9")},
        {STR_INIT("when"), EVENT_STREAM_TIMESTAMP, INT64_C(1767323045000), {NULL, 0}},
        {STR_INIT("id"), EVENT_STREAM_UUID, 0, STR_INIT("\0\1\2\3\4\5\6\a\b\t\n\v\f\r\x0E\x0F")},
        {STR_INIT("empty"), EVENT_STREAM_STRING, 0, {NULL, 0}},
        {STR_INIT("flag"), EVENT_STREAM_TRUE, 1, {NULL, 0}},
    };
    struct event_stream_header header;
    struct str rest;

    append_hex(TYPES_HEX);
    ck_assert_int_eq(next_of_bytes(), 1);
    rest = message.headers;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        ck_assert(event_stream_next_header(&rest, &header, &err) == 1);
        ck_assert_msg(is_same_header(&header, &wanted[i]), "header %zu", i);
    }
    ck_assert_int_eq(event_stream_next_header(&rest, &header, &err), 0);
    /* Only a string is text. */
    ck_assert_uint_eq(event_stream_text(&message, "bytes").len, 0);
    ck_assert_uint_eq(event_stream_text(&message, "yes").len, 0);
}

/* A message with these headers must be an event of that kind, type and data. */
static void expect_event(const struct frame_field *headers, size_t count, const char *payload,
                         struct stream_event wanted)
{
    struct stream_event event;

    buf_reset(&bytes);
    frames_append_message(&bytes, headers, count, str_from(payload));
    ck_assert_int_eq(next_of_bytes(), 1);
    ck_assert_int_eq(event_stream_interpret(&message, &event, &err), 0);
    ck_assert(event.is_exception == wanted.is_exception);
    ck_assert(str_equal(event.type, wanted.type) && str_equal(event.data, wanted.data));
}

START_TEST(exceptions_and_errors_are_told_from_events)
{
    const struct frame_field exception[] = {
        {STR(":exception-type"), STR("throttlingException")},
        {STR(":message-type"), STR("exception")},
    };
    const struct frame_field error[] = {
        {STR(":message-type"), STR("error")},
        {STR(":error-code"), STR("InternalFailure")},
        {STR(":error-message"), STR("it broke")},
    };
    const struct frame_field other[] = {{STR(":message-type"), STR("surprise")}};
    struct stream_event event;

    expect_event(exception, 2, "{\"message\":\"slow down\"}",
                 (struct stream_event){STR("throttlingException"),
                                       STR("{\"message\":\"slow down\"}"), true});
    expect_event(error, 3, "",
                 (struct stream_event){STR("InternalFailure"), STR("it broke"), true});
    buf_reset(&bytes);
    frames_append_message(&bytes, other, 1, STR(""));
    ck_assert_int_eq(next_of_bytes(), 1);
    ck_assert_int_eq(event_stream_interpret(&message, &event, &err), ERR_INPUT);
}

START_TEST(a_change_of_any_bit_is_noticed)
{
    append_hex(TYPES_HEX);
    for (size_t i = 0; i < bytes.len * 8; i++) {
        char *byte = &bytes.p[i / 8];
        char kept = *byte;

        *byte = (char)(*byte ^ (1 << i % 8));
        ck_assert_int_eq(next_of_bytes(), ERR_INPUT);
        ck_assert_msg(strstr(err.text, "checksum") != NULL, "%s", err.text);
        *byte = kept;
    }
    ck_assert_int_eq(next_of_bytes(), 1);
}

START_TEST(an_error_names_the_message_and_ends_the_stream)
{
    struct str rest;

    append_hex(CHUNK_HEX);
    append_hex(CHUNK_HEX);
    bytes.p[bytes.len - 1] ^= 1;
    rest = buf_str(&bytes);
    ck_assert_int_eq(event_stream_next(&stream, &rest, &message, &err), 1);
    ck_assert_int_eq(event_stream_next(&stream, &rest, &message, &err), ERR_INPUT);
    ck_assert_msg(strstr(err.text, "byte 123:") != NULL, "%s", err.text);
    rest = buf_str(&bytes);
    ck_assert_int_eq(event_stream_next(&stream, &rest, &message, &err), ERR_INPUT);
    ck_assert_int_eq(next_of_bytes(), 1); /* which a reset begins anew */
}

/* The prelude of a message of such lengths, with the right checksum. */
static void append_prelude(const char *hex_lengths, const char *hex_crc)
{
    buf_reset(&bytes);
    append_hex(hex_lengths);
    append_hex(hex_crc);
}

START_TEST(lengths_that_cannot_be_are_refused_at_the_prelude)
{
    /* Checksums by Python's zlib.crc32. */
    static const struct {
        const char *lengths;
        const char *crc;
        int rc;
    } bad[] = {
        {"0000000000000000", "6522df69", ERR_INPUT}, /* less than the checksums take */
        {"0000000f00000000", "e77248b8", ERR_INPUT},
        {"0000001000000001", "72c5787d", ERR_INPUT}, /* headers longer than the message */
        {"00000010fffffff1", "3cc1450f", ERR_INPUT}, /* a sum that overflows 32 bits */
        {"ffffffffffffffff", "2144df1c", ERR_INPUT},
        {"0002001100020001", "dbbe948a", ERR_LIMIT}, /* 128 KiB of headers and one byte */
        {"0180001100000000", "7c1e8b37", ERR_LIMIT}, /* 24 MiB of payload and one byte */
        {"0002001000020000", "91d98dac", 0},         /* neither is too long */
        {"0180001000000000", "417ea287", 0},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        append_prelude(bad[i].lengths, bad[i].crc);
        ck_assert_int_eq(next_of_bytes(), bad[i].rc);
        ck_assert_msg(bad[i].rc == 0 || strstr(err.text, "checksum") == NULL, "%s", err.text);
    }
}

START_TEST(a_payload_may_be_as_long_as_the_caller_says)
{
    const size_t len = sizeof CHUNK_PAYLOAD - 1;

    append_hex(CHUNK_HEX);
    event_stream_release(&stream);
    event_stream_init(&stream, len);
    ck_assert_int_eq(next_of_bytes(), 1);
    event_stream_release(&stream);
    event_stream_init(&stream, len - 1);
    ck_assert_int_eq(next_of_bytes(), ERR_LIMIT);
}

START_TEST(headers_that_run_over_are_refused)
{
    static const struct str bad[] = {
        STR_INIT("\0"),                /* a name of no bytes */
        STR_INIT("\5name"),            /* a name that is too short */
        STR_INIT("\4name"),            /* no type */
        STR_INIT("\4name\x0A"),        /* a type that is none */
        STR_INIT("\4name\xFF"),        /* and not one below zero */
        STR_INIT("\4name\2"),          /* a number that is missing */
        STR_INIT("\4name\5\1\2\3\4"),  /* or short */
        STR_INIT("\4name\7\0"),        /* half a length */
        STR_INIT("\4name\7\0\3ab"),    /* a text shorter than its length */
        STR_INIT("\4name\6\xFF\xFF"),  /* bytes that are all missing */
        STR_INIT("\4name\x09\0\0\0"),  /* a short UUID */
        STR_INIT("\4name\0\4name\1\1") /* good ones before a bad one */
    };
    struct event_stream_header header;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str rest = bad[i];
        int rc = 0;

        while ((rc = event_stream_next_header(&rest, &header, &err)) > 0) {
        }
        ck_assert_int_eq(rc, ERR_INPUT);
    }
}

START_TEST(a_checked_message_with_bad_headers_is_refused)
{
    /* Right checksums around a header "x" of type 77; by Python. */
    append_hex("0000001300000003db6b638101784d8c13eb09");
    ck_assert_int_eq(next_of_bytes(), ERR_INPUT);
    ck_assert_msg(strstr(err.text, "unknown type 77") != NULL, "%s", err.text);
}

START_TEST(a_stream_that_breaks_off_leaves_an_open_message)
{
    append_hex(CHUNK_HEX);
    for (size_t len = 0; len < bytes.len; len++) {
        struct str part = str_take(buf_str(&bytes), len);

        event_stream_reset(&stream);
        ck_assert_int_eq(event_stream_next(&stream, &part, &message, &err), 0);
        ck_assert_uint_eq(event_stream_open_bytes(&stream), len);
    }
}

START_TEST(base64_gives_the_bytes_of_rfc_4648)
{
    static const struct {
        const char *text;
        const char *decoded;
    } known[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"/+A=", "\xFF\xE0"},
        {"eyJ0eXBlIjoicGluZyJ9", "{\"type\":\"ping\"}"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        buf_reset(&bytes);
        ck_assert_int_eq(base64_decode(str_from(known[i].text), &bytes, &err), 0);
        ck_assert(str_equal(buf_str(&bytes), str_from(known[i].decoded)));
    }
}

START_TEST(what_is_not_base64_is_refused)
{
    static const char *const bad[] = {"Z",         "Zg",   "Zg=",  "Zm9vY",
                                      "Zg==Zg==",  "=Zg=", "====", "Zm9v ",
                                      "Zm9\nZm9v", "Zm9-", "Zm9_", "Z\xC3\xA9g"};
    struct buf small = {0};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(base64_decode(str_from(bad[i]), &bytes, &err) == ERR_INPUT, "%s", bad[i]);
        ck_assert_uint_eq(bytes.len, 0);
    }
    buf_init(&small, 4);
    ck_assert_int_eq(base64_decode(STR("Zm9vYmFy"), &small, &err), ERR_LIMIT);
    buf_release(&small);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_event_stream");
    TCase *tests = suite_case(suite, "event_stream");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_frames_of_the_tests_are_those_that_smithy_writes);
    tcase_add_test(tests, messages_do_not_depend_on_how_the_bytes_are_split);
    tcase_add_test(tests, an_event_has_its_type_and_its_payload);
    tcase_add_test(tests, headers_of_every_type_are_read);
    tcase_add_test(tests, exceptions_and_errors_are_told_from_events);
    tcase_add_test(tests, a_change_of_any_bit_is_noticed);
    tcase_add_test(tests, an_error_names_the_message_and_ends_the_stream);
    tcase_add_test(tests, lengths_that_cannot_be_are_refused_at_the_prelude);
    tcase_add_test(tests, a_payload_may_be_as_long_as_the_caller_says);
    tcase_add_test(tests, headers_that_run_over_are_refused);
    tcase_add_test(tests, a_checked_message_with_bad_headers_is_refused);
    tcase_add_test(tests, a_stream_that_breaks_off_leaves_an_open_message);
    tcase_add_test(tests, base64_gives_the_bytes_of_rfc_4648);
    tcase_add_test(tests, what_is_not_base64_is_refused);
    return suite_run(suite);
}
