"""Grading: pairs a second against CPython's difflib, and long replies."""

import difflib
import json
import pathlib
import random
import subprocess
import tempfile

from rows import BUILD, HAYMAKER, build, environment, json_lines, python_seconds, row

ANSWER = 1800
REPLY = 1_000_000


def needle_texts(folder):
    """Replies of our writers to the same ask, long enough to be cut to ANSWER characters."""
    path = pathlib.Path(folder) / "cases.jsonl"
    subprocess.run([HAYMAKER, "generate", "--needles", "8", "--length", "16k", "--samples", "8", "--seed", "5", "-o", path],
                   env=environment(), check=True)
    texts = []
    for line in path.open(encoding="utf-8"):
        case = json.loads(line)
        messages = json.loads(case["prompt"])
        joined = "\n\n".join(messages[i + 1]["content"] for i in case["needle_msg_indices"])
        texts += [joined[at:at + ANSWER] for at in range(0, len(joined) - ANSWER, ANSWER)]
    return texts


def nearly(text, rng):
    """The same text with a few characters changed, left out and put in."""
    chars = list(text)
    for _ in range(8):
        chars[rng.randrange(len(chars))] = rng.choice("abcxyz ,.")
        del chars[rng.randrange(len(chars))]
        chars.insert(rng.randrange(len(chars)), rng.choice("abcxyz"))
    return "".join(chars)


def python_rate(pairs):
    times = []
    ratios = []
    for a, b in pairs:
        start = python_seconds()
        ratios.append(difflib.SequenceMatcher(None, a, b).ratio())
        times.append(python_seconds() - start)
    return len(pairs) / sum(times), ratios


def our_rate(folder, pairs):
    path = pathlib.Path(folder) / "pairs"
    path.write_bytes(b"".join(part.encode() + b"\0" for pair in pairs for part in pair))
    found = json_lines([BUILD / "tests/bench/bench_grader", path])[0]
    return found["pairs_per_s"], found["ratios"], found["slowest_ms"]


def long_replies(answer, rng, texts):
    yield "prose", ("\n".join(texts) * (REPLY // ANSWER))[:REPLY], answer
    yield "one letter", "a" * REPLY, "a" * ANSWER
    yield "two letters", "ab" * (REPLY // 2), "ba" * (ANSWER // 2)
    yield "random letters", "".join(rng.choice("abcd") for _ in range(REPLY)), "".join(rng.choice("abcd") for _ in range(ANSWER))
    yield "against 1 MB", "".join(rng.choice("abcd") for _ in range(REPLY)), "".join(rng.choice("abcd") for _ in range(REPLY))


def measure(quick):
    build("haymaker", "bench_grader")
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        texts = needle_texts(folder)[:24]
        kinds = {
            "unrelated": [(a, b) for a, b in zip(texts, texts[1:])],
            "near-equal": [(nearly(text, rng), text) for text in texts],
            "equal": [(text, text) for text in texts],
        }
        for kind, pairs in kinds.items():
            theirs, ratios = python_rate(pairs)
            ours, found, _ = our_rate(folder, pairs)
            if ratios != found:
                raise SystemExit(f"{kind}: the ratios are not CPython's")
            yield row(f"{ANSWER} characters, {kind}", ours, "pairs/s", peers={"CPython": theirs},
                      least_ratio=("CPython", 100))
        for name, reply, answer in long_replies(texts[0], rng, texts):
            _, _, slowest = our_rate(folder, [(reply, answer)])
            yield row(f"reply of 1 MB, {name}", slowest, "ms", higher_is_better=False)
