#include "cli/decide.h"

#include "base/file.h"
#include "generators/generator.h"

#include <math.h>
#include <stdlib.h>

enum { REQUIRE_BYTES_MAX = 1024 * 1024, RESAMPLING_SEED = 1 };

static const double threshold = 0.7;

static double chance_of(struct str task, uint64_t needles)
{
    for (size_t i = 0; generators[i] != NULL; i++) {
        if (str_equal(str_from(generators[i]->name), task) && needles <= UINT32_MAX) {
            return generators[i]->chance((uint32_t)needles);
        }
    }
    return (double)NAN;
}

static bool wants_claims(const struct decide_settings *settings)
{
    return settings->claims || settings->claims_file != NULL || settings->claims_as.count != 0;
}

bool decide_is_asked(const struct decide_settings *settings)
{
    return wants_claims(settings) || settings->require.count != 0 || settings->require_file != NULL;
}

static int read_requirements(struct decided *out, const struct decide_settings *settings,
                             struct err *err)
{
    int rc = 0;

    out->requirements = calloc(REQUIREMENTS_MAX, sizeof *out->requirements);
    if (out->requirements == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < settings->require.count; i++) {
        rc = requirement_parse(str_from(settings->require.items[i]),
                               &out->requirements[out->requirement_count], err);
        if (rc != 0) {
            return rc;
        }
        out->requirement_count++;
    }
    if (settings->require_file == NULL) {
        return 0;
    }
    buf_init(&out->require_text, REQUIRE_BYTES_MAX);
    rc = file_read(settings->require_file, &out->require_text, err);
    if (rc == 0 && requirements_parse_lines(buf_str(&out->require_text), out->requirements,
                                            &out->requirement_count, err) != 0) {
        rc = err_wrap(err, "%s", settings->require_file);
    }
    return rc;
}

static int judge_requirements(struct decided *out, struct err *err)
{
    struct requirement_finding *findings = NULL;
    int rc = 0;

    if (out->requirement_count == 0) {
        return 0;
    }
    rc = requirements_judge(out->requirements, out->requirement_count, &out->comparison,
                            &out->arena, &findings, &out->decision.requirement_finding_count, err);
    out->decision.requirements = out->requirements;
    out->decision.requirement_findings = findings;
    return rc;
}

static int judge_claims(struct decided *out, const struct decide_settings *settings,
                        struct err *err)
{
    struct claim_alias aliases[OPT_TEXTS_MAX];
    struct claim_finding *findings = NULL;
    int rc = 0;

    if (!wants_claims(settings)) {
        return 0;
    }
    for (size_t i = 0; i < settings->claims_as.count; i++) {
        struct str_pair parts = str_cut(str_from(settings->claims_as.items[i]), '=');

        if (!parts.ok || parts.head.len == 0 || parts.tail.len == 0) {
            return err_set(err, ERR_USAGE, "--claims-as: '%s' is not MODEL=NAME",
                           settings->claims_as.items[i]);
        }
        aliases[i] = (struct claim_alias){parts.head, parts.tail};
    }
    rc = claims_load(&out->claims, settings->claims_file, err);
    if (rc == 0) {
        rc = claims_judge(&out->claims, &out->comparison, aliases, settings->claims_as.count,
                          &out->arena, &findings, &out->decision.claim_finding_count, err);
    }
    out->decision.claims = &out->claims;
    out->decision.claim_findings = findings;
    return rc;
}

int decide(struct decided *out, const struct decide_settings *settings,
           const struct result *results, size_t result_count, const struct figures_filter *filter,
           struct err *err)
{
    struct comparison_settings comparing = {
        .seed = RESAMPLING_SEED,
        .threshold = threshold,
        .chance = chance_of,
        .filter = *filter,
    };
    struct err reason = {ERR_NONE, ""};
    int rc = 0;

    *out = (struct decided){0};
    rc = read_requirements(out, settings, err);
    if (rc != 0) {
        return rc;
    }
    rc = comparison_build(&out->comparison, results, result_count, &comparing, &reason);
    if (rc == ERR_LIMIT && !decide_is_asked(settings)) {
        return 0;
    }
    if (rc != 0) {
        return err_set(err, reason.code, "%s", reason.text);
    }
    out->decision.comparison = &out->comparison;
    rc = judge_requirements(out, err);
    return rc != 0 ? rc : judge_claims(out, settings, err);
}

void decided_release(struct decided *decided)
{
    comparison_release(&decided->comparison);
    claims_release(&decided->claims);
    arena_release(&decided->arena);
    buf_release(&decided->require_text);
    free(decided->requirements);
    *decided = (struct decided){0};
}
