/* digest: SHA-256 of files, to say which edition of a dataset was used. On OpenSSL. */
#ifndef DATASET_DIGEST_H
#define DATASET_DIGEST_H

#include "base/err.h"

enum { DIGEST_HEX = 64 };

/* In small hexadecimal digits; the file is read 64 KiB at a time. */
int digest_file(const char *path, char out[DIGEST_HEX + 1], struct err *err);

#endif
