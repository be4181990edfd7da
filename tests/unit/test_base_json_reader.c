#include "base/json_reader.h"

#include "base/buf.h"
#include "base/random.h"
#include "suite.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

/* Writes the events down: "{k:a=<x>}" for {"a":"x"}. */
static int note(void *context, enum json_event event, struct str bytes, struct err *err)
{
    static const char *const marks[] = {
        [JSON_READ_OBJECT] = "{",    [JSON_READ_OBJECT_END] = "}", [JSON_READ_ARRAY] = "[",
        [JSON_READ_ARRAY_END] = "]", [JSON_READ_KEY] = "k:",       [JSON_READ_TEXT] = "<",
        [JSON_READ_PIECE] = "",      [JSON_READ_TEXT_END] = ">",   [JSON_READ_NUMBER] = "#",
        [JSON_READ_TRUE] = "T",      [JSON_READ_FALSE] = "F",      [JSON_READ_NULL] = "N",
    };
    struct buf *out = context;

    buf_append(out, str_from(marks[event]));
    buf_append(out, bytes);
    if (event == JSON_READ_KEY) {
        buf_append(out, STR("="));
    }
    return buf_check(out, "the notes", err);
}

/* Reads `text` in chunks of `chunk` bytes; the events are in `out`. */
static int read_in_chunks(struct str text, size_t chunk, struct buf *out, struct err *err)
{
    struct json_reader reader;
    int rc = 0;

    json_reader_init(&reader, note, out);
    while (rc == 0 && text.len != 0) {
        rc = json_reader_feed(&reader, str_take(text, chunk), err);
        text = str_skip(text, chunk);
    }
    return rc == 0 ? json_reader_finish(&reader, err) : rc;
}

static void assert_events(struct str text, const char *events)
{
    for (size_t chunk = 1; chunk <= text.len; chunk++) {
        struct err err = {0};
        struct buf out;

        buf_init(&out, 65536);
        ck_assert_msg(read_in_chunks(text, chunk, &out, &err) == 0, "%.*s: %s", STR_ARG(text),
                      err.text);
        ck_assert_str_eq(out.p, events);
        buf_release(&out);
    }
}

static void assert_rejected(struct str text, const char *message)
{
    for (size_t chunk = 1; chunk <= text.len; chunk++) {
        struct err err = {0};
        struct buf out;

        buf_init(&out, 65536);
        ck_assert_int_eq(read_in_chunks(text, chunk, &out, &err), ERR_INPUT);
        ck_assert_str_eq(err.text, message);
        buf_release(&out);
    }
}

START_TEST(a_document_gives_its_events_in_order_however_it_is_cut)
{
    assert_events(STR(" {\"a\" : [1, -2.5e+3,true,false , null, {}, []],\"b\":\"x\"} \n"),
                  "{k:a=[#1#-2.5e+3TFN{}[]]k:b=<x>}");
    assert_events(STR("\"\""), "<>");
    assert_events(STR("0"), "#0");
}

START_TEST(escapes_are_resolved_in_values_and_keys)
{
    assert_events(STR("{\"k\\n\\u0041\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"),
                  "{k:k\nA=<\"\\/\b\f\n\r\t>}");
    assert_events(STR("\"\\u00e9\\u20AC\\uD83D\\ude00\""), "<é€😀>");
}

START_TEST(characters_survive_every_cut)
{
    assert_events(STR("[\"aé€😀z\",\"é\"]"), "[<aé€😀z><é>]");
}

START_TEST(long_keys_are_cut_and_read_on)
{
    char text[300];
    char events[300];
    char key[201] = "";

    memset(key, 'k', 200);
    (void)snprintf(text, sizeof text, "{\"%s\":1}", key);
    (void)snprintf(events, sizeof events, "{k:%.*s=#1}", JSON_KEY_MAX, key);
    assert_events(str_from(text), events);
}

START_TEST(what_is_no_json_is_named_by_its_byte)
{
    assert_rejected(STR("{\"a\":}"), "byte 6: a value is expected");
    assert_rejected(STR("{\"a\" 1}"), "byte 6: ':' is expected");
    assert_rejected(STR("{a:1}"), "byte 2: a key is expected");
    assert_rejected(STR("[1,]"), "byte 4: a value is expected");
    assert_rejected(STR("[1 2]"), "byte 4: ',' or an end is expected");
    assert_rejected(STR("[1}"), "byte 3: ',' or an end is expected");
    assert_rejected(STR("{}x"), "byte 3: nothing more is expected");
    assert_rejected(STR("nulL"), "byte 4: a value is expected");
    assert_rejected(STR("[01]"), "byte 3: not a number");
    assert_rejected(STR("\"a\nb\""), "byte 3: a control character in a string");
    assert_rejected(STR("\"\\x\""), "byte 3: an unknown escape");
    assert_rejected(STR("\"\\u12g4\""), "byte 6: \\u needs four hexadecimal digits");
    assert_rejected(STR("\"\\ud83d\""), "byte 8: a lone surrogate");
    assert_rejected(STR("\"\\ude00\""), "byte 7: a lone surrogate");
    assert_rejected(STR("\"\xC3(\""), "byte 3: invalid UTF-8");
    assert_rejected(STR("\"\xFF\""), "byte 2: invalid UTF-8");
    assert_rejected(STR("{\"a\":1"), "byte 6: the text ends too early");
    assert_rejected(STR("\"abc"), "byte 4: the text ends too early");
}

START_TEST(nesting_is_read_to_the_limit_and_no_deeper)
{
    char text[2 * JSON_DEPTH_MAX + 3];
    struct err err = {0};
    struct buf out;

    memset(text, '[', sizeof text);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    buf_init(&out, 65536);
    ck_assert_int_eq(read_in_chunks((struct str){text, 2 * (size_t)JSON_DEPTH_MAX}, 7, &out, &err),
                     0);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    buf_reset(&out);
    ck_assert_int_eq(read_in_chunks((struct str){text, (size_t)JSON_DEPTH_MAX + 1}, 7, &out, &err),
                     ERR_INPUT);
    ck_assert_str_eq(err.text, "byte 65: nested too deeply");
    buf_release(&out);
}

START_TEST(an_error_of_the_handler_ends_the_reading)
{
    struct err err = {0};
    struct buf out;

    buf_init(&out, 3);
    ck_assert_int_eq(read_in_chunks(STR("[1,2,3,4]"), 100, &out, &err), ERR_LIMIT);
    buf_release(&out);
}

/* jansson is the independent reference. Its documents are damaged in a few bytes; what it takes as
 * JSON must be taken here, and nothing else. */
START_TEST(damaged_documents_are_judged_as_jansson_judges_them)
{
    static const char *const documents[] = {
        "{\"model\":\"perfect\",\"n\":[0,-1,2.5,1e3,1E-2,10.01],\"stream\":true,\"x\":null}",
        "[\"plain\",\"a\\n\\\"b\\\\\",\"\\u00e9\\ud83d\\ude00\",\"\xC3\xA9\xE2\x82\xAC\",[],{}]",
        "{\"a\":{\"b\":{\"c\":[[[1]]]}},\"d\":false}",
    };
    static const char alphabet[] = "{}[]\",:\\/nu0129-+.eEtrfalsd \n\xC3\xA9\xF0\x80\xED\xBF";
    struct random random = random_stream(11, STR("damage"), 0);
    size_t accepted = 0;

    for (int round = 0; round < 60000; round++) {
        char text[256];
        struct str view = str_from(documents[random_below(&random, 3)]);
        uint64_t changes = 1 + random_below(&random, 3);
        struct err err = {0};
        struct buf out;
        json_t *json = NULL;
        int rc = 0;

        memcpy(text, view.p, view.len);
        for (uint64_t i = 0; i < changes; i++) {
            text[random_below(&random, view.len)] =
                alphabet[random_below(&random, sizeof alphabet - 1)];
        }
        view.p = text;
        buf_init(&out, 65536);
        rc = read_in_chunks(view, 1 + random_below(&random, 40), &out, &err);
        json = json_loadb(view.p, view.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        ck_assert_msg((rc == 0) == (json != NULL), "round %d: %.*s: %s", round, STR_ARG(view),
                      err.text);
        accepted += rc == 0;
        json_decref(json);
        buf_release(&out);
    }
    ck_assert_uint_gt(accepted, 3000); /* both sides of the judgement were tried */
}

int main(void)
{
    Suite *suite = suite_create("base_json_reader");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, a_document_gives_its_events_in_order_however_it_is_cut);
    tcase_add_test(rules, escapes_are_resolved_in_values_and_keys);
    tcase_add_test(rules, characters_survive_every_cut);
    tcase_add_test(rules, long_keys_are_cut_and_read_on);
    tcase_add_test(rules, what_is_no_json_is_named_by_its_byte);
    tcase_add_test(rules, nesting_is_read_to_the_limit_and_no_deeper);
    tcase_add_test(rules, an_error_of_the_handler_ends_the_reading);
    tcase_add_test(rules, damaged_documents_are_judged_as_jansson_judges_them);
    return suite_run(suite);
}
