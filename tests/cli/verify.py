"""A result that a sweep wrote is verified; one that was touched is not. Usage: verify.py HAYMAKER"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]


def run(*arguments):
    return subprocess.run([HAYMAKER, *arguments], capture_output=True, text=True)


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = os.path.join(cls.folder.name, "result.json")
        models = "sim/perfect,sim/decay,sim/refuse,sim/perfect+keep-last=16384"
        done = run("sweep", "-q", "-m", models, "--lengths", "8k,32k", "-n", "2", "--samples", "4", "--seed", "6",
                   "-o", cls.path)
        assert done.returncode in (0, 5), done.stderr
        with open(cls.path) as file:
            cls.text = file.read()

    def verify(self, change=None):
        result = json.loads(self.text)
        if change is not None:
            change(result)
        path = os.path.join(self.folder.name, "touched.json")
        with open(path, "w") as file:
            json.dump(result, file)
        return run("verify", "-q", path)

    def assert_found(self, words, change):
        done = self.verify(change)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(words, done.stdout)

    def test_what_a_sweep_wrote_is_verified(self):
        outcomes = {trial["outcome"] for trial in json.loads(self.text)["trials"]}
        self.assertLess({"scored", "refused", "truncated-by-server"}, outcomes)
        done = self.verify()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("8 prompts made again, 32 trials graded again: it is what a sweep wrote", done.stdout)

    def test_every_kind_of_change_is_found(self):
        def set_trial(name, value):
            def change(result):
                result["trials"][3][name] = value

            return change

        self.assert_found("fingerprint is", set_trial("fingerprint", "0" * 32))
        self.assert_found("score is", set_trial("score", 0.123))
        self.assert_found("prompt_tokens is", set_trial("prompt_tokens", 1))
        self.assert_found("depth is", set_trial("depth", 0.5))

        def better(result):
            result["summaries"][0]["mean"] = 0.999

        self.assert_found("summary of sim/perfect, 2 needles, 8k: mean is 0.999", better)

        def other_reply(result):
            result["trials"][0]["reply"] += " and more"

        self.assert_found("score is 1.0, not 0.9", other_reply)

        def forget_failures(result):
            result["trials"] = [trial for trial in result["trials"] if trial["outcome"] != "refused"]

        self.assert_found("ended is", forget_failures)

    def test_what_cannot_be_compared_is_an_error(self):
        def other_version(result):
            result["generator_version"] = "0"

        def other_seed_of_corpus(result):
            result["corpus_hash"] = "0" * 16

        def twice(result):
            result["trials"].append(result["trials"][0])

        for change, words in ((other_version, "version"), (other_seed_of_corpus, "corpus"), (twice, "twice")):
            done = self.verify(change)
            self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
            self.assertIn(words, done.stderr)
        self.assertEqual(run("verify").returncode, 2)
        self.assertEqual(run("verify", "/nonexistent.json").returncode, 3)

    def test_a_strangers_text_is_shown_without_control_characters(self):
        def hostile(result):
            result["trials"][0]["fingerprint"] = "\x1b[31mred\x07"

        done = self.verify(hostile)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("\x1b", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
