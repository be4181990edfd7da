/* progress: how a sweep stands, on stderr.
 *
 * On a terminal one line is redrawn a few times a second; elsewhere a plain line comes now and
 * then. Silent for the first second, so that a short sweep prints nothing but its result.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { PROGRESS_STAGE_MAX = 96 };

struct progress {
    FILE *stream; /* NULL: quiet */
    bool is_terminal;
    const struct clock *clock;
    uint64_t start_ns;
    uint64_t last_ns;
    bool line_open; /* a redrawn line waits to be replaced */

    char stage[PROGRESS_STAGE_MAX]; /* instead of what is in flight; or "" */
    const char *noun;               /* "trials" where NULL; anything else is not sent */
    size_t trials_planned;
    size_t trials_ended;     /* those of an earlier run included */
    size_t trials_failed;    /* of trials_ended: endpoint errors and timeouts */
    size_t trials_counted;   /* of trials_ended: in the mean */
    double score_sum;        /* over trials_counted */
    uint64_t tokens_planned; /* of the trials of this run */
    uint64_t tokens_ended;   /* of tokens_planned */
};

void progress_init(struct progress *progress, FILE *stream, bool is_terminal,
                   const struct clock *clock);

/* Draws when it is time; `now` forces it. */
void progress_draw(struct progress *progress, size_t in_flight, bool now);

/* What the run is at, drawn at once when it is another stage than before. */
void progress_stage(struct progress *progress, const char *stage);

/* A line of its own about something that happened, e.g. that a request is tried again. */
void progress_note(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Clears a redrawn line, so that other text can follow. */
void progress_clear(struct progress *progress);

#endif
