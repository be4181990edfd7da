"""mrcr-v2 and the tasks that plant facts in prose, seen from outside: an independent reader solves each case from its text,
the simulated perfect reader scores 1 over HTTP, lengths are exact, and the bytes are pinned.

Usage: tasks.py HAYMAKER [full]. Without "full" the lengths stop at 32K and the prose is a small one, which loads at
once (for sanitizer builds).
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]
LENGTHS = ["4k", "32k"] + (["1m"] if FULL else [])
SWEEP_LENGTHS = "4k,64k,1m" if FULL else "4k,32k"


def write_prose(folder):
    """A small corpus: some 160K tokens, no line twice."""
    with open(folder + "/own.txt", "w", encoding="utf-8") as file:
        file.writelines(f"Line {i} of my own text goes on about {i * i} sheep and {i % 7} dogs.\n\n" for i in range(8000))


def run(*arguments):
    if not FULL and "--corpus" not in arguments and not {"mrcr-v2", "mrcr"} & set(arguments):
        arguments = (*arguments, "--corpus", PROSE)
    return subprocess.run([HAYMAKER, *arguments], capture_output=True, check=False)


def generate(*arguments):
    done = run("generate", *arguments)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return done.stdout


def rows(*arguments):
    return [json.loads(line) for line in generate(*arguments).splitlines()]


def read(row):
    """Haystack and question of a case."""
    (message,) = json.loads(row["prompt"])
    assert message["role"] == "user"
    return message["content"].rsplit("\n\n", 1)


def solve_updates(row):
    haystack, question = read(row)
    key, which = re.fullmatch(r"What is the (.+) according to the (.+) in the text\? Reply with the number only\.",
                              question).groups()
    stated = re.findall(rf"The {re.escape(key)} is (?:now )?(\d+)\.", haystack)
    if which == "latest statement":
        return stated[-1], stated
    number, suffix = re.fullmatch(r"(\d+)(st|nd|rd|th) statement of it", which).groups()
    assert suffix == {1: "st", 2: "nd", 3: "rd"}.get(int(number) % 10 if int(number) not in (11, 12, 13) else 0, "th")
    return stated[int(number) - 1], stated


def solve_absent(row):
    haystack, question = read(row)
    key = re.fullmatch(r"What is the (.+)\? Reply with the number only, or with NOT STATED if the text does not give "
                       r"it\.", question).group(1)
    stated = re.findall(rf"The {re.escape(key)} is (\d+)\.", haystack)
    assert len(stated) <= 1
    return stated[0] if stated else "NOT STATED"


def solve_aggregate(row):
    haystack, question = read(row)
    count = re.fullmatch(r"Of how many people does the text give the (.+)\? Reply with the number only\.", question)
    listing = re.fullmatch(r"Of several people the text gives the (.+)\. List all of these numbers, each on a line of "
                           r"its own, and nothing else\.", question)
    kind = (count or listing).group(1)
    values = re.findall(rf"The {re.escape(kind)} of \w+ from \w+ is (\d+)\.", haystack)
    assert len(set(values)) == len(values)
    return str(len(values)) if count else "\n".join(values)


ORDINALS = ("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth").split(" ")


def solve_mrcr_v2(row):
    """The answer and how many texts the ask has, from the flat transcript."""
    (message,) = json.loads(row["prompt"])
    text = message["content"]
    hash12, ordinal, what, style = re.search(
        r"\n\nUser: Prepend ([A-Za-z0-9]{12}) to the (\w+) (.+) in a (\w+) style\. Do not include any other text in your "
        r"response\.\n\nAssistant:\Z", text).groups()
    ask = f"User: Write a {what} in {style} style.\n\nAssistant: "
    texts = [turn[len(ask) - len("User: "):] for turn in text.split("\n\nUser: ")
             if turn.startswith(ask.removeprefix("User: "))]
    assert text.count(hash12) == 1
    return hash12 + texts[ORDINALS.index(ordinal)], texts


class Lengths(unittest.TestCase):
    def check_lengths(self, found, length):
        for row in found:
            total = row["prompt_tokens"] + row["answer_tokens"]
            self.assertLessEqual(total, row["length"])
            self.assertGreaterEqual(total, 0.995 * row["length"], length)


class MrcrV2(Lengths):
    def test_the_transcript_gives_the_answer(self):
        for length in LENGTHS:
            for needles in (2, 8) if length != "4k" else (2,):
                found = rows("--task", "mrcr-v2", "--needles", str(needles), "--length", length, "--samples", "2")
                self.check_lengths(found, length)
                for row in found:
                    answer, texts = solve_mrcr_v2(row)
                    self.assertEqual(answer, row["answer"])
                    self.assertEqual(answer[:12], row["random_string_to_prepend"])
                    self.assertEqual((len(texts), len(set(texts))), (needles, needles))
                    self.assertEqual([row["total_messages"], row["desired_msg_index"]], [1, None])

    def test_several_questions_share_a_transcript(self):
        found = rows("--task", "mrcr-v2", "--needles", "6", "--length", "16k", "--samples", "2", "--probes", "3")
        for sample in (found[:3], found[3:]):
            transcripts = {json.loads(row["prompt"])[0]["content"].rsplit("\n\nUser: ", 1)[0] for row in sample}
            self.assertEqual((len(transcripts), len({row["haystack"] for row in sample})), (1, 1))
            self.assertEqual(len({solve_mrcr_v2(row)[0] for row in sample}), 3)
            self.assertEqual([solve_mrcr_v2(row)[0] for row in sample], [row["answer"] for row in sample])
            self.assertLessEqual(max(row["prompt_tokens"] + row["answer_tokens"] for row in sample), 16384)

    def test_ordinals_are_balanced_and_depths_are_met(self):
        found = rows("--task", "mrcr-v2", "--needles", "4", "--length", "16k", "--samples", "16")
        wanted = [solve_mrcr_v2(row)[1].index(row["answer"][12:]) for row in found]
        self.assertEqual([wanted.count(i) for i in range(4)], [4] * 4)
        for row in rows("--task", "mrcr-v2", "--needles", "2", "--length", "64k", "--samples", "2", "--depths", "20:80:30"):
            self.assertLess(min(abs(row["depth"] - depth) for depth in (0.2, 0.5, 0.8)), 0.02)

    def test_distractors_share_part_of_the_key(self):
        (row,) = rows("--task", "mrcr-v2", "--needles", "2", "--length", "128k", "--samples", "1")
        text = json.loads(row["prompt"])[0]["content"]
        asks = re.findall(r"User: Write a (.+?) about (.+) in (\w+) style\.\n\n", text)
        form, topic, style = re.search(r"Prepend \w+ to the \w+ (.+) about (.+) in a (\w+) style\. Do not include any "
                                       r"other text in your response\.\n\nAssistant:\Z", text).groups()
        near = [sum((a == form, b == topic, c == style)) for a, b, c in asks]
        self.assertEqual(near.count(3), 2)
        self.assertGreater(near.count(2) / len(near), 0.35)

    def test_what_cannot_be_asked_is_a_usage_error(self):
        for arguments, says in ((["--needles", "21"], b"20"), (["--needles", "20", "--length", "2k"], b"do not fit"),
                                (["--needles", "2", "--probes", "3"], b"--probes")):
            done = run("generate", "--task", "mrcr-v2", "--length", "8k", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(says, done.stderr)


class NeedleFile(Lengths):
    """niah with needles of one's own."""

    NEEDLES = [("Grandmother's recipe calls for juniper.", "What does the recipe call for?", "juniper"),
               ("The best oysters are sold behind the customs house.", "Where are oysters sold?", "customs house"),
               ("Caf\u00e9 Linn\u00e9 closes at \"eleven\".", "When does the caf\u00e9 close?", "eleven")]

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, text):
        path = self.folder.name + "/needles.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def lines(self):
        return "\n".join(json.dumps({"id": [1, {"needle": "x"}], "needle": n, "question": q, "expect": e})
                         for n, q, e in self.NEEDLES) + "\n\n"

    def test_each_sample_asks_for_another_needle_until_all_were(self):
        found = rows("--task", "niah", "--needle-file", self.write(self.lines()), "--length", "4k", "--samples", "6")
        self.check_lengths(found, "4k")
        for three in (found[:3], found[3:]):
            self.assertEqual({(read(row)[1], row["answer"]) for row in three}, {(q, e) for _, q, e in self.NEEDLES})
        for row in found:
            self.assertEqual([read(row)[0].count(n) for n, q, e in self.NEEDLES if q == read(row)[1]], [1])

    def test_several_stand_in_one_haystack_at_exact_depths(self):
        found = rows("--task", "niah", "--needle-file", self.write(self.lines()), "--length", "32k", "--needles", "3",
                     "--samples", "1", "--depths", "0:100:25")
        for row, depth in zip(found, (0, 0.25, 0.5, 0.75, 1), strict=True):
            self.assertTrue(all(read(row)[0].count(n) == 1 for n, _, _ in self.NEEDLES))
            self.assertLess(abs(row["depth"] - depth), 0.01)

    def test_another_file_gives_another_corpus_hash_and_the_plan_names_it(self):
        hashes = []
        for text in (self.lines(), self.lines().replace("juniper", "ginger")):
            with tempfile.TemporaryDirectory() as folder:
                path = self.write(text)
                done = run("sweep", "--model", "sim/perfect", "--task", "niah", "--needle-file", path, "--lengths", "4k",
                           "--samples", "3", "-o", folder + "/r.json")
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(folder + "/r.json", encoding="utf-8") as file:
                    result = json.load(file)
            self.assertEqual({trial["score"] for trial in result["trials"]}, {1.0})
            self.assertEqual(result["plan"]["task_options"], ["needle-file=" + path])
            hashes.append(json.dumps([result[name] for name in result if "hash" in name or name == "corpus"]))
        self.assertNotEqual(*hashes)

    def test_a_bad_line_is_named(self):
        for text, says in (("", b"no needle"), ('{"needle": "a", "question": "b"}', b"line 1: \"expect\" is missing"),
                           ("\n[]", b"line 2: needs an object"), ('{"needle": 1}', b"line 1: needs an object"),
                           ('{"needle": "a"', b"line 1: "), ('"a"', b"line 1: needs an object")):
            done = run("generate", "--task", "niah", "--needle-file", self.write(text), "--length", "4k")
            self.assertEqual((done.returncode, done.stdout), (3, b""), text)
            self.assertIn(says, done.stderr)

    def test_what_makes_no_sense_is_a_usage_error(self):
        path = self.write(self.lines())
        one = ["--needle", "a", "--question", "b", "--expect", "c"]
        for arguments, says in ((["--task", "niah", "--needle-file", path, "--needles", "4"], b"3 needles"),
                                (["--task", "niah", "--needle-file", path, *one], b"one or the other"),
                                (["--task", "updates", "--needle-file", path], b"needle-file"),
                                (["--task", "updates", *one], b"are for niah"),
                                (["--task", "mrcr", *one], b"are for niah")):
            done = run("generate", "--length", "4k", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(says, done.stderr)


class Updates(Lengths):
    def test_the_latest_value_is_the_answer(self):
        for length in LENGTHS:
            found = rows("--task", "updates", "--length", length, "--samples", "2", "--seed", "3")
            self.check_lengths(found, length)
            for row in found:
                answer, stated = solve_updates(row)
                self.assertEqual(answer, row["answer"])
                self.assertEqual(len(set(stated)), 4)

    def test_any_statement_of_any_fact_can_be_asked_for(self):
        for statement in (1, 2, 5):
            found = rows("--task", "updates", "--needles", "5", "--length", "8k", "--samples", "2", "--probes", "3",
                         "--task-option", f"statement={statement}", "--task-option", "others=4")
            self.check_lengths(found[::3], "8k")
            for row in found:
                answer, stated = solve_updates(row)
                self.assertEqual(answer, row["answer"])
                self.assertEqual(stated.index(answer), statement - 1)
            self.assertEqual(len({row["answer"] for row in found}), 6)

    def test_the_wanted_statement_stands_where_it_should(self):
        for row in rows("--task", "updates", "--length", "64k", "--samples", "1", "--depths", "0:100:25"):
            self.assertLess(min(abs(row["depth"] - d / 4) for d in range(5)), 0.01)

    def test_what_makes_no_sense_is_a_usage_error(self):
        for arguments, says in ((["--needles", "1"], b"2 to 64"), (["--task-option", "statement=5"], b"--needles"),
                                (["--probes", "3"], b"others=2"), (["--probes", "2", "--depths", "50"], b"--depths")):
            done = run("generate", "--task", "updates", "--length", "8k", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(says, done.stderr)


class Absent(Lengths):
    def test_the_answer_is_in_the_text_or_not_stated(self):
        for length in LENGTHS:
            found = rows("--task", "absent", "--length", length, "--samples", "4", "--seed", "3")
            self.check_lengths(found, length)
            for row in found:
                self.assertEqual(solve_absent(row), row["answer"])
                self.assertEqual(len(row["answers"]), 4)
                for value in row["answers"]:
                    self.assertEqual(read(row)[0].count(f" is {value}."), 1)

    def test_the_proportion_is_exact_in_every_block(self):
        for percent, block in ((50, 2), (25, 4), (100, 1), (0, 1), (60, 5)):
            found = rows("--task", "absent", "--length", "4k", "--samples", "20", "--task-option", f"absent={percent}")
            absent = [row["answer"] == "NOT STATED" for row in found]
            for first in range(0, 20, block):
                self.assertEqual(sum(absent[first:first + block]) * 100, percent * block)
            for row in found:
                self.assertEqual(solve_absent(row), row["answer"])

    def test_probes_mix_both_sorts_over_one_haystack(self):
        found = rows("--task", "absent", "--length", "8k", "--samples", "3", "--probes", "4")
        self.assertEqual(sum(row["answer"] == "NOT STATED" for row in found), 6)
        self.assertEqual(len({row["haystack"] for row in found}), 3)
        self.assertEqual(len({read(row)[1] for row in found}), 12)
        for row in found:
            self.assertEqual(solve_absent(row), row["answer"])

    def test_always_abstaining_scores_a_half_and_any_near_value_less(self):
        found = rows("--task", "absent", "--length", "4k", "--samples", "20")
        for response, most in ((lambda row: "NOT STATED", 0.5), (lambda row: row["answers"][0], 0.5),
                               (lambda row: " ".join(row["answers"]), 0.0)):
            data = "".join(json.dumps({"response": response(row), "answer": row["answer"], "answers": row["answers"]})
                           + "\n" for row in found)
            done = subprocess.run([HAYMAKER, "grade", "--grader", "abstain"], input=data.encode(), capture_output=True,
                                  check=True)
            scores = [json.loads(line)["score"] for line in done.stdout.splitlines()]
            self.assertLessEqual(sum(scores) / len(scores), most)
            if response(found[0]) == "NOT STATED":
                self.assertEqual(sum(scores) / len(scores), 0.5)


class Aggregate(Lengths):
    def test_the_facts_are_all_in_the_text(self):
        for length in LENGTHS:
            for needles in ("32", "128") if length != "4k" else ("32",):
                found = rows("--task", "aggregate", "--length", length, "--needles", needles, "--samples", "1")
                self.check_lengths(found, length)
                for row in found:
                    self.assertEqual(solve_aggregate(row), row["answer"])
                    self.assertEqual(row["answers"], row["answer"].split("\n"))
                    self.assertEqual(len(row["answers"]), int(needles))

    def test_512_facts_fit_and_stand_in_every_part_of_the_text(self):
        (row,) = rows("--task", "aggregate", "--length", "64k", "--needles", "512", "--samples", "1")
        haystack = read(row)[0]
        self.check_lengths([row], "64k")
        for part in range(16):
            piece = haystack[len(haystack) * part // 16:len(haystack) * (part + 1) // 16]
            self.assertGreater(sum(value in piece for value in row["answers"]), 10)

    def test_the_count_is_not_given_away_by_the_needles(self):
        found = rows("--task", "aggregate", "--length", "16k", "--samples", "30", "--task-option", "mode=count")
        counts = [int(row["answer"]) for row in found]
        for row in found:
            self.assertEqual(solve_aggregate(row), row["answer"])
        self.assertTrue(16 <= min(counts) <= 20 and 28 <= max(counts) <= 32, counts)

    def test_decoys_are_of_other_kinds(self):
        (row,) = rows("--task", "aggregate", "--length", "16k", "--samples", "1", "--task-option", "decoys=64")
        facts = re.findall(r"The ([\w ]+ number) of \w+ from \w+ is \d+\.", read(row)[0])
        self.assertEqual(len(facts), 32 + 64)
        self.assertEqual(solve_aggregate(row), row["answer"])

    def test_one_depth_or_several_questions_make_no_sense(self):
        for arguments, says in ((["--depths", "50"], b"--depths"), (["--probes", "2"], b"--probes"),
                                (["--needles", "513"], b"512"), (["--needles", "512", "--length", "4k"], b"at least")):
            done = run("generate", "--task", "aggregate", "--length", "8k", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(says, done.stderr)


class All(unittest.TestCase):
    TASKS = {
        "mrcr-v2 2": ["--needles", "2"],
        "mrcr-v2 4 cold": ["--needles", "4", "--probes", "3", "--cold"],
        "updates": [],
        "updates 3rd": ["--task-option", "statement=3", "--task-option", "others=2"],
        "absent": [],
        "aggregate": [],
        "aggregate count": ["--task-option", "mode=count"],
    }

    def test_the_perfect_reader_scores_one_at_every_length(self):
        for name, options in self.TASKS.items():
            with tempfile.TemporaryDirectory() as folder, self.subTest(task=name):
                path = folder + "/result.json"
                done = run("sweep", "--model", "sim/perfect", "--task", name.split(" ")[0], *options, "--lengths",
                           SWEEP_LENGTHS, "--samples", "2", "--canary", "-o", path)
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(path, encoding="utf-8") as file:
                    result = json.load(file)
                for trial in result["trials"]:
                    self.assertEqual((trial["score"], trial["exact"]), (1.0, True), trial["reply"])

    def test_the_bytes_are_the_ones_every_machine_makes(self):
        """Pinned: a change here means a new version of the generator, and says so."""
        for name, options in self.TASKS.items():
            text = subprocess.run([HAYMAKER, "generate", "--task", name.split(" ")[0], *options, "--length", "16k",
                                   "--samples", "2", "--seed", "7"], capture_output=True, check=True).stdout
            self.assertEqual(hashlib.sha256(text).hexdigest(), PINNED[name], name)

    def test_a_folder_of_ones_own_is_the_haystack(self):
        with tempfile.TemporaryDirectory() as folder:
            write_prose(folder)
            for name, options in list(self.TASKS.items())[2:]:
                (row,) = rows("--task", name.split(" ")[0], *options, "--corpus", folder, "--length", "4k",
                              "--samples", "1")
                self.assertGreater(read(row)[0].count("of my own text goes on about"), 50, name)


if __name__ == "__main__":
    with open(__file__.replace("tasks.py", "tasks.json"), encoding="ascii") as pinned:
        PINNED = json.load(pinned)
    with tempfile.TemporaryDirectory() as PROSE:
        write_prose(PROSE)
        unittest.main(argv=sys.argv[:1])
