/* compare_words: numbers of a comparison as people read them: in percent, and with no more digits
 * than their interval supports. Private to the compare command.
 */
#ifndef CLI_COMPARE_WORDS_H
#define CLI_COMPARE_WORDS_H

#include "base/buf.h"
#include "stats/curve.h"
#include "stats/falloff.h"
#include "stats/interval.h"

#include <stddef.h>

/* "71.2", "71" where the interval is 20 points wide or wider, "-" for NaN. */
void words_append_score(struct buf *out, double score, double width);
void words_append_difference(struct buf *out, double difference, double width); /* "+1.2" */
void words_append_interval(struct buf *out, double low, double high);           /* "[66.0, 76.1]" */
void words_append_signed_interval(struct buf *out, double low, double high);
void words_append_p(struct buf *out, double p); /* "0.012", "<0.001" */

/* "640k", "1.2m": two digits that matter. */
void words_append_tokens(struct buf *out, double tokens);

/* "128k-512k", "128k-1m+" where the longest measured still does, "<8k-16k". */
void words_append_effective(struct buf *out, const struct stats_effective_length *effective,
                            const struct stats_point *points, size_t count);

/* "640k [400k, >1m]": what is outside of the measured lengths is only said to be so. */
void words_append_half(struct buf *out, const struct stats_half_length *half,
                       const struct stats_point *points, size_t count);

/* "uses 72 % fewer output tokens [65, 78]" and so on, for a ratio to the other's. */
void words_append_token_ratio(struct buf *out, const struct stats_interval *ratio);

#endif
