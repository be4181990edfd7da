/* hold: what keeps a trial from being sent.
 */
#ifndef CLI_HOLD_H
#define CLI_HOLD_H

/* Why a trial is not sent in this run. */
enum trial_hold {
    TRIAL_FREE,     /* it is, unless it has ended */
    TRIAL_UNKNOWN,  /* an earlier run has begun to send it and may have paid for it */
    TRIAL_BATCHED,  /* it is in a batch already */
    TRIAL_SPARED,   /* its cell is decided (cli/stopping.h) */
    TRIAL_ELSEWHERE /* another shard sends it */
};

#endif
