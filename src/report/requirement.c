#include "report/requirement.h"

#include "base/units.h"

#include <math.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word, without the blanks around it. */
static struct str next_word(struct str *rest)
{
    struct str word = {0};

    while (rest->len != 0 && is_blank(rest->p[0])) {
        *rest = str_skip(*rest, 1);
    }
    word = *rest;
    word.len = 0;
    while (word.len < rest->len && !is_blank(rest->p[word.len])) {
        word.len++;
    }
    *rest = str_skip(*rest, word.len);
    return word;
}

/* A model's name may hold colons (bedrock's do), so only one at the end of the first word counts.
 */
static void take_model(struct str *rest, struct requirement *out)
{
    struct str after = *rest;
    struct str word = next_word(&after);

    if (word.len > 1 && word.p[word.len - 1] == ':') {
        out->model = str_take(word, word.len - 1);
        *rest = after;
    }
}

static void take_needles(struct str *rest, struct requirement *out)
{
    struct str after = *rest;
    struct str count = next_word(&after);
    struct str unit = next_word(&after);
    uint64_t needles = 0;

    if (str_to_u64(count, &needles) && needles != 0 &&
        (str_equal(unit, STR("needles")) || str_equal(unit, STR("needle")))) {
        out->needles = needles;
        *rest = after;
    }
}

static int take_where(struct str word, struct requirement *out, struct err *err)
{
    static const struct {
        const char *name;
        enum requirement_where where;
    } names[] = {
        {"overall", REQUIREMENT_OVERALL},     {"auc@128k", REQUIREMENT_AUC_128K},
        {"auc@1m", REQUIREMENT_AUC_1M},       {"AUC@128k", REQUIREMENT_AUC_128K},
        {"AUC@1M", REQUIREMENT_AUC_1M},       {"AUC@1m", REQUIREMENT_AUC_1M},
        {"effective", REQUIREMENT_EFFECTIVE},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_equal(word, str_from(names[i].name))) {
            out->where = names[i].where;
            return 0;
        }
    }
    out->where = REQUIREMENT_AT_LENGTH;
    if (units_parse_length(word, &out->length_tokens, err) != 0) {
        return err_set(err, ERR_USAGE,
                       "'%.*s' is no length, overall, auc@128k, auc@1m or effective",
                       STR_ARG(word));
    }
    return 0;
}

static int take_least(struct str word, struct requirement *out, struct err *err)
{
    enum { DECIMALS = 4 };
    static const double scale = 1e4;
    uint64_t value = 0;
    int rc = 0;

    if (out->where == REQUIREMENT_EFFECTIVE) {
        rc = units_parse_length(word, &value, err);
        out->least = (double)value;
        return rc;
    }
    if (str_ends(word, STR("%"))) {
        word = str_take(word, word.len - 1);
    }
    rc = units_parse_decimal(word, DECIMALS, 100 * (uint64_t)scale, &value, err);
    out->least = (double)value / scale / 100.0;
    return rc != 0 ? err_wrap(err, "a percentage from 0 to 100 is wanted") : 0;
}

static int parse(struct requirement *out, struct err *err)
{
    struct str rest = out->text;
    struct str relation = {0};
    int rc = 0;

    take_model(&rest, out);
    out->task = next_word(&rest);
    take_needles(&rest, out);
    rc = take_where(next_word(&rest), out, err);
    if (rc != 0) {
        return rc;
    }
    relation = next_word(&rest);
    if (!str_equal(relation, STR(">="))) {
        return err_set(err, ERR_USAGE,
                       "'>=' and a number have to follow the length, each after a "
                       "blank");
    }
    rc = take_least(str_trim(rest), out, err);
    return rc;
}

int requirement_parse(struct str text, struct requirement *out, struct err *err)
{
    int rc = 0;

    *out = (struct requirement){.text = str_trim(text)};
    rc = parse(out, err);
    return rc != 0 ? err_wrap(err, "requirement '%.*s'", STR_ARG(str_take(out->text, 128))) : 0;
}

int requirements_parse_lines(struct str lines, struct requirement *out, size_t *count,
                             struct err *err)
{
    struct str line = {0};
    size_t number = 0;

    while (str_next_line(&lines, &line)) {
        struct str text = str_trim(line);
        int rc = 0;

        number++;
        if (text.len == 0 || text.p[0] == '#') {
            continue;
        }
        if (*count == REQUIREMENTS_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d requirements", REQUIREMENTS_MAX);
        }
        rc = requirement_parse(text, &out[*count], err);
        if (rc != 0) {
            return err_wrap(err, "line %zu", number);
        }
        (*count)++;
    }
    return 0;
}

const char *requirement_state_name(enum requirement_state state)
{
    switch (state) {
    case REQUIREMENT_PASSED:
        return "pass";
    case REQUIREMENT_FAILED:
        return "FAIL";
    case REQUIREMENT_UNDECIDED:
        return "undecided";
    case REQUIREMENT_NOT_MEASURED:
        return "not measured";
    }
    return "";
}

static const struct stats_interval unknown = {(double)NAN, (double)NAN, (double)NAN};

static void measure_length(const struct contender_curve *curve, uint64_t length_tokens,
                           struct requirement_finding *finding)
{
    for (size_t i = 0; i < curve->point_count; i++) {
        if (curve->points[i].length_tokens == length_tokens) {
            finding->measured = curve->points[i].score;
            finding->trials = curve->counts[i];
        }
    }
}

/* Effective lengths are judged by their own bounds: an open one may be longer than measured. */
static struct stats_interval effective_tokens(const struct contender_curve *curve)
{
    return (struct stats_interval){
        .mean = (double)curve->effective.estimate,
        .low = (double)curve->effective.at_least,
        .high = curve->effective.is_open ? (double)INFINITY : (double)curve->effective.at_most,
    };
}

static void judge_curve(const struct requirement *requirement, const struct contender_curve *curve,
                        struct requirement_finding *finding)
{
    switch (requirement->where) {
    case REQUIREMENT_AT_LENGTH:
        measure_length(curve, requirement->length_tokens, finding);
        break;
    case REQUIREMENT_OVERALL:
        finding->measured = curve->mean;
        break;
    case REQUIREMENT_AUC_128K:
        finding->measured = curve->auc_128k;
        break;
    case REQUIREMENT_AUC_1M:
        finding->measured = curve->auc_1m;
        break;
    case REQUIREMENT_EFFECTIVE:
        finding->measured = effective_tokens(curve);
        break;
    }
    if (isnan(finding->measured.mean)) {
        finding->state = REQUIREMENT_NOT_MEASURED;
    } else if (finding->measured.low >= requirement->least) {
        finding->state = REQUIREMENT_PASSED;
    } else if (finding->measured.high < requirement->least) {
        finding->state = REQUIREMENT_FAILED;
    } else {
        finding->state = REQUIREMENT_UNDECIDED;
    }
}

static bool is_asked_of(const struct requirement *requirement, const struct comparison *comparison,
                        const struct contender_curve *curve)
{
    const struct comparison_group *group = &comparison->groups[curve->group];
    struct str model = comparison->contenders[curve->contender].model;

    return str_equal(requirement->task, group->task) &&
           (requirement->needles == 0 || requirement->needles == group->needles) &&
           (requirement->model.len == 0 || str_equal(requirement->model, model));
}

int requirements_judge(const struct requirement *requirements, size_t count,
                       const struct comparison *comparison, struct arena *arena,
                       struct requirement_finding **findings, size_t *finding_count,
                       struct err *err)
{
    struct requirement_finding *found =
        arena_alloc(arena, count * (comparison->curve_count + 1), sizeof *found);
    size_t made = 0;

    if (found == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        size_t before = made;

        for (size_t j = 0; j < comparison->curve_count; j++) {
            const struct contender_curve *curve = &comparison->curves[j];

            if (is_asked_of(&requirements[i], comparison, curve)) {
                found[made] = (struct requirement_finding){
                    i, curve->contender, curve->group, unknown, 0, REQUIREMENT_NOT_MEASURED};
                judge_curve(&requirements[i], curve, &found[made++]);
            }
        }
        if (made == before) {
            found[made++] = (struct requirement_finding){
                i, SIZE_MAX, SIZE_MAX, unknown, 0, REQUIREMENT_NOT_MEASURED};
        }
    }
    *findings = found;
    *finding_count = made;
    return 0;
}

int requirements_verdict(const struct requirement_finding *findings, size_t count, struct err *err)
{
    size_t states[REQUIREMENT_NOT_MEASURED + 1] = {0};

    for (size_t i = 0; i < count; i++) {
        states[findings[i].state]++;
    }
    if (states[REQUIREMENT_FAILED] != 0) {
        return err_set(err, ERR_REQUIREMENT, "%zu of %zu requirements failed",
                       states[REQUIREMENT_FAILED], count);
    }
    if (states[REQUIREMENT_UNDECIDED] + states[REQUIREMENT_NOT_MEASURED] != 0) {
        return err_set(err, ERR_INCOMPLETE,
                       "%zu of %zu requirements are undecided, %zu not measured; more samples "
                       "would tell",
                       states[REQUIREMENT_UNDECIDED], count, states[REQUIREMENT_NOT_MEASURED]);
    }
    return 0;
}
