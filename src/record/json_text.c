#include "record/json_text.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

/* jansson's lexer does not survive a lack of memory (it asserts that nothing is missing), so it is
 * left at once, and what it had allocated until then is freed for it. */
static _Thread_local struct {
    jmp_buf leave;
    void **blocks; /* of the text being read */
    size_t count;
    size_t room;
    bool is_on;
    bool was_left;
} reading;

static _Thread_local bool was_short; /* since writing began */

static bool keep(void *block)
{
    if (reading.count == reading.room) {
        size_t room = reading.room * 2 + 64;
        void **blocks = realloc(reading.blocks, room * sizeof *blocks);

        if (blocks == NULL) {
            return false;
        }
        reading.blocks = blocks;
        reading.room = room;
    }
    reading.blocks[reading.count++] = block;
    return true;
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

/* Most blocks that go are among the last that came. */
static void release(void *block)
{
    for (size_t i = reading.count; block != NULL && i-- > 0;) {
        if (reading.blocks[i] == block) {
            reading.blocks[i] = reading.blocks[--reading.count];
            break;
        }
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
    for (size_t i = 0; reading.was_left && i < reading.count; i++) {
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
