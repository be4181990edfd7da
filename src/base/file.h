/* file: whole files, mapped files, folders, and writes that survive a crash.
 *
 * Every error names the path and the system's reason.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What an error calls a file of tmpfile(): both glibc and musl put it there. */
#define FILE_TEMPORARY "a temporary file in /tmp"

/* Appends the whole of a file (or of stdin for "-") to `out`; stops at the buffer's maximum. */
int file_read(const char *path, struct buf *out, struct err *err);

/* A read-only mapping. A zeroed one is valid and empty. */
struct file_map {
    struct str bytes; /* borrowed from the mapping until file_map_release */
    void *start;
};
int file_map_open(struct file_map *out, const char *path, struct err *err);
void file_map_release(struct file_map *map);

/* Gives the pages of a mapping back until they are touched again, when they come from the system's
 * cache: what a process reads once and goes past is then no longer counted as its memory. Nobody
 * who reads the mapping meanwhile can tell. Does nothing where the system cannot. */
void file_map_rest(const struct file_map *map);

bool file_exists(const char *path);
int file_make_parent_folders(const char *path,
                             struct err *err); /* mkdir -p of those above a file */

/* Takes the whole file for this open descriptor alone; *taken is false when somebody else has it.
 * The lock ends when the descriptor is closed or the process dies, so a crash leaves none behind.
 */
int file_lock(int fd, const char *path, bool *taken, struct err *err);

/* Whether a new file may be renamed to `path`: nothing is there, or a regular file. A device, a
 * pipe or a symbolic link ("/dev/null", "/dev/stdout") is written to; replacing it would destroy
 * it. */
bool file_is_replaceable(const char *path);

/* open(2) for writing, close-on-exec. A symbolic link is followed only when it is this user's or
 * root's ("/dev/stdout"): whoever else may write to the folder must not choose what is overwritten.
 * The descriptor, or negative. */
int file_open_own(const char *path, int flags, unsigned mode, struct err *err);

/* Flushes the folder that holds a file: the file's own name is only then safe from a power cut.
 * Some file systems refuse to; there is nothing more to do then. */
void file_flush_folder_of(const char *path);

/* Takes room on the disk for the bytes [from, from + len) of an open file without making it longer;
 * they can then be written whatever else fills the disk. ERR_SYSTEM when there is no such room.
 * Where a file system cannot do that it is only seen whether so much is free now. */
int file_take_room(int fd, const char *path, uint64_t from, uint64_t len, struct err *err);

/* The regular files below a folder, recursively, whose name ends in `suffix` (all for an empty
 * one), sorted by the bytes of their path. Paths and array are allocated in `arena`. */
int file_list(const char *folder, struct str suffix, struct arena *arena, struct str **paths,
              size_t *count, struct err *err);

/* Where an installed data file is: $HAYMAKER_DATA, share/haymaker beside the program, or
 * ../share/haymaker. ERR_SYSTEM that names the places looked at when it is in none of them. */
int file_data_path(const char *name, struct buf *out, struct err *err);

/* Appends the whole of that file to `out`; stops at the buffer's maximum. */
int file_data_read(const char *name, struct buf *out, struct err *err);

/* Where a module that the program loads (dlopen) is: lib/haymaker beside the program, or
 * ../lib/haymaker. What is found is run, so no environment variable and no working folder has a
 * say. ERR_SYSTEM that names the places looked at. */
int file_module_path(const char *name, struct buf *out, struct err *err);

/* Where the user's own file of that name would be: $XDG_CONFIG_HOME/haymaker/NAME, else
 * ~/.config/haymaker/NAME. It need not exist. False when neither variable is set. */
bool file_config_path(const char *name, struct buf *out);

/* Reads one line of any length, without its line end, into `line` (reset first). 1 for a line,
 * 0 at the end of the file, negative on an error. */
int file_read_line(FILE *file, struct buf *line, struct err *err);

#endif
