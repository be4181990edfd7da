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

int main(void)
{
    Suite *suite = suite_create("base.units");
    TCase *tests = suite_case(suite, "units");

    tcase_add_test(tests, lengths_are_powers_of_1024);
    tcase_add_test(tests, a_range_doubles_and_ends_where_it_says);
    tcase_add_test(tests, malformed_lengths_are_refused_by_name);
    tcase_add_test(tests, numbers_take_lists_and_stepped_ranges);
    tcase_add_test(tests, quantities_read_as_people_write_them);
    return suite_run(suite);
}
