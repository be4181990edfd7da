/* compare_findings: claims and requirements as part of a comparison. Private to the compare
 * command.
 */
#ifndef CLI_COMPARE_FINDINGS_H
#define CLI_COMPARE_FINDINGS_H

#include "cli/compare_page.h"
#include "cli/compare_report.h"

void findings_append_claims(const struct page *page, const struct compare_report *report);
int findings_append_requirements(const struct page *page, const struct compare_report *report,
                                 struct err *err);

#endif
