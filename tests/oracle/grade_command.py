"""Checks what `haymaker grade` promises beside its scores: order, errors, large lines, the list.

Usage: grade_command.py HAYMAKER
"""

import json
import os
import subprocess
import sys
import tempfile

HAYMAKER = sys.argv[1]
PREFIX = "h7Kd02mQxZ"


def grade(*arguments, data=b""):
    run = subprocess.run(
        [HAYMAKER, "grade", *arguments],
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def line(**members):
    return json.dumps(members).encode() + b"\n"


def mrcr(response, answer=PREFIX + "gold"):
    return line(response=response, answer=answer, random_string_to_prepend=PREFIX)


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: wanted {wanted!r}, found {found!r}")


def expect_in(what, found, *parts):
    for part in parts:
        if part not in found:
            sys.exit(f"{what}: {part!r} is not in {found!r}")


def a_mark_is_one_line_with_its_members_in_order():
    expect(
        "mark",
        grade("--grader", "openai-mrcr", data=mrcr(PREFIX + "gold")),
        (0, '{"score": 1.0, "prefix_found": true, "exact": true}\n', ""),
    )
    expect(
        "17 digits",
        grade("-g", "openai-mrcr", data=mrcr(PREFIX + "go")),
        (0, '{"score": 0.66666666666666663, "prefix_found": true, "exact": false}\n', ""),
    )


def a_null_response_counts_as_empty():
    wanted = (0, '{"score": 0.0, "prefix_found": false, "exact": false}\n', "")
    for grader in ("openai-mrcr", "gdm-mrcr"):
        expect(grader, grade("--grader", grader, data=mrcr(None)), wanted)


def niah_needs_no_prefix():
    found = grade("--grader", "niah", data=line(response="It is **412**.", answer="412"))
    expect("niah", found, (0, '{"score": 1.0, "prefix_found": true, "exact": false}\n', ""))
    found = grade("--grader", "niah", data=line(response="start", answer="art"))
    expect("niah", json.loads(found[1])["score"], 0.0)


def blank_lines_and_a_missing_last_line_end_are_fine():
    data = b"\n" + mrcr(PREFIX + "gold") + b"  \r\n" + mrcr("").rstrip(b"\n")
    status, out, _ = grade("--grader", "openai-mrcr", data=data)
    expect("status", status, 0)
    expect("marks", out.count("\n"), 2)
    expect("nothing in, nothing out", grade("--grader", "niah"), (0, "", ""))


def a_bad_line_is_named_and_what_was_graded_stays():
    good = mrcr(PREFIX + "gold")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "in.jsonl")
        for bad, says in (
            (b'{"response": "x"', "not valid JSON"),
            (b"[]", "not a JSON object"),
            (b'{"response": "x", "answer": "y"}', "random_string_to_prepend"),
            (b'{"response": 1, "answer": "y"}', "'response'"),
            (b'{"response": "\xff"}', "invalid UTF-8 at byte 14"),
        ):
            with open(path, "wb") as file:
                file.write(good + bad + b"\n" + good)
            status, out, err = grade("--grader", "openai-mrcr", path)
            expect(says, (status, out.count("\n"), err.count("\n")), (3, 1, 1))
            expect_in(says, err, path + ": line 2: ", says)
        status, _, err = grade("--grader", "openai-mrcr", os.path.join(folder, "none.jsonl"))
        expect("no file", status, 3)
        expect_in("no file", err, "none.jsonl: No such file")


def usage_errors_say_what_to_do():
    for arguments, says in (
        ((), "--grader is needed"),
        (("--grader", "bleu"), "known: openai-mrcr, gdm-mrcr, niah"),
        (("--grader", "niah", "a", "b"), "one FILE"),
    ):
        status, out, err = grade(*arguments)
        expect(says, (status, out), (2, ""))
        expect_in(says, err, says)


def lines_of_several_megabytes_are_graded():
    text = "The quick brown fox; jumps over 13 lazy dogs? " * 120_000
    data = mrcr(PREFIX + text) + mrcr(PREFIX + text, PREFIX + text)
    data += line(response="\U0001f3b6" * 1_000_000, answer="x", random_string_to_prepend="y")
    status, out, err = grade("--grader", "openai-mrcr", data=data)
    expect("status", (status, err), (0, ""))
    marks = [json.loads(row) for row in out.splitlines()]
    expect("equal", marks[1], {"score": 1.0, "prefix_found": True, "exact": True})
    expect("no prefix", marks[2]["score"], 0.0)
    expect("nearly all wrong", 0.0 < marks[0]["score"] < 1e-5, True)


def the_list_names_every_grader_with_its_source():
    status, out, _ = grade("--list")
    expect("status", status, 0)
    expect_in("list", out, "openai-mrcr\n", "\ngdm-mrcr\n", "\nniah\n", "openai/mrcr", "eval_hub", "RULER")


def main():
    checks = [
        a_mark_is_one_line_with_its_members_in_order,
        a_null_response_counts_as_empty,
        niah_needs_no_prefix,
        blank_lines_and_a_missing_last_line_end_are_fine,
        a_bad_line_is_named_and_what_was_graded_stays,
        usage_errors_say_what_to_do,
        lines_of_several_megabytes_are_graded,
        the_list_names_every_grader_with_its_source,
    ]
    for check in checks:
        check()
    print(f"{len(checks)} promises kept")


if __name__ == "__main__":
    main()
