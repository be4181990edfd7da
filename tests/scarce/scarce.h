/* scarce: memory that runs out, one allocation at a time.
 *
 * The linker puts scarce.c between a test and the C library's malloc, calloc, realloc,
 * aligned_alloc, strdup and free; jansson and libcurl are told to allocate here too. scarce_try
 * then does a piece of work again and again: with its first allocation failing, then its second, …
 * until it gets through without meeting the failure; and all of that once more with every later
 * allocation failing as well. After each attempt there must be as many blocks as before it, and
 * what failed must have said so: ERR_MEMORY and a text. The sanitizers see the same calls, so under
 * ASan a use after free or a block that the count missed is found as well.
 *
 * Not covered: what the C library (stdio), OpenSSL and zlib allocate for themselves.
 */
#ifndef TESTS_SCARCE_SCARCE_H
#define TESTS_SCARCE_SCARCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum scarce_mode {
    SCARCE_ONE, /* the n-th allocation fails, later ones are met */
    SCARCE_ALL  /* the n-th allocation and every later one fail */
};

/* Before the first use of jansson and libcurl. */
void scarce_take_over(void);

/* Counts this thread's allocations from now on; the n-th fails (1 for the first, 0 for none). */
void scarce_arm(enum scarce_mode mode, size_t n);
void scarce_disarm(void);
bool scarce_has_failed(void); /* since it was armed */
long scarce_blocks(void);     /* allocated while armed and not freed while armed */

struct scarce_work {
    const char *name;
    /* All of it, the release of whatever it made included. 0 or negative with *err filled. May not
     * assert anything: Check allocates too. */
    int (*run)(void *context, struct err *err);
    /* What must hold after each attempt, or NULL. Memory is plentiful again. */
    void (*check)(void *context, int rc);
    void *context;
    bool is_long;   /* too long for every n: all up to 16, then in steps of n / 4, unless
                     * HAYMAKER_SCARCE is set */
    bool any_error; /* what failed may blame something else: libcurl tells some of its own failures
                     * as broken connections */
};

/* The attempts it took, both modes together. */
size_t scarce_try(const struct scarce_work *work);

#endif
