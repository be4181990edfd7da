/* batch_run: the requests of a batch, answered.
 */
#ifndef SIM_BATCH_RUN_H
#define SIM_BATCH_RUN_H

#include "sim/batch_desk.h"
#include "sim/service.h"

/* Counts the requests and sets `total`. ERR_INPUT when the input is not what it should be. */
int batch_run_check(struct sim_batch *batch, struct err *err);

/* Answers them into `output` and `errors`, and counts how they ended. */
int batch_run(struct service *service, struct sim_batch *batch, struct err *err);

#endif
