"""Tasks seen from outside: an independent reader solves every case from its text, sim/perfect scores 1.0.

Usage: public_tasks.py HAYMAKER [full]. Without "full" the lengths stop at 64K (for sanitizer builds).
"""

import collections
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
SALT = re.compile(r"\ASession \d{18}\.\n\n")
SHORT = ["4k", "8k", "64k"]
LONG = ["512k", "1m"] if FULL else []


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


# Task: solver, whether the order of its answers counts, options to make a case.
TASKS = {
    "graphwalks/bfs": (solve_graphwalks, []),
    "graphwalks/parents": (solve_graphwalks, []),
}


class Tasks(unittest.TestCase):
    def check_row(self, task, row, least=0.995):
        total = row["prompt_tokens"] + row["answer_tokens"]
        self.assertTrue(least * row["length"] <= total <= row["length"], (task, row["length"], total))
        self.assertEqual(sorted(TASKS[task][0](text_of(row))), sorted(row["answers"]), task)
        self.assertEqual(len(set(row["answers"])), len(row["answers"]))
        self.assertEqual(row["n_chars"], len(text_of(row)))

    def test_every_case_is_solved_from_its_text_and_fills_its_length(self):
        for task, (_, options) in TASKS.items():
            for length in SHORT + LONG:
                samples = "1" if length in LONG else "3"
                for row in rows("--task", task, "--length", length, "--samples", samples, "--seed", "11", *options):
                    self.check_row(task, row)
            for row in rows("--task", task, "--length", "16k", "--fill", "uniform", "--samples", "4", *options):
                self.check_row(task, row, least=0.5)

    def test_a_perfect_reader_scores_one(self):
        with tempfile.TemporaryDirectory() as folder:
            for number, (task, (_, options)) in enumerate(TASKS.items()):
                out = os.path.join(folder, f"{number}.json")
                run("sweep", "-q", "--model", "sim/perfect", "--task", task, "--lengths", ",".join(SHORT + LONG),
                    "--samples", "1", "--seed", "12", "-o", out, *options)
                with open(out, encoding="utf-8") as file:
                    trials = json.load(file)["trials"]
                self.assertEqual(len(trials), len(SHORT + LONG))
                self.assertEqual({(trial["outcome"], trial["score"]) for trial in trials}, {("scored", 1.0)}, task)

    def test_the_same_seed_gives_the_same_bytes(self):
        for task, (_, options) in TASKS.items():
            arguments = ["--task", task, "--lengths", "4k,32k", "--samples", "2", *options]
            first = generate(*arguments, "--seed", "5")
            self.assertEqual(first, generate(*arguments, "--seed", "5"))
            self.assertNotEqual(first, generate(*arguments, "--seed", "6"))
            self.assertEqual(hashlib.sha256(first).hexdigest(), PINNED.get(task), task)

    def test_each_sample_is_another_case(self):
        for task, (_, options) in TASKS.items():
            found = rows("--task", task, "--length", "4k", "--samples", "6", *options)
            self.assertEqual(len({row["fingerprint"] for row in found}), 6)
            self.assertGreater(len({tuple(sorted(row["answers"])) for row in found}), 4, task)


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


if __name__ == "__main__":
    with open(__file__.replace("public_tasks.py", "public_tasks.sha256"), encoding="ascii") as pinned:
        PINNED = {name: digest for digest, name in (line.split() for line in pinned)}
    unittest.main(argv=sys.argv[:1])
