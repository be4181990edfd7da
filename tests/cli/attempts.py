"""What `haymaker sweep` knows of requests whose answer never came: after a kill, after Ctrl-C, and in --max-cost.

Usage: attempts.py HAYMAKER [full]
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

from loopback import Loopback, chat

HAYMAKER = sys.argv[1]


class Server(Loopback):
    """Takes whole requests; answers them when `is_open`, else stays silent. Each answer costs a dollar at 1 dollar per
    million tokens."""

    def __init__(self):
        self.is_open = True
        super().__init__(self.answer)

    def answer(self, *_):
        while not self.is_open:
            time.sleep(0.01)
        return chat("hi", prompt_tokens=1000000, completion_tokens=0)

    def close(self):
        self.is_open = True
        super().close()


class Attempts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "r.json")
        self.journal = pathlib.Path(self.folder.name, "r.journal.jsonl")
        self.server = Server()
        self.addCleanup(self.server.close)
        self.command = [HAYMAKER, "sweep", "-o", self.out, "--model", "compatible/m", "--base-url", self.server.url,
                        "--needles", "2", "--lengths", "8k", "--samples", "5", "--concurrency", "2",
                        "--price", "in=1,out=1", "--max-output-tokens", "1000"]

    def sweep(self, *arguments, code=0):
        run = subprocess.run([*self.command, *arguments], capture_output=True, text=True, timeout=600)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stderr

    def samples(self):
        return [t["sample"] for t in json.loads(pathlib.Path(self.out).read_text())["trials"]]

    def events(self, kind):
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [line[kind] for line in lines if kind in line]

    def end_while_two_are_in_flight(self, how):
        """Ends a sweep by a signal while the server has two whole requests and says nothing."""
        self.server.is_open = False
        with subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            while len(self.server.requests) < 2 and process.poll() is None:
                time.sleep(0.01)
            self.assertIsNone(process.poll())
            # The request is whole at the server; give its sender the moment to know so.
            time.sleep(0.2)
            process.send_signal(how)
            _, stderr = process.communicate(timeout=60)
        self.server.is_open = True
        return process.returncode, stderr

    def test_a_killed_run_s_requests_are_told_and_not_sent_again_unasked(self):
        self.assertEqual(self.end_while_two_are_in_flight(signal.SIGKILL)[0], -signal.SIGKILL)
        self.assertEqual([(s["index"], s["attempt"]) for s in self.events("start")], [(0, 1), (1, 1)])
        said = self.sweep(code=5)
        self.assertRegex(said, r"2 requests of an earlier run began .* \(at most \$0\.02\d+\)\. Not sent again without "
                               r"--retry-unknown\.")
        self.assertIn("2 of 5 trials were not sent again", said)
        self.assertIn("with --retry-unknown for 2 trials", said)
        self.assertEqual((len(self.server.requests), self.samples()), (5, [2, 3, 4]))
        said = self.sweep("--retry-unknown")
        self.assertIn("Sending again.", said)
        self.assertEqual((len(self.server.requests), self.samples()), (7, [0, 1, 2, 3, 4]))
        self.assertEqual(sum(r == self.server.requests[0] for r in self.server.requests), 2)
        self.assertNotIn("earlier run began", self.sweep())
        self.assertEqual(len(self.server.requests), 7)

    def test_what_ctrl_c_cancelled_may_be_billed_and_is_sent_again(self):
        code, said = self.end_while_two_are_in_flight(signal.SIGINT)
        self.assertEqual(code, 130)
        self.assertRegex(said, r"2 requests ended without an answer and may be billed all the same: at most \$0\.02")
        self.assertEqual(sorted((e["index"], e["may_be_billed"]) for e in self.events("end")), [(0, True), (1, True)])
        self.assertIn("in flight is sent again", said)
        said = self.sweep()
        self.assertNotIn("earlier run began", said)
        self.assertRegex(said, r"2 requests ended without an answer")
        self.assertEqual((len(self.server.requests), self.samples()), (7, [0, 1, 2, 3, 4]))

    def test_the_cap_counts_what_earlier_runs_may_have_paid(self):
        # Each request's worst case is about 1.2 cents, each answer says it has cost a dollar.
        for how, flags in ((signal.SIGKILL, ["--retry-unknown"]), (signal.SIGINT, [])):
            with self.subTest(how=how):
                self.server.requests.clear()
                if self.journal.exists():
                    self.journal.unlink()
                self.end_while_two_are_in_flight(how)
                said = self.sweep("--max-cost", "0.03", *flags, code=5)
                self.assertIn("the cap on cost is reached: 5 of 5 trials were not sent", said)
                self.assertEqual(len(self.server.requests), 2)
                self.sweep("--max-cost", "0.04", *flags, code=5)
                self.assertEqual(len(self.server.requests), 3)

    def test_failed_attempts_that_may_be_billed_count_at_resume(self):
        self.server.is_open = False
        limits = ["--first-byte-timeout", "1", "--attempts", "1", "--samples", "1"]
        said = self.sweep(*limits, code=5)
        self.assertRegex(said, r"1 request ended without an answer and may be billed")
        self.assertEqual(self.events("end"), [{"index": 0, "may_be_billed": True}])
        said = self.sweep(*limits, "--max-cost", "0.02", code=5)
        self.assertIn("the cap on cost is reached", said)
        self.assertEqual(len(self.server.requests), 1)

    def test_simulated_requests_cost_nothing_and_are_just_repeated(self):
        command = [HAYMAKER, "sweep", "-o", self.out, "--model", "sim/perfect+think", "--lengths", "8k", "--samples", "6"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not self.journal.exists() or b'"start"' not in self.journal.read_bytes():
                self.assertIsNone(process.poll())
                time.sleep(0.005)
            process.kill()
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("earlier run", run.stderr)
        self.assertEqual(self.samples(), list(range(6)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
