#include "stats/falloff.h"

#include "base/random.h"
#include "stats/cluster.h"
#include "stats/interval.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

enum { RESAMPLES = 2000, ITERATIONS_MAX = 50, HALVINGS_MAX = 30 };

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double shrunk(double mean, double n)
{
    return (n * mean + 0.5) / (n + 1.0);
}

/* What a fit is made from: lengths, means and numbers of trials. */
struct data {
    const double *lengths;
    const double *means;
    const double *counts;
    size_t count;
};

static double offset_at(const struct stats_logistic *curve, double length_tokens)
{
    return curve->a + curve->slope * (log2(length_tokens) - curve->centre);
}

/* log(1 + exp(x)) without overflow. */
static double softplus(double x)
{
    return fmax(x, 0.0) + log1p(exp(-fabs(x)));
}

static double likelihood(const struct data *data, const struct stats_logistic *curve)
{
    double sum = 0.0;

    for (size_t i = 0; i < data->count; i++) {
        double offset = offset_at(curve, data->lengths[i]);
        double y = shrunk(data->means[i], data->counts[i]);

        sum += data->counts[i] * (y * offset - softplus(offset));
    }
    return sum;
}

/* Newton's step. */
static void find_step(const struct data *data, const struct stats_logistic *curve, double *a,
                      double *slope)
{
    double gradient_a = 0.0;
    double gradient_slope = 0.0;
    double aa = 0.0;
    double as = 0.0;
    double ss = 0.0;

    for (size_t i = 0; i < data->count; i++) {
        double x = log2(data->lengths[i]) - curve->centre;
        double mu = logistic(offset_at(curve, data->lengths[i]));
        double rest = data->counts[i] * (shrunk(data->means[i], data->counts[i]) - mu);
        double weight = data->counts[i] * mu * (1.0 - mu);

        gradient_a += rest;
        gradient_slope += rest * x;
        aa += weight;
        as += weight * x;
        ss += weight * x * x;
    }
    *a = 0.0;
    *slope = 0.0;
    if (aa * ss - as * as > 1e-12 * aa * ss) {
        *a = (gradient_a * ss - gradient_slope * as) / (aa * ss - as * as);
        *slope = (gradient_slope * aa - gradient_a * as) / (aa * ss - as * as);
    }
}

/* The likelihood has one summit; steps that overshoot it are halved. */
static void climb(const struct data *data, struct stats_logistic *curve)
{
    double best = likelihood(data, curve);

    for (int i = 0; i < ITERATIONS_MAX; i++) {
        struct stats_logistic next = *curve;
        double a = 0.0;
        double slope = 0.0;
        double found = 0.0;

        find_step(data, curve, &a, &slope);
        for (int halvings = 0; halvings < HALVINGS_MAX; halvings++) {
            next.a = curve->a + a;
            next.slope = curve->slope + slope;
            found = likelihood(data, &next);
            if (found >= best) {
                break;
            }
            a /= 2.0;
            slope /= 2.0;
        }
        if (!(found >= best) || fabs(a) + fabs(slope) < 1e-10) {
            return;
        }
        best = found;
        *curve = next;
    }
}

struct stats_logistic stats_logistic_fit(const double *lengths_tokens, const double *means,
                                         const double *counts, size_t count)
{
    struct data data = {lengths_tokens, means, counts, count};
    struct stats_logistic curve = {0};
    double total = 0.0;
    double sum = 0.0;

    for (size_t i = 0; i < count; i++) {
        curve.centre += counts[i] * log2(lengths_tokens[i]);
        sum += counts[i] * shrunk(means[i], counts[i]);
        total += counts[i];
    }
    curve.centre /= total;
    curve.a = log(sum / (total - sum));
    climb(&data, &curve);
    if (curve.slope > 0.0) { /* the best curve that does not rise is level */
        curve.slope = 0.0;
        curve.a = log(sum / (total - sum));
    }
    return curve;
}

double stats_logistic_half_length(const struct stats_logistic *curve)
{
    if (curve->slope >= 0.0) {
        return curve->a > 0.0 ? (double)INFINITY : 0.0;
    }
    return exp2(curve->centre - curve->a / curve->slope);
}

static double draw_mean(const struct clusters *clusters, struct random *random)
{
    double unseen = random_exponential(random) * clusters->mean_size;
    bool is_optimistic = random_u64(random) % 2 == 0;
    struct weighted all =
        clusters_weigh(clusters, (struct weighted){is_optimistic ? unseen : 0.0, unseen}, random);

    return all.sum / all.size;
}

/* Room for a fit, one entry a length with trials. */
struct workspace {
    struct clusters *sources;
    double *lengths;
    double *means;
    double *counts;
    double *halves; /* RESAMPLES */
    size_t count;
};

static void workspace_release(struct workspace *space)
{
    for (size_t i = 0; i < space->count; i++) {
        clusters_release(&space->sources[i]);
    }
    free(space->sources);
    free(space->lengths);
    free(space->means);
    free(space->counts);
    free(space->halves);
}

static int workspace_fill(struct workspace *space, const struct stats_cell_scores *cells,
                          size_t count, struct err *err)
{
    int rc = 0;

    space->sources = calloc(count + 1, sizeof *space->sources);
    space->lengths = calloc(count + 1, sizeof *space->lengths);
    space->means = calloc(count + 1, sizeof *space->means);
    space->counts = calloc(count + 1, sizeof *space->counts);
    space->halves = calloc(RESAMPLES, sizeof *space->halves);
    if (space->sources == NULL || space->lengths == NULL || space->means == NULL ||
        space->counts == NULL || space->halves == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (cells[i].n == 0) {
            continue;
        }
        rc = clusters_gather(cells[i].scores, cells[i].cluster, cells[i].n,
                             &space->sources[space->count], err);
        if (rc == 0) {
            space->lengths[space->count] = cells[i].length_tokens;
            space->means[space->count] = stats_mean(cells[i].scores, cells[i].n);
            space->counts[space->count] = (double)cells[i].n;
            space->count++;
        }
    }
    return rc;
}

static void draw_halves(struct workspace *space, uint64_t seed)
{
    struct random random = random_stream(seed, STR("stats.half-length"), 0);

    for (size_t i = 0; i < RESAMPLES; i++) {
        struct stats_logistic curve;

        for (size_t j = 0; j < space->count; j++) {
            space->means[j] = draw_mean(&space->sources[j], &random);
        }
        curve = stats_logistic_fit(space->lengths, space->means, space->counts, space->count);
        space->halves[i] = stats_logistic_half_length(&curve);
    }
    stats_sort(space->halves, RESAMPLES);
}

int stats_half_length(const struct stats_cell_scores *cells, size_t count, uint64_t seed,
                      struct stats_half_length *out, struct err *err)
{
    struct workspace space = {0};
    int rc = workspace_fill(&space, cells, count, err);

    if (rc == 0 && space.count < 2) {
        rc = err_set(err, ERR_INPUT, "a fall-off needs scores at two lengths or more");
    }
    if (rc == 0) {
        out->curve = stats_logistic_fit(space.lengths, space.means, space.counts, space.count);
        out->tokens = stats_logistic_half_length(&out->curve);
        draw_halves(&space, seed);
        /* Order statistics, not interpolated: a bound may be infinite. */
        out->low = fmin(out->tokens, space.halves[RESAMPLES / 40]);
        out->high = fmax(out->tokens, space.halves[RESAMPLES - 1 - RESAMPLES / 40]);
    }
    workspace_release(&space);
    return rc;
}
