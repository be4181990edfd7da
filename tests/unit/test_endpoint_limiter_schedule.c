#include "suite.h"

#include "base/random.h"
#include "endpoint/limiter.h"

#include <math.h>

#define S  UINT64_C(1000000000)
#define MS UINT64_C(1000000)

enum { FLIGHTS_MAX = 16, STARTS_MAX = 400, SCHEDULES = 700 };

/* Not a whole second, so that slots and starts do not fall together. */
static const uint64_t noon_ns = 43200 * S + 137 * MS;

/* What happened when: the independent record that the invariants are checked on. */
struct start {
    uint64_t ns;
    int64_t tokens;
};

struct flight {
    struct limiter_ticket ticket;
    uint64_t event_ns; /* when its attempt ends; 0: no flight here */
    unsigned attempts;
};

/* A sweep's loop in small, on a clock of its own, against an endpoint that answers by chance. */
struct schedule {
    struct limiter_settings settings;
    struct limiter limiter;
    struct random random;
    uint64_t now_ns;
    uint64_t throttles_percent; /* of attempts */
    uint64_t retries_percent;   /* of attempts that were throttled */
    double slowest_answer_s;
    struct flight flights[FLIGHTS_MAX];
    struct start starts[STARTS_MAX];
    size_t start_count;
};

static void schedule_init(struct schedule *schedule, uint64_t seed)
{
    *schedule = (struct schedule){.random = random_stream(seed, STR("limiter"), 0)};
    schedule->now_ns = noon_ns + random_below(&schedule->random, 60 * S);
    schedule->settings = (struct limiter_settings){
        .requests_per_minute = (int64_t)random_below(&schedule->random, 25),
        .tokens_per_minute = (int64_t)random_below(&schedule->random, 4) * 1000000,
        .concurrency = 1 + (size_t)random_below(&schedule->random, FLIGHTS_MAX),
    };
    schedule->slowest_answer_s = 0.001 + 90.0 * random_unit(&schedule->random);
    limiter_init(&schedule->limiter, &schedule->settings);
}

static uint64_t attempt_ns(struct schedule *schedule)
{
    return 1 + (uint64_t)(random_unit(&schedule->random) * schedule->slowest_answer_s * 1e9);
}

static void log_start(struct schedule *schedule, uint64_t ns, int64_t tokens)
{
    ck_assert_uint_lt(schedule->start_count, STARTS_MAX);
    schedule->starts[schedule->start_count++] = (struct start){ns, tokens};
}

static void check_window(const struct schedule *schedule)
{
    size_t most = schedule->settings.concurrency;

    ck_assert(schedule->limiter.window >= 1 && schedule->limiter.window <= most &&
              schedule->limiter.in_flight <= most);
}

static struct flight *free_flight(struct schedule *schedule)
{
    size_t i = 0;

    while (i + 1 < FLIGHTS_MAX && schedule->flights[i].event_ns != 0) {
        i++;
    }
    ck_assert_uint_eq(schedule->flights[i].event_ns, 0);
    return &schedule->flights[i];
}

static void take_off(struct schedule *schedule, int64_t tokens)
{
    struct flight *flight = free_flight(schedule);

    limiter_start(&schedule->limiter, &flight->ticket, tokens, schedule->now_ns);
    log_start(schedule, schedule->now_ns, tokens);
    flight->event_ns = schedule->now_ns + attempt_ns(schedule);
    flight->attempts = 1;
}

/* The attempt of a flight ends: throttled, broken or served; perhaps it is made again. */
static void attempt_over(struct schedule *schedule, struct flight *flight)
{
    bool is_throttled = random_below(&schedule->random, 100) < schedule->throttles_percent;
    enum limiter_outcome outcome = is_throttled ? LIMITER_THROTTLED : LIMITER_SERVED;

    if (random_below(&schedule->random, 50) == 0) {
        outcome = LIMITER_FAILED;
    }
    if (outcome != LIMITER_SERVED && flight->attempts < 4 &&
        random_below(&schedule->random, 100) < schedule->retries_percent) {
        double wait_s = random_unit(&schedule->random) * 120.0;
        uint64_t again_ns = schedule->now_ns + (uint64_t)(wait_s * 1e9);

        limiter_retry(&schedule->limiter, &flight->ticket, outcome, wait_s, schedule->now_ns);
        log_start(schedule, again_ns, flight->ticket.tokens);
        flight->event_ns = again_ns + attempt_ns(schedule);
        flight->attempts++;
    } else {
        limiter_end(&schedule->limiter, &flight->ticket, outcome, schedule->now_ns);
        flight->event_ns = 0;
    }
    check_window(schedule);
}

static struct flight *next_event(struct schedule *schedule)
{
    struct flight *next = NULL;

    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *flight = &schedule->flights[i];

        if (flight->event_ns != 0 && (next == NULL || flight->event_ns < next->event_ns)) {
            next = flight;
        }
    }
    return next;
}

/* Time passes until the request may start: the wait is over or an attempt has ended. */
static void wait_for_room(struct schedule *schedule, int64_t tokens)
{
    int64_t wait_ms = limiter_wait_ms(&schedule->limiter, tokens, schedule->now_ns);

    while (wait_ms != 0) {
        struct flight *next = next_event(schedule);
        uint64_t until_ns = UINT64_MAX;

        ck_assert_int_gt(wait_ms, 0);
        if (wait_ms != LIMITER_UNTIL_END) {
            until_ns = schedule->now_ns + (uint64_t)wait_ms * MS;
        }
        if (next != NULL && next->event_ns <= until_ns) {
            schedule->now_ns = next->event_ns;
            attempt_over(schedule, next);
        } else {
            ck_assert_int_ne(wait_ms, LIMITER_UNTIL_END); /* nobody would ever wake it */
            schedule->now_ns = until_ns;
            ck_assert_int_eq(limiter_wait_ms(&schedule->limiter, tokens, until_ns), 0);
        }
        wait_ms = limiter_wait_ms(&schedule->limiter, tokens, schedule->now_ns);
    }
}

/* Sizes up to a whole minute's tokens, most of them small or most of them large. */
static int64_t next_size(struct schedule *schedule)
{
    int64_t most = schedule->settings.tokens_per_minute;
    double share = random_unit(&schedule->random);

    return 1 + (int64_t)(share * share * (double)((most > 0 ? most : 1000000) - 1));
}

static void fly(struct schedule *schedule, size_t requests)
{
    for (size_t i = 0; i < requests; i++) {
        int64_t tokens = next_size(schedule);

        if (random_below(&schedule->random, 10) == 0) { /* a case that took long to open */
            schedule->now_ns += random_below(&schedule->random, 100 * S);
            for (struct flight *next = next_event(schedule);
                 next != NULL && next->event_ns <= schedule->now_ns; next = next_event(schedule)) {
                attempt_over(schedule, next);
            }
        }
        wait_for_room(schedule, tokens);
        take_off(schedule, tokens);
        check_window(schedule);
    }
}

/* What a span of time held. */
struct load {
    int64_t requests;
    int64_t tokens;
};

static struct load load_between(const struct schedule *schedule, uint64_t from_ns, uint64_t to_ns)
{
    struct load load = {0, 0};

    for (size_t i = 0; i < schedule->start_count; i++) {
        if (schedule->starts[i].ns >= from_ns && schedule->starts[i].ns <= to_ns) {
            load.requests++;
            load.tokens += schedule->starts[i].tokens;
        }
    }
    return load;
}

static void check_load(const struct schedule *schedule, struct load load)
{
    const struct limiter_settings *given = &schedule->settings;

    ck_assert(given->requests_per_minute == 0 || load.requests <= given->requests_per_minute);
    ck_assert(given->tokens_per_minute == 0 || load.tokens <= given->tokens_per_minute);
}

/* No 60 s, both ends in, hold more than the limits. */
static void check_every_minute(const struct schedule *schedule)
{
    struct load most = {0, 0};

    for (size_t i = 0; i < schedule->start_count; i++) {
        uint64_t ns = schedule->starts[i].ns;
        struct load load = load_between(schedule, ns, ns + 60 * S);

        most.requests = load.requests > most.requests ? load.requests : most.requests;
        most.tokens = load.tokens > most.tokens ? load.tokens : most.tokens;
    }
    check_load(schedule, most);
}

START_TEST(no_minute_has_more_starts_than_the_limits_allow)
{
    static struct schedule schedule;

    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        schedule_init(&schedule, seed);
        schedule.throttles_percent = random_below(&schedule.random, 3) * 20;
        fly(&schedule, 150);
        ck_assert_uint_eq(schedule.start_count, 150);
        check_every_minute(&schedule);
    }
}

/* An endpoint's bucket: holds a minute's worth, refilled all the time. */
static void check_bucket(const struct schedule *schedule)
{
    double limit = (double)schedule->settings.tokens_per_minute;
    double level = limit;
    double lowest = limit;
    uint64_t last_ns = schedule->starts[0].ns;

    for (size_t i = 0; i < schedule->start_count; i++) {
        const struct start *start = &schedule->starts[i];

        level = fmin(limit, level + (double)(start->ns - last_ns) / 60e9 * limit);
        level -= (double)start->tokens;
        lowest = fmin(lowest, level);
        last_ns = start->ns;
    }
    ck_assert_double_ge(lowest, -1e-3); /* a thousandth of a token is rounding */
}

/* An endpoint's count that begins anew with each minute of its own clock. */
static void check_calendar_minutes(const struct schedule *schedule, uint64_t phase_ns)
{
    uint64_t minute = 0;
    int64_t tokens = 0;
    int64_t most = 0;

    for (size_t i = 0; i < schedule->start_count; i++) {
        const struct start *start = &schedule->starts[i];
        uint64_t now = (start->ns + phase_ns) / (60 * S);

        tokens = now == minute ? tokens + start->tokens : start->tokens;
        most = tokens > most ? tokens : most;
        minute = now;
    }
    ck_assert_int_le(most, schedule->settings.tokens_per_minute);
}

START_TEST(buckets_and_calendar_minutes_never_refuse_what_was_paced)
{
    static struct schedule schedule;

    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        schedule_init(&schedule, SCHEDULES + seed);
        schedule.settings.tokens_per_minute += 1000000;
        limiter_init(&schedule.limiter, &schedule.settings);
        fly(&schedule, 100);
        check_bucket(&schedule);
        check_calendar_minutes(&schedule, random_below(&schedule.random, 60 * S));
    }
}

START_TEST(nothing_starts_into_the_room_that_retries_need)
{
    static struct schedule schedule;

    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        schedule_init(&schedule, SCHEDULES + SCHEDULES + seed);
        schedule.throttles_percent = 30;
        schedule.retries_percent = 70;
        for (int i = 0; i < 80; i++) {
            fly(&schedule, 1);
            /* The minute before, and all that is announced. */
            check_load(&schedule, load_between(&schedule, schedule.now_ns - 60 * S, UINT64_MAX));
        }
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint limiter schedule");
    TCase *tests = suite_case(suite, "random schedules");

    tcase_add_test(tests, no_minute_has_more_starts_than_the_limits_allow);
    tcase_add_test(tests, buckets_and_calendar_minutes_never_refuse_what_was_paced);
    tcase_add_test(tests, nothing_starts_into_the_room_that_retries_need);
    return suite_run(suite);
}
