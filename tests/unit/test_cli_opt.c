#include "suite.h"

#include "cli/opt.h"

#include <string.h>

struct settings {
    bool quiet;
    const char *output;
    uint64_t samples;
    uint64_t length;
    struct opt_texts models;
    const char *fill;
};

static const char *const fills[] = {"exact", "uniform", NULL};

static const struct opt rows[] = {
    OPT(OPT_FLAG, 'q', "quiet", NULL, "say nothing", struct settings, quiet),
    OPT(OPT_TEXT, 'o', "output", "FILE", "where", struct settings, output),
    OPT(OPT_COUNT, 's', "samples", "N", "how many", struct settings, samples),
    OPT(OPT_SIZE, 0, "length", "TOKENS", "how long", struct settings, length),
    OPT(OPT_TEXTS, 'm', "model", "NAME", "which", struct settings, models),
    {OPT_TEXT, 0, "fill", "HOW", "how", offsetof(struct settings, fill), fills},
};

static struct settings settings;
static const char *rest[OPT_ARGS_MAX];
static struct opt_args args;
static struct err err;

/* Words are split at blanks; the copy lives as long as the test. */
static int parse(const char *line)
{
    static char copy[256];
    char *argv[32];
    int argc = 0;
    char *save = NULL;

    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        argv[argc++] = word;
    }
    settings = (struct settings){.samples = 5, .fill = "exact"};
    return opt_parse(rows, sizeof rows / sizeof rows[0], argc, argv, &settings, rest, &args, &err);
}

START_TEST(every_form_of_a_value_is_taken)
{
    ck_assert_int_eq(parse("--output a -s 7 --length=8k -mone --model two file -q"), 0);
    ck_assert_str_eq(settings.output, "a");
    ck_assert_uint_eq(settings.samples, 7);
    ck_assert_uint_eq(settings.length, 8192);
    ck_assert_uint_eq(settings.models.count, 2);
    ck_assert_str_eq(settings.models.items[0], "one");
    ck_assert_str_eq(settings.models.items[1], "two");
    ck_assert(settings.quiet);
    ck_assert_uint_eq(args.count, 1);
    ck_assert_str_eq(args.items[0], "file");
}

START_TEST(defaults_stay_when_nothing_is_said)
{
    ck_assert_int_eq(parse(""), 0);
    ck_assert_uint_eq(settings.samples, 5);
    ck_assert_str_eq(settings.fill, "exact");
    ck_assert_ptr_null(settings.output);
}

START_TEST(two_dashes_end_the_options_and_one_is_an_argument)
{
    ck_assert_int_eq(parse("- -- --quiet"), 0);
    ck_assert(!settings.quiet);
    ck_assert_uint_eq(args.count, 2);
    ck_assert_str_eq(args.items[0], "-");
    ck_assert_str_eq(args.items[1], "--quiet");
}

START_TEST(mistakes_are_named)
{
    static const struct {
        const char *line;
        const char *says;
    } cases[] = {
        {"--sample 3", "unknown option '--sample'"},
        {"-x", "unknown option '-x'"},
        {"--output", "--output needs a value (FILE)"},
        {"-o", "-o needs a value (FILE)"},
        {"--samples three", "--samples: 'three' is not a whole number"},
        {"--samples -1", "--samples: '-1' is not a whole number"},
        {"--quiet=yes", "--quiet takes no value"},
        {"-qo", "unknown option '-qo'"},
        {"--length 8q", "--length: '8q' is not a length in tokens (try 8k, 512k, 1m)"},
        {"--fill half", "--fill: 'half' is not one of exact, uniform"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(parse(cases[i].line), ERR_USAGE);
        ck_assert_str_eq(err.text, cases[i].says);
    }
}

START_TEST(a_value_out_of_its_range_is_told_with_both_ends)
{
    ck_assert_int_eq(opt_check_range("rpm", 0, 0, 10, &err), 0);
    ck_assert_int_eq(opt_check_range("rpm", 10, 0, 10, &err), 0);
    ck_assert_int_eq(opt_check_range("attempts", 0, 1, 100, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "--attempts: 0 is not between 1 and 100");
    ck_assert_int_eq(opt_check_range("rpm", UINT64_MAX, 0, 10, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "--rpm: 18446744073709551615 is not between 0 and 10");
}

int main(void)
{
    Suite *suite = suite_create("cli.opt");
    TCase *tests = suite_case(suite, "opt");

    tcase_add_test(tests, every_form_of_a_value_is_taken);
    tcase_add_test(tests, defaults_stay_when_nothing_is_said);
    tcase_add_test(tests, two_dashes_end_the_options_and_one_is_an_argument);
    tcase_add_test(tests, mistakes_are_named);
    tcase_add_test(tests, a_value_out_of_its_range_is_told_with_both_ends);
    return suite_run(suite);
}
