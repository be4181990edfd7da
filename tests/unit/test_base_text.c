#include "suite.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

START_TEST(cut_splits_at_the_first_separator)
{
    struct str_pair pair = str_cut(STR("a=b=c"), '=');

    ck_assert(pair.ok && str_equal(pair.head, STR("a")) && str_equal(pair.tail, STR("b=c")));
    pair = str_cut(STR("abc"), '=');
    ck_assert(!pair.ok && str_equal(pair.head, STR("abc")) && pair.tail.len == 0);
    pair = str_cut((struct str){0}, '=');
    ck_assert(!pair.ok && pair.head.len == 0);
}

START_TEST(lines_end_in_lf_or_crlf_or_the_end)
{
    struct str rest = STR("one\r\ntwo\n\nlast");
    struct str line;

    ck_assert(str_next_line(&rest, &line) && str_equal(line, STR("one")));
    ck_assert(str_next_line(&rest, &line) && str_equal(line, STR("two")));
    ck_assert(str_next_line(&rest, &line) && line.len == 0);
    ck_assert(str_next_line(&rest, &line) && str_equal(line, STR("last")));
    ck_assert(!str_next_line(&rest, &line));
}

START_TEST(whole_numbers_are_digits_only_and_never_overflow)
{
    uint64_t value = 7;

    ck_assert(str_to_u64(STR("18446744073709551615"), &value) && value == UINT64_MAX);
    ck_assert(!str_to_u64(STR("18446744073709551616"), &value));
    ck_assert(!str_to_u64(STR(""), &value));
    ck_assert(!str_to_u64(STR("-1"), &value));
    ck_assert(!str_to_u64(STR("1 "), &value));
}

START_TEST(find_gives_the_first_place_or_none)
{
    ck_assert_uint_eq(str_find(STR("needle in a needle"), STR("needle")), 0);
    ck_assert_uint_eq(str_find(STR("hay needle"), STR("needle")), 4);
    ck_assert_uint_eq(str_find(STR("hay"), STR("needle")), SIZE_MAX);
    ck_assert_uint_eq(str_find(STR("hay"), STR("")), 0);
    ck_assert(str_contains(STR("hay needle"), STR("needle")));
    ck_assert(!str_contains(STR("hay"), STR("needle")));
    ck_assert(str_contains(STR(""), STR("")));
    ck_assert_uint_eq(str_find_caseless(STR("Hay NEEDLE"), STR("needle")), 4);
    ck_assert_uint_eq(str_find_caseless(STR("hay needle"), STR("Needle")), 4);
    ck_assert_uint_eq(str_find_caseless(STR("hay [eedle"), STR("{eedle")), SIZE_MAX);
    ck_assert_uint_eq(str_find_caseless(STR("hay"), STR("hay needle")), SIZE_MAX);
    ck_assert_uint_eq(str_find_last(STR("needle in a needle"), STR("needle")), 12);
    ck_assert_uint_eq(str_find_last(STR("needle, hay"), STR("needle")), 0);
    ck_assert_uint_eq(str_find_last(STR("hay"), STR("needle")), SIZE_MAX);
    ck_assert_uint_eq(str_find_last(STR("hay"), STR("")), 3);
    ck_assert_uint_eq(str_find_last(STR(""), STR("")), 0);
}

START_TEST(a_buffer_keeps_what_it_had_when_the_limit_is_reached)
{
    struct buf buf;
    struct err err = {ERR_NONE, ""};

    buf_init(&buf, 5);
    buf_append(&buf, STR("abc"));
    buf_append(&buf, STR("def"));
    buf_append(&buf, STR("g"));
    ck_assert(str_equal(buf_str(&buf), STR("abc")));
    ck_assert_int_eq(buf_check(&buf, "thing", &err), ERR_LIMIT);
    ck_assert_str_eq(err.text, "thing is longer than 5 bytes");
    buf_reset(&buf);
    buf_append(&buf, STR("hello"));
    ck_assert_int_eq(buf_check(&buf, "thing", &err), 0);
    buf_release(&buf);
}

START_TEST(a_buffer_grows_across_many_appends)
{
    struct buf buf;

    buf_init(&buf, 1U << 20);
    for (int i = 0; i < 10000; i++) {
        buf_appendf(&buf, "%d,", i);
    }
    ck_assert_int_eq(buf.failure, 0);
    ck_assert(str_starts(buf_str(&buf), STR("0,1,2,")));
    ck_assert(str_ends(buf_str(&buf), STR(",9999,")));
    buf_release(&buf);
}

START_TEST(errors_gain_context_and_are_cut_at_characters)
{
    struct err err = {ERR_NONE, ""};
    char long_text[ERR_TEXT_MAX * 2];

    ck_assert_int_eq(err_set(&err, ERR_INPUT, "line %d: bad", 3), ERR_INPUT);
    ck_assert_int_eq(err_wrap(&err, "file %s", "x"), ERR_INPUT);
    ck_assert_str_eq(err.text, "file x: line 3: bad");
    for (size_t i = 0; i + 2 < sizeof long_text; i += 2) {
        memcpy(long_text + i, "\xC3\xA9", 2);
    }
    long_text[sizeof long_text - 2] = '\0';
    (void)err_set(&err, ERR_INPUT, "x%s", long_text);
    ck_assert_uint_eq(utf8_invalid_at(str_from(err.text)), SIZE_MAX);
    (void)err_wrap(&err, "context");
    ck_assert_uint_eq(utf8_invalid_at(str_from(err.text)), SIZE_MAX);
    ck_assert(str_starts(str_from(err.text), STR("context: x")));
}

START_TEST(utf8_refuses_overlong_surrogate_and_beyond)
{
    static const char *const bad[] = {
        "\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80",         "\xE2\x82",     "\xFF"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_uint_eq(utf8_invalid_at(str_from(bad[i])), 0);
    }
    ck_assert_uint_eq(utf8_invalid_at(STR("a\xF0\x9F\x90\xA6z")), SIZE_MAX);
    ck_assert_uint_eq(utf8_length(STR("a\xF0\x9F\x90\xA6z")), 3);
}

START_TEST(utf8_encode_and_decode_agree_on_every_scalar_value)
{
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint32_t back = 0;
        size_t len = 0;

        if (code >= 0xD800 && code <= 0xDFFF) {
            continue;
        }
        len = utf8_encode(code, bytes);
        ck_assert(utf8_decode((struct str){bytes, len}, &back) == len && back == code);
    }
}

START_TEST(printable_text_cannot_steer_a_terminal)
{
    /* ESC, a line feed, U+202E (written as bytes, so that no tool reads this line backwards), FF.
     */
    static const char hostile[] = {'a', 0x1B,       '[',        '3',        '1', 'm',       '\n',
                                   'b', (char)0xE2, (char)0x80, (char)0xAE, 'c', (char)0xFF};
    struct buf out;

    buf_init(&out, 100);
    utf8_append_printable(&out, (struct str){hostile, sizeof hostile});
    ck_assert(str_equal(buf_str(&out), STR("a\xEF\xBF\xBD[31m b\xEF\xBF\xBD"
                                           "c\xEF\xBF\xBD")));
    buf_release(&out);
}

START_TEST(arena_memory_is_zeroed_aligned_and_lasting)
{
    struct arena arena = {0};
    struct str kept[500];

    for (size_t i = 0; i < 500; i++) {
        unsigned char *bytes = arena_alloc(&arena, i + 1, 13);

        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq((uintptr_t)bytes % 16, 0);
        ck_assert_uint_eq(bytes[0] + bytes[(i + 1) * 13 - 1], 0);
        kept[i] = arena_copy(&arena, STR("needle"));
    }
    for (size_t i = 0; i < 500; i++) {
        ck_assert(str_equal(kept[i], STR("needle")));
    }
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX / 2, 3));
    arena_release(&arena);
}

int main(void)
{
    Suite *suite = suite_create("base.text");
    TCase *tests = suite_case(suite, "text");

    tcase_add_test(tests, cut_splits_at_the_first_separator);
    tcase_add_test(tests, lines_end_in_lf_or_crlf_or_the_end);
    tcase_add_test(tests, whole_numbers_are_digits_only_and_never_overflow);
    tcase_add_test(tests, find_gives_the_first_place_or_none);
    tcase_add_test(tests, a_buffer_keeps_what_it_had_when_the_limit_is_reached);
    tcase_add_test(tests, a_buffer_grows_across_many_appends);
    tcase_add_test(tests, errors_gain_context_and_are_cut_at_characters);
    tcase_add_test(tests, utf8_refuses_overlong_surrogate_and_beyond);
    tcase_add_test(tests, utf8_encode_and_decode_agree_on_every_scalar_value);
    tcase_add_test(tests, printable_text_cannot_steer_a_terminal);
    tcase_add_test(tests, arena_memory_is_zeroed_aligned_and_lasting);
    return suite_run(suite);
}
