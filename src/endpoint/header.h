/* header: the header lines of a request: who is asked what they may be, and which of them stand.
 */
#ifndef ENDPOINT_HEADER_H
#define ENDPOINT_HEADER_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

enum { HEADER_LINES_MAX = 64 };

/* ERR_USAGE for a line of the user's that is not "Name: value", holds a control character, or sets
 * what authenticates, frames or types a request. The value is not quoted: it may be a secret. */
int header_check(const char *line, struct err *err);

struct str header_name(const char *line);
struct str header_value(const char *line);

/* Whether both lines set the same header; names have no case. */
bool header_is_same(const char *a, const char *b);

/* Whether the line's name says that its value is a secret: it holds "key", "token", "secret",
 * "auth", "cookie" or "password". */
bool header_is_secret(const char *line);

#endif
