/* mark: what a grader made of a reply. Plain values, nothing owned. */
#ifndef RECORD_MARK_H
#define RECORD_MARK_H

#include <stdbool.h>

enum { MARK_NO_NEEDLE = -1 };

/* Whether a checkpoint's code is in the reply (score/canary.h). */
enum canary_state { CANARY_NOT_ASKED, CANARY_FOUND, CANARY_MISSING };

struct mark {
    double score;       /* 0 … 1, the grader's official, strict score */
    double lenient;     /* 0 … 1, white space before the prefix and text before it forgiven */
    double precision;   /* 0 … 1, of a list: the share of its items that are right; else NaN */
    double recall;      /* 0 … 1, of a list: the share of what was asked for that is in it; NaN */
    bool prefix_found;  /* the prefix is where the grader wants it (true where none is asked for) */
    bool exact;         /* the reply is the gold answer, byte for byte */
    int nearest_needle; /* 0-based needle the reply resembles or names, or MARK_NO_NEEDLE */
    enum canary_state canary_start; /* a missing one: this part of the haystack was not read */
    enum canary_state canary_middle;
    enum canary_state canary_end;
};

#endif
