"""`haymaker sweep --batch` against `haymaker serve`: the same trials as when they are streamed, at half the price, however
often the run is ended in between.

Usage: batch.py HAYMAKER [full]
"""

import glob
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HAYMAKER = sys.argv[1]
KEY = "key-that-must-not-leak-0815"
KEYS = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "GEMINI_API_KEY": KEY, "COMPATIBLE_API_KEY": KEY}
VENDORS = [("openai", "openai-chat", "/v1"), ("openai", "openai-responses", "/v1"),
           ("anthropic", "anthropic-messages", "/v1"), ("google", "gemini", "/v1beta")]
PLAN = ["--needles", "2", "--lengths", "8k,16k", "--samples", "3"]


class Batch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.start_server()
        self.addCleanup(self.stop)

    def start_server(self, *arguments):
        self.server = subprocess.Popen([HAYMAKER, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
        self.url = self.server.stdout.readline().split()[-1]

    def stop(self):
        self.server.terminate()
        self.server.communicate(timeout=60)

    def command(self, name, model, path, *arguments):
        self.stem = os.path.join(self.folder.name, name)
        return [HAYMAKER, "sweep", "-o", self.stem + ".json", "--model", model, "--base-url", self.url + path,
                "--batch-poll", "0", "--price", "in=5,out=30", *arguments]

    def run_to_end(self, command, code=0):
        run = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **KEYS), timeout=300)
        self.assertEqual(run.returncode, code, run.stderr)
        self.assertNotIn(KEY, run.stderr + run.stdout)
        return run.stderr

    def sweep(self, name, model, path, *arguments, code=0):
        self.said = self.run_to_end(self.command(name, model, path, *arguments), code)
        return self.trials()

    def trials(self):
        path = pathlib.Path(self.stem + ".json")
        return json.loads(path.read_text())["trials"] if path.exists() else []

    def batches(self):
        """The last state of each batch in the journal, and how often each was begun."""
        states, begun = {}, {}
        for line in pathlib.Path(self.stem + ".journal.jsonl").read_text().splitlines():
            event = json.loads(line).get("batch") if line.startswith('{"batch"') else None
            if event:
                number = event["number"]
                begun[number] = begun.get(number, 0) + (event["state"]["phase"] == "creating" != states.get(number))
                states[number] = event["state"]["phase"]
        return states, begun

    def batches_at_the_server(self):
        request = urllib.request.Request(self.url + "/v1/batches?limit=100", headers={"Authorization": "Bearer " + KEY})
        with urllib.request.urlopen(request) as answer:
            return len(json.load(answer)["data"])

    def files(self):
        return glob.glob(self.stem + "*.batch-*")

    def check_all_answered(self, count=6):
        trials = self.trials()
        self.assertEqual([t["score"] for t in trials], [1.0] * count)
        self.assertEqual(self.files(), [])
        self.assertEqual(set(self.batches()[0].values()), {"collected"})


class Answers(Batch):
    def test_every_vendor_gives_what_the_stream_gives_at_half_the_price(self):
        for provider, protocol, path in VENDORS:
            with self.subTest(protocol=protocol):
                arguments = [*PLAN, "--protocol", protocol]
                streamed = self.sweep("s-" + protocol, provider + "/perfect", path, *arguments)
                batched = self.sweep("b-" + protocol, provider + "/perfect", path, *arguments, "--batch")
                self.check_all_answered()
                self.assertIn("6 answered, 0 failed", self.said)
                for one, other in zip(streamed, batched):
                    for name in ("fingerprint", "outcome", "score", "reply", "sample", "length", "output_tokens"):
                        self.assertEqual(one[name], other[name], name)
                    uncached = (one["input_tokens"] * 5 + one["output_tokens"] * 30) / 1e6
                    self.assertAlmostEqual(other["cost_dollars"], uncached / 2, 9)
                    self.assertEqual((other["attempts"], other["first_text_ms"], other["end_ms"]), (1, None, None))
        written = "".join(p.read_text() for p in pathlib.Path(self.folder.name).iterdir())
        self.assertNotIn(KEY, written)

    def test_several_models_have_batches_of_their_own(self):
        self.sweep("two", "openai/perfect,openai/newline", "/v1", *PLAN, "--batch", "--batch-tokens", "20k")
        trials = self.trials()
        self.assertEqual([t["outcome"] for t in trials], ["scored", "no-prefix"] * 6)
        # 3 prompts of 8k in two files, 3 of 16k in a file each; 2 models
        self.assertEqual(len(self.batches()[0]), self.batches_at_the_server())
        self.assertGreaterEqual(len(self.batches()[0]), 8)
        self.assertEqual(self.files(), [])

    def test_simulated_models_have_batches_too(self):
        command = [HAYMAKER, "sweep", "-o", os.path.join(self.folder.name, "sim.json"), "--batch", "--batch-poll", "0", *PLAN]
        self.stem = os.path.join(self.folder.name, "sim")
        self.run_to_end([*command, "--batch-wait", "0"], code=5)
        self.run_to_end(command)  # what the first run submitted ended with it
        self.assertEqual([t["score"] for t in self.trials()], [1.0] * 6)

    def test_requests_that_fail_end_in_their_outcome(self):
        for fault, outcome, code in (("500", "endpoint-error", 5), ("window", "too-long", 0), ("filter", "filtered", 0),
                                     ("all-thought", "empty", 0)):
            with self.subTest(fault=fault):
                trials = self.sweep(fault, "openai/perfect+" + fault, "/v1", "--lengths", "8k", "--samples", "2",
                                    "--batch", code=code)
                self.assertEqual([t["outcome"] for t in trials], [outcome] * 2)
                self.assertEqual(self.files(), [])

    def test_failed_trials_go_into_another_batch_at_resume(self):
        arguments = ("again", "openai/perfect+500", "/v1", "--lengths", "8k", "--samples", "2", "--batch")
        self.sweep(*arguments, code=5)
        trials = self.sweep(*arguments)  # the fault is of a prompt's first request
        self.assertEqual([t["score"] for t in trials], [1.0] * 2)
        self.assertEqual(self.batches_at_the_server(), 2)

    def test_the_cap_counts_batches_at_their_worst(self):
        # A prompt of 8k costs 2 cents at most, an answer of 1000 tokens 1.5: 4.5 with our doubts about its tokens.
        plan = ["--lengths", "8k", "--samples", "6", "--max-output-tokens", "1000", "--batch"]
        trials = self.sweep("cap", "openai/perfect", "/v1", *plan, "--max-cost", "0.1", code=5)
        self.assertIn("the cap on cost is reached", self.said)
        paid = sum(t["cost_dollars"] for t in trials)
        self.assertTrue(0 < len(trials) < 6 and paid <= 0.1, (len(trials), paid))
        self.sweep("cap", "openai/perfect", "/v1", *plan, "--max-cost", "1")
        self.check_all_answered()


class Interruptions(Batch):
    def start(self, command):
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env=dict(os.environ, **KEYS))

    def wait_until_running(self, process):
        while not os.path.exists(self.stem + ".journal.jsonl") or '"running"' not in pathlib.Path(
                self.stem + ".journal.jsonl").read_text():
            self.assertIsNone(process.poll())
            time.sleep(0.01)

    def test_a_killed_run_s_batches_are_collected_and_not_submitted_again(self):
        for provider, protocol, path in VENDORS:
            with self.subTest(protocol=protocol):
                command = self.command(protocol, provider + "/perfect", path, *PLAN, "--protocol", protocol, "--batch",
                                       "--batch-poll", "3600")
                with self.start(command) as process:
                    self.wait_until_running(process)
                    process.kill()
                self.run_to_end([*command, "--batch-poll", "0"])
                self.check_all_answered()
                self.assertEqual(self.batches()[1], {1: 1})

    def test_kills_at_any_moment_lose_nothing_and_begin_no_batch_twice(self):
        chance = random.Random(4711)
        command = self.command("kills", "openai/perfect", "/v1", "--needles", "2", "--lengths", "8k", "--samples", "12",
                               "--batch", "--batch-tokens", "20k")
        for _ in range(8):
            with self.start(command) as process:
                time.sleep(chance.uniform(0.02, 0.6))
                process.kill()
        self.run_to_end(command)
        self.check_all_answered(12)
        self.assertEqual(self.batches_at_the_server(), len(self.batches()[0]))

    def test_ctrl_c_leaves_the_batches_running(self):
        command = self.command("int", "openai/perfect", "/v1", *PLAN, "--batch", "--batch-poll", "3600")
        with self.start(command) as process:
            self.wait_until_running(process)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said)
        self.assertIn("the batches go on without us", said)
        self.assertIn("haymaker sweep -o " + self.stem, said)
        self.run_to_end([*command, "--batch-poll", "0"])
        self.check_all_answered()
        self.assertEqual(self.batches_at_the_server(), 1)

    def test_a_run_need_not_wait(self):
        command = self.command("leave", "openai/perfect", "/v1", *PLAN, "--batch", "--batch-wait", "0")
        said = self.run_to_end(command, code=5)  # submits
        self.assertIn("under way", said)
        self.assertRegex(said, r"batch 1 of 1: 0 of 6 ended")
        self.run_to_end(command, code=5)  # each run asks once
        self.run_to_end(command, code=5)
        self.run_to_end(command)
        self.check_all_answered()
        self.assertEqual(self.batches_at_the_server(), 1)

    def test_cancelled_batches_give_what_was_answered(self):
        command = self.command("cancel", "openai/perfect", "/v1", *PLAN, "--batch")
        self.run_to_end([*command, "--batch-wait", "0"], code=5)
        self.run_to_end([*command, "--batch-cancel"], code=5)
        trials = self.trials()
        answered = [t for t in trials if t["outcome"] == "scored"]
        self.assertEqual((len(trials), {t["outcome"] for t in trials}), (6, {"scored", "endpoint-error"}))
        self.assertEqual({t["score"] for t in answered}, {1.0})
        self.run_to_end(command)
        self.check_all_answered()

    def test_a_batch_that_the_vendor_forgot_is_told_and_sent_again_only_on_the_user_s_word(self):
        for provider, protocol, path in VENDORS:
            with self.subTest(protocol=protocol):
                command = self.command("lost-" + protocol, provider + "/perfect", path, *PLAN, "--protocol", protocol, "--batch",
                                       "--batch-tokens", "40k")
                self.run_to_end([*command, "--batch-wait", "0"], code=5)
                count = len(self.batches()[0])
                self.assertGreater(count, 1)
                self.stop()
                self.start_server("--port", self.url.rsplit(":", 1)[1])  # another, which knows of nothing
                for _ in range(2):
                    said = self.run_to_end(command, code=5)
                    self.assertRegex(said, f"{count} of {count} batches .* 6 requests may have been paid; --retry-unknown")
                    self.assertEqual((self.trials(), set(self.batches()[0].values())), ([], {"lost"}))
                self.run_to_end([*command, "--retry-unknown"])
                self.check_all_answered()

    def test_a_journal_with_batches_is_not_streamed_nor_taken_elsewhere(self):
        command = self.command("keep", "openai/perfect", "/v1", *PLAN)
        self.run_to_end([*command, "--batch", "--batch-wait", "0"], code=5)
        self.assertIn("--batch collects 1 batch of this sweep", self.run_to_end(command, code=2))
        self.assertIn("resume with the same settings",
                      self.run_to_end([*command, "--batch", "--protocol", "openai-responses"], code=2))


class Mistakes(Batch):
    def test_models_without_batches_are_named_before_anything_is_sent(self):
        command = self.command("none", "openai/perfect,azure/perfect", "/v1", *PLAN, "--batch")
        run = subprocess.run(command, capture_output=True, text=True, timeout=60,
                             env=dict(os.environ, **KEYS, AZURE_OPENAI_API_KEY=KEY))
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertRegex(run.stderr, "--batch: azure/perfect speaks .*, which has no batches")
        self.assertEqual(os.listdir(self.folder.name), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
