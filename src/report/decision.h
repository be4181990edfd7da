/* decision: what was concluded from results, for a page to say beside its charts: differences that
 * are real, requirements that are met, claims that hold. Plain and borrowed: whoever makes it keeps
 * it until the page is written.
 */
#ifndef REPORT_DECISION_H
#define REPORT_DECISION_H

#include "report/claims.h"
#include "report/comparison.h"
#include "report/requirement.h"

#include <stddef.h>

struct decision {
    const struct comparison *comparison;
    const struct requirement *requirements;
    const struct requirement_finding *requirement_findings;
    size_t requirement_finding_count;
    const struct claims *claims; /* NULL when not asked for */
    const struct claim_finding *claim_findings;
    size_t claim_finding_count;
};

#endif
