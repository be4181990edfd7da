/* consent: the user's word before money is spent.
 */
#ifndef CLI_CONSENT_H
#define CLI_CONSENT_H

#include "base/err.h"
#include "cli/sweep.h"

/* To be called when it is known which trials are due. When those to real models are expected to
 * cost more than sweep->confirm_above, asks on the terminal whether to go on. ERR_USAGE when there
 * is no terminal; ERR_INCOMPLETE when the answer is no; ERR_INTERRUPTED. What a model without a
 * known price costs is not counted. */
int consent_ask(const struct sweep *sweep, struct err *err);

#endif
