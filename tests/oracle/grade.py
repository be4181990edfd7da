"""Compares `haymaker grade` with the reference graders, run by CPython's own difflib, bit for bit.

Usage: grade.py HAYMAKER [PAIRS]
"""

import difflib
import json
import random
import struct
import subprocess
import sys
import time

SEED = 20261122
CHUNK = 5000

WORDS = """the of and a to in he was that it his her with as had for she at on not be is him they
harbour lantern kettle orchard winter quiet seven promised letter under window Margaret 1874 -- "No,"
said, river; stone. bread, morning walked toward nothing (perhaps) always blue fog's edge?""".split()

SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000"

ALPHABETS = (
    "ab",
    "abc \n",
    "abcdefghijklmnopqrstuvwxyz",
    "\U0001f426\U0001f427\U0001f3b6 x",
    "e\u0301a\u0300\u00e9\u00e0o\u0308 ",
    "a\xa0b c\u200bd\ufeff",
    "春眠不覚暁処処聞啼鳥夜来風雨声花落知多少",
    "x\ud83c\udfb6\ud83dy\udc00 \ud83c",
    "\U0010ffff\U00100000\U001007ff\U0010f800\\u\"/z",
    "\x00\x01\x7f\x80\xff\u0100\uffff\U00010000",
    SPACES + "ab",
)


def grade_openai(response, answer, prefix):
    if not response.startswith(prefix):
        return 0.0
    response = response.removeprefix(prefix)
    answer = answer.removeprefix(prefix)
    return float(difflib.SequenceMatcher(None, response, answer).ratio())


def grade_google(response, answer, _prefix):
    if not response:
        return 0.0
    target = answer.strip()
    if len(target) < 12:
        return 0.0
    marker = target[:12]
    prediction = response.strip()
    at = prediction.rfind(marker)
    if at == -1:
        return 0.0
    reference = target[12:].strip()
    content = prediction[at + 12 :].strip()
    return float(difflib.SequenceMatcher(a=reference, b=content).ratio())


GRADERS = {"openai-mrcr": grade_openai, "gdm-mrcr": grade_google}


def length(rng):
    draw = rng.random()
    if draw < 0.50:
        return rng.randint(0, 40)
    if draw < 0.80:
        return rng.randint(41, 190)
    if draw < 0.93:  # where autojunk begins, and where its limit steps
        return rng.choice((199, 200, 201, 299, 300, 301)) + rng.choice((-1, 0, 0, 0, 1))
    return rng.randint(302, 900) if draw < 0.995 else rng.randint(901, 2000)


def prose(rng, count):
    parts = []
    total = 0
    while total < count:
        word = rng.choice(WORDS) + rng.choice((" ", " ", " ", " ", ". ", "\n"))
        parts.append(word)
        total += len(word)
    return "".join(parts)[:count]


def some_text(rng, count):
    kind = rng.random()
    if kind < 0.45:
        return prose(rng, count)
    alphabet = rng.choice(ALPHABETS)
    if kind < 0.85:
        return "".join(rng.choice(alphabet) for _ in range(count))
    if kind < 0.95:  # a block again and again
        block = "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 12)))
        return (block * (count // len(block) + 1))[:count]
    # Units whose count is just at, below or above what autojunk allows.
    limit = max(count, 200) // 100 + 1
    text = []
    for unit in "jkqvwxz":
        text += [unit] * (limit + rng.randint(-1, 1))
    text += [rng.choice("etaoin ") for _ in range(max(0, count - len(text)))]
    rng.shuffle(text)
    return "".join(text)


def edit(rng, text):
    """Single insertions, deletions and replacements."""
    units = list(text)
    for _ in range(rng.randint(1, 1 + len(units) // 10)):
        at = rng.randint(0, len(units))
        choice = rng.random()
        if choice < 0.35:
            units.insert(at, rng.choice("abc XYZ\n\u00e9\U0001f426"))
        elif at < len(units) and choice < 0.7:
            del units[at]
        elif at < len(units):
            units[at] = rng.choice("abc XYZ\n\u00e9\U0001f426")
    return "".join(units)


def variant(rng, text):
    half = len(text) // 2
    cut = rng.randint(0, len(text))
    step = rng.randint(2, 9)
    choices = (
        lambda: text,
        lambda: edit(rng, text),
        lambda: edit(rng, text),
        lambda: some_text(rng, length(rng)),
        lambda: some_text(rng, len(text)),
        lambda: text[:half],
        lambda: text[half:],
        lambda: text[cut:] + text[:cut],
        lambda: text + text,
        lambda: "".join(unit for i, unit in enumerate(text) if i % step),
        lambda: text.replace(" ", "\xa0"),
        lambda: text.replace("\n", "\r\n"),
        lambda: text.upper(),
        lambda: text[::-1],
        lambda: "x" + text,
        lambda: text + "x",
        lambda: text[:cut] + some_text(rng, rng.randint(0, 60)) + text[cut:],
        lambda: rng.choice(SPACES) + text + rng.choice(SPACES),
        lambda: "",
    )
    return rng.choice(choices)()


def some_prefix(rng):
    if rng.random() < 0.9:
        return "".join(rng.choice("ABCDEFGHabcdefgh0123456789") for _ in range(10))
    return some_text(rng, rng.randint(0, 14))


def place_prefix(rng, prefix, text):
    cut = rng.randint(0, len(text))
    blanks = "".join(rng.choice(SPACES) for _ in range(rng.randint(1, 3)))
    draw = rng.random()
    if draw < 0.68:
        return prefix + text
    choices = (
        blanks + prefix + text,
        "Sure! Here it is: " + prefix + text,
        prefix + " " + text,
        prefix + prefix + text,
        text[:cut] + prefix + text[cut:],
        prefix + text[:cut] + prefix + text[cut:],
        text,
        prefix,
        prefix[:-1] + text,
        prefix.lower() + text,
        text + prefix,
    )
    return rng.choice(choices)


def pair(rng):
    prefix = some_prefix(rng)
    gold = some_text(rng, length(rng))
    answer = prefix + gold
    if rng.random() < 0.04:
        answer = rng.choice((gold, " " + answer, answer + "\n", "", prefix, answer[:11], answer[:12]))
    response = place_prefix(rng, prefix, variant(rng, gold))
    if rng.random() < 0.002:
        response = None
    return {"response": response, "answer": answer, "random_string_to_prepend": prefix}


def write_line(rng, row):
    if rng.random() < 0.5:
        try:
            return json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # a lone surrogate can only be escaped
            pass
    return json.dumps(row).encode()


def bits(value):
    return struct.pack("<d", value).hex()


def check_chunk(haymaker, name, rows, lines):
    reference = GRADERS[name]
    run = subprocess.run(
        [haymaker, "grade", "--grader", name],
        input=b"\n".join(lines) + b"\n",
        stdout=subprocess.PIPE,
        check=True,
    )
    marks = [json.loads(line) for line in run.stdout.splitlines()]
    if len(marks) != len(rows):
        sys.exit(f"{name}: {len(rows)} lines in, {len(marks)} out")
    above_zero = 0
    for row, mark, line in zip(rows, marks, lines):
        # A lone half at the end of one string and at the start of the next are two units to
        # Python even when they would be a pair; JSON cannot carry that, so read the row back.
        row = json.loads(line)
        response = row["response"] or ""
        wanted = reference(response, row["answer"], row["random_string_to_prepend"])
        exact = response == row["answer"]
        if bits(wanted) != bits(mark["score"]) or mark["exact"] != exact:
            sys.exit(f"{name}: CPython {wanted.hex()} {exact}, haymaker {mark}: {line.decode()}")
        if list(mark) != ["score", "prefix_found", "exact"]:
            sys.exit(f"{name}: members {list(mark)}")
        above_zero += 0.0 < wanted < 1.0
    return above_zero


def main():
    haymaker = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    rng = random.Random(SEED)
    between = dict.fromkeys(GRADERS, 0)
    started = time.monotonic()
    done = 0
    while done < count:
        rows = [pair(rng) for _ in range(min(CHUNK, count - done))]
        lines = [write_line(rng, row) for row in rows]
        for name in GRADERS:
            between[name] += check_chunk(haymaker, name, rows, lines)
        done += len(rows)
    seconds = time.monotonic() - started
    for name, number in between.items():
        # A test of zeros and ones would prove little.
        if number < count // 4:
            sys.exit(f"{name}: only {number} of {count} scores lie between 0 and 1")
        print(f"{name}: {count} pairs equal to CPython's bits, {number} of them between 0 and 1")
    print(f"seed {SEED}, {seconds:.0f} s, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
