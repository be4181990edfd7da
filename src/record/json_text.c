#include "record/json_text.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

/* jansson's lexer does not survive a lack of memory (it asserts that nothing is missing), so it is
 * left at once, and what it had allocated until then is freed for it. */
static _Thread_local struct {
    jmp_buf leave;
    void **blocks; /* of the text being read: a hash table, linear probing, NULL where none is */
    size_t count;
    size_t room; /* a power of two, or 0; more than twice the count */
    bool is_on;
    bool was_left;
} reading;

static _Thread_local bool was_short; /* since writing began */

static size_t home_of(const void *block)
{
    return (size_t)(((uintptr_t)block >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20) &
           (reading.room - 1);
}

static size_t next_place(size_t place)
{
    return (place + 1) & (reading.room - 1);
}

static void put(void *block)
{
    size_t place = home_of(block);

    while (reading.blocks[place] != NULL) {
        place = next_place(place);
    }
    reading.blocks[place] = block;
}

static bool grow(void)
{
    void **old = reading.blocks;
    size_t old_room = reading.room;
    size_t room = old_room != 0 ? old_room * 2 : 128;
    void **blocks = calloc(room, sizeof *blocks);

    if (blocks == NULL) {
        return false;
    }
    reading.blocks = blocks;
    reading.room = room;
    for (size_t i = 0; i < old_room; i++) {
        if (old[i] != NULL) {
            put(old[i]);
        }
    }
    free(old);
    return true;
}

static bool keep(void *block)
{
    if (reading.count * 2 >= reading.room && !grow()) {
        return false;
    }
    put(block);
    reading.count++;
    return true;
}

/* Those that follow and were moved on by what is gone are put again. */
static void forget(const void *block)
{
    size_t place = home_of(block);

    while (reading.blocks[place] != NULL && reading.blocks[place] != block) {
        place = next_place(place);
    }
    if (reading.blocks[place] == NULL) {
        return;
    }
    reading.blocks[place] = NULL;
    reading.count--;
    for (place = next_place(place); reading.blocks[place] != NULL; place = next_place(place)) {
        void *moved = reading.blocks[place];

        reading.blocks[place] = NULL;
        put(moved);
    }
}

static void *allocate(size_t bytes)
{
    void *block = malloc(bytes);

    was_short = was_short || block == NULL;
    if (reading.is_on && (block == NULL || !keep(block))) {
        free(block);
        reading.was_left = true;
        longjmp(reading.leave, 1);
    }
    return block;
}

static void release(void *block)
{
    if (block != NULL && reading.count != 0) {
        forget(block);
    }
    free(block);
}

static void watch_memory(void)
{
    json_set_alloc_funcs(allocate, release);
}

static void watch_memory_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, watch_memory);
}

/* NULL also when it was left. */
static json_t *load(struct str text, size_t flags, json_error_t *problem)
{
    if (setjmp(reading.leave) != 0) {
        return NULL;
    }
    return json_loadb(text.len != 0 ? text.p : "", text.len, flags, problem);
}

json_t *json_text_read(struct str text, size_t flags, json_error_t *problem, struct err *err)
{
    json_error_t own;
    json_t *json = NULL;

    watch_memory_once();
    problem = problem != NULL ? problem : &own;
    reading.is_on = true;
    reading.was_left = false;
    json = load(text, flags, problem);
    reading.is_on = false;
    if (reading.was_left) {
        (void)err_memory(err);
    } else if (json == NULL) {
        (void)err_set(err, ERR_INPUT, "%s", problem->text);
    }
    for (size_t i = 0; reading.was_left && i < reading.room; i++) {
        free(reading.blocks[i]);
    }
    free(reading.blocks);
    reading.blocks = NULL;
    reading.count = 0;
    reading.room = 0;
    return json;
}

static int append(const char *bytes, size_t len, void *out)
{
    buf_append(out, (struct str){bytes, len});
    return ((struct buf *)out)->failure == 0 ? 0 : -1;
}

void json_text_write(const json_t *json, size_t flags, struct buf *out)
{
    watch_memory_once();
    was_short = false;
    if ((json == NULL || json_dump_callback(json, append, out, flags) != 0 || was_short) &&
        out->failure == 0) {
        out->failure = ERR_MEMORY;
    }
}

static void write_value(const json_t *value, struct buf *out)
{
    buf_init(out, SIZE_MAX / 2);
    if (value == NULL) {
        buf_append(out, STR("unset"));
    } else {
        json_text_write(value, JSON_COMPACT | JSON_ENCODE_ANY, out);
    }
}

int json_text_values(const json_t *a, const json_t *b, struct buf *text_a, struct buf *text_b,
                     struct err *err)
{
    write_value(a, text_a);
    write_value(b, text_b);
    return text_a->failure == 0 && text_b->failure == 0 ? 0 : err_memory(err);
}
