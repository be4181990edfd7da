/* labels: what each line of a chart is called. Private to src/report. */
#ifndef REPORT_LABELS_H
#define REPORT_LABELS_H

#include "base/err.h"
#include "report/figures.h"

/* Sets the label of every series, allocated in figures->arena: the model's name, "simulated" where
 * it is, the needle count, and task or file where those are needed to tell series apart. */
int labels_write(struct figures *figures, struct err *err);

#endif
