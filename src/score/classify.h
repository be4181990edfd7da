/* classify: the outcome of a trial, from how the exchange ended and what the grader made of it. */
#ifndef SCORE_CLASSIFY_H
#define SCORE_CLASSIFY_H

#include "record/case.h"
#include "record/mark.h"
#include "record/reply.h"
#include "record/result.h"

/* `mark` is the mark of reply->text. A reply cut short, refused or filtered is that, whatever text
 * came before it; a complete one is judged by its text. */
enum outcome classify_outcome(const struct answer_key *key, const struct reply *reply,
                              const struct mark *mark);

#endif
