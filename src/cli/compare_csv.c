#include "cli/compare_report.h"

#include "base/utf8.h"

#include <math.h>

/* Quoted as RFC 4180 wants it; a leading sign that a spreadsheet takes for a formula is defused. */
static void append_text(struct buf *out, struct str text)
{
    struct buf printable;

    buf_init(&printable, text.len * 3 + 16);
    utf8_append_printable(&printable, text);
    buf_append_char(out, '"');
    if (printable.len != 0 && (printable.p[0] == '=' || printable.p[0] == '+' ||
                               printable.p[0] == '-' || printable.p[0] == '@')) {
        buf_append_char(out, '\'');
    }
    for (size_t i = 0; i < printable.len; i++) {
        buf_append(out, printable.p[i] == '"' ? STR("\"") : STR(""));
        buf_append_char(out, printable.p[i]);
    }
    buf_append_char(out, '"');
    buf_release(&printable);
}

static void append_number(struct buf *out, double value)
{
    buf_append_char(out, ',');
    if (isfinite(value)) {
        buf_appendf(out, "%.6g", value);
    }
}

static void append_row(struct buf *out, const struct comparison *comparison,
                       const struct comparison_row *row)
{
    const struct comparison_pairing *pairing = &comparison->pairings[row->pairing];
    const struct comparison_group *group = &comparison->groups[row->group];
    const struct contender *first = &comparison->contenders[pairing->first];
    const struct contender *second = &comparison->contenders[pairing->second];
    struct str winner = row->verdict == VERDICT_FIRST_BETTER    ? first->label
                        : row->verdict == VERDICT_SECOND_BETTER ? second->label
                                                                : STR("");

    append_text(out, first->label);
    buf_append_char(out, ',');
    append_text(out, second->label);
    buf_append_char(out, ',');
    append_text(out, group->task);
    buf_appendf(out, ",%llu,", (unsigned long long)group->needles);
    if (row->length_tokens != 0) {
        buf_appendf(out, "%llu", (unsigned long long)row->length_tokens);
    }
    buf_appendf(out, ",%zu,%zu", row->pairs, row->difference.clusters);
    append_number(out, row->first_mean);
    append_number(out, row->second_mean);
    append_number(out, row->difference.mean);
    append_number(out, row->difference.low);
    append_number(out, row->difference.high);
    append_number(out, row->difference.p);
    append_number(out, row->adjusted_p);
    append_number(out, row->detectable);
    buf_append_char(out, ',');
    append_text(out, row->verdict == VERDICT_TIE       ? STR("tie at this sample size")
                     : row->verdict == VERDICT_TOO_FEW ? STR("not enough data")
                                                       : STR("better"));
    buf_append_char(out, ',');
    append_text(out, winner);
    buf_append(out, row->watched ? STR(",yes\r\n") : STR(",no\r\n"));
}

int compare_append_csv(const struct decision *decision, struct buf *out, struct err *err)
{
    buf_append(out, STR("first,second,task,needles,length,pairs,haystacks,first_mean,second_mean,"
                        "difference,low,high,p,p_holm,detectable_at_80_percent,verdict,"
                        "better,watched\r\n"));
    for (size_t i = 0; i < decision->comparison->row_count; i++) {
        append_row(out, decision->comparison, &decision->comparison->rows[i]);
    }
    return buf_check(out, "comparison", err);
}
