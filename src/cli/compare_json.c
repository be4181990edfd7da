#include "cli/compare_report.h"

#include "base/utf8.h"
#include "record/json_text.h"

#include <jansson.h>
#include <math.h>

/* A text of a stranger: what is not UTF-8 or cannot be printed is replaced. */
static json_t *text(struct str value)
{
    struct buf printable;
    json_t *string = NULL;

    buf_init(&printable, value.len * 3 + 16);
    utf8_append_printable(&printable, value);
    string = json_stringn(printable.len != 0 ? printable.p : "", printable.len);
    buf_release(&printable);
    return string;
}

/* NaN and infinities are null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static json_t *interval(const struct stats_interval *value)
{
    json_t *object = NULL;

    if (isnan(value->mean)) {
        return json_null();
    }
    object = json_object();
    set(object, "mean", number(value->mean));
    set(object, "low", number(value->low));
    set(object, "high", number(value->high));
    return object;
}

static json_t *contender_object(const struct contender *contender, size_t index)
{
    const char letter[2] = {contender_letter(index), '\0'};
    json_t *object = json_object();

    set(object, "letter", json_string(letter));
    set(object, "label", text(contender->label));
    set(object, "model", text(contender->model));
    set(object, "simulated", json_boolean(contender->simulated));
    set(object, "result", text(contender->result->path));
    set(object, "created", text(contender->result->created));
    set(object, "trials", count(contender->trials));
    set(object, "counted", count(contender->counted));
    set(object, "correct", count(contender->correct));
    set(object, "cost_dollars",
        contender->cost_picodollars < 0 ? json_null()
                                        : json_real((double)contender->cost_picodollars / 1e12));
    set(object, "dollars_per_correct", number(contender->dollars_per_correct));
    set(object, "output_tokens_per_answer", number(contender->output_tokens_per_answer));
    set(object, "first_text_ms_median", number(contender->first_text_ms_median));
    set(object, "first_text_ms_p95", number(contender->first_text_ms_p95));
    set(object, "output_tokens_per_second", number(contender->output_tokens_per_second));
    return object;
}

static json_t *points_array(const struct contender_curve *curve)
{
    json_t *array = json_array();

    for (size_t i = 0; i < curve->point_count; i++) {
        json_t *object = json_object();

        set(object, "length", count(curve->points[i].length_tokens));
        set(object, "n", count(curve->counts[i]));
        set(object, "score", interval(&curve->points[i].score));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *effective_object(const struct contender_curve *curve, double threshold)
{
    json_t *object = json_object();

    set(object, "threshold", number(threshold));
    set(object, "at_least", count(curve->effective.at_least));
    set(object, "estimate", count(curve->effective.estimate));
    set(object, "at_most", count(curve->effective.at_most));
    set(object, "may_be_longer", json_boolean(curve->effective.is_open));
    return object;
}

/* Bounds outside of what can be told are null: "high" for never, "low" for before the start. */
static json_t *half_object(const struct contender_curve *curve)
{
    json_t *object = NULL;

    if (!curve->has_half) {
        return json_null();
    }
    object = json_object();
    set(object, "tokens", number(curve->half.tokens));
    set(object, "low", number(curve->half.low));
    set(object, "high", number(curve->half.high));
    set(object, "logit_per_doubling", number(curve->half.curve.slope));
    return object;
}

static json_t *depth_object(const struct contender_curve *curve)
{
    static const char *const names[STATS_THIRDS] = {"beginning", "middle", "end"};
    json_t *object = NULL;

    if (!curve->has_depths) {
        return json_null();
    }
    object = json_object();
    for (size_t i = 0; i < STATS_THIRDS; i++) {
        json_t *third = json_object();

        set(third, "n", count(curve->depths.counts[i]));
        set(third, "mean", number(curve->depths.means[i]));
        set(third, "against_its_cells", number(curve->depths.effects[i]));
        set(object, names[i], third);
    }
    set(object, "p", number(curve->depths.p));
    return object;
}

static json_t *repeats_object(const struct contender_curve *curve)
{
    json_t *object = NULL;

    if (curve->repeats.questions == 0) {
        return json_null();
    }
    object = json_object();
    set(object, "prompts", count(curve->repeats.questions));
    set(object, "trials", count(curve->repeats.trials));
    set(object, "same_share", number(curve->repeats.same_share));
    set(object, "within_sd", number(curve->repeats.within_sd));
    set(object, "intraclass_correlation", number(curve->repeats.intraclass));
    return object;
}

static json_t *curve_object(const struct comparison *comparison,
                            const struct contender_curve *curve)
{
    const char letter[2] = {contender_letter(curve->contender), '\0'};
    const struct comparison_group *group = &comparison->groups[curve->group];
    json_t *object = json_object();

    set(object, "contender", json_string(letter));
    set(object, "task", text(group->task));
    set(object, "needles", count(group->needles));
    set(object, "rank", curve->rank != 0 ? count(curve->rank) : json_null());
    set(object, "mean", interval(&curve->mean));
    set(object, "chance", number(group->chance));
    set(object, "above_chance", interval(&curve->above_chance));
    set(object, "auc_128k", interval(&curve->auc_128k));
    set(object, "auc_128k_bins_missing", count(curve->auc_128k_missing));
    set(object, "auc_1m", interval(&curve->auc_1m));
    set(object, "auc_1m_bins_missing", count(curve->auc_1m_missing));
    set(object, "effective_length", effective_object(curve, comparison->threshold));
    set(object, "half_score_length", half_object(curve));
    set(object, "depth", depth_object(curve));
    set(object, "repeats", repeats_object(curve));
    set(object, "lengths", points_array(curve));
    return object;
}

static json_t *pairing_object(const struct comparison_pairing *pairing)
{
    const char first[2] = {contender_letter(pairing->first), '\0'};
    const char second[2] = {contender_letter(pairing->second), '\0'};
    json_t *object = json_object();

    set(object, "first", json_string(first));
    set(object, "second", json_string(second));
    set(object, "paired", count(pairing->paired));
    set(object, "without_score", count(pairing->unscored));
    set(object, "only_first", count(pairing->only_first));
    set(object, "only_second", count(pairing->only_second));
    set(object, "reason", text(pairing->reason));
    set(object, "output_token_ratio", interval(&pairing->token_ratio));
    return object;
}

static json_t *row_object(const struct comparison *comparison, const struct comparison_row *row)
{
    const struct comparison_pairing *pairing = &comparison->pairings[row->pairing];
    const struct comparison_group *group = &comparison->groups[row->group];
    const struct stats_interval difference = {row->difference.mean, row->difference.low,
                                              row->difference.high};
    const char first[2] = {contender_letter(pairing->first), '\0'};
    const char second[2] = {contender_letter(pairing->second), '\0'};
    json_t *object = json_object();
    struct buf verdict;

    buf_init(&verdict, 256);
    verdict_append(&verdict, comparison, row);
    set(object, "first", json_string(first));
    set(object, "second", json_string(second));
    set(object, "task", text(group->task));
    set(object, "needles", count(group->needles));
    set(object, "length", row->length_tokens != 0 ? count(row->length_tokens) : json_null());
    set(object, "watched", json_boolean(row->watched));
    set(object, "pairs", count(row->pairs));
    set(object, "haystacks", count(row->difference.clusters));
    set(object, "first_mean", number(row->first_mean));
    set(object, "second_mean", number(row->second_mean));
    set(object, "difference", interval(&difference));
    set(object, "p_sign_flip", number(row->difference.sign_flip_p));
    set(object, "p_bootstrap", number(row->difference.bootstrap_p));
    set(object, "p_anytime", number(row->watched ? row->difference.p : (double)NAN));
    set(object, "p_holm", number(row->adjusted_p));
    set(object, "detectable_at_80_percent", number(row->detectable));
    set(object, "verdict", text(buf_str(&verdict)));
    buf_release(&verdict);
    return object;
}

static json_t *texts(const struct str *items, size_t item_count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < item_count; i++) {
        (void)json_array_append_new(array, text(items[i]));
    }
    return array;
}

static json_t *claim_object(const struct decision *decision, const struct claim_finding *finding)
{
    const struct claim *claim = &decision->claims->claims[finding->claim];
    const struct claim_bin *bin = &claim->bins[finding->bin];
    const struct contender_curve *curve =
        comparison_curve(decision->comparison, finding->contender, finding->group);
    const char letter[2] = {contender_letter(finding->contender), '\0'};
    json_t *object = json_object();

    set(object, "contender", json_string(letter));
    set(object, "about", text(claim->name));
    set(object, "said_by", text(claim->said_by));
    set(object, "effort", text(claim->effort));
    set(object, "dataset", text(claim->dataset));
    set(object, "tokenizer", text(claim->tokenizer));
    set(object, "source", text(claim->source));
    set(object, "read_on", text(claim->read_on));
    set(object, "caveats", texts(claim->caveats, claim->caveat_count));
    set(object, "above", count(bin->above_tokens));
    set(object, "up_to", count(bin->up_to_tokens));
    set(object, "claimed", number(bin->score));
    set(object, "length", count(curve->points[finding->point].length_tokens));
    set(object, "n", count(curve->counts[finding->point]));
    set(object, "measured", interval(&curve->points[finding->point].score));
    set(object, "verdict", json_string(claim_state_name(finding->state)));
    return object;
}

static json_t *requirement_object(const struct decision *decision,
                                  const struct requirement_finding *finding)
{
    json_t *object = json_object();

    set(object, "requirement", text(decision->requirements[finding->requirement].text));
    if (finding->contender == SIZE_MAX) {
        set(object, "contender", json_null());
        set(object, "needles", json_null());
    } else {
        const char letter[2] = {contender_letter(finding->contender), '\0'};

        set(object, "contender", json_string(letter));
        set(object, "needles", count(decision->comparison->groups[finding->group].needles));
    }
    set(object, "measured", interval(&finding->measured));
    set(object, "verdict", json_string(requirement_state_name(finding->state)));
    return object;
}

static json_t *findings_array(const struct decision *decision, bool of_claims)
{
    size_t findings =
        of_claims ? decision->claim_finding_count : decision->requirement_finding_count;
    json_t *array = json_array();

    for (size_t i = 0; i < findings; i++) {
        (void)json_array_append_new(
            array, of_claims ? claim_object(decision, &decision->claim_findings[i])
                             : requirement_object(decision, &decision->requirement_findings[i]));
    }
    return array;
}

static json_t *comparison_object(const struct decision *decision)
{
    const struct comparison *comparison = decision->comparison;
    json_t *contenders = json_array();
    json_t *curves = json_array();
    json_t *pairings = json_array();
    json_t *rows = json_array();
    json_t *root = json_object();

    for (size_t i = 0; i < comparison->contender_count; i++) {
        (void)json_array_append_new(contenders, contender_object(&comparison->contenders[i], i));
    }
    for (size_t i = 0; i < comparison->curve_count; i++) {
        (void)json_array_append_new(curves, curve_object(comparison, &comparison->curves[i]));
    }
    for (size_t i = 0; i < comparison->pairing_count; i++) {
        (void)json_array_append_new(pairings, pairing_object(&comparison->pairings[i]));
    }
    for (size_t i = 0; i < comparison->row_count; i++) {
        (void)json_array_append_new(rows, row_object(comparison, &comparison->rows[i]));
    }
    set(root, "schema", json_integer(1));
    set(root, "kind", json_string("haymaker-comparison"));
    set(root, "program_version", json_string(HAYMAKER_VERSION));
    set(root, "simulated", json_boolean(comparison->any_simulated));
    set(root, "caveat",
        comparison->any_watched ? text(comparison_caveat(comparison)) : json_null());
    set(root, "contenders", contenders);
    set(root, "pairings", pairings);
    set(root, "comparisons", rows);
    set(root, "models", curves);
    if (decision->claims != NULL) {
        set(root, "claims", findings_array(decision, true));
    }
    set(root, "requirements", findings_array(decision, false));
    return root;
}

int compare_append_json(const struct decision *decision, struct buf *out, struct err *err)
{
    json_t *root = comparison_object(decision);

    json_text_write(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12), out);
    json_decref(root);
    buf_append_char(out, '\n');
    return buf_check(out, "comparison", err);
}
