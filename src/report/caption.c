#include "report/caption.h"

#include "base/units.h"
#include "base/utf8.h"
#include "report/measure.h"

#include <assert.h>
#include <string.h>

enum { PART_BYTES_MAX = 1024, NAMED_MAX = 3 };

static struct str task_of(const struct result *result)
{
    return result->plan.task;
}

static struct str grader_of(const struct result *result)
{
    return result->plan.grader;
}

static struct str date_of(const struct result *result)
{
    return str_take(result->created, strlen("2026-11-22"));
}

static struct str version_of(const struct result *result)
{
    return result->program_version;
}

typedef struct str (*result_text)(const struct result *result);

static bool is_repeated(const struct figures *figures, size_t at, result_text text)
{
    for (size_t i = 0; i < at; i++) {
        if (str_equal(text(&figures->results[i]), text(&figures->results[at]))) {
            return true;
        }
    }
    return false;
}

/* Each different text of the results once, at most NAMED_MAX of them. */
static void append_different(struct buf *out, const struct figures *figures, result_text text)
{
    size_t named = 0;

    for (size_t i = 0; i < figures->result_count; i++) {
        if (is_repeated(figures, i, text)) {
            continue;
        }
        if (named == NAMED_MAX) {
            buf_append(out, STR(", …"));
            return;
        }
        buf_append(out, named++ != 0 ? STR(", ") : STR(""));
        utf8_append_printable(out, str_take(text(&figures->results[i]), PART_BYTES_MAX / 16));
    }
}

static void append_task(struct buf *out, const struct figures *figures)
{
    buf_append(out, STR("task "));
    append_different(out, figures, task_of);
}

static void append_grader(struct buf *out, const struct figures *figures)
{
    buf_append(out, STR("graded by "));
    append_different(out, figures, grader_of);
}

static void append_date(struct buf *out, const struct figures *figures)
{
    append_different(out, figures, date_of);
}

static void append_version(struct buf *out, const struct figures *figures)
{
    buf_append(out, STR("Haymaker "));
    append_different(out, figures, version_of);
}

static void append_seeds(struct buf *out, const struct figures *figures)
{
    size_t named = 0;

    buf_append(out, STR("seed "));
    for (size_t i = 0; i < figures->result_count; i++) {
        uint64_t seed = figures->results[i].plan.seed;
        bool repeated = false;

        for (size_t j = 0; j < i; j++) {
            repeated = repeated || figures->results[j].plan.seed == seed;
        }
        if (repeated) {
            continue;
        }
        if (named == NAMED_MAX) {
            buf_append(out, STR(", …"));
            return;
        }
        buf_appendf(out, "%s%llu", named++ != 0 ? ", " : "", (unsigned long long)seed);
    }
}

static void append_samples(struct buf *out, const struct figures *figures)
{
    uint64_t least = figures->counted_min;
    uint64_t most = figures->counted_max;

    units_append_count(out, least);
    if (most != least) {
        buf_append(out, STR(" to "));
        units_append_count(out, most);
    }
    buf_append(out, most == 1 ? STR(" trial per length") : STR(" trials per length"));
}

/* Copies what is in `part` to the next place, and empties it. An empty part is left out. */
static int keep_part(struct caption *caption, struct buf *part, struct arena *arena,
                     struct err *err)
{
    struct str kept = {NULL, 0};

    if (buf_check(part, "caption", err) != 0) {
        return (int)err->code;
    }
    if (part->len != 0) {
        kept = arena_copy(arena, buf_str(part));
        if (kept.p == NULL) {
            return err_memory(err);
        }
        caption->parts[caption->part_count++] = kept;
    }
    buf_reset(part);
    return 0;
}

static int write_parts(struct caption *out, const struct figures *figures, struct buf *part,
                       struct arena *arena, struct err *err)
{
    static void (*const appenders[])(struct buf *, const struct figures *) = {
        append_task, append_grader, append_samples, append_seeds, append_date, append_version,
    };
    int rc = 0;

    static_assert(sizeof appenders / sizeof appenders[0] <= CAPTION_PARTS_MAX, "room for all");
    for (size_t i = 0; rc == 0 && i < sizeof appenders / sizeof appenders[0]; i++) {
        appenders[i](part, figures);
        rc = keep_part(out, part, arena, err);
    }
    return rc;
}

int caption_write(struct caption *out, const struct figures *figures, struct arena *arena,
                  struct err *err)
{
    struct buf part;
    int rc = 0;

    *out = (struct caption){0};
    buf_init(&part, PART_BYTES_MAX);
    rc = write_parts(out, figures, &part, arena, err);
    if (figures->simulated_count != 0) {
        out->simulated = STR("Simulated models (sim/…) show how Haymaker works; "
                             "their scores say nothing about any real model.");
    }
    buf_release(&part);
    return rc;
}

struct str caption_printable(struct arena *arena, struct str text)
{
    struct buf printable;
    struct str copy = {NULL, 0};

    buf_init(&printable, PART_BYTES_MAX);
    utf8_append_printable(&printable, str_take(text, PART_BYTES_MAX / 4));
    copy = arena_copy(arena, buf_str(&printable));
    buf_release(&printable);
    return copy;
}

/* A line that is being filled. */
struct filling {
    struct buf *out;
    double width_px; /* of the line */
    double used_px;
    double font_px;
    size_t lines;
};

static void fill(struct filling *filling, struct str piece, struct str separator)
{
    double piece_px = measure_width_px(piece, filling->font_px);
    double separator_px = measure_width_px(separator, filling->font_px);

    if (filling->lines == 0) {
        filling->lines = 1;
    } else if (filling->used_px + separator_px + piece_px > filling->width_px) {
        buf_append_char(filling->out, '\n');
        filling->lines++;
        filling->used_px = 0;
    } else {
        buf_append(filling->out, separator);
        filling->used_px += separator_px;
    }
    buf_append(filling->out, piece);
    filling->used_px += piece_px;
}

/* Begins a line of its own. */
static void fill_sentence(struct filling *filling, struct str sentence)
{
    struct str_pair words = {.tail = sentence, .ok = sentence.len != 0};

    filling->used_px = filling->width_px;
    while (words.ok) {
        words = str_cut(words.tail, ' ');
        fill(filling, words.head, STR(" "));
    }
}

size_t caption_append_wrapped(struct buf *out, const struct caption *caption, struct str note,
                              double width_px, double font_px)
{
    struct filling filling = {.out = out, .width_px = width_px, .font_px = font_px};

    for (size_t i = 0; i < caption->part_count; i++) {
        fill(&filling, caption->parts[i], STR(" · "));
    }
    fill_sentence(&filling, note);
    fill_sentence(&filling, caption->simulated);
    return filling.lines;
}
