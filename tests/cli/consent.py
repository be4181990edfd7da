"""`haymaker sweep` asks before it spends: on a pseudo-terminal, without one, and not when nothing is due.

Usage: consent.py HAYMAKER [full].
"""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HAYMAKER = sys.argv[1]
PRICE = "in=500,out=3000"  # dear enough that a few short prompts matter


class Consent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([HAYMAKER, "serve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.url = re.search(r"http://\S+", cls.server.stdout.readline()).group() + "/v1"

    @classmethod
    def tearDownClass(cls):
        cls.server.send_signal(signal.SIGTERM)
        cls.server.wait()
        cls.server.stdout.close()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "r.json")

    def command(self, *arguments):
        return [HAYMAKER, "sweep", "-q", "-o", self.out, "--model", "compatible/perfect", "--base-url", self.url, "--price", PRICE,
                "--needles", "2", "--lengths", "4k", "--samples", "4", "--max-output-tokens", "1000", *arguments]

    def without_terminal(self, *arguments, code=0):
        run = subprocess.run(self.command(*arguments), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual(run.returncode, code, run.stderr)
        return run

    def on_terminal(self, answer, *arguments, early_s=None):
        """What was written to the terminal, and the exit status; `answer` is typed when there is a question, or that long
        after the start whether there is one or not."""
        started, starts = os.pipe()  # closed as the program takes over
        pid, terminal = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may have it ignored
            os.execv(HAYMAKER, self.command(*arguments))
        os.close(starts)
        os.read(started, 1)
        os.close(started)
        written, asked, until = "", False, time.monotonic() + 120
        if early_s is not None:
            time.sleep(early_s)
            os.write(terminal, answer)
            asked = True
        while time.monotonic() < until:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece.decode()
            if not asked and "[y/N]" in written:
                asked = True
                os.write(terminal, answer)
        os.close(terminal)
        return written, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def trials(self):
        if not os.path.exists(self.out):
            return []
        with open(self.out) as file:
            return json.load(file)["trials"]

    def test_a_terminal_is_asked_and_yes_goes_on(self):
        written, code = self.on_terminal(b"y\n")
        self.assertRegex(written, r"This sweep is expected to cost about \$\d+\.\d\d \(at worst \$\d+\.\d\d\): go on\? \[y/N\]")
        expected = float(re.search(r"about \$([\d.]+)", written).group(1))
        self.assertEqual((code, len(self.trials())), (0, 4))
        self.assertAlmostEqual(expected / sum(t["cost_dollars"] for t in self.trials()), 1.0, delta=0.5)

    def test_anything_else_sends_nothing(self):
        for answer in (b"\n", b"n\n", b"\x04"):
            written, code = self.on_terminal(answer)
            self.assertEqual((code, self.trials()), (5, []), written)
            self.assertIn("nothing was sent", written)
        written, code = self.on_terminal(b"\x03")
        self.assertEqual((code, self.trials()), (130, []), written)

    def test_ctrl_c_before_the_question_is_not_forgotten_at_it(self):
        for early_s in (0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3):
            written, code = self.on_terminal(b"\x03", "--samples", "4000", early_s=early_s)
            self.assertIn(code, (130, -signal.SIGINT), written)  # the latter before signals are caught
            self.assertEqual(self.trials(), [])

    def test_without_a_terminal_it_is_refused_unless_the_word_was_given(self):
        run = self.without_terminal(code=2)
        self.assertIn("--yes or --max-cost", run.stderr)
        self.assertEqual(self.trials(), [])
        self.without_terminal("--max-cost", "100")
        self.assertEqual(len(self.trials()), 4)
        self.without_terminal("--samples", "5", "--yes", "-o", self.out + ".yes")

    def test_only_what_is_left_counts(self):
        self.without_terminal("--yes")
        self.without_terminal()
        written, code = self.on_terminal(b"")
        self.assertEqual(code, 0)
        self.assertNotIn("go on?", written)

    def test_the_threshold_is_the_users(self):
        self.without_terminal("--confirm-above", "1000")
        os.remove(self.out)
        os.remove(self.out[: -len(".json")] + ".journal.jsonl")
        run = self.without_terminal("--price", "in=.001,out=.001", "--confirm-above", "0", code=2)
        self.assertIn("about <$0.0001", run.stderr)
        self.assertIn("--confirm-above", self.without_terminal("--confirm-above", "few", code=2).stderr)

    def test_simulated_models_are_free(self):
        subprocess.run([HAYMAKER, "sweep", "-q", "-o", self.out, "--model", "sim/perfect", "--price", PRICE, "--lengths", "4k",
                        "--samples", "4"], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)

    def test_batches_cost_half(self):
        os.environ["OPENAI_API_KEY"] = "sk-none"
        self.addCleanup(os.environ.pop, "OPENAI_API_KEY")
        command = [HAYMAKER, "sweep", "-q", "-o", self.out, "--model", "openai/gpt-5.5", "--base-url", self.url,
                   "--lengths", "64k", "--samples", "100"]
        told = []
        for how in ([], ["--batch"]):
            run = subprocess.run(command + how, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
            self.assertEqual(run.returncode, 2, run.stderr)
            told.append(float(re.search(r"about \$([\d.]+)", run.stderr).group(1)))
        self.assertAlmostEqual(told[0], 2 * told[1], places=1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
