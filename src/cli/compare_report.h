/* compare_report: a comparison as text, Markdown, JSON or CSV. */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "report/decision.h"

enum { COMPARE_BYTES_MAX = 64 * 1024 * 1024 };

int compare_append_text(const struct decision *decision, struct buf *out, struct err *err);
int compare_append_markdown(const struct decision *decision, struct buf *out, struct err *err);
/* One object: every number behind the tables, unrounded. */
int compare_append_json(const struct decision *decision, struct buf *out, struct err *err);
/* The compared cells, a line each, after a line of names. */
int compare_append_csv(const struct decision *decision, struct buf *out, struct err *err);

/* Requirements as a table of their own, for other commands. */
int compare_append_requirements(const struct decision *decision, struct buf *out, struct err *err);

#endif
