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

/* Seconds since 1970 of a date as HTTP writes it ("Sun, 06 Nov 1994 08:49:37 GMT"); -1 when it is
 * none. */
int64_t wire_http_date_s(struct str text);

/* The time at whoever sent a response with this Date header; `wall_s`, our own clock, when there is
 * none. Ours may be wrong by years, and what a server says of times it says by its own. */
int64_t wire_time_there_s(struct str date, int64_t wall_s);

#endif
