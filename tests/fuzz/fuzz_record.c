/* Any bytes as a result and as a journal: a line that says what is wrong, or a record that is
 * written and read back to the same. The first byte says which. */
#include "base/arena.h"
#include "record/journal.h"
#include "record/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *scratch(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "/dev/shm/haymaker-fuzz-%ld-%s", (long)getpid(), name);
    return path;
}

static void write_file(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(bytes.p, 1, bytes.len, file) != bytes.len || fclose(file) != 0) {
        abort();
    }
}

static void read_result(struct str bytes)
{
    struct result first = {0};
    struct result second = {0};
    struct err err = {ERR_NONE, ""};

    write_file(scratch("result"), bytes);
    if (result_load(&first, scratch("result"), &err) == 0) {
        if (result_save(&first, scratch("result"), &err) != 0 ||
            result_load(&second, scratch("result"), &err) != 0 ||
            first.trial_count != second.trial_count || first.cell_count != second.cell_count) {
            abort();
        }
        result_release(&second);
        result_release(&first);
    }
}

static void read_journal(struct str bytes)
{
    static struct str models[] = {STR_INIT("sim/perfect")};
    static uint64_t needles[] = {2};
    static uint64_t lengths[] = {8192};
    struct result result = {
        .program_version = STR_INIT("0"),
        .created = STR_INIT("2026-11-22T00:00:00Z"),
        .generator_version = STR_INIT("1"),
        .corpus_hash = STR_INIT("0000000000000000"),
        .plan = {.models = models,
                 .model_count = 1,
                 .task = STR_INIT("mrcr"),
                 .grader = STR_INIT("openai-mrcr"),
                 .needles = needles,
                 .needle_count = 1,
                 .lengths = lengths,
                 .length_count = 1,
                 .samples = 4},
    };
    struct trial_slots slots = {0};
    struct journal_past past = {0};
    struct journal *journal = NULL;
    struct err err = {ERR_NONE, ""};

    write_file(scratch("journal"), bytes);
    if (trial_slots_init(&slots, &result.plan, &err) != 0) {
        abort();
    }
    (void)journal_open(&journal, scratch("journal"), &result, &slots, &past, &err);
    journal_close(journal);
    trial_slots_release(&slots);
    arena_release(&result.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data + 1, size - 1};

    if (size < 1) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        read_result(bytes);
    } else {
        read_journal(bytes);
    }
    return 0;
}
