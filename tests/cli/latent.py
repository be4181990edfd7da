"""The task latent: proof that needle and question share no word, that the corpus does not speak of what is planted,
and that a reader who knows the associations solves every case.

Usage: latent.py HAYMAKER [full]. Without "full" the lengths stop at 32K and the cases' prose is a small one, which
loads at once (for sanitizer builds).
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]
CORPORA = os.path.join(os.path.dirname(os.path.abspath(HAYMAKER)), "share", "haymaker", "corpora")

# Function words: they carry no content, whoever shares them.
SMALL = set("a an the of in on at by for from with without to and or off is was has have had that which who whom whose "
            "where when what it its his her their under as if be will one each every out up into over than this these "
            "those for not de van".split())


def words(text):
    return [word for word in re.findall(r"[a-z0-9]+", text.lower().replace("'s", "")) if word not in SMALL]


def are_kin(a, b):
    """Whether a stemmer could take two words for one: stemmers cut endings, so what they leave begins alike. Words are
    kin when their first four letters are, or when one of three letters or more begins the other. That is stricter than
    any stemmer that leaves four letters."""
    if min(len(a), len(b)) < 4:
        return a == b or (min(len(a), len(b)) == 3 and (a.startswith(b) or b.startswith(a)))
    return a[:4] == b[:4]


def families():
    found = []
    with open(CORPORA + "/latent/associations.txt", encoding="utf-8") as file:
        for line in map(str.strip, file):
            if not line or line.startswith("#"):
                continue
            name, _, text = line.partition(": ")
            if name == "family":
                found.append({"rows": []})
            elif name in ("needle", "question"):
                found[-1][name] = text
            else:
                found[-1]["rows"].append(line.split(" | "))
    return found


def sentences():
    folder = CORPORA + "/sotu"
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            yield from re.split(r"[.!?]\s|\n\s*\n", file.read())


def write_prose(folder, more=()):
    with open(folder + "/own.txt", "w", encoding="utf-8") as file:
        file.writelines(f"Line {i} of my own text goes on about {i * i} sheep and {i % 7} dogs.\n\n" for i in range(8000))
        file.writelines(more)


def with_prose(*arguments):
    return arguments if FULL or "--corpus" in arguments else (*arguments, "--corpus", PROSE)


def rows(*arguments):
    run = subprocess.run([HAYMAKER, "generate", "--task", "latent", *with_prose(*arguments)], capture_output=True,
                         check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def read(row):
    (message,) = json.loads(row["prompt"])
    return message["content"].rsplit("\n\n", 1)


def solve(row):
    """The person asked for and the planted sentence, by what the file of associations says."""
    haystack, question = read(row)
    question = question.removesuffix(" Reply with the full name only.")
    cues = [(family, cue) for family in families() for cue, *targets in family["rows"]
            for target in targets if family["question"].replace("{target}", target) == question]
    ((family, cue),) = cues
    tail = family["needle"].replace("{cue}", cue).removeprefix("{name}")
    ((name),) = re.findall(rf"(\w+ \w+){re.escape(tail)}", haystack)
    return name, name + tail, question


class Associations(unittest.TestCase):
    def test_there_are_enough_of_both_kinds(self):
        found = [row for family in families() for row in family["rows"]]
        self.assertTrue(all(len(row) == 3 and row[1] != "-" for row in found))
        self.assertGreaterEqual(len(found), 60)
        self.assertGreaterEqual(sum(row[2] != "-" for row in found), 40)

    def test_no_target_or_cue_comes_twice(self):
        for part in range(3):
            texts = [row[part] for family in families() for row in family["rows"] if row[part] != "-"]
            self.assertEqual(len(set(texts)), len(texts))

    def test_needle_and_question_share_no_word_and_no_stem(self):
        for family in families():
            for cue, *targets in family["rows"]:
                needle = words(family["needle"].replace("{cue}", cue).replace("{name}", ""))
                for target in targets:
                    question = words(family["question"].replace("{target}", target) + " Reply with the full name only.")
                    kin = [(a, b) for a in needle for b in question if target != "-" and are_kin(a, b)]
                    self.assertEqual(kin, [], (cue, target))

    def test_the_stricter_rule_is_not_empty(self):
        for a, b in (("painter", "painted"), ("plays", "played"), ("ice", "iced"), ("nature", "naturalist")):
            self.assertTrue(are_kin(a, b))
        self.assertFalse(are_kin("koto", "kendo"))

    def test_no_sentence_of_the_corpus_speaks_of_a_cue_or_a_target(self):
        phrases = {part: set(words(part)) for family in families() for row in family["rows"] for part in row
                   if part != "-"}
        self.assertTrue(all(phrases.values()))
        for sentence in sentences():
            found = set(words(sentence))
            found |= {word.rstrip("s") for word in found}
            for part, wanted in phrases.items():
                self.assertFalse(wanted <= found, (part, sentence))

    def test_no_name_is_in_the_corpus_or_in_an_association(self):
        with open(CORPORA + "/latent/names.txt", encoding="utf-8") as file:
            names = {name.strip() for line in file if ":" in line and not line.startswith("#")
                     for name in line.split(":")[1].split(",")}
        known = {word for sentence in sentences() for word in re.findall(r"\w+", sentence)}
        with open(CORPORA + "/latent/associations.txt", encoding="utf-8") as file:
            known |= set(re.findall(r"\w+", file.read()))
        self.assertGreater(len(names), 40)
        self.assertEqual(names & known, set())


class Cases(unittest.TestCase):
    OPTIONS = {"one hop": [], "two hops": ["--task-option", "hops=2"],
               "distractors": ["--needles", "6", "--probes", "3", "--task-option", "distractors=5"]}

    def test_who_knows_the_associations_solves_every_case_at_every_length(self):
        for length in ["4k", "32k"] + (["1m"] if FULL else []):
            for name, options in self.OPTIONS.items():
                for row in rows("--length", length, "--samples", "2", *options):
                    with self.subTest(length=length, options=name, sample=row["sample"]):
                        person, needle, question = solve(row)
                        self.assertEqual(person, row["answer"])
                        self.assertFalse(any(are_kin(a, b) for a in words(needle) for b in words(question)))
                        total = row["prompt_tokens"] + row["answer_tokens"]
                        self.assertLessEqual(total, row["length"])
                        self.assertGreaterEqual(total, 0.99 * row["length"] if "--probes" in options
                                                else 0.995 * row["length"])

    def test_every_family_is_asked_for_equally_often(self):
        asked = {}
        for row in rows("--length", "4k", "--samples", "26", "--task-option", "hops=2"):
            frame = next(f["needle"] for f in families() for r in f["rows"]
                         if f["question"].replace("{target}", r[2]) in read(row)[1])
            asked[frame] = asked.get(frame, 0) + 1
        self.assertEqual(set(asked.values()), {2})
        self.assertEqual(len(asked), 13)

    def test_distractors_are_of_the_same_kind_about_other_persons(self):
        (row,) = rows("--length", "8k", "--needles", "2", "--samples", "1", "--task-option", "distractors=4")
        person, needle, _ = solve(row)
        frame = next(f["needle"] for f in families() if any(
            needle == person + f["needle"].replace("{cue}", r[0]).removeprefix("{name}") for r in f["rows"]))
        head, tail = frame.removeprefix("{name}").split("{cue}")
        planted = re.findall(rf"(\w+ \w+){re.escape(head)}[^.\n]*?{re.escape(tail)}", read(row)[0])
        self.assertEqual(len(planted), 5)
        self.assertEqual(len(set(planted)), 5)
        self.assertIn(person, planted)

    def test_the_most_persons_all_differ(self):
        (row,) = rows("--length", "8k", "--needles", "13", "--samples", "1", "--task-option", "distractors=5")
        with open(CORPORA + "/latent/names.txt", encoding="utf-8") as file:
            surnames = {name.strip() for line in file if line.startswith("surname:")
                        for name in line.split(":")[1].split(",")}
        persons = [f"{a} {b}" for a, b in re.findall(r"(\w+) (\w+)", read(row)[0]) if b in surnames]
        persons += [f"{a} {b}" for a, b in re.findall(r"(?<=\W)(\w+) (\w+)", read(row)[0][1:]) if b in surnames]
        self.assertEqual(len(set(persons)), 13 * 6)

    def test_the_perfect_reader_scores_one(self):
        for name, options in self.OPTIONS.items():
            with tempfile.TemporaryDirectory() as folder, self.subTest(options=name):
                path = folder + "/result.json"
                run = subprocess.run([HAYMAKER, "sweep", "--model", "sim/perfect", "--task", "latent", *with_prose(*options),
                                      "--lengths", "4k,64k,1m" if FULL else "4k,32k", "--samples", "2", "--canary", "-o",
                                      path], capture_output=True, check=False)
                self.assertEqual(run.returncode, 0, run.stderr)
                with open(path, encoding="utf-8") as file:
                    trials = json.load(file)["trials"]
                self.assertEqual({(t["score"], t["exact"]) for t in trials}, {(1.0, True)})

    def test_a_row_that_the_corpus_speaks_of_is_left_out(self):
        with tempfile.TemporaryDirectory() as folder:
            write_prose(folder, [f"Here I say {row[0]}.\n\n" for family in families()[1:] for row in family["rows"]])
            found = rows("--corpus", folder, "--length", "4k", "--samples", "8", "--needles", "1")
            self.assertTrue(all(read(row)[1].startswith("Which person plays ") for row in found))
            run = subprocess.run([HAYMAKER, "generate", "--task", "latent", "--corpus", folder, "--length", "4k"],
                                 capture_output=True, check=False)
            self.assertEqual(run.returncode, 2)
            self.assertIn(b"latent plants 1 to 1 needles", run.stderr)

    def test_the_bytes_are_the_ones_every_machine_makes(self):
        """Pinned: a change here means a new version of the generator, and says so."""
        run = subprocess.run([HAYMAKER, "generate", "--task", "latent", "--length", "16k", "--samples", "2", "--seed",
                              "7", "--task-option", "distractors=2"], capture_output=True, check=True)
        self.assertEqual(hashlib.sha256(run.stdout).hexdigest(), PINNED["latent"])


if __name__ == "__main__":
    with open(__file__.replace("latent.py", "tasks.json"), encoding="ascii") as pinned:
        PINNED = json.load(pinned)
    with tempfile.TemporaryDirectory() as PROSE:
        write_prose(PROSE)
        unittest.main(argv=sys.argv[:1])
