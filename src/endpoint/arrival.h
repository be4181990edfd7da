/* arrival: when the bytes that wait at a socket reached this machine.
 *
 * A program learns of an answer's event when it gets a processor again. On a busy machine that is
 * ten milliseconds later, and a stamp taken then is off by as much. Linux notes when each packet
 * came; that stamp is right however late it is asked for. Where a system has none, or of a socket's
 * first moments, nothing is known and the time of reading has to do.
 *
 * Packets that wait unread may be joined by the kernel, and the stamp is then that of the last one:
 * never later than the time of reading, nor earlier than the event.
 *
 * Checked by `script/bench client`: 200 streams, each of whose events carries the time at which
 * it was sent, beside 16 and 64 uploads that take all the processor there is, at normal priority.
 * Stamps of an answer's first text, of its end and of its longest gap are compared with what the
 * events say; the table prints the median, 99th percentile and maximum of the error.
 */
#ifndef ENDPOINT_ARRIVAL_H
#define ENDPOINT_ARRIVAL_H

#include <stdint.h>

/* Asks the kernel to note when packets come. To be called before the socket is connected; where it
 * is not possible, ages stay unknown. */
void arrival_watch(int socket);

/* When the first of the bytes came that wait at the socket, on the clock of clock_system(); 0 when
 * that is not known. It follows from the kernel's wall clock and is wrong by as much as that was
 * set since: the caller knows bounds. Not for a socket of which poll() reports an error: the
 * question would take it, and the next read finds but an end. */
uint64_t arrival_ns(int socket);

#endif
