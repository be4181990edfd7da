/* words: whether a text contains a phrase as whole words.
 *
 * "art" is in "the Art of", not in "start". The rules:
 *   - Letters are compared without case: ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic.
 * Other characters are compared as they are, and nothing is normalised.
 *   - A run of white space equals any other, so a wrapped line still matches; white space around
 *     the phrase is ignored.
 *   - Where the phrase begins or ends with a letter or digit, the text must not go on there with
 *     another one. Quotes and Markdown's asterisks are no letters. An underscore counts only where
 *     it joins words: "art" is in "_art_", not in "art_deco".
 *   - Han, kana, Thai, Lao, Khmer and Burmese are written without spaces, and Hangul takes
 * particles without one: next to their characters no boundary is asked for.
 */
#ifndef SCORE_WORDS_H
#define SCORE_WORDS_H

#include "base/str.h"

#include <stdbool.h>

/* False for a phrase that is empty or only white space. The work is linear in the text where the
 * beginnings of the phrase are rare in it, at worst the product of both lengths. */
bool words_contain(struct str text, struct str phrase);

#endif
