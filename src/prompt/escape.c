#include "prompt/escape.h"

#include "base/environment.h"
#include "base/utf8.h"

#include <stdatomic.h>
#include <string.h>

/* What is hashed is then still in a near cache when it is copied; each turn has an end that is
 * copied byte by byte. */
enum { TURN = 32768 };

/* What stands for a control character after the backslash; 0 for \u00xx. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '"':
    case '\\':
        return (char)c;
    default:
        return '\0';
    }
}

size_t escape_byte(unsigned char c, char out[ESCAPE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    char letter = short_escape(c);

    out[0] = '\\';
    if (letter != '\0') {
        out[1] = letter;
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = digits[c >> 4];
    out[5] = digits[c & 15U];
    return ESCAPE_MAX;
}

size_t escape_copy_scalar(struct str text, char *out, size_t room, size_t *taken)
{
    size_t done = 0;
    size_t at = 0;

    while (at < text.len && done < room) {
        unsigned char c = (unsigned char)text.p[at];
        char escape[ESCAPE_MAX];
        size_t len = 1;

        escape[0] = (char)c;
        if (escape_is_needed(c)) {
            len = escape_byte(c, escape);
        }
        if (len > room - done) {
            break;
        }
        memcpy(out + done, escape, len);
        done += len;
        at++;
    }
    *taken = at;
    return done;
}

size_t escape_copy_in_turns(const struct escape_pair *pair, struct str text, char *out, size_t room,
                            size_t *taken, struct hashing *hashing)
{
    struct str turn;
    size_t done = 0;
    size_t at = 0;
    size_t part = 0;

    do {
        struct str ahead = str_take(hashing->unhashed, TURN);

        pair->update(hashing->state, ahead.p, ahead.len);
        hashing->unhashed = str_skip(hashing->unhashed, ahead.len);
        turn = str_take(str_skip(text, at), TURN);
        done += pair->copy(turn, out + done, room - done, &part);
        at += part;
    } while (part == turn.len && at < text.len);
    *taken = at;
    return done;
}

static size_t copy_hashing_scalar(struct str text, char *out, size_t room, size_t *taken,
                                  struct hashing *hashing)
{
    static const struct escape_pair pair = {escape_copy_scalar, hash_update_scalar};

    return escape_copy_in_turns(&pair, text, out, room, taken, hashing);
}

size_t escape_survey_scalar(struct str text, uint64_t *extra)
{
    size_t at = 0;

    for (; at < text.len && (unsigned char)text.p[at] < 0x80; at++) {
        unsigned char c = (unsigned char)text.p[at];

        if (escape_is_needed(c)) {
            *extra += short_escape(c) != '\0' ? 1 : ESCAPE_MAX - 1;
        }
    }
    return at;
}

static bool is_always_supported(void)
{
    return true;
}

const struct escaper escaper_scalar = {
    .name = "scalar",
    .is_supported = is_always_supported,
    .copy = escape_copy_scalar,
    .copy_hashing = copy_hashing_scalar,
    .survey = escape_survey_scalar,
};

/* The fastest first; NULL-terminated. */
static const struct escaper *const escapers[] = {
#if defined(__x86_64__)
    &escaper_avx512,
    &escaper_avx2,
#endif
    &escaper_scalar,
    NULL,
};

const struct escaper *escaper_find(const char *name)
{
    for (size_t i = 0; escapers[i] != NULL; i++) {
        if (strcmp(escapers[i]->name, name) == 0) {
            return escapers[i]->is_supported() ? escapers[i] : NULL;
        }
    }
    return NULL;
}

static const struct escaper *choose(void)
{
    const char *name = environment_get("HAYMAKER_SIMD");
    const struct escaper *found = &escaper_scalar;

    if (name != NULL) {
        const struct escaper *named = escaper_find(name);

        return named != NULL ? named : found;
    }
    for (size_t i = 0; escapers[i] != NULL; i++) {
        if (escapers[i]->is_supported()) {
            return escapers[i];
        }
    }
    return found;
}

const struct escaper *escaper_get(void)
{
    static _Atomic(const struct escaper *) chosen;
    const struct escaper *found = atomic_load_explicit(&chosen, memory_order_relaxed);

    if (found == NULL) { /* two threads choose the same */
        found = choose();
        atomic_store_explicit(&chosen, found, memory_order_relaxed);
    }
    return found;
}

struct escape_size escape_measure(const struct escaper *escaper, struct str text)
{
    struct escape_size size = {.bytes = text.len};

    while (text.len != 0) {
        size_t ascii = escaper->survey(text, &size.bytes);
        size_t other = ascii;

        while (other < text.len && (unsigned char)text.p[other] >= 0x80) {
            other++;
        }
        size.code_points += ascii + utf8_length((struct str){text.p + ascii, other - ascii});
        text = str_skip(text, other);
    }
    return size;
}
