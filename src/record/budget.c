#include "record/budget.h"

#include "base/units.h"

enum { PICO_DECIMALS = 12 };

static struct str without_currency(struct str text)
{
    static const char letters[] = "usd";
    const size_t length = sizeof letters - 1;

    text = str_trim(text);
    if (text.len < length) {
        return text;
    }
    for (size_t i = 0; i < length; i++) {
        if ((text.p[text.len - length + i] | 0x20) != letters[i]) {
            return text;
        }
    }
    return str_trim(str_take(text, text.len - length));
}

int budget_parse(struct str text, int64_t *cap, struct err *err)
{
    struct err why = {ERR_NONE, ""};
    uint64_t value = 0;

    if (units_parse_decimal(without_currency(text), PICO_DECIMALS, (uint64_t)BUDGET_NO_CAP - 1,
                            &value, &why) != 0) {
        return err_set(err, ERR_USAGE, "'%.*s' is not an amount of dollars (try 5, 0.25 or 5usd)",
                       STR_ARG(text));
    }
    *cap = (int64_t)value;
    return 0;
}

void budget_init(struct budget *budget, int64_t cap, int64_t spent)
{
    *budget = (struct budget){.cap = cap, .spent = spent};
}

int64_t budget_counted(const struct budget *budget)
{
    return price_add(price_add(budget->spent, budget->possibly_paid), budget->committed);
}

enum budget_room budget_room(const struct budget *budget, int64_t worst_cost)
{
    int64_t paid = price_add(budget->spent, budget->possibly_paid);

    if (budget->cap == BUDGET_NO_CAP) {
        return BUDGET_ADMITS;
    }
    if (worst_cost < 0) {
        return BUDGET_UNPRICED;
    }
    if (price_add(paid, worst_cost) > budget->cap) {
        return BUDGET_REACHED;
    }
    return price_add(budget_counted(budget), worst_cost) > budget->cap ? BUDGET_WAITS
                                                                       : BUDGET_ADMITS;
}

bool budget_admits(const struct budget *budget, int64_t worst_cost)
{
    return budget_room(budget, worst_cost) == BUDGET_ADMITS;
}

static int64_t known(int64_t cost)
{
    return cost < 0 ? 0 : cost;
}

void budget_commit(struct budget *budget, int64_t worst_cost)
{
    budget->committed = price_add(budget->committed, known(worst_cost));
}

void budget_settle(struct budget *budget, int64_t worst_cost, int64_t actual_cost)
{
    int64_t worst = known(worst_cost);

    /* Without a cap the sum may have stopped at PRICE_COST_MAX, short of its parts. */
    budget->committed = budget->committed > worst ? budget->committed - worst : 0;
    if (actual_cost < 0) {
        budget->possibly_paid = price_add(budget->possibly_paid, worst);
        budget->possibly_paid_attempts++;
        return;
    }
    budget->spent = price_add(budget->spent, actual_cost);
    if (worst_cost >= 0 && actual_cost > worst_cost) {
        budget->overrun = price_add(budget->overrun, actual_cost - worst_cost);
    }
}

/* No response, one that began as an answer, or a gateway that gave up on the model behind it. */
static bool leaves_the_bill_open(long http_status)
{
    return http_status == 0 || http_status == 200 || http_status == 502 || http_status == 504 ||
           http_status == 524;
}

int64_t budget_actual_cost(const struct reply *reply, int64_t priced)
{
    switch (reply->end) {
    case REPLY_COMPLETE:
    case REPLY_CUT:
    case REPLY_REFUSED:
    case REPLY_FILTERED:
        return priced;
    case REPLY_TOO_LONG:
    case REPLY_DENIED:
        return 0;
    case REPLY_TIMED_OUT:
    case REPLY_FAILED:
    case REPLY_CANCELLED:
        break;
    }
    return reply->timing.upload_end_ms >= 0.0 && leaves_the_bill_open(reply->http_status)
               ? PRICE_UNKNOWN
               : 0;
}
