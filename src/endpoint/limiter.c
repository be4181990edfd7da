#include "endpoint/limiter.h"

#include <math.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

enum { HALVING_PAUSE_S = 1 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* `seconds` from now, within what a stranger's header may ask for. */
static uint64_t hold_end_ns(uint64_t now_ns, double seconds)
{
    double bounded = fmin(fmax(seconds, 0.0), (double)LIMITER_HOLD_MAX_S); /* 0 for a NaN */

    return now_ns + (uint64_t)(bounded * (double)NS_PER_S);
}

void limiter_init(struct limiter *limiter, const struct limiter_settings *settings)
{
    *limiter = (struct limiter){0};
    limiter->window_max = settings->concurrency == 0 ? 1 : settings->concurrency;
    limiter->window = limiter->window_max;
    limiter->gates[LIMITER_REQUESTS].limit = settings->requests_per_minute;
    limiter->gates[LIMITER_TOKENS].limit = settings->tokens_per_minute;
    for (int kind = 0; kind < LIMITER_KINDS; kind++) {
        limiter->gates[kind].is_given = limiter->gates[kind].limit > 0;
    }
}

/* What a request counts for. */
static int64_t cost_of(int kind, int64_t tokens)
{
    if (kind == LIMITER_REQUESTS) {
        return 1;
    }
    return tokens > 0 ? tokens : 0;
}

/* A slot stands for starts up to its end, so it counts until a minute after that. */
static uint64_t oldest_second(uint64_t now_ns)
{
    uint64_t now_s = now_ns / NS_PER_S;

    return now_s > LIMITER_WINDOW_S ? now_s - LIMITER_WINDOW_S : 0;
}

static int64_t used_in(const struct limiter *limiter, int kind, uint64_t second)
{
    const struct limiter_slot *slot = &limiter->slots[second % LIMITER_SLOTS];

    return slot->second == second ? slot->used[kind] : 0;
}

/* When so much of what is counted has passed that the rest is `most` or less. */
static uint64_t fits_at_ns(const struct limiter *limiter, int kind, int64_t most, uint64_t now_ns)
{
    uint64_t oldest_s = oldest_second(now_ns);
    int64_t used = 0;

    for (uint64_t end_s = limiter->latest_s + 1; end_s > oldest_s; end_s--) {
        used += used_in(limiter, kind, end_s - 1);
        if (used > most) {
            return (end_s + LIMITER_WINDOW_S) * NS_PER_S;
        }
    }
    return now_ns;
}

static uint64_t gate_opens_ns(const struct limiter *limiter, int kind, int64_t cost,
                              uint64_t now_ns)
{
    const struct limiter_gate *gate = &limiter->gates[kind];
    uint64_t opens_ns = gate->held_to_ns;

    if (cost > gate->remaining) {
        opens_ns = later(opens_ns, gate->whole_ns);
    }
    if (gate->limit > 0) {
        int64_t most = gate->limit - least(cost, gate->limit);

        opens_ns = later(opens_ns, fits_at_ns(limiter, kind, most, now_ns));
    }
    return opens_ns;
}

int64_t limiter_wait_ms(const struct limiter *limiter, int64_t tokens, uint64_t now_ns)
{
    uint64_t opens_ns = limiter->held_to_ns;

    if (limiter->in_flight >= limiter->window) {
        return LIMITER_UNTIL_END;
    }
    for (int kind = 0; kind < LIMITER_KINDS; kind++) {
        opens_ns = later(opens_ns, gate_opens_ns(limiter, kind, cost_of(kind, tokens), now_ns));
    }
    return opens_ns <= now_ns ? 0 : (int64_t)((opens_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void use(struct limiter *limiter, int kind, uint64_t second, int64_t cost)
{
    struct limiter_slot *slot = &limiter->slots[second % LIMITER_SLOTS];

    if (slot->second != second) {
        *slot = (struct limiter_slot){.second = second};
    }
    slot->used[kind] += cost;
    limiter->latest_s = later(limiter->latest_s, second);
}

/* Counts an attempt that is sent at at_ns. */
static void count_attempt(struct limiter *limiter, struct limiter_ticket *ticket, uint64_t at_ns)
{
    for (int kind = 0; kind < LIMITER_KINDS; kind++) {
        struct limiter_gate *gate = &limiter->gates[kind];
        int64_t cost = cost_of(kind, ticket->tokens);

        use(limiter, kind, at_ns / NS_PER_S, cost);
        gate->remaining -= cost;
        gate->unanswered += cost;
        if (gate->limit > 0 && cost > gate->limit) {
            double minutes = (double)cost / (double)gate->limit;

            gate->held_to_ns =
                later(gate->held_to_ns, hold_end_ns(at_ns, minutes * LIMITER_WINDOW_S));
        }
    }
    ticket->is_unanswered = true;
}

static void note_answer(struct limiter *limiter, struct limiter_ticket *ticket)
{
    if (ticket->is_unanswered) {
        for (int kind = 0; kind < LIMITER_KINDS; kind++) {
            limiter->gates[kind].unanswered -= cost_of(kind, ticket->tokens);
        }
        ticket->is_unanswered = false;
    }
}

void limiter_start(struct limiter *limiter, struct limiter_ticket *ticket, int64_t tokens,
                   uint64_t now_ns)
{
    *ticket = (struct limiter_ticket){.tokens = tokens, .generation = limiter->generation};
    limiter->in_flight++;
    count_attempt(limiter, ticket, now_ns);
}

static double reset_of(const struct rate_limit *said)
{
    return said->reset_s >= 0.0 ? said->reset_s : (double)LIMITER_WINDOW_S;
}

static void take_word(struct limiter_gate *gate, const struct rate_limit *said, uint64_t now_ns)
{
    if (said->limit > 0 && !gate->is_given) {
        gate->limit = said->limit;
    }
    if (said->remaining >= 0) {
        gate->remaining = said->remaining - gate->unanswered;
        gate->whole_ns = hold_end_ns(now_ns, reset_of(said));
    }
}

void limiter_report(struct limiter *limiter, struct limiter_ticket *ticket,
                    const struct rate_report *report, uint64_t now_ns)
{
    note_answer(limiter, ticket);
    take_word(&limiter->gates[LIMITER_REQUESTS], &report->requests, now_ns);
    take_word(&limiter->gates[LIMITER_TOKENS], &report->tokens, now_ns);
    if (report->output_tokens.remaining == 0) {
        limiter->held_to_ns =
            later(limiter->held_to_ns, hold_end_ns(now_ns, reset_of(&report->output_tokens)));
    }
}

/* The endpoint has had too much of this request, which is sent again in wait_s, if at all. */
static void halve(struct limiter *limiter, const struct limiter_ticket *ticket, double wait_s,
                  uint64_t now_ns)
{
    if (ticket->generation != limiter->generation || now_ns < limiter->may_halve_ns) {
        return;
    }
    limiter->window = limiter->window > 1 ? limiter->window / 2 : 1;
    limiter->answers = 0;
    limiter->generation++;
    limiter->may_halve_ns = now_ns + HALVING_PAUSE_S * NS_PER_S;
    limiter->held_to_ns =
        later(limiter->held_to_ns, hold_end_ns(now_ns, fmax(wait_s, (double)HALVING_PAUSE_S)));
}

static void widen(struct limiter *limiter, const struct limiter_ticket *ticket)
{
    if (ticket->generation != limiter->generation || limiter->window == limiter->window_max) {
        return;
    }
    limiter->answers++;
    if (limiter->answers >= limiter->window) {
        limiter->window++;
        limiter->answers = 0;
    }
}

static void learn(struct limiter *limiter, const struct limiter_ticket *ticket,
                  enum limiter_outcome outcome, double wait_s, uint64_t now_ns)
{
    switch (outcome) {
    case LIMITER_SERVED:
        widen(limiter, ticket);
        break;
    case LIMITER_THROTTLED:
        halve(limiter, ticket, wait_s, now_ns);
        break;
    case LIMITER_FAILED:
        break;
    }
}

void limiter_retry(struct limiter *limiter, struct limiter_ticket *ticket,
                   enum limiter_outcome outcome, double wait_s, uint64_t now_ns)
{
    double ahead_s = fmin(fmax(wait_s, 0.0), (double)LIMITER_AHEAD_MAX_S);

    learn(limiter, ticket, outcome, wait_s, now_ns);
    note_answer(limiter, ticket);
    ticket->generation = limiter->generation;
    count_attempt(limiter, ticket, now_ns + (uint64_t)(ahead_s * (double)NS_PER_S));
}

void limiter_end(struct limiter *limiter, struct limiter_ticket *ticket,
                 enum limiter_outcome outcome, uint64_t now_ns)
{
    learn(limiter, ticket, outcome, 0.0, now_ns);
    note_answer(limiter, ticket);
    limiter->in_flight--;
}

enum limiter_outcome limiter_outcome_of(const struct reply *reply)
{
    switch (reply->end) {
    case REPLY_COMPLETE:
    case REPLY_CUT:
    case REPLY_REFUSED:
    case REPLY_FILTERED:
        return LIMITER_SERVED;
    case REPLY_FAILED:
        return reply->http_status == 429 || reply->http_status == 503 || reply->http_status == 529
                   ? LIMITER_THROTTLED
                   : LIMITER_FAILED;
    case REPLY_TOO_LONG:  /* declined before it was any load */
    case REPLY_DENIED:    /* a 429 of this end is about money or size: waiting changes nothing */
    case REPLY_TIMED_OUT: /* may be the endpoint's load as well as a long thought */
    case REPLY_CANCELLED:
        break;
    }
    return LIMITER_FAILED;
}
