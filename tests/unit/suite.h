/* suite: the main function of a test program: one Check suite, exit 0 when everything passed. */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SUITE_TIMEOUT_S = 60 };

/* False under memcheck (script/bench valgrind), where everything takes fifty times as long and
 * memory is not the program's own: then tests that promise either, or that count on being quick,
 * are left out. */
static inline bool suite_measures(void)
{
    return getenv("HAYMAKER_MEMCHECK") == NULL; // NOLINT(concurrency-mt-unsafe): one thread
}

/* A case with the suite's name, to which main adds its tests. */
static inline TCase *suite_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_set_timeout(tests, SUITE_TIMEOUT_S);
    suite_add_tcase(suite, tests);
    return tests;
}

static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
