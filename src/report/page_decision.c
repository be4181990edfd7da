/* Verdicts of a page: requirements, what each model reaches along the lengths, and claims. */
#include "report/page_parts.h"

#include "report/decision.h"
#include "report/html.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>

enum { TEXT_BYTES_MAX = 8192 };

static const char dash[] = "<td>–</td>";

static void append_text(struct buf *out, struct str text)
{
    struct buf printable;

    buf_init(&printable, TEXT_BYTES_MAX);
    utf8_append_printable(&printable, utf8_take(text, TEXT_BYTES_MAX / 4));
    html_append_escaped(out, buf_str(&printable));
    buf_release(&printable);
}

/* No more digits than the interval supports: cli's tables round likewise. */
static int digits_for(const struct stats_interval *interval)
{
    return interval->high - interval->low < 0.2 ? 1 : 0;
}

static void append_score(struct buf *out, const struct stats_interval *score)
{
    int digits = digits_for(score);

    if (isnan(score->mean)) {
        buf_append(out, str_from(dash));
        return;
    }
    buf_appendf(out, "<td>%.*f&nbsp;%% <small>%.*f to %.*f</small></td>", digits, score->mean * 100,
                digits, score->low * 100, digits, score->high * 100);
}

/* An effective length: from what is shown to what is possible, which may be beyond what was
 * measured. */
static void append_tokens(struct buf *out, const struct stats_interval *tokens)
{
    buf_append(out, STR("<td>"));
    if (tokens->low >= 1.0) {
        units_append_length(out, (uint64_t)tokens->low);
    } else {
        buf_append(out, STR("none shown"));
    }
    if (isinf(tokens->high)) {
        buf_append(out, STR(" or more"));
    } else if (tokens->high > tokens->low) {
        buf_append(out, STR(", up to "));
        units_append_length(out, (uint64_t)tokens->high);
        buf_append(out, STR(" possible"));
    }
    buf_append(out, STR("</td>"));
}

static void append_contender(struct buf *out, const struct comparison *comparison, size_t contender)
{
    if (contender < comparison->contender_count) {
        html_append_escaped(out, comparison->contenders[contender].label);
    } else {
        buf_append(out, STR("no model that was measured"));
    }
}

static void append_group(struct buf *out, const struct comparison *comparison, size_t group)
{
    if (group < comparison->group_count) {
        append_text(out, comparison->groups[group].task);
        buf_appendf(out, ", %llu", (unsigned long long)comparison->groups[group].needles);
    } else {
        buf_append(out, STR("–"));
    }
}

static const char *class_of(enum requirement_state state)
{
    switch (state) {
    case REQUIREMENT_PASSED:
        return "passed";
    case REQUIREMENT_FAILED:
        return "failed";
    case REQUIREMENT_UNDECIDED:
    case REQUIREMENT_NOT_MEASURED:
        break;
    }
    return "open";
}

static void append_requirement(struct buf *out, const struct decision *decision,
                               const struct requirement_finding *finding)
{
    const struct requirement *requirement = &decision->requirements[finding->requirement];

    buf_append(out, STR("<tr><th scope=\"row\">"));
    append_text(out, requirement->text);
    buf_append(out, STR("</th><td class=\"text\">"));
    append_contender(out, decision->comparison, finding->contender);
    buf_append(out, STR("</td><td class=\"text\">"));
    append_group(out, decision->comparison, finding->group);
    buf_append(out, STR("</td>"));
    if (isnan(finding->measured.mean)) {
        buf_append(out, str_from(dash));
    } else if (requirement->where == REQUIREMENT_EFFECTIVE) {
        append_tokens(out, &finding->measured);
    } else {
        append_score(out, &finding->measured);
    }
    buf_appendf(out, "<td class=\"text %s\">%s</td></tr>\n", class_of(finding->state),
                requirement_state_name(finding->state));
}

static void add_requirements(struct page *page, const struct decision *decision)
{
    static const char *const columns[] = {"Requirement", "<Model",   "<Task, needles",
                                          "Measured",    "<Verdict", NULL};
    struct buf *out = &page->sections;

    page_open_section(page, "verdicts", "Verdicts", "Requirements");
    buf_append(out, STR("<p>The interval decides, not the mean: a requirement has passed when the "
                        "lower 95&nbsp;% bound reaches it and failed when the upper bound does "
                        "not. Between the two it is undecided, which more samples would "
                        "change.</p>\n"));
    page_open_numbers(out, "Requirements");
    html_append_table_head(out, "Requirements and verdicts", columns);
    for (size_t i = 0; i < decision->requirement_finding_count; i++) {
        append_requirement(out, decision, &decision->requirement_findings[i]);
    }
    buf_append(out, STR("</tbody></table>\n"));
    page_close_numbers(out);
    page_close_section(page);
}

/* Bins begin above a round number, or just below one, so that it is in them. */
static void append_bin(struct buf *out, const struct claim_bin *bin)
{
    enum { ROUND = 1024 };
    uint64_t from =
        bin->above_tokens % ROUND == ROUND - 1 ? bin->above_tokens + 1 : bin->above_tokens;

    units_append_length(out, from);
    buf_append(out, STR(" to "));
    units_append_length(out, bin->up_to_tokens);
}

static void append_claim(struct buf *out, const struct decision *decision,
                         const struct claim_finding *finding)
{
    const struct claim *claim = &decision->claims->claims[finding->claim];
    const struct claim_bin *bin = &claim->bins[finding->bin];
    const struct contender_curve *curve =
        comparison_curve(decision->comparison, finding->contender, finding->group);

    buf_append(out, STR("<tr><th scope=\"row\">"));
    append_contender(out, decision->comparison, finding->contender);
    buf_append(out, STR("</th><td class=\"text\">"));
    append_text(out, claim->name);
    if (claim->effort.len != 0) {
        buf_append(out, STR(", effort "));
        append_text(out, claim->effort);
    }
    buf_append(out, STR("</td><td class=\"text\">"));
    append_bin(out, bin);
    buf_appendf(out, "</td><td>%.1f&nbsp;%%</td><td>", bin->score * 100);
    units_append_length(out, curve->points[finding->point].length_tokens);
    buf_append(out, STR("</td>"));
    append_score(out, &curve->points[finding->point].score);
    buf_appendf(out, "<td>%llu</td><td class=\"text\">%s</td></tr>\n",
                (unsigned long long)curve->counts[finding->point],
                claim_state_name(finding->state));
}

static bool is_claim_used(const struct decision *decision, size_t claim)
{
    for (size_t i = 0; i < decision->claim_finding_count; i++) {
        if (decision->claim_findings[i].claim == claim) {
            return true;
        }
    }
    return false;
}

/* Where each claim is from, and what one has to know to compare with it. */
static void append_source(struct buf *out, const struct claim *claim)
{
    buf_append(out, STR("<li>"));
    append_text(out, claim->name);
    buf_append(out, STR(", said by "));
    append_text(out, claim->said_by);
    buf_append(out, STR(": "));
    append_text(out, claim->source);
    buf_append(out, STR(", read on "));
    append_text(out, claim->read_on);
    buf_append(out, STR("; "));
    append_text(out, claim->dataset);
    buf_append(out, STR("; lengths in "));
    append_text(out, claim->tokenizer);
    for (size_t i = 0; i < claim->caveat_count; i++) {
        buf_append(out, STR("; "));
        append_text(out, claim->caveats[i]);
    }
    buf_append(out, STR("</li>\n"));
}

static void add_claims(struct page *page, const struct decision *decision)
{
    static const char *const columns[] = {"Model",    "<Claim", "<Prompts of", "Claimed", "Length",
                                          "Measured", "Trials", "<Finding",    NULL};
    struct buf *out = &page->sections;

    page_open_section(page, "claims", "Claims", "What is claimed and what was measured");
    if (decision->claim_finding_count == 0) {
        buf_append(out, STR("<p>No published claim is about these models, this task, these needle "
                            "counts and lengths.</p>\n"));
        page_close_section(page);
        return;
    }
    page_open_numbers(out, "Claims");
    html_append_table_head(out, "Claims against measured scores", columns);
    for (size_t i = 0; i < decision->claim_finding_count; i++) {
        append_claim(out, decision, &decision->claim_findings[i]);
    }
    buf_append(out, STR("</tbody></table>\n"));
    page_close_numbers(out);
    buf_append(out, STR("<ul>\n"));
    for (size_t i = 0; i < decision->claims->count; i++) {
        if (is_claim_used(decision, i)) {
            append_source(out, &decision->claims->claims[i]);
        }
    }
    buf_append(out, STR("</ul>\n"));
    page_close_section(page);
}

static void append_effective(struct buf *out, const struct stats_effective_length *effective)
{
    buf_append(out, STR("<td>"));
    if (effective->at_most == 0) {
        buf_append(out, STR("none"));
    } else {
        if (effective->at_least == 0) {
            buf_append(out, STR("none shown"));
        } else {
            units_append_length(out, effective->at_least);
        }
        if (effective->at_most != effective->at_least) {
            buf_append(out, STR(", up to "));
            units_append_length(out, effective->at_most);
            buf_append(out, STR(" possible"));
        }
        buf_append(out, effective->is_open ? STR(" (and beyond)") : STR(""));
    }
    buf_append(out, STR("</td>"));
}

static void append_curve(struct buf *out, const struct comparison *comparison,
                         const struct contender_curve *curve)
{
    buf_append(out, STR("<tr><th scope=\"row\">"));
    append_contender(out, comparison, curve->contender);
    buf_append(out, STR("</th><td class=\"text\">"));
    append_group(out, comparison, curve->group);
    buf_append(out, STR("</td>"));
    append_score(out, &curve->mean);
    append_score(out, &curve->above_chance);
    append_score(out, &curve->auc_128k);
    append_score(out, &curve->auc_1m);
    append_effective(out, &curve->effective);
    if (curve->rank == 0) {
        buf_append(out, STR("<td>–</td></tr>\n"));
    } else {
        buf_appendf(out, "<td>%zu</td></tr>\n", curve->rank);
    }
}

static void add_curves(struct page *page, const struct comparison *comparison)
{
    static const char *const columns[] = {
        "Model",       "<Task, needles", "Mean over lengths",      "above chance",
        "AUC to 128k", "AUC to 1m",      "Holds the threshold to", "Rank",
        NULL};
    struct buf *out = &page->sections;

    page_open_section(page, "reach", "Reach", "How far each model reaches");
    buf_appendf(
        out,
        "<p>Each length weighs the same in the mean. Above chance: 0 for a reader that "
        "returns a random needle. AUC as on contextarena.ai. The threshold is %.0f&nbsp;%%: "
        "the score stays there up to the length shown, by its lower bounds. Models that "
        "tie share a rank.</p>\n",
        comparison->threshold * 100);
    page_open_numbers(out, "Reach");
    html_append_table_head(out, "Scores along the lengths", columns);
    for (size_t i = 0; i < comparison->curve_count; i++) {
        append_curve(out, comparison, &comparison->curves[i]);
    }
    buf_append(out, STR("</tbody></table>\n"));
    page_close_numbers(out);
    if (comparison->any_watched) {
        buf_append(out, STR("<p>"));
        html_append_escaped(out, comparison_caveat(comparison));
        buf_append(out, STR("</p>\n"));
    }
    page_close_section(page);
}

static bool any_repeats(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->curve_count; i++) {
        if (comparison->curves[i].repeats.questions != 0) {
            return true;
        }
    }
    return false;
}

static void append_repeats(struct buf *out, const struct comparison *comparison,
                           const struct contender_curve *curve)
{
    const struct stats_repeatability *repeats = &curve->repeats;

    buf_append(out, STR("<tr><th scope=\"row\">"));
    append_contender(out, comparison, curve->contender);
    buf_append(out, STR("</th><td class=\"text\">"));
    append_group(out, comparison, curve->group);
    buf_appendf(out, "</td><td>%zu</td><td>%zu</td>", repeats->questions, repeats->trials);
    buf_appendf(out, "<td>%.0f&nbsp;%%</td><td>%.1f</td>", 100.0 * repeats->same_share,
                100.0 * repeats->within_sd);
    if (isnan(repeats->intraclass)) {
        buf_append(out, str_from(dash));
    } else {
        buf_appendf(out, "<td>%.2f</td>", repeats->intraclass);
    }
    buf_append(out, STR("</tr>\n"));
}

static void add_repeats(struct page *page, const struct comparison *comparison)
{
    static const char *const columns[] = {"Model",
                                          "<Task, needles",
                                          "Prompts",
                                          "Trials",
                                          "Same score each time",
                                          "Spread in points",
                                          "ICC",
                                          NULL};
    struct buf *out = &page->sections;

    page_open_section(page, "repeats", "Repeatability", "Does the same prompt score alike again?");
    buf_append(out, STR("<p>Prompts that were sent several times. Spread: the standard deviation "
                        "of one prompt's scores. ICC, the intraclass correlation: the share of "
                        "the variance that is between prompts; at 1 a prompt always scores the "
                        "same, at 0 all differences are chance. In intervals and verdicts a "
                        "prompt's trials are one observation.</p>\n"));
    page_open_numbers(out, "Repeatability");
    html_append_table_head(out, "Scores of prompts that were sent several times", columns);
    for (size_t i = 0; i < comparison->curve_count; i++) {
        if (comparison->curves[i].repeats.questions != 0) {
            append_repeats(out, comparison, &comparison->curves[i]);
        }
    }
    buf_append(out, STR("</tbody></table>\n"));
    page_close_numbers(out);
    page_close_section(page);
}

int page_add_decision(struct page *page, struct err *err)
{
    const struct decision *decision = page->figures->decision;

    if (decision == NULL || decision->comparison == NULL) {
        return 0;
    }
    if (decision->requirement_finding_count != 0) {
        add_requirements(page, decision);
    }
    add_curves(page, decision->comparison);
    if (any_repeats(decision->comparison)) {
        add_repeats(page, decision->comparison);
    }
    if (decision->claims != NULL) {
        add_claims(page, decision);
    }
    return buf_check(&page->sections, "page", err);
}
