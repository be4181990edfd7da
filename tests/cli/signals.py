"""What signals do to `haymaker sweep`: what people expect of each, and nothing answered is lost.

Usage: signals.py HAYMAKER [full]
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

from loopback import serve

HAYMAKER = sys.argv[1]
SAMPLES = 8


class Signals(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = pathlib.Path(self.folder.name, "r.json")
        self.journal = pathlib.Path(self.folder.name, "r.journal.jsonl")
        url = serve(self, HAYMAKER, "--output-rate", "600")
        self.command = [HAYMAKER, "sweep", "-o", str(self.out), "--model", "compatible/perfect", "--base-url",
                        url + "/v1", "--needles", "2", "--lengths", "4k", "--samples", str(SAMPLES), "--concurrency", "2"]

    def start(self, *arguments, **how):
        """A sweep that has answers in its journal and has not ended."""
        process = subprocess.Popen([*self.command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, **how)
        while not self.journal.exists() or b'{"trial"' not in self.journal.read_bytes():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        return process

    def assert_whole(self):
        trials = json.loads(self.out.read_text())["trials"]
        self.assertEqual([(t["sample"], t["outcome"], t["score"]) for t in trials],
                         [(i, "scored", 1.0) for i in range(SAMPLES)])

    def test_a_request_to_end_keeps_what_was_answered_and_says_how_to_go_on(self):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(how=how):
                for old in (self.out, self.journal):
                    old.unlink(missing_ok=True)
                process = self.start()
                process.send_signal(how)
                _, said = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 130, said)
                self.assertIn("To go on:", said)
                self.assertGreater(len(json.loads(self.out.read_text())["trials"]), 0)
                self.assertTrue(all(json.loads(line) for line in self.journal.read_text().splitlines()))
                subprocess.run(self.command, check=True, capture_output=True, timeout=120)
                self.assert_whole()

    def test_a_signal_that_was_ignored_stays_ignored_as_under_nohup(self):
        previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a child inherits it
        self.addCleanup(signal.signal, signal.SIGHUP, previous)
        process = self.start()
        process.send_signal(signal.SIGHUP)
        _, said = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, said)
        self.assert_whole()

    def test_a_reader_that_went_away_costs_the_table_but_not_the_result(self):
        process = self.start()
        process.stdout.close()
        process.stdout = None
        _, said = process.communicate(timeout=120)
        self.assertEqual((process.returncode, "cannot write to standard output" in said), (3, True), said)
        self.assert_whole()

    def test_a_stopped_sweep_goes_on_when_it_is_continued(self):
        process = self.start("--idle-timeout", "3", "--first-byte-timeout", "3", start_new_session=False)
        process.send_signal(signal.SIGSTOP)  # SIGTSTP stops nobody in a process group that no shell watches
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status))
        lines = self.journal.read_bytes()
        time.sleep(4.0)  # what the server sends meanwhile waits in the socket
        self.assertEqual(self.journal.read_bytes(), lines)
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, said)
        self.assert_whole()
        requests = sum(b'{"start"' in line for line in self.journal.read_bytes().splitlines())
        self.assertEqual(requests, SAMPLES)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
