#include "report/labels.h"

#include "base/buf.h"
#include "base/utf8.h"

enum { LABEL_BYTES_MAX = 4096 };

/* Long names are cut in the middle: vendors put the family first and the version last. */
enum { NAME_HEAD = 22, NAME_TAIL = 17 };

/* Byte offset of the character `count` characters from the start (or the end of the text). */
static size_t offset_of(struct str text, size_t count)
{
    size_t at = 0;

    while (at < text.len && count != 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(str_skip(text, at), &code);

        at += len != 0 ? len : 1;
        count--;
    }
    return at;
}

static void append_name(struct buf *out, struct str name)
{
    struct buf printable;
    struct str shown;
    size_t characters = 0;

    buf_init(&printable, LABEL_BYTES_MAX);
    utf8_append_printable(&printable, str_take(name, LABEL_BYTES_MAX / 4));
    shown = buf_str(&printable);
    characters = utf8_length(shown);
    if (characters <= NAME_HEAD + 1 + NAME_TAIL) {
        buf_append(out, shown);
    } else {
        buf_append(out, str_take(shown, offset_of(shown, NAME_HEAD)));
        buf_append(out, STR("…"));
        buf_append(out, str_skip(shown, offset_of(shown, characters - NAME_TAIL)));
    }
    buf_release(&printable);
}

static struct str file_name_of(struct str path)
{
    size_t at = path.len;

    while (at != 0 && path.p[at - 1] != '/') {
        at--;
    }
    path = str_skip(path, at);
    return str_ends(path, STR(".json")) ? str_take(path, path.len - 5) : path;
}

static bool has_several_tasks(const struct figures *figures)
{
    for (size_t i = 1; i < figures->series_count; i++) {
        if (!str_equal(figures->series[i].task, figures->series[0].task)) {
            return true;
        }
    }
    return false;
}

static bool is_label_taken(const struct figures *figures, size_t before, struct str label)
{
    for (size_t i = 0; i < before; i++) {
        if (str_equal(figures->series[i].label, label)) {
            return true;
        }
    }
    return false;
}

static void write_label(struct buf *out, const struct figures *figures, const struct series *series)
{
    buf_reset(out);
    append_name(out, series->model);
    if (series->simulated) {
        buf_append(out, STR(" (simulated)"));
    }
    if (has_several_tasks(figures)) {
        buf_append(out, STR(" · "));
        append_name(out, series->task);
    }
    buf_appendf(out, " · %llu needle%s", (unsigned long long)series->needles,
                series->needles == 1 ? "" : "s");
    if (figures_in_several_results(figures, series)) {
        buf_append(out, STR(" · "));
        append_name(out, file_name_of(series->result->path));
    }
}

/* ECharts takes two series of one name for one, so cut names must not coincide. */
int labels_write(struct figures *figures, struct err *err)
{
    struct buf label;
    int rc = 0;

    buf_init(&label, LABEL_BYTES_MAX);
    for (size_t i = 0; rc == 0 && i < figures->series_count; i++) {
        struct series *series = &figures->series[i];

        write_label(&label, figures, series);
        if (is_label_taken(figures, i, buf_str(&label))) {
            buf_appendf(&label, " · no. %zu", i + 1);
        }
        rc = buf_check(&label, "label", err);
        series->label = arena_copy(&figures->arena, buf_str(&label));
        if (rc == 0 && series->label.p == NULL) {
            rc = err_memory(err);
        }
    }
    buf_release(&label);
    return rc;
}
