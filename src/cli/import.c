#include "cli/import.h"

#include "base/arena.h"
#include "base/units.h"
#include "cli/output.h"
#include "dataset/case_file.h"
#include "dataset/case_source.h"
#include "score/grader.h"
#include "token/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CELLS_MAX = 1024 };

struct cell {
    uint64_t needles;
    uint64_t length_tokens;
    uint64_t rows;
};

struct import {
    const struct dataset *dataset;
    const struct import_settings *settings;
    struct case_file cases; /* sources and settings; rows are written as they are read */
    struct tokenizer *tokenizer;
    FILE *out;
    struct cell cells[CELLS_MAX];
    size_t cell_count;
    uint64_t row_count;
    uint64_t bad_count;  /* of row_count: failed a check */
    uint64_t kept_count; /* of row_count: in the case file */
};

static int count_row(struct import *import, const struct case_row *row, struct err *err)
{
    struct cell *cell = import->cells;
    struct cell *end = import->cells + import->cell_count;

    while (cell < end &&
           (cell->needles != row->needles || cell->length_tokens != row->length_tokens)) {
        cell++;
    }
    if (cell == end) {
        if (import->cell_count == CELLS_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d bins", CELLS_MAX);
        }
        *cell = (struct cell){row->needles, row->length_tokens, 0};
        import->cell_count++;
    }
    cell->rows++;
    return 0;
}

/* The bin, or a problem: rows outside every bin are kept in the next power of two when asked. */
static int place_in_bin(const struct import *import, const struct dataset_row *row,
                        const struct case_measure *measure, struct case_row *out, struct err *err)
{
    uint64_t tokens = measure->prompt.tokens + measure->answer_tokens;

    out->length_tokens = import->dataset->length(row, tokens);
    if (out->length_tokens != 0) {
        return 0;
    }
    out->length_tokens = dataset_power_of_two(tokens, 1);
    return err_set(err, ERR_INPUT, "%" PRIu64 " tokens are in none of the dataset's bins", tokens);
}

/* ERR_INPUT in *problem is the row's own; what is returned ends the import. */
static int import_row(struct import *import, const struct table_cell *cells, struct case_row *row,
                      bool *is_kept, struct err *problem, struct err *err)
{
    struct dataset_row made;
    struct case_measure measure = {0};
    struct err second = {ERR_NONE, ""};
    int rc = 0;

    dataset_row_init(&made);
    rc = import->dataset->read(cells, &import->cases.settings, &made, problem);
    if (rc == 0) {
        *is_kept = true;
        rc = import->dataset->check(cells, &made, problem);
        row->needles = made.needles;
        if (case_source_measure(&made, import->tokenizer, &measure, err) != 0) {
            dataset_row_release(&made);
            return (int)err->code;
        }
        row->measure = measure.prompt;
        row->answer_tokens = measure.answer_tokens;
        row->depth = measure.depth;
        if (place_in_bin(import, &made, &measure, row, rc == 0 ? problem : &second) != 0) {
            rc = ERR_INPUT;
        }
    }
    dataset_row_release(&made);
    if (rc != 0 && problem->code != ERR_INPUT) {
        *err = *problem;
        return rc;
    }
    *is_kept = *is_kept && (rc == 0 || import->settings->keeps_bad);
    return 0;
}

static int take_row(struct import *import, const struct table_cell *cells, struct case_row *row,
                    struct err *err)
{
    struct err problem = {ERR_NONE, ""};
    bool is_kept = false;
    int rc = import_row(import, cells, row, &is_kept, &problem, err);

    if (rc != 0) {
        return rc;
    }
    if (problem.code != ERR_NONE) {
        import->bad_count++;
        (void)fprintf(stderr, "%s: row %" PRIu64 ": %s%s\n",
                      import->cases.sources[row->source].path.p, row->place.row, problem.text,
                      is_kept ? " (kept)" : "");
    }
    if (is_kept) {
        import->kept_count++;
        case_file_write_row(row, import->out);
        rc = count_row(import, row, err);
    }
    return rc;
}

static int import_file(struct import *import, size_t source, struct err *err)
{
    const struct dataset *dataset = import->dataset;
    const struct table_cell *cells = NULL;
    struct table *table = NULL;
    int rc = table_open(&table, import->cases.sources[source].path.p, dataset->columns,
                        dataset->column_count, err);

    while (rc == 0) {
        struct case_row row = {.source = source};
        struct err problem = {ERR_NONE, ""};

        rc = table_next(table, &cells, &row.place, &problem);
        if (rc == 0) {
            break;
        }
        import->row_count++;
        if (rc == 1) {
            rc = take_row(import, cells, &row, err);
        } else if (rc == ERR_INPUT) {
            import->bad_count++;
            (void)fprintf(stderr, "%s\n", problem.text);
            rc = 0;
        } else {
            *err = problem;
        }
    }
    table_close(table);
    return rc;
}

static int describe_source(struct import *import, size_t index, const char *path, struct err *err)
{
    struct case_source *source = &import->cases.sources[index];
    const char *slash = strrchr(path, '/');
    const char *known = NULL;
    struct stat status;
    int rc = digest_file(path, source->sha256, err);

    if (rc != 0) {
        return rc;
    }
    if (stat(path, &status) != 0) {
        return err_system(err, "%s", path);
    }
    source->path = str_from(path);
    source->name = str_from(slash != NULL ? slash + 1 : path);
    source->bytes = (uint64_t)status.st_size;
    known = dataset_known_revision(import->dataset, source->sha256);
    if (import->settings->revision == NULL && known[0] != '\0') {
        import->cases.revision = str_from(known);
    }
    return 0;
}

static int describe(struct import *import, struct err *err)
{
    const struct import_settings *settings = import->settings;
    const struct grader *grader = NULL;
    const char *name = settings->grader != NULL ? settings->grader : import->dataset->grader;
    int rc = grader_find(str_from(name), &grader, err);

    if (rc != 0) {
        return err_wrap(err, "--grader");
    }
    import->cases.dataset = import->dataset;
    import->cases.grader = str_from(grader->name);
    import->cases.revision = str_from(settings->revision != NULL ? settings->revision : "");
    import->cases.settings.leaves_out_answer_prefix = settings->leaves_out_answer_prefix;
    import->cases.source_count = settings->file_count;
    import->cases.sources =
        arena_alloc(&import->cases.arena, settings->file_count + 1, sizeof *import->cases.sources);
    if (import->cases.sources == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < settings->file_count; i++) {
        rc = describe_source(import, i, settings->files[i], err);
    }
    return rc;
}

/* The next smallest value that some cell has; 0 when there is none. */
static uint64_t next_value(const struct import *import, uint64_t after, bool of_needles)
{
    uint64_t best = 0;

    for (size_t i = 0; i < import->cell_count; i++) {
        uint64_t value = of_needles ? import->cells[i].needles : import->cells[i].length_tokens;

        if (value > after && (best == 0 || value < best)) {
            best = value;
        }
    }
    return best;
}

static uint64_t cell_rows(const struct import *import, uint64_t needles, uint64_t length)
{
    for (size_t i = 0; i < import->cell_count; i++) {
        if (import->cells[i].needles == needles && import->cells[i].length_tokens == length) {
            return import->cells[i].rows;
        }
    }
    return 0;
}

static void print_bins(const struct import *import, FILE *out)
{
    uint64_t expected = import->dataset->rows_per_bin;
    uint64_t unlike = 0;
    struct buf text;

    buf_init(&text, 256);
    (void)fprintf(out, "%-8s", "needles");
    for (uint64_t l = next_value(import, 0, false); l != 0; l = next_value(import, l, false)) {
        buf_reset(&text);
        units_append_length(&text, l);
        (void)fprintf(out, "%8.*s", STR_ARG(buf_str(&text)));
    }
    (void)fputc('\n', out);
    for (uint64_t n = next_value(import, 0, true); n != 0; n = next_value(import, n, true)) {
        (void)fprintf(out, "%-8" PRIu64, n);
        for (uint64_t l = next_value(import, 0, false); l != 0; l = next_value(import, l, false)) {
            uint64_t rows = cell_rows(import, n, l);

            unlike += rows != expected;
            (void)fprintf(out, "%8" PRIu64, rows);
        }
        (void)fputc('\n', out);
    }
    if (expected != 0 && unlike != 0) {
        (void)fprintf(out,
                      "The card of %s says %" PRIu64 " rows per bin: %" PRIu64
                      " of these bins have another number.\n",
                      import->dataset->name, expected, unlike);
    }
    buf_release(&text);
}

static void print_summary(const struct import *import, FILE *out)
{
    (void)fprintf(
        out, "%s, revision %.*s: %" PRIu64 " rows, %" PRIu64 " bad, %" PRIu64 " cases\n",
        import->dataset->name,
        STR_ARG(import->cases.revision.len != 0 ? import->cases.revision : STR("unknown")),
        import->row_count, import->bad_count, import->kept_count);
    if (import->cell_count != 0) {
        print_bins(import, out);
    }
}

static int import_files(struct import *import, struct err *err)
{
    struct output output = {0};
    int rc = output_open(&output, import->settings->output, err);

    import->out = output.file;
    if (rc == 0) {
        rc = case_file_write_head(&import->cases, output.path, output.file, err);
    }
    for (size_t i = 0; rc == 0 && i < import->cases.source_count; i++) {
        rc = import_file(import, i, err);
    }
    if (rc == 0 && import->kept_count == 0) {
        rc = err_set(err, ERR_INPUT, "none of %" PRIu64 " rows is a case", import->row_count);
    }
    return output_close(&output, rc, err);
}

static bool is_on_stdout(const struct import_settings *settings)
{
    return settings->output == NULL || strcmp(settings->output, "-") == 0;
}

int import_run(const struct dataset *dataset, const struct import_settings *settings,
               struct err *err)
{
    struct import import = {.dataset = dataset, .settings = settings};
    int rc = 0;

    if (settings->file_count == 0) {
        return err_set(err, ERR_USAGE, "which files of %s?", dataset->name);
    }
    rc = describe(&import, err);
    if (rc == 0) {
        rc = tokenizer_open(&import.tokenizer, TOKEN_O200K_BASE, err);
    }
    if (rc == 0) {
        rc = import_files(&import, err);
    }
    if (rc == 0) {
        print_summary(&import, is_on_stdout(settings) ? stderr : stdout);
    }
    tokenizer_free(import.tokenizer);
    case_file_release(&import.cases);
    return rc;
}
