/* recorded_cases: the case file that a result over public data was made from (sweep --cases).
 *
 * A result names it as the sweep did and holds the SHA-256 of the dataset's files behind it.
 */
#ifndef CLI_RECORDED_CASES_H
#define CLI_RECORDED_CASES_H

#include "base/buf.h"
#include "base/err.h"
#include "record/result.h"

/* Puts the path of the case file into `path`: `given` where it is not NULL,
 * else the recorded name, looked for from the working directory and then beside the result. Its
 * dataset must have the recorded revision, and files with the recorded SHA-256. ERR_INPUT says in
 * one line why there is none. */
int recorded_cases_find(const struct result *result, const char *given, struct buf *path,
                        struct err *err);

#endif
