/* file_draft: a file that appears only when it is whole.
 *
 * It is written beside the one that it will replace ("NAME.tmp-PID"), flushed to disk, renamed, and
 * the folder is flushed: readers and crashes see the old file or the new one, never a part. What is
 * not replaceable (base/file.h: a device, a pipe, a symbolic link) is written in place. What
 * earlier processes died over (older than an hour) is removed.
 */
#ifndef BASE_FILE_DRAFT_H
#define BASE_FILE_DRAFT_H

#include "base/err.h"
#include "base/str.h"

/* Who may read a new file. */
enum file_reader {
    FILE_FOR_OWNER, /* mode 0600: it holds replies */
    FILE_FOR_ALL    /* whoever the umask lets */
};

struct file_draft {
    int fd; /* write here */
    char *path;
    char *temporary; /* NULL: in place */
};

/* After an error there is nothing to end. */
int file_draft_open(struct file_draft *draft, const char *path, enum file_reader reader,
                    struct err *err);

/* Ends the draft. With 0 it becomes the file; with another code, which is passed on, what was
 * written is removed and the old file stays. It also stays when this fails. */
int file_draft_end(struct file_draft *draft, int code, struct err *err);

/* All of that for contents that are there already. */
int file_replace(const char *path, struct str contents, enum file_reader reader, struct err *err);

#endif
