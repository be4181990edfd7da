#!/usr/bin/env python3
"""The graders of sets against their rules in Python. Usage: grade_public_sets.py HAYMAKER [COUNT]

The references below are written from the documented rules: the card of openai/graphwalks (extraction
and F1, with what it gets wrong), the rule as it is meant, and RULER's two string matches. Every score must be equal to the bit.
"""

import json
import random
import re
import subprocess
import sys

HAYMAKER = sys.argv[1]
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000


def f1(golden, sampled, if_none):
    overlap = len(golden & sampled)
    recall = overlap / len(golden) if len(golden) > 0 else 0
    precision = overlap / len(sampled) if len(sampled) > 0 else 0
    return 2 * (recall * precision) / (recall + precision) if recall + precision > 0 else if_none


def graphwalks(response, answers):
    line = response.split("\n")[-1]
    found = re.search(r"Final Answer: ?\[.*\]", line)
    if "Final Answer:" not in line or not found:
        return 0.0
    items = [item.strip() for item in found.group(0).strip("[]").split(",") if item.strip()]
    return float(f1(set(answers), set(items), 1))


def graphwalks_corrected(response, answers):
    found = re.search(r"Final Answer: ?(\[.*\])", response.strip().split("\n")[-1])
    if not found:
        return 0.0
    items = {item.strip() for item in found.group(1).strip("[]").split(",") if item.strip()}
    return float(f1(set(answers), items, 0 if answers or items else 1))


def ruler_text(response):
    return re.sub(r"[\x00-\x1f]", "\n", response.strip()).strip().lower()


def ruler_all(response, answers):
    return sum(1.0 if answer.lower() in ruler_text(response) else 0.0 for answer in answers) / len(answers) if answers else 0.0


def ruler_part(response, answers):
    return max((1.0 if answer.lower() in ruler_text(response) else 0.0 for answer in answers), default=0.0)


REFERENCES = {
    "graphwalks": graphwalks,
    "graphwalks-corrected": graphwalks_corrected,
    "ruler-all": ruler_all,
    "ruler-part": ruler_part,
}

NODES = ["a", "b", "cfcd208495", "uvwx", "Final Answer: [a", "é", "a b", "[x]", ""]
LISTS = ["", " ", ",", "[", "]", "[]", "a]", " a , a ", "\u00a0a\u2003,\x1cb", "a\r", "a]b", "][", "a,[b],c"]
EDGES = [
    "", "\n", "Final Answer:", "Final Answer: ", "Final Answer: []", "Final Answer:[]", "Final Answer:  [a]",
    "Final Answer: [a]\n", "Final Answer: [a]\n\n", "Final Answer: [a]\n ", "Final Answer: [b]\nFinal Answer: [a]",
    "final answer: [a]", "**Final Answer: [a]**", "So Final Answer: [a] or Final Answer: [b].", "Final Answer: [a",
    "Final Answer: a]", "Final Answer: x Final Answer: [a]", "] Final Answer: [a", "Final Answer: [a]\r\nthe end",
    "Final Answer: [a] Final Answer:[", "Final Answer: [[a], [b]]", "Final Answer: [a,b],", "\ud83cFinal Answer: [a]",
    "Final Answer: [a]\u2028", "Final Answer: [a]\x0b", "Final Answer: [\u3000a\u3000]", "Final Answer: [a\u200b]",
]


# Letters whose lower case is no matter of course: sigmas at the end of a word, the dotted I, Cherokee, Deseret,
# a Kelvin sign, letters that are capitals without small ones, marks that a sigma looks through.
LETTERS = ("aAbBzZ \u00c9\u00e9\u0130iI\u0131\u03a3\u03c3\u03c2\u03a9\u2126\u212a\u1e9e\u00df\u0416\u13a0\uab70\u10a0\u1c90"
           "\ua7ae\U00010400\u01c5\u01c4.'\u2019\u0301\u0345\u00ad:\u2160\u24b6\n\t\x1f\x00\u00a0\u3000_0\ud83c")


def letter_cases(rng):
    while True:
        answers = ["".join(rng.choice(LETTERS) for _ in range(rng.randrange(5))) for _ in range(rng.randrange(4))]
        parts = [rng.choice(answers) if answers and rng.random() < 0.3 else rng.choice(LETTERS) for _ in range(rng.randrange(12))]
        text = "".join(part.upper() if rng.random() < 0.3 else part.lower() if rng.random() < 0.3 else part for part in parts)
        yield text, answers


def cases(rng):
    letters = letter_cases(rng)
    for response in EDGES:
        for answers in ([], ["a"], ["a", "b"], ["b"], ["c"]):
            yield response, answers
    for inner in LISTS:
        for answers in ([], ["a"], ["a", "b"]):
            yield f"Final Answer: [{inner}]", answers
    while True:
        yield next(letters)
        yield next(letters)
        answers = [rng.choice(NODES[:7]) + str(rng.randrange(6)) for _ in range(rng.randrange(6))]
        given = [rng.choice(answers) if answers and rng.random() < 0.6 else rng.choice(NODES) for _ in range(rng.randrange(7))]
        text = rng.choice(["", "I walked the graph.\n", "x\n\n"]) + rng.choice(["Final Answer: [", "Final Answer:[", "Answer: ["])
        yield text + rng.choice([", ", ",", " , "]).join(given) + rng.choice(["]", "]", "]", "].", "]\n", ""]), answers


def main():
    rng = random.Random(20261122)
    drawn = []
    for case in cases(rng):
        drawn.append(case)
        if len(drawn) >= COUNT:
            break
    data = "".join(json.dumps({"response": response, "answers": answers}) + "\n" for response, answers in drawn)
    wrong = 0
    for name, reference in REFERENCES.items():
        run = subprocess.run([HAYMAKER, "grade", "--grader", name], input=data.encode(), capture_output=True, check=True)
        marks = run.stdout.splitlines()
        assert len(marks) == len(drawn), (name, len(marks))
        for (response, answers), mark in zip(drawn, marks):
            expected = reference(response, answers)
            if json.loads(mark)["score"] != expected:
                wrong += 1
                if wrong <= 10:
                    print(f"{name}: {response!r} for {answers!r}: {json.loads(mark)['score']}, expected {expected}")
        scores = {reference(*case) for case in drawn}
        assert len(scores) > (1 if name == "ruler-part" else 4), (name, scores)  # else the cases would prove nothing
    print(f"{len(drawn)} replies, {len(REFERENCES)} graders: {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
