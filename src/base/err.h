/* err: how every module says what went wrong.
 *
 * Base is the first step of Haymaker's flow: it knows bytes, files, time and chance, nothing of
 * LLMs.
 *
 * A function that can fail returns 0 or a negative `enum err_code` and fills the last parameter,
 * `struct err *err`, with one line: lower case, what and where ("corpora/war.txt: line 812: invalid
 * UTF-8"). On the way up a caller may put its own context in front with err_wrap. `err` is never
 * NULL and is untouched on success. Only src/cli turns a code into an exit status.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
    ERR_NONE = 0,
    ERR_REQUIREMENT = -1, /* a stated requirement was not met: exit 1 */
    ERR_USAGE = -2,       /* the command line or configuration is wrong: exit 2 */
    ERR_INPUT = -3,       /* a file or record we were given is bad: exit 3 */
    ERR_ENDPOINT = -4,    /* the endpoint refused (authentication, quota): exit 4 */
    ERR_INCOMPLETE = -5,  /* some trials are missing and can be resumed: exit 5 */
    ERR_LIMIT = -6,       /* a named limit was reached: exit 3 */
    ERR_MEMORY = -7,      /* allocation failed: exit 3 */
    ERR_SYSTEM = -8,      /* the operating system refused (disk, permission): exit 3 */
    ERR_INTERRUPTED = -9  /* the user pressed Ctrl-C: exit 130 */
};

enum { ERR_TEXT_MAX = 1024 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX];
};

/* Fills *err and returns `code`. A text that is too long is cut, on a character boundary. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text already in *err and returns err->code. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* err_set with ERR_SYSTEM: the text, then ": " and the system's own words for errno; for a full or
 * read-only disk also what to do. */
int err_system(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* err_set with ERR_MEMORY and a fixed sentence. Inline, so that static analysis sees it is not 0.
 */
static inline int err_memory(struct err *err)
{
    (void)err_set(err, ERR_MEMORY, "out of memory");
    return ERR_MEMORY;
}

#endif
