/* token: exact token counts, fast.
 *
 * The step before a prompt is built: how many tokens has this text? Counts and ids equal OpenAI's
 * tiktoken for o200k_base and cl100k_base on every input of well-formed UTF-8. tiktoken cannot be
 * given anything else; here a byte that is not part of well-formed UTF-8 is a character of its own,
 * classed as "other" (like a symbol), and merged like any other byte. So no input is refused, and
 * the ids' bytes are always the text's. Special tokens are never recognised in text:
 * "<|endoftext|>" is counted as the characters it is.
 *
 *   struct tokenizer *tokenizer = NULL;
 *   uint64_t tokens = 0;
 *   if (tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0 &&
 *       tokenizer_count(tokenizer, STR("hello world"), &tokens, &err) == 0) { … 2 … }
 *   tokenizer_free(tokenizer);
 *
 * A tokenizer is read-only once open and may be shared by any number of threads. Opening one takes
 * well under a millisecond, as nothing is parsed: a prebuilt image is mapped (image.h).
 *
 * How it works, in the order of the work: scan.h cuts text into pieces with the widest vector
 * instructions the processor has, session.c looks the pieces up in batches (vocabulary.h) or
 * remembers what they merged to (memo.h), and merge.h merges those not met before. Everything is
 * linear in the text, whatever the text is. The environment variable HAYMAKER_SIMD forces a scanner
 * (scalar, avx2, avx512), which changes no answer.
 *
 * Besides this folder it takes err, str, buf, utf8 and file of base/, and xxHash.
 */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum token_encoding { TOKEN_O200K_BASE, TOKEN_CL100K_BASE };

struct tokenizer;

/* Maps the prebuilt image of an encoding (share/haymaker/<name>.image). The caller frees it. */
int tokenizer_open(struct tokenizer **out, enum token_encoding encoding, struct err *err);
void tokenizer_free(struct tokenizer *tokenizer); /* NULL is fine */

/* "o200k_base", "cl100k_base", or "o200k_harmony", which differs from o200k_base in special tokens
 * only; ERR_USAGE names those known. */
int token_encoding_from_name(struct str name, enum token_encoding *out, struct err *err);
const char *token_encoding_name(enum token_encoding encoding);

/* Ids of a text. A zeroed one is valid and empty. */
struct token_ids {
    uint32_t *ids; /* owned */
    size_t count;
    size_t cap;
};
void token_ids_release(struct token_ids *ids);

/* The number of tokens of `text`. ERR_MEMORY only. Memory does not grow with the text. */
int tokenizer_count(const struct tokenizer *tokenizer, struct str text, uint64_t *tokens,
                    struct err *err);

/* Appends the tokens of `text` to `out`. ERR_MEMORY only. */
int tokenizer_encode(const struct tokenizer *tokenizer, struct str text, struct token_ids *out,
                     struct err *err);

/* One thread's way of counting many texts: from text to text it remembers what pieces merged to, in
 * up to about `memory_bytes`, and then begins anew. It makes the second text faster than the first
 * and changes no answer. The tokenizer is borrowed until token_session_free; the caller frees the
 * session. */
struct token_session;
int token_session_new(struct token_session **out, const struct tokenizer *tokenizer,
                      size_t memory_bytes, struct err *err);
void token_session_free(struct token_session *session); /* NULL is fine */

int token_session_count(struct token_session *session, struct str text, uint64_t *tokens,
                        struct err *err);
int token_session_encode(struct token_session *session, struct str text, struct token_ids *out,
                         struct err *err);

#endif
