/* summary: trials to cells, and cells to the table that ends a sweep. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "base/err.h"
#include "record/journal.h"
#include "record/result.h"

#include <stdbool.h>
#include <stdio.h>

/* Fills result->trials with the slots that have ended, in plan order, and result->cells with one
 * cell per (model, needles, length). Allocated in result->arena. `is_watched`: the sweep ended
 * cells when it had seen enough (cli/stopping.h), so intervals are those of stats/watched.h. */
int summary_build(struct result *result, const struct trial_slots *slots, bool is_watched,
                  struct err *err);

/* A table for people: a row a cell, within 80 columns, and below it what else there is to say: how
 * trials ended, what an endpoint said of prompts it found too long, which canaries were not found,
 * what caches saved. */
void summary_print(const struct result *result, FILE *out);

#endif
