"""`haymaker import` and `sweep --cases` from outside, with files in the datasets' own formats.

Usage: import.py HAYMAKER [full]
"""

import copy
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

HAYMAKER = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "results" / "result.schema.json").read_text())
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.cases = str(self.folder / "cases.jsonl")

    def run_program(self, *arguments, code=0):
        run = subprocess.run([HAYMAKER, *arguments], capture_output=True, text=True, cwd=self.folder, timeout=600)
        self.assertEqual(run.returncode, code, run.stderr + run.stdout)
        return run

    def generate(self, *arguments):
        text = self.run_program("generate", *arguments).stdout
        return [json.loads(line) for line in text.splitlines()]

    def write(self, name, rows):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(path)

    def imported(self):
        lines = [json.loads(line) for line in pathlib.Path(self.cases).read_text().splitlines()]
        return lines[0], lines[1:]


class OpenAiMrcr(Case):
    def rows(self):
        return self.generate("--needles", "2,4", "--lengths", "4k:16k", "--samples", "2", "--fill", "exact")

    def test_generated_rows_come_back_as_the_same_prompts(self):
        rows = [row for row in self.rows() if row["prompt_tokens"] + row["answer_tokens"] >= 4096]
        path = self.write("rows.jsonl", rows)
        run = self.run_program("import", "openai-mrcr", path, "-o", self.cases)
        head, cases = self.imported()
        self.assertEqual([case["fingerprint"] for case in cases], [row["fingerprint"] for row in rows])
        for case, row in zip(cases, rows):
            self.assertEqual((case["prompt_tokens"], case["answer_tokens"], case["needles"], case["code_points"]),
                             (row["prompt_tokens"], row["answer_tokens"], row["n_needles"], row["n_chars"]))
            self.assertAlmostEqual(case["depth"], row["depth"], places=5)
            total = case["prompt_tokens"] + case["answer_tokens"]
            self.assertTrue(total <= case["length_tokens"] and (total > case["length_tokens"] / 2 or total == 4096))
        self.assertEqual((head["dataset"], head["files"][0]["path"]), ("openai/mrcr", "rows.jsonl"))
        self.assertIn("card of openai/mrcr says 100 rows per bin", run.stdout)

    def test_every_defect_is_named_and_kept_out(self):
        good = self.generate("--needles", "4", "--lengths", "8k", "--samples", "1")[0]

        def change(messages=None, **columns):
            row = copy.deepcopy(good)
            chat = json.loads(row["prompt"])
            if messages is not None:
                chat = messages(chat) or chat
                row["total_messages"] = len(chat)
                row["n_chars"] = sum(len(message["content"]) for message in chat)
            row.update(prompt=json.dumps(chat), **columns)
            return row

        wanted = good["desired_msg_index"]
        other = next(index for index in good["needle_msg_indices"] if index != wanted)
        plain = next(i for i in range(1, 40, 2) if i not in good["needle_msg_indices"])
        ask = json.loads(good["prompt"])[wanted]["content"]

        def set_content(index, text):
            def edit(chat):
                chat[index]["content"] = text
            return edit

        def swap_ordinal(chat):
            chat[-1]["content"] = chat[-1]["content"].replace(" to the ", " to the 1", 1)

        defects = [
            (change(set_content(plain, ask)), "the ask occurs 5 times, but n_needles is 4"),
            (change(set_content(other, "write a limerick about rust")), "the ask occurs 3 times"),
            (change(set_content(wanted + 1, "something else")), "the answer is not the reply to message"),
            (change(swap_ordinal), "asks for another prefix or ordinal"),
            (change(lambda chat: chat[:-1]), "do not end with a question"),
            (change(lambda chat: chat[1:]), "message 1 is the assistant's, not the user's"),
            (change(n_chars=1), "n_chars is 1"),
            (change(total_messages=4), "total_messages is 4"),
            (change(random_string_to_prepend="abcdefghi!"), "not ten letters and digits"),
            (change(answer="x" + good["answer"]), "does not begin with its prefix"),
            (change(desired_msg_index=wanted + 1), "desired_msg_index is not an ask's"),
            (change(lambda chat: [*chat[:-1], {"role": "user", "content": chat[-1]["content"] + " Thanks."}]),
             "the question goes on after its end"),
            (change(lambda chat: [chat[0], *chat[wanted:wanted + 2], chat[-1]], desired_msg_index=1),
             "the ask occurs 1 times"),
        ]
        unreadable = [
            (dict(good, prompt="[1]"), "column 'prompt': not a list"),
            (dict(good, prompt='[{"role": "system", "content": "x"}]'), "neither user nor assistant"),
            (dict(good, prompt="[" * 100), "column 'prompt': "),
            (dict(good, n_needles="4"), "column 'n_needles': not a whole number"),
            (dict(good, n_needles=None), "column 'n_needles': no value"),
            ([1, 2], "not a JSON object"),
        ]
        rows = [good, *[row for row, _ in defects], *[row for row, _ in unreadable], good]
        path = self.write("rows.jsonl", rows)
        run = self.run_program("import", "openai-mrcr", path, "-o", self.cases)
        lines = run.stderr.splitlines()
        self.assertEqual(len(lines), len(defects) + len(unreadable), run.stderr)
        for number, (line, (_, text)) in enumerate(zip(lines, defects + unreadable), 1):
            self.assertIn(f"rows.jsonl: row {number}: ", line)
            self.assertIn(text, line)
        self.assertEqual([case["row"] for case in self.imported()[1]], [0, len(rows) - 1])
        self.run_program("import", "openai-mrcr", path, "--keep-bad", "-o", self.cases)
        self.assertEqual(len(self.imported()[1]), 2 + len(defects))

    def test_a_sweep_over_imported_rows_is_solvable_and_says_what_it_used(self):
        path = self.write("data/rows.jsonl", self.rows())
        self.run_program("import", "openai-mrcr", path, "--revision", "mine", "--keep-bad", "-o", self.cases)
        head, cases = self.imported()
        out = str(self.folder / "r.json")
        command = ["sweep", "--cases", self.cases, "--model", "sim/perfect,sim/decay", "--lengths", "8k,16k", "-o", out]
        self.run_program(*command)
        result = json.loads(pathlib.Path(out).read_text())
        jsonschema.validate(result, SCHEMA)
        self.assertEqual(result["plan"]["dataset"]["name"], "openai/mrcr")
        self.assertEqual(result["plan"]["dataset"]["revision"], "mine")
        self.assertEqual(result["plan"]["dataset"]["files"], [head["files"][0]["sha256"] + "  rows.jsonl"])
        trials = result["trials"]
        chosen = [case for case in cases if case["length_tokens"] >= 8192]
        self.assertEqual(len(trials), 2 * len(chosen))
        self.assertEqual({trial["fingerprint"] for trial in trials}, {case["fingerprint"] for case in chosen})
        perfect = [trial for trial in trials if trial["model"] == "sim/perfect"]
        self.assertTrue(all(trial["score"] == 1 for trial in perfect), [trial["score"] for trial in perfect])
        self.run_program("verify", out, "--cases", self.cases)
        self.assertIn("--cases FILE", self.run_program("verify", out, code=2).stderr)
        self.run_program("plan", *command[1:-2])
        before = pathlib.Path(out).read_text()
        self.run_program(*command)  # everything is answered: nothing is sent again
        self.assertEqual(json.loads(before)["trials"], json.loads(pathlib.Path(out).read_text())["trials"])

    def test_cells_may_have_different_numbers_of_rows(self):
        rows = self.rows()
        path = self.write("rows.jsonl", [row for i, row in enumerate(rows) if i % 3 != 0])
        self.run_program("import", "openai-mrcr", path, "--keep-bad", "-o", self.cases)
        cases = self.imported()[1]
        out = str(self.folder / "r.json")
        self.run_program("sweep", "--cases", self.cases, "-o", out)
        result = json.loads(pathlib.Path(out).read_text())
        jsonschema.validate(result, SCHEMA)
        self.assertEqual(sorted(trial["fingerprint"] for trial in result["trials"]),
                         sorted(case["fingerprint"] for case in cases))
        self.assertEqual(sum(cell["planned"] for cell in result["summaries"]), len(cases))
        self.run_program("sweep", "--cases", self.cases, "--samples", "1", "-o", str(self.folder / "one.json"))
        one = json.loads((self.folder / "one.json").read_text())
        self.assertTrue(all(cell["planned"] == 1 for cell in one["summaries"]))

    def test_a_file_that_changed_is_refused(self):
        path = self.write("rows.jsonl", self.rows())
        self.run_program("import", "openai-mrcr", path, "--keep-bad", "-o", self.cases)
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n")
        run = self.run_program("sweep", "--cases", self.cases, "-o", str(self.folder / "r.json"), code=3)
        self.assertIn("rows.jsonl: not the file that was imported", run.stderr)

    def test_options_that_make_haystacks_do_not_go_with_cases(self):
        path = self.write("rows.jsonl", self.rows())
        self.run_program("import", "openai-mrcr", path, "--keep-bad", "-o", self.cases)
        for option in (["--seed", "7"], ["--cold"], ["--depths", "50"], ["--task", "niah"], ["--samples", "0"]):
            run = self.run_program("sweep", "--cases", self.cases, *option, code=2)
            self.assertIn(option[0], run.stderr)
        self.assertIn("no case has", self.run_program("sweep", "--cases", self.cases, "--needles", "3", code=2).stderr)

    def test_bad_files_get_one_line(self):
        path = self.write("rows.jsonl", self.rows()[:1])
        whole = pathlib.Path(path).read_bytes()
        (self.folder / "cut.jsonl").write_bytes(whole[: len(whole) // 2])
        (self.folder / "empty.jsonl").write_bytes(b"")
        (self.folder / "latin.jsonl").write_bytes(whole.replace(b"write", b"wr\xe9te", 1))
        (self.folder / "columns.csv").write_text("prompt,answer\na,b\n")
        for name, text in (("cut.jsonl", "row 0"), ("empty.jsonl", "empty"), ("latin.jsonl", "invalid UTF-8"),
                           ("columns.csv", "no column 'random_string_to_prepend'"), ("none.jsonl", "No such file")):
            run = self.run_program("import", "openai-mrcr", name, "-o", self.cases, code=3)
            self.assertIn(name, run.stderr)
            self.assertIn(text, run.stderr)
            self.assertLessEqual(len(run.stderr.splitlines()), 2, run.stderr)
            self.assertFalse(os.path.exists(self.cases))


class GdmMrcr(Case):
    COLUMNS = ["queries", "answer", "context_len", "answer_token_count", "view_ops", "num_relevant",
               "answer_context_position", "index_positions_of_seeds", "relevant_context_positions"]

    def row(self, wanted=1, needles=2, **columns):
        ask = "Write a poem about rivers in a sad style."  # the published form has no article here
        ask = ask.replace("in a sad", "in sad")
        prefix = "aB3dE6gH9jK2"
        replies = [f"Poem number {n}:\n\nIt says \"water\", and runs on." for n in range(needles)]
        turns = [("Write a riddle about stone in terse style.", "What sleeps, and never wakes?")]
        for reply in replies:
            turns += [(ask, reply), ("Write a poem about rivers in loud style.", "SPLASH, and again SPLASH.")]
        text = "Here are some examples of conversations succeeded by a follow-up question answered correctly:\n\n"
        text += "".join(f"User: {user}\n\nAssistant: {reply}\n\n" for user, reply in turns)
        question = (f"User: Prepend {prefix} to the {ORDINALS[wanted]} poem about rivers in a sad style. "
                    "Do not include any other text in your response.\n\nAssistant:")
        row = {"queries": text + question, "answer": prefix + replies[wanted], "context_len": 5000,
               "answer_token_count": 20, "view_ops": question, "num_relevant": needles}
        row.update(columns)
        return row

    def save(self, name, rows, **options):
        with open(self.folder / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.COLUMNS, **options)
            writer.writeheader()
            writer.writerows(rows)
        return name

    def test_rows_are_read_with_the_datasets_own_bins(self):
        rows = [self.row(context_len=length) for length in (8192, 8193, 16384, 16385)]
        for number, options in enumerate(({}, {"quoting": csv.QUOTE_ALL}, {"lineterminator": "\n"})):
            name = self.save(f"rows{number}.csv", rows, **options)
            self.run_program("import", "gdm-mrcr", name, "-o", self.cases)
            head, cases = self.imported()
            self.assertEqual([case["length_tokens"] for case in cases], [8192, 16384, 16384, 32768])
            self.assertEqual({case["prompt_bytes"] for case in cases}, {len(rows[0]["queries"].encode())})
            self.assertEqual((head["dataset"], head["grader"]), ("google-deepmind/mrcr-v2", "gdm-mrcr"))

    def test_defects_are_named(self):
        good = self.row()
        defects = [
            (self.row(num_relevant=3), "the ask occurs 2 times, but num_relevant is 3"),
            (self.row(answer="aB3dE6gH9jK2 nothing of the kind"), "no reply to the ask"),
            (self.row(answer="zzzzzzzzzzzz" + good["answer"][12:]), "does not ask for the answer's prefix"),
            (self.row(queries=good["queries"].replace("second", "first")), "another ordinal than 2"),
            (self.row(context_len="many"), "column 'context_len': not a whole number"),
        ]
        name = self.save("rows.csv", [good, *[row for row, _ in defects], good])
        lines = self.run_program("import", "gdm-mrcr", name, "-o", self.cases).stderr.splitlines()
        self.assertEqual(len(lines), len(defects))
        for number, (line, (_, text)) in enumerate(zip(lines, defects), 1):
            self.assertIn(f"rows.csv: row {number}: ", line)
            self.assertIn(text, line)

    def test_broken_csv_is_named(self):
        name = self.save("rows.csv", [self.row(), self.row()])
        whole = (self.folder / name).read_bytes()
        for bytes_, text in ((whole[:-100], "inside a quoted field"), (whole + b"a,b\n", "2 fields where the first"),
                             (whole + b'a"b,1,2,3,4,5,6,7,8\n', "a quote inside a field")):
            (self.folder / "bad.csv").write_bytes(bytes_)
            run = self.run_program("import", "gdm-mrcr", "bad.csv", "-o", self.cases)
            self.assertRegex(run.stderr, rf"^bad.csv: row [12]: .*{text}")


class GraphWalks(Case):
    def row(self, kind, nodes, edges, operation, **columns):
        prompt = "The graph has the following edges:\n" + "".join(f"{a} -> {b}\n" for a, b in edges) + operation
        row = {"prompt": prompt, "answer_nodes": nodes, "prompt_chars": len(prompt), "problem_type": kind}
        row.update(columns)
        return row

    def test_answers_are_checked_against_the_graph(self):
        edges = [("aa", "bb"), ("cc", "bb"), ("bb", "dd"), ("bb", "bb")]
        parents = "Operation:\nFind the parents of node bb.\n"
        bfs = "Operation:\nPerform a BFS from node aa with depth 1.\n"
        rows = [
            (self.row("parents", ["aa", "cc"], edges, parents), None),
            (self.row("bfs", ["bb"], edges, bfs), None),
            (self.row("bfs", [], edges, bfs), None),
            (self.row("parents", ["aa", "bb", "cc"], edges, parents), "contains the node itself"),
            (self.row("parents", ["aa"], edges, parents), "cc is a parent of bb, but not in the answer"),
            (self.row("parents", ["aa", "cc", "dd"], edges, parents), "3 nodes in the answer, but bb has 2"),
            (self.row("bfs", ["zz"], edges, bfs), "node zz of the answer is not in the graph"),
            (self.row("bfs", ["aa", "bb"], edges, bfs), "the node that the search starts from"),
            (self.row("walk", ["bb"], edges, bfs), "neither bfs nor parents"),
            (self.row("bfs", ["bb"], edges, bfs, prompt_chars=3), "prompt_chars is 3"),
            (self.row("bfs", "bb", edges, bfs), "column 'answer_nodes': not a list of texts"),
        ]
        path = self.write("walks.jsonl", [row for row, _ in rows])
        run = self.run_program("import", "graphwalks", path, "--grader", "openai-mrcr", "-o", self.cases)
        self.assertEqual([case["row"] for case in self.imported()[1]], [0, 1, 2])
        for line, text in zip(run.stderr.splitlines(), [text for _, text in rows if text]):
            self.assertIn(text, line)


class Ruler(Case):
    def test_the_answer_prefix_is_part_of_the_prompt_unless_left_out(self):
        row = {"index": 0, "input": "Some text. What is the number?", "outputs": ["1234567"], "length": 12,
               "answer_prefix": " The number is"}
        path = self.write("vt.jsonl", [row, dict(row, outputs=[])])
        grader = ["--grader", "openai-mrcr"]
        run = self.run_program("import", "ruler", path, *grader, "-o", self.cases)
        self.assertIn("vt.jsonl: row 1: no outputs", run.stderr)
        self.assertEqual(self.imported()[1][0]["prompt_bytes"], len(row["input"] + row["answer_prefix"]))
        self.run_program("import", "ruler", path, *grader, "--no-answer-prefix", "-o", self.cases)
        self.assertEqual(self.imported()[1][0]["prompt_bytes"], len(row["input"]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
