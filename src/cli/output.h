/* output: a command's data, to standard output or to a file that appears only when it is whole.
 *
 * What is no regular file ("/dev/null", a pipe, a symbolic link) is written to as it comes.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/err.h"
#include "base/file_draft.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
    FILE *file;       /* write here */
    const char *path; /* borrowed; NULL for standard output */
    struct file_draft draft;
    bool is_shown; /* on a terminal, at the end, without a stranger's control characters */
};

/* NULL or "-" is standard output. Missing folders are made. */
int output_open(struct output *out, const char *path, struct err *err);
/* The same for what holds replies: a new file has mode 0600. */
int output_open_private(struct output *out, const char *path, struct err *err);

/* With 0: flushes, checks and puts the file in its place. With another code: removes what was
 * written and passes the code on. Standard output stays open: cli_main checks it at the end, for
 * every command. */
int output_close(struct output *out, int code, struct err *err);

/* What the stream does not take is for whoever closes it to tell; nothing is written behind it. */
void output_write(FILE *file, struct str text);

/* Flushes; whether everything reached the system. errno says why not, 0 where nobody knows. */
bool output_is_written(FILE *file);

/* Writes a value and a line end, as output_write does; steals it, NULL (which is ERR_MEMORY)
 * included. */
int output_json(json_t *json, size_t flags, FILE *file, struct err *err);

#endif
