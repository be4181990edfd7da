/* escape: JSON's string escapes at the speed of memory. Private to src/prompt.
 *
 * Only '"', '\' and control characters below U+0020 are escaped: \n \r \t \b \f by their letter,
 * other controls as \u001f. All ways of doing it give the same bytes; which one is used is chosen
 * once, by what the processor can do, or by name from the environment variable HAYMAKER_SIMD
 * (scalar, avx2, avx512; an unknown or unsupported name means scalar, which every machine has).
 */
#ifndef PROMPT_ESCAPE_H
#define PROMPT_ESCAPE_H

#include "prompt/hash.h"

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ESCAPE_MAX = 6 }; /* \u001f */

/* Copies text escaped until it or the room ends, no escape in parts; returns the bytes written and
 * sets *taken to those of the text. */
typedef size_t escape_copy_function(struct str text, char *out, size_t room, size_t *taken);

struct escaper {
    const char *name;
    bool (*is_supported)(void);
    escape_copy_function *copy;
    /* The same, and meanwhile hashes about as much of hashing->unhashed, which is to be the same
     * bytes, or those of them that were not hashed before. What is then left of it the caller
     * hashes, now or with the next part. */
    size_t (*copy_hashing)(struct str text, char *out, size_t room, size_t *taken,
                           struct hashing *hashing);
    /* Some ASCII bytes from the beginning on, 0 only where the first is none: how many they are.
     * Adds to *extra what escapes make them longer. */
    size_t (*survey)(struct str text, uint64_t *extra);
};

/* NULL where there is none of that name or the processor lacks it. */
const struct escaper *escaper_find(const char *name);
const struct escaper *escaper_get(void); /* the chosen one */

/* Bytes inside a JSON string, and code points as utf8_length has them. */
struct escape_size {
    uint64_t bytes;
    uint64_t code_points;
};
struct escape_size escape_measure(const struct escaper *escaper, struct str text);

/* Writes the escape of a character that needs one and returns its length. */
size_t escape_byte(unsigned char c, char out[ESCAPE_MAX]);
static inline bool escape_is_needed(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* The rest of a text that is too short for a vector, or has no room for one. */
size_t escape_copy_scalar(struct str text, char *out, size_t room, size_t *taken);
size_t escape_survey_scalar(struct str text, uint64_t *extra);

/* copy_hashing by hashing some KB, then copying them. */
struct escape_pair {
    escape_copy_function *copy;
    hash_update_function *update;
};
size_t escape_copy_in_turns(const struct escape_pair *pair, struct str text, char *out, size_t room,
                            size_t *taken, struct hashing *hashing);

extern const struct escaper escaper_scalar;
extern const struct escaper escaper_avx2;
extern const struct escaper escaper_avx512;

#endif
