#include "cli/progress.h"

#include "base/buf.h"
#include "base/units.h"

#include <stdarg.h>
#include <string.h>

enum { SILENT_MS = 1000, REDRAW_MS = 200, PLAIN_MS = 10000 };

void progress_init(struct progress *progress, FILE *stream, bool is_terminal,
                   const struct clock *clock)
{
    *progress = (struct progress){
        .stream = stream,
        .is_terminal = is_terminal,
        .clock = clock,
        .start_ns = clock_ns(clock),
    };
}

static bool is_due(const struct progress *progress, uint64_t now_ns)
{
    double since_start_ms = clock_ms_between(progress->start_ns, now_ns);
    double since_last_ms =
        progress->last_ns != 0 ? clock_ms_between(progress->last_ns, now_ns) : since_start_ms;

    return since_start_ms >= SILENT_MS &&
           since_last_ms >= (progress->is_terminal ? REDRAW_MS : PLAIN_MS);
}

static void append_state(const struct progress *progress, size_t in_flight, struct buf *line)
{
    double elapsed_s = clock_ms_between(progress->start_ns, clock_ns(progress->clock)) / 1e3;

    buf_appendf(line, "%zu/%zu %s", progress->trials_ended, progress->trials_planned,
                progress->noun != NULL ? progress->noun : "trials");
    if (progress->noun != NULL) {
        return;
    }
    buf_append(line, STR(", "));
    if (progress->stage[0] != '\0') {
        buf_append(line, str_from(progress->stage));
    } else {
        buf_appendf(line, "%zu in flight, ", in_flight);
        units_append_count(line, progress->tokens_ended);
        buf_append(line, STR(" tokens sent"));
    }
    if (progress->trials_counted != 0) {
        buf_appendf(line, ", mean score %.1f %%",
                    100.0 * progress->score_sum / (double)progress->trials_counted);
    }
    if (progress->trials_failed != 0) {
        buf_appendf(line, ", %zu failed", progress->trials_failed);
    }
    /* Short cases come first and say little about long ones: no guess from less than a twentieth.
     */
    if (progress->tokens_ended < progress->tokens_planned &&
        progress->tokens_ended >= progress->tokens_planned / 20) {
        buf_append(line, STR(", about "));
        units_append_duration(
            line, elapsed_s * (double)(progress->tokens_planned - progress->tokens_ended) /
                      (double)progress->tokens_ended);
        buf_append(line, STR(" left"));
    }
}

void progress_draw(struct progress *progress, size_t in_flight, bool now)
{
    uint64_t now_ns = clock_ns(progress->clock);
    struct buf line;

    if (progress->stream == NULL || (!now && !is_due(progress, now_ns))) {
        return;
    }
    progress->last_ns = now_ns;
    buf_init(&line, 512);
    append_state(progress, in_flight, &line);
    if (progress->is_terminal) {
        (void)fprintf(progress->stream, "\r\033[K%.*s", STR_ARG(str_take(buf_str(&line), 118)));
        progress->line_open = true;
    } else {
        (void)fprintf(progress->stream, "%.*s\n", STR_ARG(buf_str(&line)));
    }
    (void)fflush(progress->stream);
    buf_release(&line);
}

void progress_stage(struct progress *progress, const char *stage)
{
    if (strcmp(progress->stage, stage) != 0) {
        (void)snprintf(progress->stage, sizeof progress->stage, "%s", stage);
        progress_draw(progress, 0, true);
    }
}

void progress_note(struct progress *progress, const char *format, ...)
{
    va_list args;

    if (progress->stream == NULL) {
        return;
    }
    progress_clear(progress);
    va_start(args, format);
    (void)vfprintf(progress->stream, format, args);
    va_end(args);
    (void)fputc('\n', progress->stream);
    (void)fflush(progress->stream);
}

void progress_clear(struct progress *progress)
{
    if (progress->line_open) {
        (void)fputs("\r\033[K", progress->stream);
        (void)fflush(progress->stream);
        progress->line_open = false;
    }
}
