/* points: differences between scores as users write them.
 */
#ifndef CLI_POINTS_H
#define CLI_POINTS_H

#include "base/err.h"
#include "base/str.h"

/* "5", "5pp" and "5%" are 0.05. ERR_USAGE for anything else, for 0, and for more than 100. */
int points_parse(struct str text, double *out, struct err *err);

#endif
