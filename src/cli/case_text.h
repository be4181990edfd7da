/* case_text: the messages of a case as a JSON list of {"role", "content"}, piece by piece, so that
 * a case of any length takes no memory on its way into a file.
 */
#ifndef CLI_CASE_TEXT_H
#define CLI_CASE_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "generators/generator.h"

#include <stdio.h>

/* What the list is written into. */
enum case_text_place {
    CASE_TEXT_IN_JSON,        /* as a value */
    CASE_TEXT_IN_JSON_STRING, /* as JSON text inside a string, as openai/mrcr has it */
    CASE_TEXT_IN_CSV          /* the same inside a field in quotes */
};

/* Whoever closes `out` checks what was written. */
int case_text_write(struct test_case *test_case, enum case_text_place place, FILE *out,
                    struct err *err);

/* A text as it is written there, without the quotes around it. */
void case_text_append(struct buf *out, enum case_text_place place, struct str text);

#endif
