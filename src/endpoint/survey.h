/* survey: a pass over a request's body before it is sent, for what has to be known in front of it
 * and does not follow from the prompt's measure: its length when texts are joined or split, and its
 * hash when it is signed.
 */
#ifndef ENDPOINT_SURVEY_H
#define ENDPOINT_SURVEY_H

#include "base/err.h"
#include "prompt/body.h"

#include <stdint.h>

enum { SURVEY_SHA256_HEX = 64 };

struct survey {
    uint64_t length;
    char sha256[SURVEY_SHA256_HEX + 1]; /* small hexadecimal digits */
};

/* Reads the body from its first byte to its last and leaves the reader rewound. */
int survey_body(struct body_reader *reader, struct survey *out, struct err *err);

#endif
