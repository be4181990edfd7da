/* canary: the part of a reply that answers a canary, and the part that answers the task.
 *
 * A case with a canary asks for the codes of three checkpoints on a line after the answer. The
 * graders of the benchmarks want the answer and nothing else, so that line is cut off before they
 * see the reply. The rule:
 *   - lines are cut off the end of the reply as long as the last one, blank lines aside, begins
 * with "checkpoint" and has a colon, or contains one of the case's codes as a whole word; what is
 *     before "checkpoint" on its line may be white space and Markdown's marks (# * _ ` > -), and
 *     upper case counts as lower;
 *   - the first line of the reply is cut only where it begins with "checkpoint", as an answer may
 *     stand beside a code;
 *   - blanks and line ends before what was cut go with it; where nothing is cut, nothing changes.
 *
 * A checkpoint is found where its code is anywhere in the reply as a whole word (words.h). A reply
 * to a case without canary is left alone.
 */
#ifndef SCORE_CANARY_H
#define SCORE_CANARY_H

#include "base/str.h"
#include "record/case.h"
#include "record/mark.h"

/* The reply without its answer to the canary. */
struct str canary_cut(const struct answer_key *key, struct str reply);

/* Sets the three states of *mark from the whole reply. */
void canary_mark(const struct answer_key *key, struct str reply, struct mark *mark);

#endif
