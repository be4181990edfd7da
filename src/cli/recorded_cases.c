#include "cli/recorded_cases.h"

#include "dataset/case_file.h"

#include <sys/stat.h>

/* A result is a stranger's file: what it names may be a device, which never ends. */
static bool is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* All up to the last slash, or all after it. */
static struct str part_of_path(struct str path, bool is_folder)
{
    size_t end = path.len;

    while (end != 0 && path.p[end - 1] != '/') {
        end--;
    }
    return is_folder ? str_take(path, end) : str_skip(path, end);
}

static bool set_path(struct buf *path, struct str folder, struct str name)
{
    buf_reset(path);
    buf_append(path, folder);
    buf_append(path, name);
    return path->len != 0 && path->failure == 0 && is_regular(path->p);
}

static bool find(const struct result *result, const char *given, struct buf *path)
{
    if (given != NULL) {
        return set_path(path, STR(""), str_from(given));
    }
    return result->case_file.len != 0 && (set_path(path, STR(""), result->case_file) ||
                                          set_path(path, part_of_path(result->path, true),
                                                   part_of_path(result->case_file, false)));
}

static bool is_recorded(const struct result_dataset *dataset, const struct case_source *source)
{
    for (size_t i = 0; i < dataset->file_count; i++) {
        if (str_equal(str_take(dataset->files[i], DIGEST_HEX), str_from(source->sha256))) {
            return true;
        }
    }
    return false;
}

static int check(const struct result_dataset *dataset, const char *path, struct err *err)
{
    struct case_file cases = {0};
    int rc = case_file_read(&cases, path, err);

    if (rc != 0) {
        return rc;
    }
    if (!str_equal(str_from(cases.dataset->name), dataset->name) ||
        !str_equal(cases.revision, dataset->revision) ||
        cases.source_count != dataset->file_count) {
        rc = err_set(err, ERR_INPUT, "the case file is of other data than the result");
    }
    for (size_t i = 0; rc == 0 && i < cases.source_count; i++) {
        if (!is_recorded(dataset, &cases.sources[i])) {
            rc = err_set(err, ERR_INPUT,
                         "the case file is of another %.*s than the result: their SHA-256 differ",
                         STR_ARG(cases.sources[i].name));
        }
    }
    case_file_release(&cases);
    return rc;
}

int recorded_cases_find(const struct result *result, const char *given, struct buf *path,
                        struct err *err)
{
    if (!find(result, given, path)) {
        return err_set(err, ERR_INPUT,
                       "the case file '%.*s' is not there: --cases FILE says where it is",
                       STR_ARG(given != NULL ? str_from(given) : result->case_file));
    }
    return check(&result->plan.dataset, path->p, err);
}
