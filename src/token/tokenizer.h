/* tokenizer: what token.h's handle points to. */
#ifndef TOKEN_TOKENIZER_H
#define TOKEN_TOKENIZER_H

#include "base/file.h"
#include "token/scan.h"
#include "token/vocabulary.h"

struct tokenizer {
    struct file_map image;
    struct vocabulary vocabulary; /* borrowed from image */
    scan_function *scan;
};

#endif
