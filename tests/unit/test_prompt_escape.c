#include "prompt/escape.h"

#include "base/buf.h"
#include "base/random.h"
#include "base/utf8.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { TEXTS = 1000, TEXT_MAX = 700, ROOM_MAX = TEXT_MAX * ESCAPE_MAX, GUARD = 0x5A };
enum { LONG_TEXTS = 40, LONG_TEXT_MAX = 40000, BLOCK_BYTES = 64 };

static const char *const names[] = {"scalar", "avx2", "avx512"};

/* Of the same ways; fewer where escaper_find gives NULL. */
static hash_update_function *const updates[] = {
    hash_update_scalar,
#if defined(__x86_64__)
    hash_update_avx2,
    hash_update_avx512,
#endif
};

/* Mostly plain, with some of what is rare: every byte that is escaped, and other than ASCII. */
static struct str draw_long_text(struct random *random, char *out, size_t max)
{
    size_t length = (size_t)random_below(random, max);
    uint64_t rarity = 1 + random_below(random, 60);

    for (size_t i = 0; i < length; i++) {
        static const char special[] = "\"\\\n\n\n\r\t\b\f\x01\x0B\x0E\x1F\x10";

        out[i] = (char)('a' + random_below(random, 26));
        if (random_below(random, rarity) == 0) {
            out[i] = special[random_below(random, sizeof special - 1)];
        } else if (random_below(random, 4 * rarity) == 0) {
            out[i] = (char)random_below(random, 256);
        }
    }
    return (struct str){out, length};
}

static struct str draw_text(struct random *random, char out[TEXT_MAX])
{
    return draw_long_text(random, out, TEXT_MAX);
}

/* What JSON says, one character after the other. */
static void escape_plainly(struct str text, struct buf *out)
{
    static const char *const letters[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c == '"' || c == '\\') {
            buf_append_char(out, '\\');
            buf_append_char(out, (char)c);
        } else if (c >= 0x20) {
            buf_append_char(out, (char)c);
        } else if (c < sizeof letters / sizeof *letters && letters[c] != NULL) {
            buf_append(out, str_from(letters[c]));
        } else {
            buf_appendf(out, "\\u%04x", c);
        }
    }
}

START_TEST(every_way_gives_the_same_escapes_and_sizes)
{
    const struct escaper *escaper = escaper_find(names[_i]);
    struct random random = random_stream(3, STR("escape"), 0);
    struct buf wanted;

    if (escaper == NULL) {
        return; /* this processor cannot */
    }
    buf_init(&wanted, ROOM_MAX + 1);
    for (int i = 0; i < TEXTS; i++) {
        char chars[TEXT_MAX];
        char out[ROOM_MAX];
        struct str text = draw_text(&random, chars);
        struct escape_size size = escape_measure(escaper, text);
        size_t taken = 0;

        buf_reset(&wanted);
        escape_plainly(text, &wanted);
        ck_assert_uint_eq(size.bytes, wanted.len);
        ck_assert_uint_eq(size.code_points, utf8_length(text));
        ck_assert_uint_eq(escaper->copy(text, out, sizeof out, &taken), wanted.len);
        ck_assert_uint_eq(taken, text.len);
        ck_assert(wanted.len == 0 || memcmp(out, wanted.p, wanted.len) == 0);
    }
    buf_release(&wanted);
}

START_TEST(nothing_is_written_beyond_the_room_and_no_escape_is_split)
{
    const struct escaper *escaper = escaper_find(names[_i]);
    struct random random = random_stream(4, STR("room"), 0);
    char guard[ROOM_MAX];
    struct buf wanted;

    if (escaper == NULL) {
        return;
    }
    buf_init(&wanted, ROOM_MAX + 1);
    for (int i = 0; i < TEXTS; i++) {
        char chars[TEXT_MAX];
        char out[ROOM_MAX];
        struct str text = draw_text(&random, chars);
        size_t room = (size_t)random_below(&random, text.len + 8);
        size_t taken = 0;
        size_t done = 0;

        memset(out, GUARD, sizeof out);
        memset(guard, GUARD, sizeof guard);
        done = escaper->copy(text, out, room, &taken);
        ck_assert_uint_le(done, room);
        ck_assert_mem_eq(out + room, guard, sizeof out - room);
        buf_reset(&wanted);
        escape_plainly(str_take(text, taken), &wanted);
        ck_assert_uint_eq(done, wanted.len);
        ck_assert(done == 0 || memcmp(out, wanted.p, done) == 0);
        ck_assert(taken == text.len || room - done < ESCAPE_MAX);
    }
    buf_release(&wanted);
}

static void check_hash(const XXH3_state_t *state, struct str text)
{
    XXH128_hash_t wanted = XXH3_128bits(text.p, text.len);
    XXH128_hash_t found = XXH3_128bits_digest(state);

    ck_assert(XXH128_isEqual(found, wanted));
}

START_TEST(every_way_hashes_as_the_library_in_parts_of_any_length)
{
    struct random random = random_stream(5, STR("hash"), 0);
    XXH3_state_t *state = XXH3_createState();

    ck_assert_ptr_nonnull(state);
    for (int i = 0; i < LONG_TEXTS && escaper_find(names[_i]) != NULL; i++) {
        static const size_t longest[] = {3, 64, 70, 256, 260, 1100, LONG_TEXT_MAX};
        size_t limit = longest[random_below(&random, sizeof longest / sizeof *longest)];
        char chars[LONG_TEXT_MAX];
        struct str text = draw_long_text(&random, chars, LONG_TEXT_MAX);
        size_t part = 0;

        (void)XXH3_128bits_reset(state);
        for (size_t at = 0; at < text.len; at += part) {
            part = 1 + (size_t)random_below(&random, limit);
            part = part < text.len - at ? part : text.len - at;
            if (random_below(&random, 8) == 0) { /* the library in between */
                (void)XXH3_128bits_update(state, text.p + at, part);
            } else {
                updates[_i](state, text.p + at, part);
            }
            if (random_below(&random, 8) == 0) {
                check_hash(state, str_take(text, at + part));
            }
        }
        check_hash(state, text);
    }
    (void)XXH3_freeState(state);
}

/* Copies a text into rooms of any size as a reader does. */
static void copy_in_parts(const struct escaper *escaper, struct random *random, struct str text,
                          struct hashing *hashing, struct buf *out)
{
    size_t taken = 0;

    hashing->unhashed = text;
    while (text.len != 0) {
        size_t room = ESCAPE_MAX + (size_t)random_below(
                                       random, random_below(random, 4) == 0 ? LONG_TEXT_MAX : 400);
        char *to = buf_reserve(out, room);

        ck_assert_ptr_nonnull(to);
        out->len += escaper->copy_hashing(text, to, room, &taken, hashing);
        text = str_skip(text, taken);
    }
}

START_TEST(every_way_hashes_what_it_copies)
{
    const struct escaper *escaper = escaper_find(names[_i]);
    struct random random = random_stream(6, STR("copy and hash"), 0);
    XXH3_state_t *state = XXH3_createState();
    struct buf wanted;
    struct buf found;

    ck_assert_ptr_nonnull(state);
    buf_init(&wanted, SIZE_MAX / 2);
    buf_init(&found, SIZE_MAX / 2);
    for (int i = 0; i < LONG_TEXTS && escaper != NULL; i++) {
        struct hashing hashing = {.state = state};
        char chars[BLOCK_BYTES + LONG_TEXT_MAX];
        char *start = chars + random_below(&random, BLOCK_BYTES);
        struct str text = draw_long_text(&random, start, LONG_TEXT_MAX);
        struct str first = str_take(text, (size_t)random_below(&random, 600));

        buf_reset(&wanted);
        buf_reset(&found);
        escape_plainly(text, &wanted);
        (void)XXH3_128bits_reset(state);
        copy_in_parts(escaper, &random, first, &hashing, &found);
        updates[_i](state, hashing.unhashed.p, hashing.unhashed.len);
        copy_in_parts(escaper, &random, str_skip(text, first.len), &hashing, &found);
        updates[_i](state, hashing.unhashed.p, hashing.unhashed.len);
        ck_assert(str_equal(buf_str(&found), buf_str(&wanted)));
        check_hash(state, text);
    }
    buf_release(&wanted);
    buf_release(&found);
    (void)XXH3_freeState(state);
}

START_TEST(the_environment_names_the_way)
{
    const char *forced = getenv("HAYMAKER_SIMD"); // NOLINT(concurrency-mt-unsafe)

    ck_assert_ptr_null(escaper_find("abacus"));
    if (forced != NULL && escaper_find(forced) != NULL) {
        ck_assert_str_eq(escaper_get()->name, forced);
    }
    ck_assert_ptr_eq(escaper_get(), escaper_get());
    ck_assert(escaper_get()->is_supported());
}

int main(void)
{
    enum { WAYS = sizeof names / sizeof *names };
    Suite *suite = suite_create("escape");
    TCase *tests = suite_case(suite, "escape");

    tcase_add_loop_test(tests, every_way_gives_the_same_escapes_and_sizes, 0, WAYS);
    tcase_add_loop_test(tests, nothing_is_written_beyond_the_room_and_no_escape_is_split, 0, WAYS);
    tcase_add_loop_test(tests, every_way_hashes_as_the_library_in_parts_of_any_length, 0, WAYS);
    tcase_add_loop_test(tests, every_way_hashes_what_it_copies, 0, WAYS);
    tcase_add_test(tests, the_environment_names_the_way);
    return suite_run(suite);
}
