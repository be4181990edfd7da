"""The graders contains, abstain and set-f1 against Python written from their rules, and by example.

Usage: grade_sets.py HAYMAKER [COUNT]. The rules are those of src/score/grade_*.c, set_items.h and
words.h; texts are random over a small alphabet, so that matches, near misses and marks are frequent.
"""

import json
import random
import re
import subprocess
import sys

HAYMAKER = sys.argv[1]
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
LETTER = "A-Za-z0-9\u00e9"

VALUES = ["412", "4120", "41", "amber", "Amber road", "\u00e9t\u00e9", "12", "NOT STATED", "a b", "7"]
PIECES = VALUES + ["4", "am", "ber", "not stated", "Not  Stated", "not mentioned", "unknown", "it is", "13.", "3)", "-",
                   "*", "\u2022", "#", ">", '"', "'", "`", "_", ".", ",", ";", ":", "\n", "\n\n", "\r\n", " ", "  ",
                   "\t", "1. ", "2) ", "the"]


def contains_words(text, phrase):
    """words.h over ASCII and e acute: any case, white space alike, no word goes on, underscores aside."""
    phrase = phrase.strip()
    if not phrase:
        return False
    body = r"\s+".join(re.escape(word) for word in phrase.split())
    before = rf"(?<![{LETTER}])" if re.match(rf"[{LETTER}]", phrase) else ""
    after = rf"(?!_*[{LETTER}])" if re.search(rf"[{LETTER}]\Z", phrase) else ""
    for match in re.finditer(rf"(?={before}{body}{after})", text, re.IGNORECASE):
        joined = re.search(rf"[{LETTER}]_+\Z", text[:match.start()])
        if not (before and joined):
            return True
    return False


def grade_niah(row):
    lines = [line for line in re.split(r"\r?\n", row["answer"]) if line.strip()]
    return {"score": sum(contains_words(row["response"], line) for line in lines) / len(lines) if lines else 0.0}


def grade_contains(row):
    lines = [line.strip(" \t\r\n") for line in row["answer"].split("\n") if line.strip(" \t\r\n")]
    return {"score": sum(line in row["response"] for line in lines) / len(lines) if lines else 0.0}


def grade_abstain(row):
    reply, answer = row["response"], row["answer"]
    others = any(value != answer and contains_words(reply, value) for value in row["answers"])
    says_not = contains_words(reply, "NOT STATED")
    if answer.strip(" \t\r\n") == "NOT STATED":
        right = says_not
    else:
        right = contains_words(reply, answer) and not says_not
    return {"score": float(right and not others)}


def items(text):
    found = set()
    for item in re.split(r"[\n\r,;]", text):
        while True:
            cleaned = re.sub(r"\A(?:[ \t\-*+>#\"'`]|\u2022|[0-9]+[.)](?=[ \t]))", "", item)
            if cleaned == item:
                break
            item = cleaned
        item = item.rstrip(" \t\"'`*._")
        if item:
            found.add("".join(c.lower() if c.isascii() else c for c in item))
    return found


def grade_set_f1(row):
    given = items(row["response"])
    gold = set().union(*[items(text) for text in row["answers"]])
    right = len(given & gold)
    if not given and not gold:
        return {"score": 1.0, "precision": 1.0, "recall": 1.0}
    return {"score": 2 * right / (len(given) + len(gold)),
            "precision": right / len(given) if given else 0.0,
            "recall": right / len(gold) if gold else 0.0}


def marks(grader, rows):
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    run = subprocess.run([HAYMAKER, "grade", "--grader", grader], input=data, capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def draw_row(rng):
    values = rng.sample(VALUES, rng.randint(0, 4))
    return {"response": "".join(rng.choice(PIECES) + rng.choice(["", " ", "\n"]) for _ in range(rng.randint(0, 9))),
            "answer": rng.choice(VALUES + ["NOT STATED", "412\namber", "", "\n"]),
            "answers": values}


def compare(grader, reference, rows):
    for row, mark in zip(rows, marks(grader, rows), strict=True):
        wanted = reference(row)
        found = {name: mark[name] for name in wanted}
        if found != wanted:
            sys.exit(f"{grader}: wanted {wanted}, found {found} for {row}")


# What anyone would expect, worked out by hand: grader, row, marks.
EXAMPLES = [
    ("contains", {"response": "34127", "answer": "412"}, {"score": 1.0}),
    ("contains", {"response": "OSLO", "answer": "Oslo"}, {"score": 0.0}),
    ("abstain", {"response": "Not stated.", "answer": "NOT STATED", "answers": ["412", "7"]}, {"score": 1.0}),
    ("abstain", {"response": "NOT STATED, but 412 is near.", "answer": "NOT STATED", "answers": ["412", "7"]},
     {"score": 0.0}),
    ("abstain", {"response": "412", "answer": "NOT STATED", "answers": ["412", "7"]}, {"score": 0.0}),
    ("abstain", {"response": "The number is 412.", "answer": "412", "answers": ["412", "7"]}, {"score": 1.0}),
    ("abstain", {"response": "412 or 7", "answer": "412", "answers": ["412", "7"]}, {"score": 0.0}),
    ("abstain", {"response": "412, or NOT STATED", "answer": "412", "answers": ["412", "7"]}, {"score": 0.0}),
    ("abstain", {"response": "", "answer": "NOT STATED", "answers": []}, {"score": 0.0}),
    ("set-f1", {"response": "1. 412\n2. 7\n3. 99\n", "answers": ["412", "7"]},
     {"score": 0.8, "precision": 2 / 3, "recall": 1.0}),
    ("set-f1", {"response": "- **412**\n- `7`", "answers": ["412", "7"]}, {"score": 1.0, "precision": 1.0, "recall": 1.0}),
    ("set-f1", {"response": "412, 412; 412", "answers": ["412", "7"]}, {"score": 2 / 3, "precision": 1.0, "recall": 0.5}),
    ("set-f1", {"response": "", "answers": ["412"]}, {"score": 0.0, "precision": 0.0, "recall": 0.0}),
    ("set-f1", {"response": "  \n", "answers": []}, {"score": 1.0, "precision": 1.0, "recall": 1.0}),
    ("set-f1", {"response": "412", "answers": []}, {"score": 0.0, "precision": 0.0, "recall": 0.0}),
]


def main():
    for grader, row, wanted in EXAMPLES:
        found = marks(grader, [row])[0]
        if {name: found[name] for name in wanted} != wanted:
            sys.exit(f"{grader}: wanted {wanted}, found {found} for {row}")
    rng = random.Random(20261122)
    rows = [draw_row(rng) for _ in range(COUNT)]
    for grader, reference in (("niah", grade_niah), ("contains", grade_contains), ("abstain", grade_abstain),
                              ("set-f1", grade_set_f1)):
        compare(grader, reference, rows)
    for grader in ("niah", "contains", "abstain", "set-f1"):
        scores = [mark["score"] for mark in marks(grader, rows)]
        if min(scores) != 0.0 or max(scores) != 1.0:
            sys.exit(f"{grader}: the texts do not try both ends")


if __name__ == "__main__":
    main()
