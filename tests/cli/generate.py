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


def generate(*arguments):
    run = subprocess.run([HAYMAKER, "generate", *arguments], capture_output=True, check=True)
    return run.stdout


def rows(*arguments):
    return [json.loads(line) for line in generate(*arguments).splitlines()]


def ordinal(number):
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


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


if __name__ == "__main__":
    with open(__file__.replace("generate.py", "generate.sha256"), encoding="ascii") as pinned:
        MRCR_SHA256 = pinned.read().strip()
    unittest.main(argv=sys.argv[:1])
