/* identity: which prompt a trial was sent, and which haystack that prompt asks about. */
#ifndef RECORD_IDENTITY_H
#define RECORD_IDENTITY_H

#include "record/result.h"

#include <stdbool.h>
#include <stdint.h>

/* The trial's fingerprint as numbers; false when it is none. */
bool trial_fingerprint(const struct result_trial *trial, uint64_t out[2]);

/* The haystack's identity, which its probes share; the prompt's own where the result does not
 * tell. */
uint64_t trial_cluster(const struct result_trial *trial);

#endif
