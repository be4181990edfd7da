/* count_part: the unit of work of `haymaker count`: some text, or some lines of JSONL.
 *
 * Parts are independent, so that several processors can each count one. A part keeps what it found
 * until it is its turn to be printed.
 */
#ifndef CLI_COUNT_PART_H
#define CLI_COUNT_PART_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "token/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is asked for. */
struct count_settings {
    const char *encoding;
    const char *field; /* of each JSONL line; NULL for plain text */
    bool messages;
    bool ids;
    uint64_t threads; /* 0 for as many as there are processors */
};

struct count_part {
    const char *path;  /* borrowed; "-" for standard input */
    bool is_named;     /* files were named: the name goes beside the count */
    bool is_last;      /* of its file */
    struct str bytes;  /* borrowed */
    size_t first_line; /* of JSONL, from 1 */
    struct buf output; /* owned; finished lines of JSONL, or ids of text */
    uint64_t tokens;   /* of the whole part */
    struct err err;    /* why it ended early; the code is ERR_NONE when it did not */
};

/* Counts the part and fills its output, tokens and err. `ids` is reused from part to part. */
void count_part_run(struct count_part *part, const struct count_settings *settings,
                    struct token_session *session, struct token_ids *ids);

#endif
