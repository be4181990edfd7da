/* prose_image: a corpus split and counted when the program was built.
 *
 * A file that is mapped: a header, a record for each sentence, and the text as it stands in a
 * haystack. Numbers are in the byte order of the machine that made it, which is the one it is for.
 */
#ifndef GENERATORS_PROSE_IMAGE_H
#define GENERATORS_PROSE_IMAGE_H

#include "generators/prose.h"

#include "base/err.h"

/* ERR_SYSTEM where the file cannot be written. */
int prose_image_write(const struct prose *prose, const char *path, struct err *err);

/* ERR_INPUT for a file that is no such image, or another version's; ERR_SYSTEM where there is none.
 * Freed with prose_free. */
int prose_image_open(struct prose **out, const char *path, struct err *err);

/* The corpus of a task: a folder (prose_load), or the image of the built-in one for NULL and for
 * its name, "sotu". Freed with prose_free. */
int prose_open(struct prose **out, const char *corpus, const struct tokenizer *tokenizer,
               struct err *err);

#endif
