/* plan_print: an estimate as a table of 80 columns or as JSON.
 */
#ifndef CLI_PLAN_PRINT_H
#define CLI_PLAN_PRINT_H

#include "base/err.h"
#include "cli/estimate.h"

#include <stdint.h>
#include <stdio.h>

struct plan_print {
    const struct result_plan *plan;
    const struct models *models;
    const struct estimate *estimate;
    uint64_t concurrency;
    uint64_t requests_per_minute; /* 0: as the endpoints' headers say */
    uint64_t tokens_per_minute;
    double detect; /* the difference that is asked for; 0: none */
};

int plan_print_text(const struct plan_print *print, FILE *out, struct err *err);
int plan_print_json(const struct plan_print *print, FILE *out, struct err *err);

#endif
