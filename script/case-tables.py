#!/usr/bin/env python3
"""Prints src/score/lower_table.h: what str.lower() of this Python does, as ranges. Run once by hand."""

import sys
import unicodedata

SIGMA = "\u03a3"


def codes():
    return (code for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)


def mappings():
    for code in codes():
        lower = chr(code).lower()
        if len(lower) == 1 and ord(lower) != code and code != ord(SIGMA):
            yield code, ord(lower) - code


def map_rows():
    """(first, last, stride, delta): every stride-th code from first to last moves by delta."""
    rows = []
    for code, delta in mappings():
        if rows:
            first, last, stride, known = rows[-1]
            step = code - last
            if delta == known and step in (1, 2) and (first == last or step == stride):
                rows[-1] = (first, code, step, known)
                continue
        rows.append((code, code, 1, delta))
    return rows


def set_rows(holds):
    rows = []
    for code in codes():
        if holds(chr(code)):
            if rows and rows[-1][1] == code - 1:
                rows[-1] = (rows[-1][0], code)
            else:
                rows.append((code, code))
    return rows


def is_cased(char):
    """A sigma after it is final."""
    return (char + SIGMA).lower()[-1] == "\u03c2"


def is_ignorable(char):
    """A sigma sees the letter before it."""
    return not is_cased(char) and ("a" + char + SIGMA).lower()[-1] == "\u03c2"


def print_array(kind, name, rows, form):
    print(f"static const struct {kind} {name}[] = {{")
    line = "   "
    for row in rows:
        item = " {" + form.format(*row) + "},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};")


print(f"""/* Made by script/case-tables.py from CPython {sys.version.split()[0]} (Unicode {unicodedata.unidata_version}). */
#ifndef SCORE_LOWER_TABLE_H
#define SCORE_LOWER_TABLE_H

#include <stdint.h>

/* clang-format off */
struct lower_range {{ uint32_t first; uint32_t last; uint32_t stride; int32_t delta; }};
struct code_range {{ uint32_t first; uint32_t last; }};
""")
print_array("lower_range", "lower_ranges", map_rows(), "{0:#x}, {1:#x}, {2}, {3}")
print("\n/* A letter with case: a capital sigma after it and not before one is a final sigma. */")
print_array("code_range", "cased_ranges", set_rows(is_cased), "{0:#x}, {1:#x}")
print("\n/* Looked through on the way to such a letter. */")
print_array("code_range", "ignorable_ranges", set_rows(is_ignorable), "{0:#x}, {1:#x}")
print("/* clang-format on */\n\n#endif")
