#include "scarce.h"

#include <check.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DENSE = 16 };

/* The linker's names; none of them is ours to choose. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
char *__real_strdup(const char *text);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

/* Per thread: a server that a test talks to has all the memory it wants. */
static _Thread_local struct {
    bool is_armed;
    bool has_failed;
    enum scarce_mode mode;
    size_t n;
    size_t calls;
    long blocks;
} scarce;

static bool is_refused(void)
{
    if (!scarce.is_armed) {
        return false;
    }
    scarce.calls++;
    if (scarce.n == 0 || scarce.calls < scarce.n ||
        (scarce.mode == SCARCE_ONE && scarce.calls > scarce.n)) {
        return false;
    }
    scarce.has_failed = true;
    return true;
}

static void *counted(void *block)
{
    scarce.blocks += scarce.is_armed && block != NULL ? 1 : 0;
    return block;
}

void *__wrap_malloc(size_t bytes)
{
    return is_refused() ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return is_refused() ? NULL : counted(__real_calloc(count, bytes));
}

void *__wrap_realloc(void *block, size_t bytes)
{
    if (is_refused()) {
        return NULL;
    }
    return block == NULL ? counted(__real_malloc(bytes)) : __real_realloc(block, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return is_refused() ? NULL : counted(__real_aligned_alloc(alignment, bytes));
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : counted(__real_strdup(text));
}

void __wrap_free(void *block)
{
    scarce.blocks -= scarce.is_armed && block != NULL ? 1 : 0;
    __real_free(block);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

void scarce_take_over(void)
{
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, __wrap_free, __wrap_realloc,
                             __wrap_strdup, __wrap_calloc) != CURLE_OK) {
        abort();
    }
}

void scarce_arm(enum scarce_mode mode, size_t n)
{
    scarce.mode = mode;
    scarce.n = n;
    scarce.calls = 0;
    scarce.blocks = 0;
    scarce.has_failed = false;
    scarce.is_armed = true;
}

void scarce_disarm(void)
{
    scarce.is_armed = false;
}

bool scarce_has_failed(void)
{
    return scarce.has_failed;
}

long scarce_blocks(void)
{
    return scarce.blocks;
}

/* One attempt; whether the failure was met. */
static bool attempt(const struct scarce_work *work, enum scarce_mode mode, size_t n)
{
    struct err err = {ERR_NONE, ""};
    int rc = 0;

    scarce_arm(mode, n);
    rc = work->run(work->context, &err);
    scarce_disarm();
    /* The first time, which lacks nothing, may make what is kept (what a session remembers). */
    ck_assert_msg(n == 0 || scarce.blocks == 0, "%s, allocation %zu: %ld blocks are left; %d %s",
                  work->name, n, scarce.blocks, rc, err.text);
    if (rc != 0) {
        ck_assert_msg(scarce.has_failed, "%s failed by itself: %s", work->name, err.text);
        ck_assert_msg((int)err.code == rc && err.text[0] != '\0',
                      "%s, allocation %zu: %d without a word", work->name, n, rc);
        ck_assert_msg(rc == ERR_MEMORY || work->any_error,
                      "%s, allocation %zu: %d, not out of memory: %s", work->name, n, rc, err.text);
    }
    if (work->check != NULL) {
        work->check(work->context, rc);
    }
    return scarce.has_failed;
}

size_t scarce_try(const struct scarce_work *work)
{
    /* One thread yet. */
    bool in_steps =
        work->is_long && getenv("HAYMAKER_SCARCE") == NULL; // NOLINT(concurrency-mt-unsafe)
    size_t attempts = 0;

    (void)attempt(work, SCARCE_ONE, 0); /* what is made once and kept */
    for (int mode = SCARCE_ONE; mode <= SCARCE_ALL; mode++) {
        size_t n = 1;

        while (attempt(work, (enum scarce_mode)mode, n)) {
            n += in_steps && n > DENSE ? n / 4 : 1;
            attempts++;
        }
        ck_assert_msg(n > 1, "%s allocates nothing", work->name);
    }
    return attempts;
}
