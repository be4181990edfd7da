/* budget: a hard cap on what a sweep may cost (--max-cost).
 *
 * A bill is known only when the answer is complete, minutes after the request was sent, so a cap
 * that looked at bills alone would be passed by everything still in flight. The budget therefore
 * counts each attempt at its worst case (price_cost_at_worst) from before it is sent until its
 * bill is known:
 *
 *     spent + possibly paid + committed + the next attempt's worst case <= cap
 *
 * The unit is the attempt, not the trial: a request that is sent again may be billed again. An
 * attempt goes through budget_admits, budget_commit, the wire, budget_settle; one that is made
 * again starts over at budget_admits. One that broke when the endpoint had the whole prompt may
 * have been billed and no message will ever tell: it stays counted at its worst case, for good,
 * and is reported apart as possibly paid.
 *
 * The cap is as hard as the worst cases are true. A vendor that counts more input tokens than were
 * assumed can bill more than was committed; the excess is counted like the rest and kept in
 * `overrun`, so that it can be told.
 *
 * Money is in pico-dollars (price.h), so that the order in which trials end changes no sum. A
 * budget is a value: nothing to release.
 */
#ifndef RECORD_BUDGET_H
#define RECORD_BUDGET_H

#include "base/err.h"
#include "base/str.h"
#include "record/price.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_NO_CAP PRICE_COST_MAX

struct budget {
    int64_t cap;                     /* BUDGET_NO_CAP: only counted, nothing is held back */
    int64_t spent;                   /* bills that are known */
    int64_t possibly_paid;           /* worst cases of attempts whose bill will never be known */
    int64_t committed;               /* worst cases of what is in flight */
    int64_t overrun;                 /* of `spent`: what exceeded its attempt's worst case */
    uint64_t possibly_paid_attempts; /* behind possibly_paid, those without a price included */
};

enum budget_room {
    BUDGET_ADMITS,  /* it may be sent now */
    BUDGET_WAITS,   /* it may fit when what is in flight was cheaper than its worst case */
    BUDGET_REACHED, /* it would not fit even if everything in flight turned out to be free */
    BUDGET_UNPRICED /* there is a cap, and what the attempt can cost is unknown */
};

/* "5", "0.25", "5usd", "5 USD": dollars as pico-dollars, exactly. ERR_USAGE for anything else. */
int budget_parse(struct str text, int64_t *cap, struct err *err);

/* `spent` is what earlier runs of the same sweep paid, which a cap on the sweep includes. */
void budget_init(struct budget *budget, int64_t cap, int64_t spent);

enum budget_room budget_room(const struct budget *budget, int64_t worst_cost);
bool budget_admits(const struct budget *budget, int64_t worst_cost);

/* An attempt is about to be sent. Its worst case may be PRICE_UNKNOWN when there is no cap. */
void budget_commit(struct budget *budget, int64_t worst_cost);

/* The attempt has ended; `worst_cost` as it was committed. PRICE_UNKNOWN as its actual cost means
 * that it may have been billed: the worst case stands. */
void budget_settle(struct budget *budget, int64_t worst_cost, int64_t actual_cost);

/* The actual cost of an attempt that ended so: `priced` (what price_cost makes of its usage) when
 * it was answered, 0 when the endpoint declined it or never had all of it, PRICE_UNKNOWN when it
 * broke afterwards and may have been billed. A gateway's 502, 504 or 524 is such a break: the
 * model behind it may have done its work. */
int64_t budget_actual_cost(const struct reply *reply, int64_t priced);

/* What counts against the cap: spent, possibly paid and committed. */
int64_t budget_counted(const struct budget *budget);

#endif
