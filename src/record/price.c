#include "record/price.h"

#include "base/units.h"

/* A view of one rate of a price as --price names it. */
struct named_rate {
    struct str name;
    size_t offset;
    bool required;
};

static const struct named_rate named_rates[] = {
    {STR_INIT("in"), offsetof(struct price_rates, input), true},
    {STR_INIT("out"), offsetof(struct price_rates, output), true},
    {STR_INIT("cache-read"), offsetof(struct price_rates, cache_read), false},
    {STR_INIT("cache-write"), offsetof(struct price_rates, cache_write_5m), false},
    {STR_INIT("cache-write-1h"), offsetof(struct price_rates, cache_write_1h), false},
};

enum { NAMED_RATES = sizeof named_rates / sizeof named_rates[0] };

static int64_t *rate_of(struct price_rates *rates, const struct named_rate *named)
{
    return (int64_t *)(void *)((char *)rates + named->offset);
}

static int parse_part(struct str part, struct price_rates *rates, struct err *err)
{
    struct str_pair sides = str_cut(part, '=');
    uint64_t value = 0;

    for (size_t i = 0; i < NAMED_RATES; i++) {
        int64_t *rate = rate_of(rates, &named_rates[i]);

        if (!str_equal(sides.head, named_rates[i].name)) {
            continue;
        }
        if (*rate != PRICE_UNKNOWN) {
            return err_set(err, ERR_USAGE, "'%.*s' is given twice", STR_ARG(sides.head));
        }
        if (units_parse_decimal(sides.tail, PRICE_RATE_DECIMALS, PRICE_RATE_MAX, &value, err) !=
            0) {
            return err_wrap(err, "%.*s", STR_ARG(sides.head));
        }
        *rate = (int64_t)value;
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "'%.*s' is not a price; expected dollars per million tokens like "
                   "in=5,out=30,cache-read=.5,cache-write=6.25,cache-write-1h=10",
                   STR_ARG(part));
}

int price_parse(struct str text, struct price *out, struct err *err)
{
    struct price_rates rates = {PRICE_UNKNOWN, PRICE_UNKNOWN, PRICE_UNKNOWN, PRICE_UNKNOWN,
                                PRICE_UNKNOWN};
    struct str_pair parts = str_cut(text, ',');
    int rc = parse_part(parts.head, &rates, err);

    while (rc == 0 && parts.ok) {
        parts = str_cut(parts.tail, ',');
        rc = parse_part(parts.head, &rates, err);
    }
    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < NAMED_RATES; i++) {
        if (named_rates[i].required && *rate_of(&rates, &named_rates[i]) == PRICE_UNKNOWN) {
            return err_set(err, ERR_USAGE, "'%.*s' has no %.*s=PRICE", STR_ARG(text),
                           STR_ARG(named_rates[i].name));
        }
    }
    *out = (struct price){.rates = rates};
    return 0;
}

static bool is_known(int64_t rate)
{
    return rate >= 0;
}

static struct price_rates without_gaps(struct price_rates rates)
{
    if (!is_known(rates.cache_read)) {
        rates.cache_read = rates.input;
    }
    if (!is_known(rates.cache_write_5m)) {
        rates.cache_write_5m = rates.input;
    }
    if (!is_known(rates.cache_write_1h)) {
        rates.cache_write_1h = rates.cache_write_5m;
    }
    return rates;
}

/* `rate` times above / below, rounded up; PRICE_RATE_MAX keeps the product within int64_t. */
static int64_t in_proportion(int64_t rate, int64_t above, int64_t below)
{
    return below > 0 ? (rate * above + below - 1) / below : above;
}

static struct price_rates tier_rates(const struct price_tier *tier, struct price_rates base)
{
    struct price_rates rates = tier->rates;

    if (!is_known(rates.input)) {
        rates.input = base.input;
    }
    if (!is_known(rates.output)) {
        rates.output = base.output;
    }
    if (!is_known(rates.cache_read)) {
        rates.cache_read = in_proportion(base.cache_read, rates.input, base.input);
    }
    if (!is_known(rates.cache_write_5m)) {
        rates.cache_write_5m = in_proportion(base.cache_write_5m, rates.input, base.input);
    }
    if (!is_known(rates.cache_write_1h)) {
        rates.cache_write_1h = in_proportion(base.cache_write_1h, rates.input, base.input);
    }
    return rates;
}

struct price_rates price_rates_at(const struct price *price, int64_t input_tokens)
{
    struct price_rates rates = price->rates;

    if (!is_known(rates.input) || !is_known(rates.output)) {
        return rates;
    }
    rates = without_gaps(rates);
    for (size_t i = price->tier_count; i != 0; i--) {
        if (input_tokens >= price->tiers[i - 1].from_input_tokens) {
            return tier_rates(&price->tiers[i - 1], rates);
        }
    }
    return rates;
}

static int64_t times(int64_t tokens, int64_t rate)
{
    return rate != 0 && tokens > PRICE_COST_MAX / rate ? PRICE_COST_MAX : tokens * rate;
}

int64_t price_add(int64_t cost, int64_t more)
{
    if (cost < 0 || more < 0) {
        return PRICE_UNKNOWN;
    }
    return cost > PRICE_COST_MAX - more ? PRICE_COST_MAX : cost + more;
}

/* Rounded up to the next pico-dollar. */
static int64_t percent_of(int64_t cost, int64_t percent)
{
    return price_add(times(cost / 100, percent), (cost % 100 * percent + 99) / 100);
}

static int64_t peak_percent(const struct price *price, int hour_utc)
{
    int64_t most = 100;

    for (size_t i = 0; i < price->peak_count; i++) {
        const struct price_peak *peak = &price->peaks[i];

        if (hour_utc >= peak->from_hour_utc && hour_utc < peak->until_hour_utc) {
            return peak->percent;
        }
        if (hour_utc == PRICE_HOUR_UNKNOWN && peak->percent > most) {
            most = peak->percent;
        }
    }
    return most;
}

/* What the hour and the way of sending make of a cost at the rates. */
static int64_t on_terms(int64_t cost, const struct price *price, const struct price_terms *terms)
{
    cost = percent_of(cost, peak_percent(price, terms->hour_utc));
    return terms->is_batch ? percent_of(cost, 100 - price->batch_discount_percent) : cost;
}

static int64_t at_least_none(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

static int64_t at_most(int64_t tokens, int64_t most)
{
    return tokens < most ? tokens : most;
}

int64_t price_cost(const struct price *price, const struct reply_usage *usage,
                   const struct price_terms *terms)
{
    struct price_rates rates = price_rates_at(price, usage->input_tokens);
    int64_t cached = at_most(at_least_none(usage->cached_tokens), usage->input_tokens);
    int64_t written =
        at_most(at_least_none(usage->cache_written_tokens), usage->input_tokens - cached);
    int64_t cost = 0;

    if (usage->input_tokens < 0 || usage->output_tokens < 0 || !is_known(rates.input) ||
        !is_known(rates.output)) {
        return PRICE_UNKNOWN;
    }
    cost = times(usage->input_tokens - cached - written, rates.input);
    cost = price_add(cost, times(cached, rates.cache_read));
    cost = price_add(
        cost, times(written, terms->caches_for_1h ? rates.cache_write_1h : rates.cache_write_5m));
    cost = price_add(cost, times(usage->output_tokens, rates.output));
    return on_terms(cost, price, terms);
}

int64_t price_cache_saved(const struct price *price, const struct reply_usage *usage,
                          const struct price_terms *terms)
{
    struct reply_usage uncached = *usage;
    int64_t paid = price_cost(price, usage, terms);
    int64_t full = 0;

    uncached.cached_tokens = 0;
    full = price_cost(price, &uncached, terms);
    if (paid < 0 || full < 0) {
        return PRICE_UNKNOWN;
    }
    return full > paid ? full - paid : 0;
}

int64_t price_cost_at_worst(const struct price *price, int64_t input_tokens,
                            int64_t output_tokens_max, const struct price_terms *terms)
{
    struct price_rates rates = price_rates_at(price, input_tokens);
    int64_t write = terms->caches_for_1h ? rates.cache_write_1h : rates.cache_write_5m;
    const struct reply_usage usage = {
        .input_tokens = input_tokens,
        .cache_written_tokens = write > rates.input ? input_tokens : 0,
        .output_tokens = output_tokens_max,
    };

    return price_cost(price, &usage, terms);
}

void price_append_rate(struct buf *out, int64_t rate)
{
    if (rate < 0) {
        buf_append(out, STR("-"));
        return;
    }
    units_append_decimal(out, (uint64_t)rate, PRICE_RATE_DECIMALS);
}

static void append_dollars(struct buf *out, int64_t cost, int64_t unit, int decimals)
{
    int64_t rounded = cost / unit + (cost % unit >= unit / 2 ? 1 : 0);
    int64_t per_dollar = PRICE_DOLLAR / unit;

    buf_appendf(out, "$%lld.%0*lld", (long long)(rounded / per_dollar), decimals,
                (long long)(rounded % per_dollar));
}

void price_append_cost(struct buf *out, int64_t cost)
{
    const int64_t cent = PRICE_DOLLAR / 100;
    const int64_t least_shown = PRICE_DOLLAR / 10000;

    if (cost < 0) {
        buf_append(out, STR("-"));
    } else if (cost == 0) {
        buf_append(out, STR("$0.00"));
    } else if (cost >= 100 * cent) {
        append_dollars(out, cost, cent, 2);
    } else if (cost >= least_shown) {
        append_dollars(out, cost, least_shown, 4);
    } else {
        buf_append(out, STR("<$0.0001"));
    }
}
