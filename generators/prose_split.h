/* prose_split: text -> sentences, by the rules of generators/prose.h. */
#ifndef GENERATORS_PROSE_SPLIT_H
#define GENERATORS_PROSE_SPLIT_H

#include "base/str.h"

#include <stdbool.h>

/* Takes the next sentence off *rest, which is well-formed UTF-8; false where only white space is
 * left. `after_break` says whether a blank line came before it. */
bool prose_split_next(struct str *rest, struct str *sentence, bool *after_break);

#endif
