"""`haymaker import` and `sweep --cases` from outside, with files in the datasets' own formats.

Usage: import.py HAYMAKER [full]
"""

import copy
import csv
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
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

    def golds(self, result, *arguments, cwd=None):
        """The gold answers of a page, or why there are none."""
        page = self.folder / "page.html"
        run = subprocess.run([HAYMAKER, "chart", result, "-o", str(page), *arguments], capture_output=True, text=True,
                             cwd=cwd or self.folder, timeout=600)
        self.assertEqual(run.returncode, 0, run.stderr)
        start = page.read_text().index('"texts":[') + len('"texts":')
        texts, _ = json.JSONDecoder().raw_decode(page.read_text()[start:])
        return [text.get("gold", text.get("goldMissing")) for text in texts]

    def test_the_page_has_the_gold_answers_of_public_rows(self):
        rows = self.rows()
        path = self.write("data/rows.jsonl", rows)
        self.run_program("import", "openai-mrcr", path, "--keep-bad", "-o", "cases.jsonl")
        self.run_program("sweep", "-q", "--cases", "cases.jsonl", "--model", "sim/decay", "-o", "r.json")
        self.assertEqual(json.loads((self.folder / "r.json").read_text())["case_file"], "cases.jsonl")
        wanted = {row["answer"] for row in rows}
        for cwd in (self.folder, "/"):  # by its name from here, and beside the result
            golds = self.golds(str(self.folder / "r.json"), cwd=cwd)
            self.assertGreater(len(golds), 2)
            self.assertLessEqual(set(golds), wanted)
        (self.folder / "cases.jsonl").rename(self.folder / "moved.jsonl")
        (reason,) = set(self.golds("r.json"))
        self.assertIn("'cases.jsonl' is not there: --cases FILE", reason)
        self.assertLessEqual(set(self.golds("r.json", "--cases", "moved.jsonl")), wanted)
        pathlib.Path(path).write_text(pathlib.Path(path).read_text().replace("a", "e", 1))
        (reason,) = set(self.golds("r.json", "--cases", "moved.jsonl"))
        self.assertIn("SHA-256", reason)
        self.run_program("import", "openai-mrcr", path, "--keep-bad", "-o", "other.jsonl")
        (reason,) = set(self.golds("r.json", "--cases", "other.jsonl"))
        self.assertIn("of another rows.jsonl than the result", reason)

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


class Export(Case):
    OPTIONS = ["--needles", "2,4", "--lengths", "8k,16k", "--samples", "2"]

    def export(self, *options):
        return self.run_program("export", *options).stdout

    def test_the_datasets_columns_are_read_back_as_the_same_prompts(self):
        rows = self.generate(*self.OPTIONS)
        columns = ["prompt", "answer", "random_string_to_prepend", "n_needles", "desired_msg_index", "total_messages",
                   "n_chars", "date_added"]
        lines = self.export("--format", "openai-mrcr", *self.OPTIONS)
        for line, row in zip(lines.splitlines(), rows, strict=True):
            self.assertEqual(sorted(json.loads(line)), sorted(columns))
            self.assertEqual(json.loads(line), {name: row[name] for name in columns})
        self.run_program("export", "--format", "csv", *self.OPTIONS, "-o", "rows.csv")
        with open(self.folder / "rows.csv", encoding="utf-8", newline="") as file:
            for found, row in zip(csv.DictReader(file), rows, strict=True):
                self.assertEqual(found, {name: str(row[name]) for name in columns})
        (self.folder / "rows.jsonl").write_text(lines)
        for name in ("rows.jsonl", "rows.csv"):
            self.run_program("import", "openai-mrcr", name, "-o", self.cases)
            self.assertEqual([case["fingerprint"] for case in self.imported()[1]], [row["fingerprint"] for row in rows])

    def test_messages_are_lists_for_inspect_and_jsonl(self):
        rows = self.generate(*self.OPTIONS)
        samples = [json.loads(line) for line in self.export("--format", "inspect", *self.OPTIONS).splitlines()]
        plain = [json.loads(line) for line in self.export(*self.OPTIONS).splitlines()]
        self.assertEqual(len({sample["id"] for sample in samples}), len(rows))
        for sample, case, row in zip(samples, plain, rows, strict=True):
            self.assertEqual(sorted(sample), ["id", "input", "metadata", "target"])
            self.assertEqual(sample["input"], json.loads(row["prompt"]))
            self.assertEqual(case["messages"], sample["input"])
            self.assertEqual((sample["target"], case["answer"]), (row["answer"], row["answer"]))
            self.assertEqual(sample["metadata"]["fingerprint"], row["fingerprint"])

    def test_imported_cases_are_exported_too(self):
        rows = self.generate("--needles", "2", "--lengths", "8k", "--samples", "2")
        self.run_program("import", "openai-mrcr", self.write("rows.jsonl", rows), "-o", self.cases)
        out = self.export("--format", "openai-mrcr", "--cases", self.cases)
        self.assertEqual([json.loads(line)["prompt"] for line in out.splitlines()], [row["prompt"] for row in rows])

    def test_trials_are_exported_with_their_replies(self):
        out = str(self.folder / "r.json")
        self.run_program("sweep", "--model", "sim/perfect,sim/refuse", "--lengths", "8k", "--samples", "2", "-o", out)
        trials = json.loads(pathlib.Path(out).read_text())["trials"]
        lines = [json.loads(line) for line in self.export(out).splitlines()]
        table = list(csv.DictReader(self.export(out, "--format", "csv").splitlines(keepends=True)))
        for trial, line, row in zip(trials, lines, table, strict=True):
            self.assertEqual(list(line), list(row))
            for name in ("model", "outcome", "score", "fingerprint", "reply", "prompt_tokens", "end_ms"):
                self.assertEqual(line[name], trial[name])
                self.assertEqual(row[name], "" if trial[name] is None else row[name])
            self.assertEqual(row["reply"].replace("\r\n", "\n"), trial["reply"])
            self.assertEqual(float(row["score"]), trial["score"])
        self.assertIn("is for cases", self.run_program("export", out, "--format", "inspect", code=2).stderr)


class Host(http.server.BaseHTTPRequestHandler):
    """Gives files as the hub does: a redirect that names the SHA-256, then the bytes, in ranges."""

    files = {}
    break_after = None  # bytes of the next answer
    knows_ranges = True
    status = None
    seen = []

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        Host.seen.append((self.path, dict(self.headers)))
        if Host.status is not None:
            self.send_error(Host.status)
            return
        name = self.path.removeprefix("/stored")
        body = Host.files.get(name.lstrip("/"))
        if body is None:
            self.send_error(404)
        elif not self.path.startswith("/stored"):
            self.send_response(302)
            self.send_header("Location", "/stored" + self.path)
            self.send_header("X-Linked-ETag", '"' + hashlib.sha256(body).hexdigest() + '"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_body(body)

    def send_body(self, body):
        start = 0
        if self.headers.get("Range") and Host.knows_ranges:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body) if Host.break_after is None else start + Host.break_after
        Host.break_after = None
        self.wfile.write(body[start:end])


class Download(Case):
    def setUp(self):
        super().setUp()
        rows = self.generate("--needles", "8", "--lengths", "8k", "--samples", "2")
        self.shard = "".join(json.dumps(row) + "\n" for row in rows).encode()
        Host.files = {f"8needle/8needle_{n}.parquet": self.shard for n in (0, 1)}
        Host.files["2needle/2needle_0.parquet"] = self.shard
        Host.break_after, Host.knows_ranges, Host.status, Host.seen = None, True, None, []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_address[1]}/"

    def download(self, only="8needle", code=0, url=None, token=None):
        env = {name: value for name, value in os.environ.items() if name != "HF_TOKEN"}
        if token is not None:
            env["HF_TOKEN"] = token
        run = subprocess.run(
            [HAYMAKER, "import", "openai-mrcr", "--download", "mrcr", "--only", only, "--mirror", url or self.url,
             "-o", self.cases], capture_output=True, text=True, cwd=self.folder, timeout=120, env=env)
        self.assertEqual(run.returncode, code, run.stderr)
        return run

    def test_files_are_fetched_checked_and_imported(self):
        run = self.download()
        self.assertEqual(run.stderr.count("SHA-256 as expected"), 2, run.stderr)
        self.assertEqual(len(self.imported()[1]), 4)
        for number in (0, 1):
            path = self.folder / "mrcr" / "8needle" / f"8needle_{number}.parquet"
            self.assertEqual(path.read_bytes(), self.shard)
        count = len(Host.seen)
        self.assertIn("is here already", self.download().stderr)
        self.assertEqual(len(Host.seen), count)

    def test_a_broken_download_goes_on_where_it_broke(self):
        for knows_ranges in (True, False):
            Host.knows_ranges = knows_ranges
            Host.break_after = 10000
            run = self.download(only="8needle_0", code=3)
            self.assertIn("broke off after 10000 bytes", run.stderr)
            self.assertFalse((self.folder / "mrcr/8needle/8needle_0.parquet").exists())
            run = self.download(only="8needle_0")
            self.assertEqual("of an earlier attempt" in run.stderr, knows_ranges, run.stderr)
            self.assertEqual(Host.seen[-1][1]["Range"], "bytes=10000-")
            path = self.folder / "mrcr/8needle/8needle_0.parquet"
            self.assertEqual(path.read_bytes(), self.shard)
            path.unlink()

    def test_a_complete_part_is_only_checked(self):
        part = self.folder / "mrcr/8needle/8needle_0.parquet.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(self.shard)
        self.download(only="8needle_0")
        part.write_bytes(b"x" * len(self.shard))
        (self.folder / "mrcr/8needle/8needle_0.parquet").unlink()
        self.assertIn("the file was dropped", self.download(only="8needle_0", code=3).stderr)
        self.assertFalse(part.exists())

    def test_another_file_than_the_pinned_one_is_refused(self):
        run = self.download(only="2needle_0", code=3)
        self.assertIn("not 1c297b254bf64a31856b74918cd7db889a214503e0b67daa834e84f20df6aa93", run.stderr)

    def test_the_token_is_sent_and_never_told(self):
        run = self.download(only="8needle_0", token="hf_secretsecret")
        self.assertEqual(Host.seen[0][1]["Authorization"], "Bearer hf_secretsecret")
        Host.status = 401
        refused = self.download(only="8needle_1", token="hf_secretsecret", code=4)
        self.assertIn("with the token in HF_TOKEN", refused.stderr)
        self.assertNotIn("hf_secret", run.stderr + refused.stderr + pathlib.Path(self.cases).read_text())
        self.assertIn("a token in HF_TOKEN may help", self.download(only="8needle_1", code=4).stderr)

    def test_what_is_not_there_is_said_plainly(self):
        self.assertIn("HTTP 404, no such file", self.download(only="4needle_0", code=4).stderr)
        self.assertIn("no network, or the host is down", self.download(url="http://127.0.0.1:1/", code=3).stderr)
        self.assertIn("only https", self.download(url="http://example.org/", code=2).stderr)
        self.assertIn("no file of openai/mrcr", self.download(only="16needle", code=2).stderr)
        run = self.run_program("import", "ruler", "--download", "x", code=2)
        self.assertIn("nobody publishes files", run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
