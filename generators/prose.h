/* prose: real text as a table of sentences, each with its token count.
 *
 * A corpus is a folder of UTF-8 text files (.txt, .md), read in the order of their paths, or an
 * image of one made when the program was built (generators/prose_image.h). Its text is kept as it
 * stands in a haystack, so any run of sentences is one slice of it. What it looks like:
 *   - Sentences of a paragraph are joined by one space, paragraphs by a blank line. White space
 *     inside a sentence stays as it is.
 *   - A sentence ends at . ! or ? and closing quotes before white space, unless the next word
 * begins with a small letter or the full stop belongs to an initial or a usual abbreviation; at
 * 。！？; at the end of its paragraph; and at PROSE_SENTENCE_BYTES_MAX.
 *   - A paragraph ends at a blank line, at the end of its file, and, since some texts have none for
 *     pages, after the sentence with which it reaches PROSE_PARAGRAPH_BYTES.
 *   - A sentence that occurred before is left out, so nothing is ever repeated.
 *
 * Both joints are places that no pretoken crosses (prompt/prompt.h), so the tokens of a text are
 * the sum of the tokens of its sentences.
 */
#ifndef GENERATORS_PROSE_H
#define GENERATORS_PROSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "token/token.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    PROSE_SENTENCE_BYTES_MAX = 1200,
    PROSE_PARAGRAPH_BYTES = 700,
    PROSE_BLOCK_SENTENCES = 4096 /* some 700 KB */
};

struct prose_sentence {
    const char *p; /* borrowed from the prose; neither begins nor ends in white space */
    uint16_t len;
    uint16_t tokens;  /* of it as it stands in a text (prose_standing), as the rest */
    uint16_t escapes; /* bytes that it is longer inside a JSON string */
    uint16_t beyond;  /* bytes that it has beyond one for each code point */
    bool opens_paragraph;
    bool closes_paragraph;
};

struct prose {
    struct prose_sentence *sentences; /* owned; at least one */
    uint32_t count;
    uint64_t tokens;       /* of all sentences */
    uint64_t hash;         /* XXH3-64 over the files' contents in order */
    struct buf text;       /* the sentences as they stand, one after the other; empty where … */
    struct file_map image; /* … they are in an image */
};

/* Reads a corpus. ERR_INPUT for a folder without text and for bytes that are not UTF-8 text (NUL
 * among them), naming file and offset; ERR_SYSTEM where something cannot be read. Freed with
 * prose_free, read-only until then. */
int prose_load(struct prose **out, const char *folder, const struct tokenizer *tokenizer,
               struct err *err);
void prose_free(struct prose *prose); /* NULL is fine */

/* Whoever reads sentence `at` says so first, and goes on from there. *block is the reader's, 0 at
 * first: as the reader comes to another block of PROSE_BLOCK_SENTENCES, the memory of an image's
 * pages is given back until they are read again (file_map_rest). So no pass, nor any number of
 * passes, needs much more than a block. Systems that count 2 MiB for each page that is touched
 * count 4 MiB then. */
void prose_pass(const struct prose *prose, uint32_t *block, uint32_t at);

struct str prose_text(const struct prose_sentence *sentence);

/* The sentence as it stands in a text: after a space unless it opens a paragraph, before a blank
 * line where it closes one. */
struct str prose_standing(const struct prose_sentence *sentence);

#endif
