/* wire_time: times and durations as endpoints write them, in headers and in their own words.
 */
#ifndef ENDPOINT_WIRE_TIME_H
#define ENDPOINT_WIRE_TIME_H

#include "base/str.h"

#include <stdint.h>

/* Seconds at the start of `text`: "11.054s", "6m0s", "20 seconds", "250ms", "7". Negative when it
 * does not begin with a duration. */
double wire_duration_s(struct str text);

/* Whole seconds from `wall_s` (since 1970) to a time of RFC 3339, "2026-11-22T14:04:18.5Z" or with
 * an offset; 0 when it is over, negative when it is no such time. */
double wire_time_until_s(struct str text, int64_t wall_s);

#endif
