#include "suite.h"

#include "base/units.h"

static void check_lengths(struct str text, const uint64_t *wanted, size_t wanted_count)
{
    uint64_t values[UNITS_LIST_MAX];
    size_t count = 0;
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(units_parse_lengths(text, values, &count, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(count, wanted_count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(values[i], wanted[i]);
    }
}

START_TEST(lengths_are_powers_of_1024)
{
    static const uint64_t wanted[] = {8192, 1048576, 1572864, 300000};

    check_lengths(STR("8k,1m,1.5M,300000"), wanted, 4);
}

START_TEST(a_range_doubles_and_ends_where_it_says)
{
    static const uint64_t doubling[] = {8192, 16384, 32768, 65536};
    static const uint64_t uneven[] = {8192, 16384, 20480};

    check_lengths(STR("8k:64k"), doubling, 4);
    check_lengths(STR("8k:20k"), uneven, 3);
    check_lengths(STR("8k,8k:64k,16k"), doubling, 4); /* repeats are dropped */
}

START_TEST(malformed_lengths_are_refused_by_name)
{
    static const char *const bad[] = {"",    "k",      "8x",  "-8k",  "8k:",     ":8k",
                                      "8k,", "64k:8k", "1.5", "0:8k", "0.0001k", "8 k"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t values[UNITS_LIST_MAX];
        size_t count = 0;
        struct err err = {ERR_NONE, ""};

        ck_assert_msg(units_parse_lengths(str_from(bad[i]), values, &count, &err) == ERR_USAGE,
                      "'%s' was taken", bad[i]);
        ck_assert(err.text[0] != '\0');
    }
}

START_TEST(numbers_take_lists_and_stepped_ranges)
{
    uint64_t values[UNITS_LIST_MAX];
    size_t count = 0;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(units_parse_numbers(STR("0:100:10"), values, &count, &err), 0);
    ck_assert_uint_eq(count, 11);
    ck_assert_uint_eq(values[10], 100);
    ck_assert_int_eq(units_parse_numbers(STR("2,4,8"), values, &count, &err), 0);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(units_parse_numbers(STR("1:5:0"), values, &count, &err), ERR_USAGE);
    ck_assert_int_eq(units_parse_numbers(STR("two"), values, &count, &err), ERR_USAGE);
    ck_assert_int_eq(units_parse_numbers(STR("1:1000"), values, &count, &err), ERR_USAGE);
}

START_TEST(quantities_read_as_people_write_them)
{
    struct buf out;

    buf_init(&out, 200);
    units_append_length(&out, 8192);
    buf_append_char(&out, ' ');
    units_append_length(&out, 1048576);
    buf_append_char(&out, ' ');
    units_append_length(&out, 300000);
    buf_append_char(&out, ' ');
    units_append_count(&out, 999);
    buf_append_char(&out, ' ');
    units_append_count(&out, 1234567);
    buf_append_char(&out, ' ');
    units_append_duration(&out, 0.0321);
    buf_append_char(&out, ' ');
    units_append_duration(&out, 245.2);
    buf_append_char(&out, ' ');
    units_append_duration(&out, 7260.0);
    buf_append_char(&out, ' ');
    units_append_bytes(&out, 4900000.0);
    ck_assert_str_eq(out.p, "8k 1m 300,000 999 1,234,567 32 ms 4m 05s 2h 01m 4.9 MB");
    buf_release(&out);
}

static void expect_micro(const char *text, uint64_t wanted)
{
    struct err err = {ERR_NONE, ""};
    uint64_t value = wanted + 1;

    (void)units_parse_decimal(str_from(text), 6, UINT64_MAX, &value, &err);
    ck_assert_msg(value == wanted, "'%s': %s", text, err.text);
}

static void expect_decimal(uint64_t micro, const char *wanted)
{
    struct buf out;

    buf_init(&out, 64);
    units_append_decimal(&out, micro, 6);
    ck_assert_str_eq(out.p, wanted);
    buf_release(&out);
}

START_TEST(decimals_are_kept_exactly)
{
    static const struct {
        const char *text;
        uint64_t micro;
    } pairs[] = {{"0", 0},        {"5", 5000000},     {"6.25", 6250000},
                 {"0.5", 500000}, {"0.003625", 3625}, {"18446744073709.551615", UINT64_MAX}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        expect_micro(pairs[i].text, pairs[i].micro);
        expect_decimal(pairs[i].micro, pairs[i].text);
    }
    expect_micro(".5", 500000);
    expect_micro("007.250000000", 7250000);
}

START_TEST(what_is_no_exact_decimal_is_refused)
{
    static const char *const wrong[] = {
        "", ".", "5.", "-1", "+1", "1e3", "1,5", " 1", "0.0000001", "18446744073709.551616", "$5"};
    struct err err = {ERR_NONE, ""};
    uint64_t value = 77;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_msg(units_parse_decimal(str_from(wrong[i]), 6, UINT64_MAX, &value, &err) ==
                          ERR_USAGE,
                      "'%s' was taken", wrong[i]);
    }
    ck_assert_int_eq(units_parse_decimal(STR("10.01"), 2, 1000, &value, &err), ERR_USAGE);
    ck_assert_str_eq(err.text,
                     "'10.01' is not a decimal number from 0 to 10 with at most 2 decimals");
    ck_assert_uint_eq(value, 77);
}

int main(void)
{
    Suite *suite = suite_create("base.units");
    TCase *tests = suite_case(suite, "units");

    tcase_add_test(tests, lengths_are_powers_of_1024);
    tcase_add_test(tests, a_range_doubles_and_ends_where_it_says);
    tcase_add_test(tests, malformed_lengths_are_refused_by_name);
    tcase_add_test(tests, numbers_take_lists_and_stepped_ranges);
    tcase_add_test(tests, quantities_read_as_people_write_them);
    tcase_add_test(tests, decimals_are_kept_exactly);
    tcase_add_test(tests, what_is_no_exact_decimal_is_refused);
    return suite_run(suite);
}
