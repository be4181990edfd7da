/* scan_table: the scanners that have a source file of their own. */
#ifndef TOKEN_SCAN_TABLE_H
#define TOKEN_SCAN_TABLE_H

#include "token/scan.h"

#if defined(__x86_64__)
#define SCAN_HAS_X86 1
extern const struct scanner scanner_avx2;
extern const struct scanner scanner_avx512;
#else
#define SCAN_HAS_X86 0
#endif

#endif
