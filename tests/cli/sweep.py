"""`haymaker sweep` from outside: real HTTP on the loopback, the journal, resume, results, errors.

Usage: sweep.py HAYMAKER [full]. Without "full" the lengths stop at 64K (for sanitizer builds).
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema

from loopback import Loopback, chat

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "results" / "result.schema.json").read_text())


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "r.json")
        self.journal = os.path.join(self.folder.name, "r.journal.jsonl")

    def sweep(self, *arguments, env=None, code=0):
        run = subprocess.run([HAYMAKER, "sweep", "-o", self.out, *arguments], capture_output=True, text=True,
                             env=dict(os.environ, **(env or {})), timeout=600)
        self.assertEqual(run.returncode, code, run.stderr)
        return run

    def result(self):
        result = json.loads(pathlib.Path(self.out).read_text())
        jsonschema.validate(result, SCHEMA)
        return result


class Simulated(Case):
    def test_a_perfect_reader_scores_exactly_1_everywhere(self):
        top = "1m" if FULL else "64k"
        for task in (["--task", "mrcr", "--needles", "1,2,4,8"], ["--task", "niah", "--depths", "0:100:50"]):
            self.sweep("--model", "sim/perfect", *task, "--lengths", f"4k:{top}", "--samples", "1")
            result = self.result()
            self.assertTrue(all(cell["mean"] == 1.0 for cell in result["summaries"]), result["summaries"])
            self.assertTrue(all(trial["outcome"] == "scored" for trial in result["trials"]))
            os.remove(self.out)
            os.remove(self.journal)

    def test_every_model_gets_the_same_bytes(self):
        self.sweep("--model", "sim/perfect,sim/decay", "--needles", "2", "--lengths", "8k:16k", "--samples", "2")
        prints = {}
        for trial in self.result()["trials"]:
            prints.setdefault((trial["length"], trial["sample"]), set()).add(trial["fingerprint"])
        self.assertEqual(len(prints), 4)
        self.assertTrue(all(len(found) == 1 for found in prints.values()))

    def test_outcomes_are_told_apart(self):
        models = {"sim/newline": "no-prefix", "sim/wrong-needle": "wrong-needle", "sim/refuse": "refused",
                  "sim/cut": "cut", "sim/empty": "empty"}
        for model, outcome in models.items():
            with self.subTest(model=model):
                self.out = os.path.join(self.folder.name, model.replace("/", "-") + ".json")
                self.sweep("--model", model, "--needles", "4", "--lengths", "8k", "--samples", "4")
                self.assertEqual({t["outcome"] for t in self.result()["trials"]}, {outcome})
        self.assertTrue(all(t["lenient_score"] == 1.0 and t["score"] == 0.0
                            for t in json.loads(pathlib.Path(self.folder.name, "sim-newline.json").read_text())["trials"]))

    def test_a_canary_is_answered_beside_the_question_and_graded_apart(self):
        for task in ("mrcr", "niah"):
            self.out = os.path.join(self.folder.name, task + ".json")
            self.sweep("--model", "sim/perfect,sim/wrong-needle", "--task", task, "--needles", "4",
                       "--lengths", "8k,32k", "--samples", "2", "--canary", "--cold")
            for trial in self.result()["trials"]:
                self.assertRegex(trial["reply"], r"\nCheckpoints: [A-Z]{3}\d{3}, [A-Z]{3}\d{3}, [A-Z]{3}\d{3}\Z")
                wanted = ("scored", 1.0, True) if trial["model"] == "sim/perfect" else ("wrong-needle", trial["score"], False)
                self.assertEqual((trial["outcome"], trial["score"], trial["exact"]), wanted)

    def test_the_table_says_within_80_columns_what_caches_saved_and_what_was_not_read(self):
        run = self.sweep("--model", "sim/perfect,sim/perfect+keep-last,sim/perfect+window", "--needles", "2", "--lengths", "8k,64k",
                         "--samples", "2", "--probes", "2", "--canary", "--price", "in=5,out=30,cache-read=.5",
                         "--max-output-tokens", "100000")
        self.assertLessEqual(max(map(len, run.stdout.splitlines())), 80, run.stdout)
        cells = self.result()["summaries"]
        for cell in cells:
            trials = [t for t in self.result()["trials"] if (t["model"], t["length"]) == (cell["model"], cell["length"])]
            if cell["model"] == "sim/perfect":
                self.assertAlmostEqual(cell["cache_saved_dollars"], cell["cached_tokens"] * 4.5e-6)
                self.assertAlmostEqual(cell["cache_saved_dollars"], sum(t["cache_saved_dollars"] for t in trials))
                self.assertGreater(cell["cached_tokens"], 0)
                self.assertIn(f"{cell['cached_tokens']:,} of {sum(t['input_tokens'] for t in trials):,} input tokens cached, "
                              "which saved $", run.stdout)
            if cell["model"] == "sim/perfect+window":
                limit, counted = (max(t[name] for t in trials) for name in ("limit_tokens", "counted_tokens"))
                self.assertIn(f"the endpoint takes {limit:,} tokens and counted up to {counted:,}", run.stdout)
            if cell["model"] == "sim/perfect+keep-last":
                self.assertEqual(cell["canary_start_missing"], 4)
                self.assertEqual(cell["canary_end_missing"], 0)
        self.assertIn("canaries not found: 4 at the start", run.stdout)
        self.assertRegex(run.stdout, r"\n +2 +8k +4 +100 \[ +\d+, +100\]")

    def test_a_finished_sweep_sends_nothing_again(self):
        arguments = ("--model", "sim/perfect", "--needles", "2", "--lengths", "8k", "--samples", "3")
        self.sweep(*arguments)
        before = pathlib.Path(self.journal).read_bytes()
        self.sweep(*arguments)
        self.assertEqual(pathlib.Path(self.journal).read_bytes(), before)

    def test_results_of_equal_sweeps_differ_in_times_only(self):
        texts = []
        for _ in range(2):
            self.sweep("--model", "sim/decay", "--needles", "2,4", "--lengths", "8k:32k", "--samples", "3")
            result = self.result()
            os.remove(self.journal)
            result["created"] = ""
            for record in result["trials"] + result["summaries"]:
                for name in [name for name in record if name.endswith("_ms") or name == "request_id"]:
                    record[name] = None
            texts.append(json.dumps(result))
        self.assertEqual(texts[0], texts[1])

    def test_interrupted_sweeps_keep_what_was_answered_and_go_on(self):
        arguments = ["--model", "sim/perfect", "--needles", "2", "--lengths", "64k", "--samples", "60",
                     "--concurrency", "2"]
        with subprocess.Popen([HAYMAKER, "sweep", "-o", self.out, *arguments], stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True) as process:
            while not os.path.exists(self.journal) or pathlib.Path(self.journal).read_bytes().count(b'{"trial"') < 3:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, stderr)
        self.assertIn("haymaker sweep -o " + self.out, stderr)
        kept = self.result()["trials"]
        self.assertGreaterEqual(len(kept), 3)
        self.assertLess(len(kept), 60)
        self.sweep(*arguments)
        final = self.result()["trials"]
        self.assertEqual(len(final), 60)
        self.assertEqual([t for t in final if t["sample"] in {k["sample"] for k in kept}], kept)

    def test_a_killed_sweep_loses_nothing(self):
        arguments = ["--model", "sim/perfect", "--needles", "2", "--lengths", "32k", "--samples", "40"]
        for _ in range(5):
            with subprocess.Popen([HAYMAKER, "sweep", "-q", "-o", self.out, *arguments],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(0.25)
                process.kill()
        self.sweep(*arguments)
        trials = self.result()["trials"]
        self.assertEqual([t["sample"] for t in trials], list(range(40)))
        self.assertTrue(all(t["score"] == 1.0 for t in trials))


class Endpoints(Case):
    def serve(self, answer):
        server = Loopback(answer)
        self.addCleanup(server.close)
        return ["--model", "compatible/m", "--base-url", server.url, "--needles", "2", "--lengths", "8k",
                "--samples", "1"]

    def test_a_key_is_sent_and_written_nowhere(self):
        seen = []

        def answer(headers, _):
            seen.append(headers["Authorization"])
            return 401, "application/json", b'{"error": {"message": "bad key sk-secret-123", "code": "invalid_api_key"}}'

        run = self.sweep(*self.serve(answer), env={"COMPATIBLE_API_KEY": "sk-secret-123"}, code=4)
        self.assertEqual(seen, ["Bearer sk-secret-123"])
        written = run.stderr + run.stdout + "".join(p.read_text() for p in pathlib.Path(self.folder.name).iterdir())
        self.assertNotIn("sk-secret-123", written)
        self.assertIn("bad key", run.stderr)

    def test_a_reply_that_is_no_json_is_named(self):
        run = self.sweep(*self.serve(lambda *_: (200, "text/html", b"<html>Login</html>")), code=5)
        trial = self.result()["trials"][0]
        self.assertEqual(trial["outcome"], "endpoint-error")
        self.assertIn("127.0.0.1", trial["error"])
        self.assertIn("1 of 1 trials have no answer", run.stderr)

    def test_failed_trials_are_tried_again_by_the_same_command(self):
        broken = [True]

        def answer(*_):
            if broken[0]:
                return 400, "application/json", b'{"error": {"message": "no", "code": "invalid_value"}}'
            return chat("hi")

        arguments = self.serve(answer)
        self.sweep(*arguments, code=5)
        broken[0] = False
        self.sweep(*arguments)
        self.assertEqual([t["outcome"] for t in self.result()["trials"]], ["no-prefix"])

    def test_too_long_prompts_are_an_outcome_of_their_own(self):
        body = (b'{"error": {"message": "This model\'s maximum context length is 4096 tokens.", '
                b'"code": "context_length_exceeded"}}')
        self.sweep(*self.serve(lambda *_: (400, "application/json", body)))
        trial = self.result()["trials"][0]
        self.assertEqual((trial["outcome"], trial["score"]), ("too-long", 0.0))

    def test_nobody_listening_is_said_at_once(self):
        started = time.monotonic()
        run = self.sweep("--model", "compatible/m", "--base-url", "http://127.0.0.1:9/v1", "--lengths", "8k",
                         "--samples", "50", code=4)
        self.assertIn("127.0.0.1", run.stderr)
        self.assertLess(time.monotonic() - started, 60)


class Mistakes(Case):
    def test_each_gives_one_clear_line_and_the_right_code(self):
        bad = os.path.join(self.folder.name, "bad")
        os.mkdir(bad)
        pathlib.Path(bad, "war.txt").write_bytes(b"It was a long war. " * 40 + b"\xff It ended.")
        empty = os.path.join(self.folder.name, "empty")
        os.mkdir(empty)
        cases = [
            (2, "unknown task 'mcrc'", ["--task", "mcrc"]),
            (2, "'gpt-5.5' is not PROVIDER/MODEL", ["--model", "gpt-5.5"]),
            (2, "no simulated model 'perfct'", ["--model", "sim/perfct"]),
            (2, "--base-url", ["--model", "compatible/m"]),
            (2, "OPENAI_API_KEY", ["--model", "openai/gpt-5.5"]),
            (2, "--lengths: '8x'", ["--lengths", "8x"]),
            (2, "needles", ["--needles", "64", "--lengths", "4k"]),
            (2, "--samples", ["--samples", "0"]),
            (2, "unknown grader", ["--grader", "best"]),
            (2, "--param", ["--param", "temperature"]),
            (2, "go together", ["--task", "niah", "--needle", "The code is 7."]),
            (2, "mrcr has no options", ["--task-option", "order=2"]),
            (2, "empty", ["--task", "niah", "--corpus", ""]),
            (3, "war.txt", ["--task", "niah", "--corpus", bad]),
            (3, "empty", ["--task", "niah", "--corpus", empty]),
            (3, "none", ["--task", "niah", "--corpus", os.path.join(self.folder.name, "none")]),
        ]
        for code, says, arguments in cases:
            with self.subTest(arguments=arguments):
                run = self.sweep(*arguments, env={"OPENAI_API_KEY": ""}, code=code)
                self.assertIn(says, run.stderr)
                self.assertLessEqual(len(run.stderr.strip().splitlines()), 2, run.stderr)
                self.assertFalse(os.path.exists(self.out))

    def test_a_corpus_that_is_too_short_says_how_many_tokens_there_are(self):
        run = self.sweep("--task", "niah", "--lengths", "4m", "--samples", "1", code=2)
        self.assertRegex(run.stderr, r"[0-9][0-9,]{6,}")

    def test_another_sweeps_journal_is_not_overwritten(self):
        self.sweep("--lengths", "8k", "--samples", "1", "--seed", "1")
        before = pathlib.Path(self.journal).read_bytes()
        run = self.sweep("--lengths", "8k", "--samples", "1", "--seed", "2", code=2)
        self.assertIn("its seed is 1, yours 2", run.stderr)
        self.assertEqual(pathlib.Path(self.journal).read_bytes(), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
