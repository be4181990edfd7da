/* units: the sizes and times that people write and read.
 *
 * Lengths are in tokens: "8k" is 8,192 and "1m" 1,048,576 (1k = 1,024); "8k:1m" doubles from 8k to
 * 1m; "8k,64k:256k" joins both forms.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/* "512k", "1m", "1.5m", "300000". ERR_USAGE when it is none of these or not a whole number. */
int units_parse_length(struct str text, uint64_t *out, struct err *err);

enum { UNITS_LIST_MAX = 256 };

/* A comma list of lengths and doubling ranges, in the order written, without repeats. `out` has
 * room for UNITS_LIST_MAX. */
int units_parse_lengths(struct str text, uint64_t *out, size_t *count, struct err *err);

/* A comma list of whole numbers and ranges with a step: "2,4,8" or "0:100:10" (both ends in). */
int units_parse_numbers(struct str text, uint64_t *out, size_t *count, struct err *err);

/* A decimal number as a whole number of 10^-decimals, exactly: with 6 decimals "6.25" is 6,250,000
 * and ".5" 500,000. Money is read so. ERR_USAGE for a sign, an exponent, more decimals than can be
 * kept, or more than `most`. `decimals` is at most 18. */
int units_parse_decimal(struct str text, unsigned decimals, uint64_t most, uint64_t *out,
                        struct err *err);

/* The same back, as short as it goes: "6.25", "0.5", "5". */
void units_append_decimal(struct buf *out, uint64_t value, unsigned decimals);

/* "8k", "512k", "1m" where exact, else digits with thin grouping: "300,000". */
void units_append_length(struct buf *out, uint64_t tokens);
void units_append_count(struct buf *out, uint64_t count);    /* "1,048,576" */
void units_append_duration(struct buf *out, double seconds); /* "850 ms", "12.3 s", "4m 05s" */
void units_append_bytes(struct buf *out, double bytes);      /* "4.9 MB": powers of 1,000 */

#endif
