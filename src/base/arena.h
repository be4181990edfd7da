/* arena: many small allocations that end together.
 *
 * An arena owns everything allocated in it; nothing is freed piecewise. Use one for a run (plan,
 * corpus, grammar) and one for a trial. A zeroed `struct arena` is valid and empty.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *last;
    size_t bytes; /* handed out so far */
};

void arena_release(struct arena *arena); /* frees everything; the arena is empty and usable again */

/* `count` objects of `size` bytes, zeroed, aligned for any type; NULL when memory is short. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* A copy in the arena with a NUL after it; {NULL, 0} when memory is short. */
struct str arena_copy(struct arena *arena, struct str text);

#endif
