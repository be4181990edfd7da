#include "cli/consent.h"

#include "base/buf.h"
#include "cli/outlook.h"
#include "cli/sweep_trials.h"
#include "record/price.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ANSWER_MAX = 80, TEXT_BYTES_MAX = 1024, WAIT_MS = 50 };

/* What is due to models that cost money. */
static int look_ahead(const struct sweep *sweep, struct outlook *out, struct err *err)
{
    bool *counted = calloc(sweep->slots->count + 1, sizeof *counted);
    const struct outlook_settings settings = {
        .task = sweep->task,
        .plan = &sweep->result->plan,
        .models = sweep->models,
        .counted = counted,
        .is_batch = sweep->is_batch,
    };
    int rc = counted != NULL ? 0 : err_memory(err);

    for (size_t i = 0; rc == 0 && i < sweep->slots->count; i++) {
        size_t model = i % sweep->models->count;

        counted[i] = sweep_trial_is_due(sweep, i) && sweep->models->models[model].has_price &&
                     !model_is_simulated(sweep->result->plan.models[model]);
    }
    if (rc == 0) {
        rc = outlook_make(&settings, out, err);
    }
    free(counted);
    return rc;
}

static bool says_yes(const char *answer)
{
    return answer[0] == 'y' || answer[0] == 'Y';
}

/* In short waits: a signal that comes just before one begins does not end it. */
static bool wait_for_line(const struct sweep *sweep)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready = 0;

    while (ready == 0 && *sweep->interrupted == 0) {
        ready = poll(&input, 1, WAIT_MS);
    }
    return *sweep->interrupted == 0;
}

static int ask(const struct sweep *sweep, struct str expectation, struct err *err)
{
    char answer[ANSWER_MAX] = "";

    progress_clear(sweep->progress);
    (void)fprintf(stderr, "%.*s: go on? [y/N] ", STR_ARG(expectation));
    (void)fflush(stderr);
    if (!wait_for_line(sweep) || fgets(answer, sizeof answer, stdin) == NULL) {
        (void)fputc('\n', stderr);
    }
    if (*sweep->interrupted != 0) {
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    return says_yes(answer) ? 0 : err_set(err, ERR_INCOMPLETE, "not confirmed: nothing was sent");
}

int consent_ask(const struct sweep *sweep, struct err *err)
{
    struct outlook ahead = {0};
    struct buf text;
    int rc = 0;

    if (sweep->confirm_above == CONSENT_NOT_NEEDED) {
        return 0;
    }
    rc = look_ahead(sweep, &ahead, err);
    if (rc != 0 || ahead.cost <= sweep->confirm_above) {
        return rc;
    }
    buf_init(&text, TEXT_BYTES_MAX);
    buf_append(&text, STR("This sweep is expected to cost about "));
    price_append_cost(&text, ahead.cost);
    buf_append(&text, STR(" (at worst "));
    price_append_cost(&text, ahead.worst_cost);
    buf_append_char(&text, ')');
    if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {
        rc = ask(sweep, buf_str(&text), err);
    } else {
        rc = err_set(err, ERR_USAGE,
                     "%.*s, and there is no terminal to ask: --yes or --max-cost goes on",
                     STR_ARG(buf_str(&text)));
    }
    buf_release(&text);
    return rc;
}
