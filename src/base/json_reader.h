/* json_reader: JSON as it arrives.
 *
 * A push parser for texts of any size: bytes go in as a socket or a file gives them, events come
 * out, and nothing is kept but the current key or number. A string is handed on in pieces, already
 * unescaped, so a prompt of ten million tokens is copied once, to where its owner wants it.
 *
 * Strict RFC 8259 in well-formed UTF-8: no comments, no trailing commas, no lone surrogates.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_DEPTH_MAX = 64, /* one bit each says object or array */
    JSON_KEY_MAX = 64,   /* longer keys are cut: none that anybody looks for is longer */
    JSON_NUMBER_MAX = 64 /* longer numbers are an error */
};

enum json_event {
    JSON_READ_OBJECT,
    JSON_READ_OBJECT_END,
    JSON_READ_ARRAY,
    JSON_READ_ARRAY_END,
    JSON_READ_KEY,      /* bytes: the key */
    JSON_READ_TEXT,     /* a string value begins; its bytes follow */
    JSON_READ_PIECE,    /* bytes: the next piece of the string, not empty */
    JSON_READ_TEXT_END, /* the string value is complete */
    JSON_READ_NUMBER,   /* bytes: as written */
    JSON_READ_TRUE,
    JSON_READ_FALSE,
    JSON_READ_NULL
};

/* `bytes` is borrowed during the call. A negative return ends the reading with that error. */
typedef int (*json_handler)(void *context, enum json_event event, struct str bytes,
                            struct err *err);

struct json_reader {
    json_handler handler;
    void *context;
    uint64_t offset;   /* bytes read before the chunk at hand, for messages */
    uint64_t position; /* of the byte at hand; where a bracket is, in its event */
    int state;
    bool in_key;      /* the string being read is a key */
    uint64_t objects; /* bit i: level i is an object */
    size_t depth;
    char scratch[JSON_KEY_MAX]; /* the key, number or literal being read */
    size_t scratch_len;
    char pending[4]; /* a UTF-8 sequence that is not complete yet */
    size_t pending_len;
    size_t pending_need;
    uint32_t hex;     /* the \u escape being read */
    int hex_digits;   /* of it, so far */
    uint32_t high;    /* a high surrogate that waits for its low one, or 0 */
    const char *word; /* the literal being read: "true" */
};

void json_reader_init(struct json_reader *reader, json_handler handler, void *context);

/* Reads the next bytes. ERR_INPUT says at which byte the text stops being JSON; the reader is of
 * no further use then. */
int json_reader_feed(struct json_reader *reader, struct str chunk, struct err *err);

/* The text ends here: ERR_INPUT when something is missing. */
int json_reader_finish(struct json_reader *reader, struct err *err);

#endif
