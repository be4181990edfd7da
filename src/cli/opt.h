/* opt: options as rows of a table.
 *
 * One row says everything about an option: parsing, --help and later the man page and shell
 * completion come from the same rows, so they cannot drift. Values land in a settings struct by
 * offset, so a command has no global state and can be run twice in one process.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_type {
    OPT_FLAG,  /* bool: --name */
    OPT_TEXT,  /* const char *: --name VALUE, borrowed from argv */
    OPT_COUNT, /* uint64_t: a whole number */
    OPT_SIZE,  /* uint64_t: tokens as 8k, 512k, 1m */
    OPT_TEXTS  /* struct opt_texts: may be given several times */
};

enum { OPT_TEXTS_MAX = 64 };
struct opt_texts {
    const char *items[OPT_TEXTS_MAX];
    size_t count;
};

struct opt {
    enum opt_type type;
    char letter;                /* 0 for none */
    const char *name;           /* without the dashes */
    const char *placeholder;    /* NULL for a flag */
    const char *help;           /* one sentence, lower case, no full stop; says the default */
    size_t offset;              /* offsetof(struct X_settings, member) */
    const char *const *choices; /* NULL-terminated words an OPT_TEXT must be one of, or NULL */
};

#define OPT(kind, letter, name, placeholder, help, type, member)                                   \
    {                                                                                              \
        (kind), (letter), (name), (placeholder), (help), offsetof(type, member), NULL              \
    }

enum { OPT_ARGS_MAX = 1024 };

/* Arguments that are no options; "--" ends the options, "-" is an argument. */
struct opt_args {
    const char *const *items; /* borrowed from the array given to opt_parse */
    size_t count;
};

/* Parses argv[0 … argc-1] (without the program's and the command's names) into *settings, which
 * holds the defaults. `rest` has room for OPT_ARGS_MAX. ERR_USAGE says which option and why. */
int opt_parse(const struct opt *rows, size_t row_count, int argc, char **argv, void *settings,
              const char **rest, struct opt_args *args, struct err *err);

/* ERR_USAGE, naming the option and both ends, for a value outside of least … most. */
int opt_check_range(const char *name, uint64_t value, uint64_t least, uint64_t most,
                    struct err *err);

/* "  -o, --output FILE   help …" for each row, wrapped to 80 columns. */
void opt_print_help(const struct opt *rows, size_t row_count, FILE *out);

#endif
