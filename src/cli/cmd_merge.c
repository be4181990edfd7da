#include "cli/cli.h"

#include "cli/shard.h"
#include "cli/summary.h"
#include "record/journal.h"
#include "record/plan.h"
#include "record/result.h"
#include "record/same_sweep.h"

#include <stdlib.h>
#include <string.h>

struct merge_settings {
    const char *output;
};

static const struct opt options[] = {
    OPT(OPT_TEXT, 'o', "output", "FILE", "the result of all shards together (required)",
        struct merge_settings, output),
};

/* The shards by their number; texts of the merged result are borrowed from them. */
struct merge {
    struct result *shards;
    size_t loaded;
    struct result *by_number[SHARDS_MAX];
    uint32_t count; /* of shards that there are to be */
    uint16_t *split;
    struct trial_slots slots;
    struct result merged;
};

static void release(struct merge *merge)
{
    trial_slots_release(&merge->slots);
    result_release(&merge->merged);
    for (size_t i = 0; i < merge->loaded; i++) {
        result_release(&merge->shards[i]);
    }
    free(merge->shards);
    free(merge->split);
}

static int take_shard(struct merge *merge, struct result *result, struct err *err)
{
    struct shard shard = {0};

    if (result->shard.len == 0) {
        return err_set(err, ERR_INPUT, "%.*s is a whole result, not a shard",
                       STR_ARG(result->path));
    }
    if (shard_parse(result->shard, &shard, err) != 0) {
        return err_set(err, ERR_INPUT, "%.*s: '%.*s' is no shard", STR_ARG(result->path),
                       STR_ARG(str_take(result->shard, 40)));
    }
    if (merge->count != 0 && shard.count != merge->count) {
        return err_set(err, ERR_INPUT, "%.*s is shard %.*s, but %.*s is one of %u",
                       STR_ARG(result->path), STR_ARG(result->shard),
                       STR_ARG(merge->shards[0].path), (unsigned)merge->count);
    }
    merge->count = shard.count;
    if (merge->by_number[shard.number - 1] != NULL) {
        return err_set(err, ERR_INPUT, "%.*s and %.*s are both shard %.*s",
                       STR_ARG(merge->by_number[shard.number - 1]->path), STR_ARG(result->path),
                       STR_ARG(result->shard));
    }
    merge->by_number[shard.number - 1] = result;
    return same_sweep_check(&merge->shards[0], result, err);
}

static int load_shards(struct merge *merge, const struct opt_args *files, struct err *err)
{
    int rc = 0;

    merge->shards = calloc(files->count + 1, sizeof *merge->shards);
    if (merge->shards == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < files->count; i++) {
        rc = result_load(&merge->shards[i], files->items[i], err);
        if (rc == 0) {
            merge->loaded++;
            rc = take_shard(merge, &merge->shards[i], err);
        }
    }
    for (uint32_t i = 0; rc == 0 && i < merge->count; i++) {
        if (merge->by_number[i] == NULL) {
            rc = err_set(err, ERR_INPUT, "shard %u/%u is missing", (unsigned)i + 1,
                         (unsigned)merge->count);
        }
    }
    return rc;
}

static int take_trials(struct merge *merge, uint32_t number, struct err *err)
{
    const struct result *shard = merge->by_number[number - 1];

    for (size_t i = 0; i < shard->trial_count; i++) {
        size_t index = plan_trial_index(&shard->plan, &shard->trials[i]);

        if (index >= merge->slots.count || merge->split[index] != number ||
            merge->slots.ended[index]) {
            return err_set(err, ERR_INPUT, "%.*s: trials[%zu] does not belong to shard %.*s",
                           STR_ARG(shard->path), i, STR_ARG(shard->shard));
        }
        merge->slots.trials[index] = shard->trials[i];
        merge->slots.ended[index] = true;
    }
    return 0;
}

/* As one machine would have written it: all but the trials is the same in every shard. */
static int join(struct merge *merge, struct err *err)
{
    const struct result *first = &merge->shards[0];
    struct result *merged = &merge->merged;
    int rc = trial_slots_init(&merge->slots, &first->plan, err);

    merge->split = shard_split(&first->plan, merge->count);
    if (rc == 0 && merge->split == NULL) {
        rc = err_memory(err);
    }
    for (uint32_t i = 1; rc == 0 && i <= merge->count; i++) {
        rc = take_trials(merge, i, err);
    }
    if (rc != 0) {
        return rc;
    }
    *merged = (struct result){
        .program_version = first->program_version,
        .created = first->created,
        .generator_version = first->generator_version,
        .corpus_hash = first->corpus_hash,
        .case_file = first->case_file,
        .simulated = first->simulated,
        .plan = first->plan,
        .endpoints = first->endpoints,
        .endpoint_count = first->endpoint_count,
    };
    for (size_t i = 1; i < merge->loaded; i++) { /* stamps sort as texts do */
        const struct str created = merge->shards[i].created;
        size_t len = created.len < merged->created.len ? created.len : merged->created.len;

        if (memcmp(created.p, merged->created.p, len) < 0) {
            merged->created = created;
        }
    }
    return summary_build(merged, &merge->slots, false, err);
}

static int verdict(const struct merge *merge, struct err *err)
{
    size_t missing = 0;

    for (size_t i = 0; i < merge->slots.count; i++) {
        missing += merge->slots.ended[i] && outcome_counts(merge->slots.trials[i].outcome) ? 0 : 1;
    }
    return missing == 0 ? 0
                        : err_set(err, ERR_INCOMPLETE, "%zu of %zu trials have no answer", missing,
                                  merge->slots.count);
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct merge_settings settings = {0};
    const char *rest[OPT_ARGS_MAX];
    struct opt_args files;
    struct merge *merge = NULL;
    int rc = command_parse(self, argc, argv, &settings, rest, &files, err);

    if (rc != 0) {
        return rc;
    }
    if (files.count == 0 || settings.output == NULL) {
        return err_set(err, ERR_USAGE, "needs the shards' results and -o FILE");
    }
    merge = calloc(1, sizeof *merge);
    if (merge == NULL) {
        return err_memory(err);
    }
    rc = load_shards(merge, &files, err);
    if (rc == 0) {
        rc = join(merge, err);
    }
    if (rc == 0) {
        rc = result_save(&merge->merged, settings.output, err);
    }
    if (rc == 0) {
        summary_print(&merge->merged, stdout);
        rc = verdict(merge, err);
    }
    release(merge);
    free(merge);
    return rc;
}

const struct command cmd_merge = {
    .name = "merge",
    .purpose = "join the shards of a sweep that ran on several machines",
    .usage = "SHARD.json… -o RESULT.json",
    .examples = "  haymaker merge part-1.json part-2.json part-3.json -o all.json\n",
    .notes = "haymaker sweep --shard 1/3 (2/3, 3/3) makes the parts, each where you like.\n"
             "The result is the one that a single machine would have written, but for times.\n"
             "Shards must be of one sweep (same plan, program, corpus and prices), each there\n"
             "once and none missing; what does not fit is named.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
