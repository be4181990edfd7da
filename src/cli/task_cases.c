#include "cli/task.h"

#include "base/buf.h"
#include "base/units.h"
#include "dataset/case_file.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_NAME_BYTES_MAX = 1024 };

/* What says how a haystack is made says nothing of one that is there already. */
static int check_settings(const struct task_settings *settings, struct err *err)
{
    const struct {
        const char *option;
        bool is_set;
    } idle[] = {
        {"--task", strcmp(settings->task, "mrcr") != 0},
        {"--task-option", settings->options.count != 0},
        {"--seed", settings->seed != 1},
        {"--probes", settings->probes != 1},
        {"--cold", settings->cold},
        {"--canary", settings->canary},
        {"--fill", strcmp(settings->fill, "exact") != 0},
        {"--depths", settings->depths != NULL},
        {"--corpus", settings->corpus != NULL},
        {"--needle", settings->needle != NULL},
        {"--question", settings->question != NULL},
        {"--expect", settings->expect != NULL},
    };

    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        if (idle[i].is_set) {
            return err_set(err, ERR_USAGE, "--cases are as they are: %s does not go with it",
                           idle[i].option);
        }
    }
    return settings->samples != 0 ? 0 : err_set(err, ERR_USAGE, "--samples: 0");
}

/* The values that a column of the case file has, ascending; each once. */
static int list_values(const struct case_file *cases, bool of_needles, uint64_t *out, size_t *count,
                       struct err *err)
{
    uint64_t last = 0;

    for (*count = 0; *count < UNITS_LIST_MAX; ++*count) {
        uint64_t best = 0;

        for (size_t i = 0; i < cases->row_count; i++) {
            const struct case_row *row = &cases->rows[i];
            uint64_t value = of_needles ? row->needles : row->length_tokens;

            best = value > last && (best == 0 || value < best) ? value : best;
        }
        if (best == 0) {
            return 0;
        }
        out[*count] = best;
        last = best;
    }
    return err_set(err, ERR_LIMIT, "--cases: more than %d lengths or needle counts",
                   UNITS_LIST_MAX);
}

static bool contains(const uint64_t *list, size_t count, uint64_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

/* What the file has, or what was asked for, which it must have. */
static int choose_values(const struct case_file *cases, const char *asked, bool of_needles,
                         struct arena *arena, uint64_t **out, size_t *count, struct err *err)
{
    uint64_t there[UNITS_LIST_MAX];
    uint64_t chosen[UNITS_LIST_MAX];
    size_t there_count = 0;
    int rc = list_values(cases, of_needles, there, &there_count, err);

    if (rc == 0 && asked == NULL) {
        memcpy(chosen, there, sizeof chosen);
        *count = there_count;
    } else if (rc == 0) {
        rc = of_needles ? units_parse_numbers(str_from(asked), chosen, count, err)
                        : units_parse_lengths(str_from(asked), chosen, count, err);
    }
    for (size_t i = 0; rc == 0 && i < *count; i++) {
        if (!contains(there, there_count, chosen[i])) {
            rc = err_set(err, ERR_USAGE, "no case has %llu", (unsigned long long)chosen[i]);
        }
    }
    if (rc != 0) {
        return err_wrap(err, of_needles ? "--needles" : "--lengths");
    }
    *out = arena_alloc(arena, *count, sizeof **out);
    if (*out == NULL) {
        return err_memory(err);
    }
    memcpy(*out, chosen, *count * sizeof **out);
    return 0;
}

static uint64_t count_rows(const struct case_file *cases, uint64_t length, uint64_t needles)
{
    uint64_t count = 0;

    for (size_t i = 0; i < cases->row_count; i++) {
        count += cases->rows[i].length_tokens == length && cases->rows[i].needles == needles;
    }
    return count;
}

static int count_cells(const struct case_file *cases, uint64_t samples_most, struct arena *arena,
                       struct result_plan *plan, struct err *err)
{
    size_t count = plan->length_count * plan->needle_count;
    uint64_t *cells = arena_alloc(arena, count, sizeof *cells);

    if (cells == NULL) {
        return err_memory(err);
    }
    plan->samples = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t rows = count_rows(cases, plan->lengths[i / plan->needle_count],
                                   plan->needles[i % plan->needle_count]);

        cells[i] = rows < samples_most ? rows : samples_most;
        plan->samples = cells[i] > plan->samples ? cells[i] : plan->samples;
    }
    plan->dataset.cell_samples = cells;
    return plan->samples != 0 ? 0
                              : err_set(err, ERR_USAGE, "no case has these lengths and needles");
}

static int describe_dataset(const struct case_file *cases, const char *path, struct arena *arena,
                            struct result_plan *plan, struct err *err)
{
    struct result_dataset *dataset = &plan->dataset;
    struct buf text;
    int rc = 0;

    dataset->name = str_from(cases->dataset->name);
    dataset->revision = arena_copy(arena, cases->revision);
    dataset->path = path;
    dataset->file_count = cases->source_count;
    dataset->files = arena_alloc(arena, cases->source_count, sizeof *dataset->files);
    plan->grader = arena_copy(arena, cases->grader);
    if (dataset->revision.p == NULL || dataset->files == NULL || plan->grader.p == NULL) {
        return err_memory(err);
    }
    buf_init(&text, FILE_NAME_BYTES_MAX);
    for (size_t i = 0; rc == 0 && i < cases->source_count; i++) {
        buf_reset(&text);
        buf_appendf(&text, "%s  %.*s", cases->sources[i].sha256, STR_ARG(cases->sources[i].name));
        rc = buf_check(&text, "a file's name", err);
        dataset->files[i] = arena_copy(arena, buf_str(&text));
        if (rc == 0 && dataset->files[i].p == NULL) {
            rc = err_memory(err);
        }
    }
    buf_release(&text);
    return rc;
}

int task_plan_cases(const struct task_settings *settings, struct arena *arena,
                    struct result_plan *plan, struct err *err)
{
    struct case_file cases = {0};
    int rc = check_settings(settings, err);

    if (rc == 0) {
        rc = case_file_read(&cases, settings->cases, err);
    }
    if (rc == 0) {
        rc = choose_values(&cases, settings->lengths, false, arena, &plan->lengths,
                           &plan->length_count, err);
    }
    if (rc == 0) {
        rc = choose_values(&cases, settings->needles, true, arena, &plan->needles,
                           &plan->needle_count, err);
    }
    if (rc == 0) {
        rc = count_cells(&cases, settings->samples, arena, plan, err);
    }
    if (rc == 0) {
        rc = describe_dataset(&cases, settings->cases, arena, plan, err);
    }
    if (rc == 0) {
        plan->task = str_from(cases.dataset->name);
        plan->probes = 1;
        plan->fill = CASE_FILL_EXACT;
        plan->corpus = STR("");
        plan->needle = STR("");
        plan->question = STR("");
        plan->expect = STR("");
    }
    case_file_release(&cases);
    return rc;
}
