"""`haymaker generate` seen from outside: an independent reader solves every case from its messages.

Usage: generate.py HAYMAKER [full]. Without "full" the lengths stop at 64K (for sanitizer builds).
"""

import hashlib
import json
import re
import subprocess
import sys
import unittest

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]

COLUMNS = [
    "prompt", "answer", "random_string_to_prepend", "n_needles", "total_messages", "n_chars", "date_added",
    "desired_msg_index", "needle_msg_indices", "prompt_tokens", "answer_tokens", "length", "seed", "sample",
    "depth", "fingerprint",
]
FINAL = re.compile(
    r"Prepend ([A-Za-z0-9]{10}) to the (\d+)(st|nd|rd|th) \(1 indexed\) (.+) about (.+)\. "
    r"Do not include any other text in your response\."
)
REQUEST = (
    ' After your answer, and as the only addition to it, write one last line: "Checkpoints:" and the codes of '
    "checkpoints 1, 2 and 3 in order, with a dash for each that is not in the text above."
)
SALT = re.compile(r"\ASession \d{18}\.\n\n")


def generate(*arguments):
    run = subprocess.run([HAYMAKER, "generate", *arguments], capture_output=True, check=True)
    return run.stdout


def rows(*arguments):
    return [json.loads(line) for line in generate(*arguments).splitlines()]


def ordinal(number):
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def grade(grader, *cases):
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    run = subprocess.run([HAYMAKER, "grade", "--grader", grader], input=lines.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def solve_mrcr(messages):
    """The answer, from the messages alone, and the indexes of the wanted key's asks."""
    match = FINAL.fullmatch(messages[-1]["content"])
    prefix, number, suffix, form, topic = match.groups()
    assert suffix == ordinal(int(number))
    ask = f"write a {form} about {topic}"
    asks = [i for i, m in enumerate(messages) if m["role"] == "user" and m["content"] == ask]
    return prefix + messages[asks[int(number) - 1] + 1]["content"], asks


class Mrcr(unittest.TestCase):
    def check_row(self, row, needles, length):
        messages = json.loads(row["prompt"])
        prefix = row["random_string_to_prepend"]
        answer, asks = solve_mrcr(messages)
        self.assertEqual(list(row), COLUMNS)
        self.assertEqual(answer, row["answer"])
        self.assertEqual(len(asks), needles)
        self.assertEqual(row["n_needles"], needles)
        self.assertEqual(row["needle_msg_indices"], asks)
        self.assertIn(row["desired_msg_index"], asks)
        self.assertEqual(answer, prefix + messages[row["desired_msg_index"] + 1]["content"])
        self.assertEqual(row["total_messages"], len(messages))
        self.assertEqual(row["n_chars"], sum(len(m["content"]) for m in messages))
        roles = ["user"] + ["user", "assistant"] * ((len(messages) - 2) // 2) + ["user"]
        self.assertEqual([m["role"] for m in messages], roles)
        self.assertTrue(messages[0]["content"].startswith(
            "Here are some examples of conversations succeeded by a follow-up question answered correctly:"
            "\n\n======EXAMPLE======\nUser: "))
        self.assertTrue(messages[0]["content"].endswith("======END EXAMPLE======\n"))
        self.assertEqual(sum(m["content"].count(prefix) for m in messages), 1)
        replies = [m["content"] for m in messages if m["role"] == "assistant"]
        self.assertEqual(len(set(replies)), len(replies))
        total = row["prompt_tokens"] + row["answer_tokens"]
        self.assertLessEqual(total, length)
        self.assertGreaterEqual(total, 0.995 * length)

    def test_every_gold_is_what_a_reader_of_the_messages_finds(self):
        for length in [4096, 8192, 65536] + ([262144, 1048576] if FULL else []):
            for needles in (1, 2, 4, 8):
                samples = 3 if length <= 65536 else 1
                found = rows("--needles", str(needles), "--length", str(length), "--samples", str(samples),
                             "--seed", "11")
                self.assertEqual(len(found), samples)
                for row in found:
                    with self.subTest(length=length, needles=needles, sample=row["sample"]):
                        self.check_row(row, needles, length)

    def test_asks_share_format_or_topic_in_about_half_of_the_haystack(self):
        row = rows("--needles", "4", "--length", "128k", "--samples", "1")[0]
        messages = json.loads(row["prompt"])
        _, _, _, form, topic = FINAL.fullmatch(messages[-1]["content"]).groups()
        asks = [m["content"] for m in messages[1:-1] if m["role"] == "user"]
        others = [a for a in asks if a != f"write a {form} about {topic}"]
        near = [a for a in others if a.startswith(f"write a {form} about ") or a.endswith(f" about {topic}")]
        self.assertGreater(len(near), 0.35 * len(others))
        self.assertLess(len(near), 0.65 * len(others))

    def test_ordinals_are_balanced_and_depths_are_spread(self):
        found = rows("--needles", "4", "--length", "32k", "--samples", "40")
        ordinals = [row["needle_msg_indices"].index(row["desired_msg_index"]) for row in found]
        self.assertEqual([ordinals.count(i) for i in range(4)], [10, 10, 10, 10])
        tenths = [min(int(row["depth"] * 10), 9) for row in found]
        self.assertTrue(all(1 <= tenths.count(i) <= 8 for i in range(10)), tenths)

    def test_uniform_fill_spreads_over_the_upper_half(self):
        totals = sorted(row["prompt_tokens"] + row["answer_tokens"]
                        for row in rows("--needles", "2", "--length", "64k", "--samples", "30", "--fill", "uniform"))
        self.assertGreater(totals[0], 32768)
        self.assertLessEqual(totals[-1], 65536)
        self.assertLess(totals[5], 45000)
        self.assertGreater(totals[-5], 54000)

    def test_same_seed_same_bytes_and_more_samples_do_not_shift_earlier_ones(self):
        first = generate("--needles", "2", "--length", "16k", "--samples", "2", "--seed", "5")
        again = generate("--needles", "2", "--length", "16k", "--samples", "3", "--seed", "5")
        other = generate("--needles", "2", "--length", "16k", "--samples", "2", "--seed", "6")
        self.assertTrue(again.startswith(first))
        self.assertNotEqual(first, other)

    def test_the_bytes_are_the_ones_every_machine_makes(self):
        """Pinned: a change here means a new generator version, and says so."""
        text = generate("--needles", "8", "--length", "16k", "--samples", "2", "--seed", "7")
        self.assertEqual(hashlib.sha256(text).hexdigest(), MRCR_SHA256)


class Niah(unittest.TestCase):
    def test_the_needle_stands_where_it_should_and_holds_the_answer(self):
        for length in [4096, 32768] + ([1048576] if FULL else []):
            for row in rows("--task", "niah", "--length", str(length), "--depths", "0:100:25", "--samples", "1"):
                messages = json.loads(row["prompt"])
                self.assertEqual(list(row), COLUMNS)
                self.assertEqual([m["role"] for m in messages], ["user"])
                text = messages[0]["content"]
                key = re.search(r"What is the ([^?]+)\?", text.rsplit("\n\n", 1)[1]).group(1)
                found = re.findall(rf"The {re.escape(key)} is ([^.]+)\.", text)
                self.assertEqual(found, [row["answer"]])
                total = row["prompt_tokens"] + row["answer_tokens"]
                self.assertTrue(0.995 * length <= total <= length)

    def test_depths_are_exact_to_a_sentence(self):
        for row in rows("--task", "niah", "--length", "128k", "--depths", "0:100:20", "--samples", "1"):
            wanted = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
            self.assertLess(min(abs(row["depth"] - d) for d in wanted), 0.005)


class Probes(unittest.TestCase):
    """Several questions about one haystack, with and without salt and checkpoints, read independently."""

    LENGTHS = ["8k", "64k"] + (["512k"] if FULL else [])
    OPTIONS = {"probes": ["--probes", "3"], "cold": ["--probes", "3", "--cold"],
               "canary": ["--probes", "3", "--cold", "--canary"]}

    def cases(self, task):
        for length in self.LENGTHS:
            for name, options in self.OPTIONS.items():
                found = rows("--task", task, "--needles", "4", "--length", length, "--samples", "2", *options)
                self.assertEqual([(row["sample"], row["probe"]) for row in found],
                                 [(sample, probe) for sample in range(2) for probe in range(3)])
                for sample in range(2):
                    with self.subTest(task=task, length=length, options=name, sample=sample):
                        yield found[3 * sample:3 * sample + 3], name

    def split(self, row, options):
        """The haystack's texts without salt, and the question."""
        messages = [m["content"] for m in json.loads(row["prompt"])]
        if len(messages) == 1:
            messages = messages[0].rsplit("\n\n", 1)
        texts, question = messages[:-1], messages[-1]
        self.assertEqual(bool(SALT.match(texts[0])), "--cold" in options)
        self.assertEqual(question.endswith(REQUEST), "--canary" in options)
        return [SALT.sub("", texts[0])] + texts[1:], question.removesuffix(REQUEST)

    def check_share(self, found, name):
        options = self.OPTIONS[name]
        columns = COLUMNS + ["haystack", "probe"] + (["canary"] if "--canary" in options else [])
        haystacks = [self.split(row, options)[0] for row in found]
        prompts = [row["prompt"] for row in found]
        totals = [row["prompt_tokens"] + row["answer_tokens"] for row in found]
        self.assertTrue(all(list(row) == columns for row in found))
        self.assertTrue(all(haystack == haystacks[0] for haystack in haystacks))
        self.assertEqual(len({row["haystack"] for row in found}), 1)
        self.assertEqual(len({row["fingerprint"] for row in found}), 3)
        self.assertEqual(len({row["answer"] for row in found}), 3)
        self.assertEqual(len({prompt[:100] for prompt in prompts}), 3 if "--cold" in options else 1)
        self.assertTrue(0.995 * found[0]["length"] <= max(totals) <= found[0]["length"], totals)
        if "--canary" in options:
            self.check_canary(found, haystacks[0])

    def check_canary(self, found, haystack):
        text = "\n".join(haystack)
        codes = re.findall(r"Checkpoint ([123]) of 3: ([A-Z]{3}\d{3})\.", text)
        self.assertEqual([number for number, _ in codes], ["1", "2", "3"])
        for row in found:
            self.assertEqual(row["canary"], " ".join(code for _, code in codes))
        for _, code in codes:
            self.assertEqual(text.count(code), 1)

    def test_mrcr(self):
        for found, name in self.cases("mrcr"):
            self.check_share(found, name)
            for row in found:
                messages = json.loads(row["prompt"])
                messages[-1]["content"] = self.split(row, self.OPTIONS[name])[1]
                answer, asks = solve_mrcr(messages)
                self.assertEqual(answer, row["answer"])
                self.assertEqual(asks, row["needle_msg_indices"])
                self.assertEqual(len(asks), 4)

    def test_niah(self):
        for found, name in self.cases("niah"):
            self.check_share(found, name)
            for row in found:
                (text,), question = self.split(row, self.OPTIONS[name])
                key = re.fullmatch(r"What is the ([^?]+)\? Reply with the number only\.", question).group(1)
                self.assertEqual(re.findall(rf"The {re.escape(key)} is ([^.]+)\.", text), [row["answer"]])

    def test_the_official_grade_is_of_the_reply_without_its_checkpoints(self):
        for task, grader in (("mrcr", "openai-mrcr"), ("niah", "niah")):
            row = rows("--task", task, "--length", "8k", "--samples", "1", "--canary")[0]
            self.assertEqual(list(row), COLUMNS + ["canary"])
            codes = row["canary"].split(" ")
            del row["prompt"]
            right, half, none = grade(
                grader,
                row | {"response": row["answer"] + "\nCheckpoints: " + ", ".join(codes)},
                row | {"response": row["answer"] + f"\n\n**Checkpoints:** -, {codes[1]}, {codes[2]}\n"},
                row | {"response": row["answer"]})
            self.assertEqual([mark["score"] for mark in (right, half, none)], [1, 1, 1])
            self.assertEqual([mark["exact"] for mark in (right, half, none)], [True, True, True])
            states = [[mark["canary_" + place] for place in ("start", "middle", "end")] for mark in (right, half, none)]
            self.assertEqual(states, [[True] * 3, [False, True, True], [False] * 3])

    def test_what_cannot_be_probed_is_a_usage_error(self):
        for arguments in (["--probes", "3", "--needles", "2"], ["--probes", "0"],
                          ["--probes", "2", "--needles", "2", "--depths", "50"],
                          ["--probes", "2", "--task", "niah"]):
            run = subprocess.run([HAYMAKER, "generate", "--length", "8k", *arguments], capture_output=True, check=False)
            self.assertEqual((run.returncode, run.stdout), (2, b""), arguments)
            self.assertIn(b"--probes", run.stderr)


if __name__ == "__main__":
    with open(__file__.replace("generate.py", "generate.sha256"), encoding="ascii") as pinned:
        MRCR_SHA256 = pinned.read().strip()
    unittest.main(argv=sys.argv[:1])
