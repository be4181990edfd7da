/* difflib: how alike two texts are, to the bit as CPython's difflib says it.
 *
 * difflib_ratio equals difflib.SequenceMatcher(None, a, b).ratio(): 2 M / (length of a + length of
 * b), where M sums the matching blocks that Ratcliff and Obershelp's recursion finds. Lengths are
 * in code points (score/code_point.h says what of other bytes). Two properties of the original
 * matter to every score and are kept:
 *   - autojunk is on: where b has 200 units or more, a unit that makes up more than 1 % of b (its
 *     count above length / 100 + 1) cannot begin a match. For prose that is most letters.
 *   - so the ratio is not symmetric. OpenAI's grader compares a = reply with b = gold answer,
 *     Google's a = gold answer with b = reply.
 *
 * Read from CPython's Lib/difflib.py (3.11; __chain_b, find_longest_match and get_matching_blocks
 * are unchanged in later versions) and verified against it by tests/oracle.
 */
#ifndef SCORE_DIFFLIB_H
#define SCORE_DIFFLIB_H

#include "base/err.h"
#include "base/str.h"

/* 0 … 1; 1 for two empty texts. Needs 8 bytes of memory for each byte of text, and no recursion.
 * One search for the longest block costs the length of a plus its pairs with equal, unpopular units
 * of b, as CPython's does; there are as many searches as blocks. ERR_MEMORY, or ERR_LIMIT for texts
 * of 1 GiB. */
int difflib_ratio(struct str a, struct str b, double *ratio, struct err *err);

#endif
