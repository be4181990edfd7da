#include "cli/shard.h"

#include "record/plan.h"

#include <stdlib.h>

int shard_parse(struct str text, struct shard *out, struct err *err)
{
    struct str_pair parts = str_cut(text, '/');
    uint64_t number = 0;
    uint64_t count = 0;

    if (!parts.ok || !str_to_u64(parts.head, &number) || !str_to_u64(parts.tail, &count) ||
        number == 0 || number > count || count > SHARDS_MAX) {
        return err_set(err, ERR_USAGE, "'%.*s' is not I/N, such as 1/3 (up to %d shards)",
                       STR_ARG(text), SHARDS_MAX);
    }
    *out = (struct shard){(uint32_t)number, (uint32_t)count};
    return 0;
}

/* Places in the plan's list of lengths, the longest length first, equal ones as listed. */
static size_t *longest_first(const struct result_plan *plan)
{
    size_t *order = calloc(plan->length_count + 1, sizeof *order);

    for (size_t i = 0; order != NULL && i < plan->length_count; i++) {
        size_t at = i;

        for (; at != 0 && plan->lengths[order[at - 1]] < plan->lengths[i]; at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
    return order;
}

/* The n-th card of a deal that goes to and fro. */
static uint16_t dealt_to(size_t n, uint32_t count)
{
    size_t round = n / count;
    size_t place = n % count;

    return (uint16_t)((round % 2 == 0 ? place : count - 1 - place) + 1);
}

uint16_t *shard_split(const struct result_plan *plan, uint32_t count)
{
    size_t total = plan_trial_count(plan);
    size_t together = plan_haystack_trials(plan);
    size_t *order = longest_first(plan);
    uint16_t *shards = calloc(total + 1, sizeof *shards);
    size_t dealt = 0;

    if (order == NULL || shards == NULL) {
        free(order);
        free(shards);
        return NULL;
    }
    for (size_t i = 0; i < plan->length_count; i++) {
        size_t first = plan_length_begins(plan, order[i]);
        size_t trials = plan_length_begins(plan, order[i] + 1) - first;

        for (size_t at = 0; at < trials; at++) {
            shards[first + at] = dealt_to(dealt + at / together, count);
        }
        dealt += trials / together;
    }
    free(order);
    return shards;
}

uint64_t shard_part(const struct shard *shard, uint64_t whole)
{
    return whole / shard->count + (shard->number <= whole % shard->count ? 1 : 0);
}
