/* compare_report: a comparison as text, Markdown, JSON or CSV. */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "report/claims.h"
#include "report/comparison.h"
#include "report/requirement.h"

#include <stddef.h>

enum { COMPARE_BYTES_MAX = 64 * 1024 * 1024 };

/* What is shown; everything borrowed. */
struct compare_report {
    const struct comparison *comparison;
    const struct claims *claims; /* NULL when not asked for */
    const struct claim_finding *claim_findings;
    size_t claim_finding_count;
    const struct requirement *requirements;
    const struct requirement_finding *requirement_findings;
    size_t requirement_finding_count;
};

int compare_append_text(const struct compare_report *report, struct buf *out, struct err *err);
int compare_append_markdown(const struct compare_report *report, struct buf *out, struct err *err);
/* One object: every number behind the tables, unrounded. */
int compare_append_json(const struct compare_report *report, struct buf *out, struct err *err);
/* The compared cells, a line each, after a line of names. */
int compare_append_csv(const struct compare_report *report, struct buf *out, struct err *err);

/* Requirements as a table of their own, for other commands. */
int compare_append_requirements(const struct compare_report *report, struct buf *out,
                                struct err *err);

#endif
