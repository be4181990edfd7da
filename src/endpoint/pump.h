/* pump: drives the sockets of many transfers on one thread, so that none starves and an answer's
 * event is read soon after it came, however many uploads want the processor.
 *
 * A turn waits until a socket is ready, then reads every answer that waits, and only then sends
 * parts of uploads, for one slice of time. Uploads take turns: the next slice goes on where the
 * last one ended. curl_multi_perform() would take one part of every upload first; with some
 * hundreds of them that is a time that spoils each stamp of an answer.
 */
#ifndef ENDPOINT_PUMP_H
#define ENDPOINT_PUMP_H

#include "base/clock.h"
#include "base/err.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* How long uploads may keep answers waiting, but for the part that is being sent then. */
enum { PUMP_SLICE_US = 1000 };

struct pump;

/* libcurl is initialised. The clock is borrowed until pump_free. */
int pump_new(struct pump **out, const struct clock *clock, struct err *err);
void pump_free(struct pump *pump); /* no handle is in it any more; NULL is fine */

/* Where transfers are added, removed and their ends read. Owned by the pump. */
CURLM *pump_multi(struct pump *pump);

/* When the bytes came that a transfer's callback is being given (arrival.h), on the pump's clock; 0
 * when that is not known. Borrowed until pump_free. */
const uint64_t *pump_heard_ns(const struct pump *pump);

/* When the last look at all sockets began, 0 before the first: what had come by then is read.
 * Silence is measured up to here, not up to now: a process that was stopped for an hour has not
 * listened. */
uint64_t pump_looked_ns(const struct pump *pump);

/* Takes the steps that libcurl's timers ask for, a new transfer's first one among them. */
int pump_run_timers(struct pump *pump, struct err *err);

/* One turn. Waits at most timeout_ms for something to do; a signal ends the wait. */
int pump_turn(struct pump *pump, int timeout_ms, struct err *err);

#endif
