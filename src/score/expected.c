#include "score/expected.h"

#include "score/needle.h"

#include <stddef.h>

static double share_found(struct str reply, struct str expected,
                          bool (*contains)(struct str text, struct str phrase))
{
    struct str line = {0};
    size_t lines = 0;
    size_t found = 0;

    while (str_next_line(&expected, &line)) {
        line = str_trim(line);
        if (line.len != 0) {
            lines++;
            found += contains(reply, line) ? 1 : 0;
        }
    }
    return lines != 0 ? (double)found / (double)lines : 0.0;
}

struct mark expected_mark(const struct answer_key *key, struct str reply,
                          bool (*contains)(struct str text, struct str phrase))
{
    double score = share_found(reply, key->answer, contains);

    return (struct mark){
        .score = score,
        .lenient = score,
        .prefix_found = true,
        .exact = str_equal(reply, key->answer),
        .nearest_needle =
            key->needle_count > 1 ? needle_named(key, reply, contains) : MARK_NO_NEEDLE,
    };
}
