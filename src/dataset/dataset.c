#include "dataset/dataset.h"

#include "base/buf.h"

#include <string.h>

extern const struct dataset dataset_openai_mrcr;
extern const struct dataset dataset_gdm_mrcr;
extern const struct dataset dataset_graphwalks;
extern const struct dataset dataset_ruler;

const struct dataset *const datasets[] = {&dataset_openai_mrcr, &dataset_gdm_mrcr,
                                          &dataset_graphwalks, &dataset_ruler, NULL};

void dataset_row_init(struct dataset_row *row)
{
    *row = (struct dataset_row){.wanted_message = DATASET_NO_MESSAGE};
    messages_init(&row->messages);
}

void dataset_row_release(struct dataset_row *row)
{
    messages_release(&row->messages);
    arena_release(&row->arena);
    dataset_row_init(row);
}

int dataset_find(struct str format, const struct dataset **out, struct err *err)
{
    struct buf known;
    int rc = 0;

    buf_init(&known, 1024);
    for (size_t i = 0; datasets[i] != NULL; i++) {
        if (str_equal(format, str_from(datasets[i]->format))) {
            *out = datasets[i];
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%s%s", i != 0 ? ", " : "", datasets[i]->format);
    }
    rc = err_set(err, ERR_USAGE, "unknown dataset '%.*s'; known: %.*s", STR_ARG(format),
                 STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}

const char *dataset_known_revision(const struct dataset *dataset, const char *sha256)
{
    for (const struct dataset_file *file = dataset->files; file != NULL && file->path != NULL;
         file++) {
        if (file->sha256 != NULL && strcmp(file->sha256, sha256) == 0) {
            return dataset->revision;
        }
    }
    return "";
}

uint64_t dataset_power_of_two(uint64_t tokens, uint64_t least)
{
    uint64_t length = least;

    while (length < tokens && length <= UINT64_MAX / 2) {
        length *= 2;
    }
    return length;
}
