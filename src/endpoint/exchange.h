/* exchange: one prompt and its reply: attempts and the pauses between them, until the reply is
 * final.
 *
 * A transfer that is over comes here to be judged: was the answer whole, what was wrong, is it
 * worth another attempt?
 */
#ifndef ENDPOINT_EXCHANGE_H
#define ENDPOINT_EXCHANGE_H

#include "base/random.h"
#include "endpoint/lesson.h"
#include "endpoint/transfer.h"

enum exchange_state {
    EXCHANGE_SENT,   /* a transfer is under way */
    EXCHANGE_PAUSED, /* waits for resume_ns */
    EXCHANGE_ENDED   /* the reply is final */
};

/* What the exchanges of one client share; borrowed. */
struct exchange_setting {
    const struct client_limits *limits;
    const struct clock *clock;
    CURLM *multi;
    uint64_t *bytes_sent;
    bool *holds_part;
    const uint64_t *heard_ns;
    struct lessons *lessons;
};

struct exchange {
    struct exchange *next; /* the client's list */
    struct exchange_setting setting;
    struct exchange_request request;
    struct route route;
    struct lesson *lesson; /* the setting's, for this endpoint */
    size_t refused_count;  /* of the lesson: what the route's frame heeds */
    struct body_reader *reader;
    struct transfer transfer;
    bool is_surveyed;     /* the transfer knows its body's length and hash */
    struct random random; /* for pauses */
    enum exchange_state state;
    uint64_t resume_ns;
};

/* ERR_USAGE when the endpoint cannot be used. The first attempt is due at once. */
int exchange_new(struct exchange **out, const struct exchange_setting *setting,
                 const struct exchange_request *request, struct random random, struct err *err);
void exchange_free(struct exchange *exchange); /* NULL is fine; ends what is under way */

/* The first attempt or the next one. */
int exchange_attempt(struct exchange *exchange, struct err *err);

/* libcurl has finished the transfer. The exchange is then PAUSED or ENDED. */
void exchange_transfer_over(struct exchange *exchange, CURLcode code);

/* Ends the transfer if its timer has fired. */
void exchange_check_timer(struct exchange *exchange, uint64_t now_ns);

/* Ends the exchange at once, as `end` and for the reason in *err. */
void exchange_abandon(struct exchange *exchange, enum reply_end end, const struct err *err);

/* When it wants attention though no byte moves; UINT64_MAX for never. */
uint64_t exchange_deadline_ns(const struct exchange *exchange);

#endif
