/* download: a dataset's file from its publisher's host, whole and unchanged.
 *
 * What arrives is kept beside the target as NAME.part and goes on from there the next time. Only a
 * file whose SHA-256 is the expected one gets its name: the one that we know of the pinned
 * revision, or else the one that the host itself states (X-Linked-ETag).
 *
 * TLS is always verified; plain http is for this machine only. A token goes to the named host and
 * to none that it redirects to, and never into a message.
 */
#ifndef DATASET_DOWNLOAD_H
#define DATASET_DOWNLOAD_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct download {
    const char *url;
    const char *path;   /* missing folders are made */
    const char *sha256; /* in small hexadecimal digits; NULL when unknown */
    const char *token;  /* sent as a bearer token; NULL for none */
};

/* What was done. */
struct download_outcome {
    bool was_there;   /* the file had the expected SHA-256 already; nothing was fetched */
    bool is_verified; /* a SHA-256 was known, from us or the host */
    uint64_t bytes;   /* fetched now */
    uint64_t resumed; /* taken over from an earlier attempt */
};

/* ERR_SYSTEM when the host cannot be reached, ERR_ENDPOINT when it refuses, ERR_INPUT when what
 * came is not the expected file. */
int download_file(const struct download *download, struct download_outcome *outcome,
                  struct err *err);

#endif
