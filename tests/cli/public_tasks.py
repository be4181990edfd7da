"""Tasks seen from outside: an independent reader solves every case from its text, sim/perfect scores 1.0.

Usage: public_tasks.py HAYMAKER [full]. Without "full" the lengths stop at 64K (for sanitizer builds).
"""

import collections
import hashlib
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]
NOISE = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
SALT = re.compile(r"\ASession \d{18}\.\n\n")
LENGTHS = ["4k", "8k", "64k"] + (["1m"] if FULL else [])


def run(*arguments, code=0):
    done = subprocess.run([HAYMAKER, *arguments], capture_output=True, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done


def generate(*arguments):
    return run("generate", *arguments).stdout


def rows(*arguments):
    return [json.loads(line) for line in generate(*arguments).splitlines()]


def text_of(row):
    (message,) = json.loads(row["prompt"])
    assert message["role"] == "user"
    return message["content"]


def solve_graphwalks(text):
    example, rest = text.split("<end example>\nHere is the graph to operate on:\nThe graph has the following edges:\n")
    lines, operation = rest.split("\n\n\nOperation:\n")
    assert SALT.sub("", example).startswith("You will be given a graph as a list of directed edges. All nodes are at least degree 1. \n")
    edges = [tuple(line.split(" -> ")) for line in lines.splitlines() if not line.startswith("Checkpoint ")]
    assert all(re.fullmatch("[0-9a-f]{10}", node) for edge in edges for node in edge)
    assert len(set(edges)) == len(edges)
    parents = re.match(r"Find the parents of node (\w+)\.\n", operation)
    if parents:
        return [source for source, target in edges if target == parents[1]]
    start, depth = re.match(r"Perform a BFS from node (\w+) with depth (\d+)\.\n", operation).groups()
    targets = collections.defaultdict(list)
    for source, target in edges:
        targets[source].append(target)
    seen, level = {start}, [start]
    for _ in range(int(depth)):
        level = sorted({target for node in level for target in targets[node]} - seen)
        seen.update(level)
    return level


def solve_niah(text):
    plural = re.search(r"What are all the special magic (\w+)s for (.+) mentioned in the provided text\?", text)
    single = re.search(r"What is the special magic (\w+) for (.+) mentioned in the provided text\?", text)
    kind, keys = (plural or single).groups()
    verb, article, s = ("are", "Some", "s") if plural else ("is", "A", "")
    body = SALT.sub("", text)
    assert body.startswith(f"{article} special magic {kind}{s} {verb} hidden within the following text. Make sure to memorize "
                           f"it. I will quiz you about the {kind}{s} afterwards.\n"), body[:200]
    assert text.endswith(f" The special magic {kind}{s} for {keys} mentioned in the provided text {verb}"), text[-200:]
    values = []
    for key in re.split(", and |, ", keys):
        values += re.findall(rf"One of the special magic {kind}s for {re.escape(key)} is: ([^.]+)\.", text)
    pattern = r"\d{7}" if kind == "number" else "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(pattern, value) for value in values), values
    return values


def solve_vt(text):
    start = "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n"
    empty, example, task = SALT.sub("", text).split(start)
    assert empty == "" and example.endswith("\n\n")
    found = []
    for part in (example, task):
        body, value = re.match(r"(?s)(.*)\nQuestion: Find all variables that are assigned the value (\d+) in the text above\."
                               , part).groups()
        lines = [line for line in body.split("\n") if line.startswith("VAR ")]
        assert re.fullmatch(r"VAR [A-Z]+ = \d{5}", lines[0]) and all(
            re.fullmatch(r"VAR [A-Z]+ = VAR [A-Z]+ ", line) for line in lines[1:])
        noise = {line for line in body.split("\n")[:-1]} - set(lines) - {""}
        assert all(NOISE.startswith(line) or line.startswith("Checkpoint ") for line in noise), noise
        known = {value}
        for line in lines:
            name, source = line[4:].strip().split(" = ")
            if source.removeprefix("VAR ") in known:
                known.add(name)
        found.append(known - {value})
        prefix = (f" Answer: According to the chain(s) of variable assignment in the text above, 5 variables are assigned "
                  f"the value {value}, they are: ")
        assert prefix in part
    assert re.search(r"they are:  [A-Z]{3} [A-Z]{3} [A-Z]{3} [A-Z]{3} [A-Z]{3}\n\n", example)
    assert set(example.rsplit("they are: ", 1)[1].split()) == found[0]
    assert not found[0] & found[1] and text.endswith("they are: ")
    return list(found[1])


def solve_cwe(text):
    start = "Below is a numbered list of words. In these words, some appear more often than others. Memorize the ones that " \
            "appear most often.\n"
    question = "\nQuestion: What are the 10 most common words in the above list? Answer: The top 10 words that appear most " \
               "often in the list are:"
    empty, example, task = SALT.sub("", text).split(start)
    counts = []
    for part, often, seldom in ((example, 10, 3), (task, 30, 3)):
        items = part.split(question)[0].split(" ")
        assert items[0::2] == [f"{number + 1}." for number in range(len(items) // 2)]
        counts.append(collections.Counter(items[1::2]))
        assert sorted(counts[-1].values())[-11:] == [seldom] + [often] * 10 and min(counts[-1].values()) == seldom
    top = [word for word, _ in counts[0].most_common(10)]
    given = example.split(question)[1]
    assert empty == "" and text.endswith(question) and not set(counts[0]) & set(counts[1])
    assert re.fullmatch(r" 1\. .* 10\. \S+\n", given) and sorted(given.split()[1::2]) == sorted(top)
    return [word for word, _ in counts[1].most_common(10)]


def solve_fwe(text):
    words = re.fullmatch(
        r"Read the following coded text and track the frequency of each coded word\. Find the three most frequently appeared "
        r"coded words\. (.*)\nQuestion: Do not provide any explanation\. Please ignore the dots '\.\.\.\.'\. What are the "
        r"three most frequently appeared words in the above coded text\? Answer: According to the coded text above, the three "
        r"most frequently appeared words are:", SALT.sub("", text))[1].split(" ")
    (dots, first), *most = collections.Counter(words).most_common()
    assert dots == "..." and all(re.fullmatch("[a-z]{6}", word) for word, _ in most)
    # floor(N / (zeta(2) rank^2)) for one N
    low, high = first * math.pi ** 2 / 6, (first + 1) * math.pi ** 2 / 6
    for rank, (_, count) in enumerate(most, 2):
        assert math.floor(low / (math.pi ** 2 / 6 * rank ** 2)) <= count <= math.floor(high / (math.pi ** 2 / 6 * rank ** 2))
    return [word for word, _ in most[:3]]


def solve_qa(text):
    instruction = "Answer the question based on the given documents. Only give me the answer and do not output any other words.\n\n"
    empty, documents, question = SALT.sub("", text).split(instruction)
    assert empty == "" and documents.startswith("The following are given documents.\n\nDocument 1:\n")
    key = re.fullmatch(r"Question: What is the (.+)\? Answer:", question)[1]
    numbers = [int(number) for number in re.findall(r"^Document (\d+):$", documents, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    (value,) = re.findall(rf"The {re.escape(key)} is ([a-z]+-\d+)\.", documents)
    return [value]


# Task: solver, options to make a case.
TASKS = {
    "graphwalks/bfs": (solve_graphwalks, []),
    "graphwalks/parents": (solve_graphwalks, []),
    **{f"ruler/niah_{name}": (solve_niah, []) for name in (
        "single_1", "single_2", "single_3", "multikey_1", "multikey_2", "multikey_3", "multivalue", "multiquery")},
    "ruler/vt": (solve_vt, []),
    "ruler/cwe": (solve_cwe, []),
    "ruler/fwe": (solve_fwe, []),
    "ruler/qa_1": (solve_qa, []),  # options: the made-up files
    "ruler/qa_2": (solve_qa, []),
}


# Every task that reads essays loads them again: sanitizer builds, where that is slow, take one of a kind.
SLOW = [] if FULL else ["ruler/niah_single_3", "ruler/niah_multikey_1", "ruler/niah_multivalue", "ruler/niah_multiquery"]


def looped():
    return [(task, *TASKS[task]) for task in TASKS if task not in SLOW]


def make_documents(folder):
    """Files of SQuAD's and HotpotQA's form, with questions that a simple reader can answer."""
    rng = random.Random(2)
    words = "amber river stone cloud market winter copper garden lantern violet harbor meadow silver kettle".split()

    def fact(number):
        key = f"registry code of {rng.choice(words)} {rng.choice(words)} {number}"
        value = f"{rng.choice(words)}-{rng.randrange(1000, 10000)}"
        noise = [" ".join(rng.choice(words) for _ in range(rng.randrange(5, 15))).capitalize() + "." for _ in range(8)]
        return key, value, [*noise[:4], f"The {key} is {value}.", *noise[4:]]

    articles = []
    for article in range(30):
        paragraphs = []
        for paragraph in range(8):
            key, value, sentences = fact(article * 8 + paragraph)
            paragraphs.append({"qas": [
                {"question": f"What is the {key}?", "id": "a", "is_impossible": False,
                 "answers": [{"text": value, "answer_start": 1}, {"text": value, "answer_start": 1},
                             {"text": value.upper(), "answer_start": 1}]},
                {"plausible_answers": [{"text": "x", "answer_start": 0}], "question": "What is it?", "id": "b",
                 "answers": [], "is_impossible": True}], "context": " ".join(sentences)})
        articles.append({"title": f"Article {article}", "paragraphs": paragraphs})
    rows_of_hotpot = []
    for number in range(40):
        facts = [fact(1000 + 10 * number + i) for i in range(10)]
        rows_of_hotpot.append({
            "_id": "a", "answer": facts[4][1], "question": f"What is the {facts[4][0]}?", "type": "bridge",
            "supporting_facts": [["Title 0", 4]], "level": "hard",
            "context": [[f"Title {number} {i}", [facts[i][2][0]] + [" " + text for text in facts[i][2][1:]]] for i in range(10)]})
    for name, content in (("squad.json", {"version": "v2.0", "data": articles}), ("hotpot.json", rows_of_hotpot)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
    TASKS["ruler/qa_1"] = (solve_qa, ["--task-option", "data=" + os.path.join(folder, "squad.json")])
    TASKS["ruler/qa_2"] = (solve_qa, ["--task-option", "data=" + os.path.join(folder, "hotpot.json")])


class Tasks(unittest.TestCase):
    def check_row(self, task, row, least=0.995):
        total = row["prompt_tokens"] + row["answer_tokens"]
        self.assertTrue(least * row["length"] <= total <= row["length"], (task, row["length"], total))
        answers = row["answers"] if "qa" not in task else row["answers"][:1]
        self.assertEqual(sorted(TASKS[task][0](text_of(row))), sorted(answers), task)
        self.assertEqual(len(set(answers)), len(answers))
        self.assertEqual(row["n_chars"], len(text_of(row)))

    def test_every_case_is_solved_from_its_text_and_fills_its_length(self):
        for task, _, options in looped():
            found = rows("--task", task, "--lengths", ",".join(LENGTHS), "--samples", "1", "--seed", "11", *options)
            self.assertEqual(len(found), len(LENGTHS))
            for row in found:
                self.check_row(task, row)

    def test_samples_differ_and_can_be_spread_over_the_upper_half(self):
        for task, _, options in looped():
            found = rows("--task", task, "--length", "16k", "--fill", "uniform", "--samples", "6", *options)
            for row in found:
                self.check_row(task, row, least=0.5)
            self.assertEqual(len({row["fingerprint"] for row in found}), 6)
            self.assertGreater(len({tuple(sorted(row["answers"])) for row in found}), 4, task)
            self.assertGreater(max(row["prompt_tokens"] for row in found) - min(row["prompt_tokens"] for row in found), 500)

    def test_a_perfect_reader_scores_one(self):
        with tempfile.TemporaryDirectory() as folder:
            for number, (task, _, options) in enumerate(looped()):
                out = os.path.join(folder, f"{number}.json")
                run("sweep", "-q", "--model", "sim/perfect", "--task", task, "--lengths", ",".join(LENGTHS),
                    "--samples", "1", "--seed", "12", "-o", out, *options)
                with open(out, encoding="utf-8") as file:
                    trials = json.load(file)["trials"]
                self.assertEqual(len(trials), len(LENGTHS))
                self.assertEqual({(trial["outcome"], trial["score"]) for trial in trials}, {("scored", 1.0)}, task)

    def test_the_same_seed_gives_the_same_bytes(self):
        for task, digest in PINNED.items():
            arguments = ["--task", task, "--lengths", "4k,32k", "--samples", "2", *TASKS[task][1]]
            self.assertEqual(hashlib.sha256(generate(*arguments, "--seed", "5")).hexdigest(), digest, task)
            self.assertNotEqual(hashlib.sha256(generate(*arguments, "--seed", "6")).hexdigest(), digest, task)

    def test_every_public_task_is_tested(self):
        known = re.findall(r"^((?:ruler|graphwalks)/\S+)$", run("generate", "--list").stdout.decode(), re.M)
        self.assertEqual(sorted(known), sorted(TASKS))


class Graphwalks(unittest.TestCase):
    def test_probes_share_a_graph_and_ask_for_different_nodes(self):
        for options in ([], ["--cold"], ["--canary"], ["--cold", "--canary", "--task-option", "order=shuffled"]):
            for task in ("graphwalks/bfs", "graphwalks/parents"):
                found = rows("--task", task, "--length", "8k", "--samples", "1", "--probes", "8", *options)
                self.assertEqual(len({row["haystack"] for row in found}), 1)
                self.assertEqual(len({text_of(row).split("Operation:\n")[-1] for row in found}), 8)
                for row in found:
                    self.assertEqual(sorted(solve_graphwalks(text_of(row))), sorted(row["answers"]))
                totals = [row["prompt_tokens"] + row["answer_tokens"] for row in found]
                self.assertTrue(0.995 * 8192 <= max(totals) <= 8192, totals)

    def test_lines_are_grouped_by_source_unless_shuffled(self):
        for order in ("grouped", "shuffled"):
            (row,) = rows("--task", "graphwalks/bfs", "--length", "16k", "--samples", "1", "--task-option", f"order={order}")
            lines = text_of(row).split("<end example>")[1].split("\n\n\nOperation:")[0].splitlines()[3:]
            sources = [line.split(" -> ")[0] for line in lines]
            changes = sum(a != b for a, b in zip(sources, sources[1:])) + 1
            self.assertEqual(changes == len(set(sources)), order == "grouped")

    def test_the_depth_asked_for_is_the_options(self):
        for depth in (1, 6):
            for row in rows("--task", "graphwalks/bfs", "--length", "32k", "--samples", "3", "--task-option", f"depth={depth}"):
                self.assertIn(f" with depth {depth}.\n", text_of(row))
                self.assertEqual(sorted(solve_graphwalks(text_of(row))), sorted(row["answers"]))

    def test_what_a_task_has_no_place_for_is_a_usage_error(self):
        for arguments, says in (
            (["--needles", "2"], "--needles: graphwalks/bfs has 1 by its design, not 2"),
            (["--depths", "50"], "--depths: graphwalks/bfs has no single needle"),
            (["--probes", "65"], "--probes"),
            (["--corpus", "/tmp"], "--corpus"),
            (["--task-option", "depth=9"], "takes 1..8, not '9'"),
            (["--needle", "a", "--question", "b", "--expect", "c"], "are for niah"),
        ):
            done = run("generate", "--task", "graphwalks/bfs", "--length", "4k", *arguments, code=2)
            self.assertIn(says, done.stderr.decode())


class Output(unittest.TestCase):
    def test_a_link_is_written_through_and_stays_a_link(self):
        with tempfile.TemporaryDirectory() as folder:
            link, target = os.path.join(folder, "link"), os.path.join(folder, "target")
            os.symlink(target, link)
            generate("--length", "4k", "--samples", "1", "-o", link)
            self.assertTrue(os.path.islink(link))
            self.assertGreater(os.path.getsize(target), 4096)


class Ruler(unittest.TestCase):
    def test_the_answer_prefix_can_be_left_out(self):
        endings = {"ruler/niah_single_1": " mentioned in the provided text?", "ruler/vt": " in the text above.",
                   "ruler/cwe": " in the above list?", "ruler/fwe": " in the above coded text?", "ruler/qa_1": "?"}
        for task, ending in endings.items():
            options = ["--task", task, "--length", "8k", "--samples", "1", *TASKS[task][1]]
            (plain,) = rows(*options, "--task-option", "no-answer-prefix")
            (prefixed,) = rows(*options)
            self.assertTrue(text_of(plain).endswith(ending), text_of(plain)[-100:])
            self.assertIn(text_of(plain)[-60:], text_of(prefixed)[-400:-1])
            self.assertEqual(plain["answers"], prefixed["answers"])

    def test_the_wanted_needle_stands_at_its_depth(self):
        for task in ("niah_single_1", "niah_multikey_1", "niah_multikey_2", "niah_multikey_3", "qa_1"):
            found = rows("--task", f"ruler/{task}", "--length", "64k", "--depths", "0,50,100", "--samples", "1",
                         *TASKS[f"ruler/{task}"][1])
            for row, depth in zip(found, (0, 0.5, 1)):
                self.assertAlmostEqual(row["depth"], depth, delta=0.1 if task == "niah_multikey_1" else 0.02)
                at = text_of(row).index(row["answers"][0]) / len(text_of(row))
                self.assertAlmostEqual(at, row["depth"], delta=0.03)

    def test_probes_ask_for_different_keys_of_one_haystack(self):
        found = rows("--task", "ruler/niah_multikey_1", "--length", "8k", "--samples", "2", "--probes", "4", "--cold", "--canary")
        for sample in (0, 1):
            of_sample = [row for row in found if row["sample"] == sample]
            self.assertEqual(len({row["haystack"] for row in of_sample}), 1)
            self.assertEqual(len({row["answer"] for row in of_sample}), 4)
        self.assertEqual(len({text_of(row)[:26] for row in found}), 8)

    def test_checkpoints_stand_at_start_middle_and_end(self):
        for task in ("niah_single_1", "niah_single_2", "niah_multikey_3", "vt", "qa_1"):
            (row,) = rows("--task", f"ruler/{task}", "--length", "16k", "--samples", "1", "--canary", *TASKS[f"ruler/{task}"][1])
            text = text_of(row)
            places = [text.index(f"Checkpoint {i + 1} of 3: {code}.") / len(text) for i, code in enumerate(row["canary"].split())]
            self.assertTrue(places[0] < 0.08 and 0.4 < places[1] < 0.6 and places[2] > 0.9, (task, places))
            self.assertIn(' After your answer, and as the only addition to it, write one last line: "Checkpoints:"', text)

    def test_the_wrong_key_is_told_apart(self):
        (row,) = rows("--task", "ruler/niah_multikey_1", "--length", "8k", "--samples", "1")
        others = set(re.findall(r"One of the special magic numbers for \S+ is: (\d+)", text_of(row))) - set(row["answers"])
        self.assertEqual(len(others), 3)

    def test_essays_are_the_users_if_they_say_so(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.txt"), "w", encoding="utf-8") as file:
                file.writelines(f"Line {number}\n  of a text with odd   white space.\n\n" for number in range(3000))
            (row,) = rows("--task", "ruler/niah_single_2", "--length", "8k", "--samples", "1", "--corpus", folder)
            self.assertRegex(text_of(row), r"Line \d+ of a text with odd white space\. Line \d+ of")
            self.assertNotIn("  ", text_of(row))
            done = run("generate", "--task", "ruler/niah_single_2", "--length", "128k", "--corpus", folder, code=2)
            self.assertRegex(done.stderr.decode(), r"used up and never repeated: .* the longest length is [\d,]{5,}")

    def test_what_a_task_has_no_place_for_is_a_usage_error(self):
        for task, arguments, says in (
            ("niah_single_1", ["--needles", "2"], "--needles: ruler/niah_single_1 has 1 by its design, not 2"),
            ("niah_multivalue", ["--depths", "50"], "--depths"),
            ("niah_single_1", ["--probes", "2"], "--probes: ruler/niah_single_1 has 1 question to a haystack, not 2"),
            ("niah_single_1", ["--corpus", "/tmp"], "--corpus: the haystack of ruler/niah_single_1 is no prose"),
            ("cwe", ["--canary"], "--canary: the list of ruler/cwe has no place"),
            ("fwe", ["--canary"], "--canary"),
            ("vt", ["--task-option", "hops=2"], "ruler/vt has no option 'hops'; known: answer-prefix"),
            ("qa_1", [], "ruler/qa_1 needs --task-option data=FILE"),
        ):
            done = run("generate", "--task", f"ruler/{task}", "--length", "4k", *arguments, code=2)
            self.assertIn(says, done.stderr.decode())

    def test_a_file_of_questions_that_is_none_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.json")
            for content, says in (("{", "x.json: "), ("[]", "this is not SQuAD's JSON"), ('{"data": 3}', "not SQuAD's"),
                                  ('{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "b", "answers": []}]}]}]}',
                                   "no question with an answer"),
                                  ('{"data": [{"paragraphs": [{"context": "a", "qas": [{"question": "b", "answers": [{"text": '
                                   '"c"}]}]}]}]}', "no documents but those of one question")):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
                done = subprocess.run([HAYMAKER, "generate", "--task", "ruler/qa_1", "--task-option", f"data={path}"],
                                      capture_output=True, check=False)
                self.assertIn(done.returncode, (2, 3))
                self.assertIn(says, done.stderr.decode())


if __name__ == "__main__":
    FOLDER = tempfile.TemporaryDirectory()
    make_documents(FOLDER.name)
    with open(__file__.replace("public_tasks.py", "public_tasks.sha256"), encoding="ascii") as pinned:
        PINNED = {name: digest for digest, name in (line.split() for line in pinned)}
    unittest.main(argv=sys.argv[:1])
