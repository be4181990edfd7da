/* decisions: what a sweep that ends its cells early (cli/stopping.h) has decided, for its result
 * and for people.
 */
#ifndef CLI_DECISIONS_H
#define CLI_DECISIONS_H

#include "cli/outlook.h"
#include "cli/stopping.h"
#include "record/journal.h"
#include "record/result.h"

#include <stdio.h>

struct decisions_settings {
    const struct stopping *stopping;
    const struct trial_slots *slots;
    const enum trial_hold *holds;
    const struct task *task;
    const struct models *models;
};

/* Sets result->stopping, and what was spared of each of its cells. */
int decisions_record(const struct decisions_settings *settings, struct result *result,
                     struct err *err);

/* A paragraph a pair of models, cell by cell, and what was saved; nothing when the sweep was not to
 * stop early. */
void decisions_print(const struct result *result, FILE *out);

#endif
