#include "stats/repeat.h"

#include <math.h>
#include <stdlib.h>

static const double same_within = 0.001;

struct answer {
    uint64_t question;
    double score;
};

static int compare_answers(const void *a, const void *b)
{
    const struct answer *left = a;
    const struct answer *right = b;

    if (left->question != right->question) {
        return left->question < right->question ? -1 : 1;
    }
    return (left->score > right->score) - (left->score < right->score);
}

/* Sums over questions that were asked more than once. */
struct sums {
    size_t questions;
    size_t trials;
    size_t same;
    double scores;
    double repeats_squared;
    double within;  /* squares around the question's mean */
    double of_sums; /* (sum of a question's scores)² / its repeats */
};

/* Answers to one question, ascending by score. */
static void add_question(struct sums *sums, const struct answer *answers, size_t count)
{
    double sum = 0.0;

    if (count < 2) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        sum += answers[i].score;
    }
    for (size_t i = 0; i < count; i++) {
        double rest = answers[i].score - sum / (double)count;

        sums->within += rest * rest;
    }
    sums->questions++;
    sums->trials += count;
    sums->same += answers[count - 1].score - answers[0].score <= same_within ? 1 : 0;
    sums->scores += sum;
    sums->repeats_squared += (double)count * (double)count;
    sums->of_sums += sum * sum / (double)count;
}

static double intraclass(const struct sums *sums)
{
    double trials = (double)sums->trials;
    double questions = (double)sums->questions;
    double between = 0.0;
    double within = 0.0;
    double repeats = 0.0;

    if (sums->questions < 2) {
        return (double)NAN;
    }
    between = fmax(0.0, sums->of_sums - sums->scores * sums->scores / trials) / (questions - 1.0);
    within = sums->within / (trials - questions);
    repeats = (trials - sums->repeats_squared / trials) / (questions - 1.0);
    if (between + (repeats - 1.0) * within <= 1e-15) {
        return (double)NAN;
    }
    return (between - within) / (between + (repeats - 1.0) * within);
}

int stats_repeatability(const double *scores, const uint64_t *question, size_t n,
                        struct stats_repeatability *out, struct err *err)
{
    struct answer *answers = calloc(n + 1, sizeof *answers);
    struct sums sums = {0};
    size_t first = 0;

    if (answers == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        answers[i] = (struct answer){question[i], scores[i]};
    }
    qsort(answers, n, sizeof *answers, compare_answers);
    for (size_t i = 1; i <= n; i++) {
        if (i == n || answers[i].question != answers[first].question) {
            add_question(&sums, &answers[first], i - first);
            first = i;
        }
    }
    free(answers);
    *out = (struct stats_repeatability){
        .questions = sums.questions,
        .trials = sums.trials,
        .same_share = (double)NAN,
        .within_sd = (double)NAN,
        .intraclass = intraclass(&sums),
    };
    if (sums.questions != 0) {
        out->same_share = (double)sums.same / (double)sums.questions;
        out->within_sd = sqrt(sums.within / (double)(sums.trials - sums.questions));
    }
    return 0;
}
