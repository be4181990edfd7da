#include "cli/decisions.h"

#include "base/buf.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/wrap.h"
#include "record/plan.h"
#include "record/price.h"

#include <math.h>
#include <stdlib.h>

enum { PAIR_INDENT = 7, TEXT_BYTES_MAX = 1 << 20 };

static void count_spared(struct result *result, size_t index)
{
    struct result_trial trial = {0};

    plan_trial_at(&result->plan, index, &trial);
    for (size_t i = 0; i < result->cell_count; i++) {
        struct result_cell *cell = &result->cells[i];

        if (cell->needles == trial.needles && cell->length_tokens == trial.length_tokens &&
            str_equal(cell->model, trial.model)) {
            cell->spared++;
        }
    }
}

int decisions_record(const struct decisions_settings *settings, struct result *result,
                     struct err *err)
{
    const struct trial_slots *slots = settings->slots;
    bool *spared = calloc(slots->count + 1, sizeof *spared);
    const struct outlook_settings not_sent = {
        .task = settings->task,
        .plan = &result->plan,
        .models = settings->models,
        .counted = spared,
    };
    struct outlook saved = {0};
    int rc = spared != NULL ? 0 : err_memory(err);

    for (size_t i = 0; rc == 0 && i < slots->count; i++) {
        spared[i] = settings->holds[i] == TRIAL_SPARED && !slots->ended[i];
        if (spared[i]) {
            count_spared(result, i);
        }
    }
    if (rc == 0) {
        rc = outlook_make(&not_sent, &saved, err);
    }
    if (rc == 0) {
        rc = stopping_describe(settings->stopping, &result->arena, &result->stopping, err);
    }
    if (rc == 0) {
        result->stopping->spared = saved.trials;
        result->stopping->spared_picodollars = saved.cost;
    }
    free(spared);
    return rc;
}

static void append_margin(struct buf *out, double share)
{
    buf_appendf(out, "%.3g", 100.0 * share);
}

/* In whole points; only what is none at all reads 0. */
static void append_difference(struct buf *out, double share)
{
    double points = 100.0 * share;

    if (fabs(points) < 1.0 && points != 0.0) {
        buf_appendf(out, "%+.1f", points);
    } else {
        buf_appendf(out, "%+.0f", points);
    }
}

/* "sim/a is better than sim/b by 62 points [31, 93], after 7 samples" */
static void append_pair(struct buf *out, const struct result_pair *pair, double margin)
{
    bool is_turned = pair->verdict == RESULT_FIRST_BETTER;
    struct str first = is_turned ? pair->first : pair->second;
    struct str second = is_turned ? pair->second : pair->first;

    utf8_append_printable(out, first);
    switch (pair->verdict) {
    case RESULT_FIRST_BETTER:
    case RESULT_SECOND_BETTER:
        buf_append(out, STR(" is better than "));
        utf8_append_printable(out, second);
        break;
    case RESULT_WITHIN_MARGIN:
        buf_append(out, STR(" is within "));
        append_margin(out, margin);
        buf_append(out, STR(" points of "));
        utf8_append_printable(out, second);
        break;
    case RESULT_UNDECIDED:
        buf_append(out, STR(" against "));
        utf8_append_printable(out, second);
        buf_append(out, STR(" is undecided"));
        break;
    }
    if (pair->samples != 0) {
        double sign = is_turned ? -1.0 : 1.0;

        buf_append(out, STR(": "));
        append_difference(out, sign * pair->difference);
        buf_append(out, STR(" points ["));
        append_difference(out, is_turned ? -pair->high : pair->low);
        buf_append(out, STR(", "));
        append_difference(out, is_turned ? -pair->low : pair->high);
        buf_appendf(out, "], %llu sample%s", (unsigned long long)pair->samples,
                    pair->samples == 1 ? "" : "s");
    }
}

static void print_decision(const struct result_stopping *stopping,
                           const struct result_decision *decision, FILE *out)
{
    struct buf text;

    buf_init(&text, TEXT_BYTES_MAX);
    units_append_length(&text, decision->length_tokens);
    buf_appendf(&text, ", %llu needle%s: ", (unsigned long long)decision->needles,
                decision->needles == 1 ? "" : "s");
    buf_append(&text, decision->is_decided ? STR("decided") : STR("not decided"));
    buf_appendf(&text, " after %llu of %llu samples", (unsigned long long)decision->samples,
                (unsigned long long)decision->samples_planned);
    wrap_print(buf_str(&text), 0, 0, out);
    for (size_t i = 0; i < decision->pair_count; i++) {
        buf_reset(&text);
        append_pair(&text, &decision->pairs[i], stopping->margin);
        wrap_print(buf_str(&text), 0, PAIR_INDENT, out);
    }
    buf_release(&text);
}

void decisions_print(const struct result *result, FILE *out)
{
    const struct result_stopping *stopping = result->stopping;
    struct buf text;

    if (stopping == NULL) {
        return;
    }
    (void)fputc('\n', out);
    wrap_print(STR("Intervals above and below are confidence sequences: they hold although this "
                   "sweep looked after every sample, and are wider than those of a size that was "
                   "fixed before. Means of lengths that ended early lean to the side that ended "
                   "them."),
               0, 0, out);
    (void)fputc('\n', out);
    for (size_t i = 0; i < stopping->decision_count; i++) {
        print_decision(stopping, &stopping->decisions[i], out);
    }
    buf_init(&text, TEXT_BYTES_MAX);
    buf_appendf(&text, "saved: %llu of %zu trials not sent", (unsigned long long)stopping->spared,
                plan_trial_count(&result->plan));
    if (stopping->spared_picodollars > 0) {
        buf_append(&text, STR(", about "));
        price_append_cost(&text, stopping->spared_picodollars);
    }
    wrap_print(buf_str(&text), 0, 0, out);
    buf_release(&text);
}
