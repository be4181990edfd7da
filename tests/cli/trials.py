"""`haymaker sweep --trials K`: each prompt is sent K times, none of them lost or doubled, and how alike the answers are is said.

Usage: trials.py HAYMAKER [full].
"""

import collections
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import jsonschema

from loopback import Loopback, chat, serve

HAYMAKER = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "results" / "result.schema.json").read_text())
QUESTION = ["--task", "niah", "--needles", "1", "--lengths", "4k", "--needle", "The oysters are behind the customs house.",
            "--question", "Where are the oysters?", "--expect", "customs house"]


class Moody(Loopback):
    """An endpoint that answers a prompt now rightly, now wrongly: the n-th prompt that it meets is right in its first n
    answers."""

    def __init__(self):
        self.answered = collections.Counter()
        self.lock = threading.Lock()
        super().__init__(self.answer)

    def answer(self, _, body):
        with self.lock:
            prompt = hashlib.sha256(body).hexdigest()
            self.answered[prompt] += 1
            patience = list(self.answered).index(prompt) + 1
            right = self.answered[prompt] <= patience
        return chat("behind the customs house" if right else "I cannot tell")


def anova(questions):
    """Mean squares between and within questions of equally many scores; ICC(1) of Shrout and Fleiss."""
    k = len(questions[0])
    means = [statistics.fmean(scores) for scores in questions]
    between = k * statistics.variance(means)
    within = statistics.fmean([statistics.variance(scores) for scores in questions])
    return within ** 0.5, (between - within) / (between + (k - 1) * within)


class Trials(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_it(self, *arguments, code=0, env=None):
        run = subprocess.run([HAYMAKER, *arguments], capture_output=True, text=True, timeout=600, cwd=self.folder.name,
                             env=dict(os.environ, **(env or {})))
        self.assertEqual(run.returncode, code, run.stderr)
        return run

    def sweep(self, *arguments, out="r.json", code=0, env=None):
        run = self.run_it("sweep", "-q", "-o", out, *arguments, code=code, env=env)
        return run, self.result(out)

    def result(self, name):
        result = json.loads(pathlib.Path(self.path(name)).read_text())
        jsonschema.validate(result, SCHEMA)
        return result

    def check_each_once(self, result, prompts, trials):
        """Every repeat of every prompt is there once, and a prompt's repeats are the same bytes."""
        places = [(t["model"], t["length"], t["sample"], t["probe"], t.get("repeat", 0)) for t in result["trials"]]
        self.assertEqual(len(set(places)), len(places))
        by_prompt = collections.defaultdict(set)
        for trial, place in zip(result["trials"], places):
            by_prompt[place[:4]].add(trial["fingerprint"])
        self.assertEqual(len(places), prompts * trials)
        self.assertEqual({len(f) for f in by_prompt.values()}, {1})
        self.assertEqual(len(by_prompt), prompts)

    def test_how_alike_answers_are_is_said_everywhere_as_python_has_it(self):
        server = Moody()
        self.addCleanup(server.close)
        run, result = self.sweep("--model", "compatible/m", "--base-url", server.url, *QUESTION, "--samples", "5", "--trials", "4")
        self.check_each_once(result, 5, 4)
        self.assertEqual(set(server.answered.values()), {4})
        scores = collections.defaultdict(list)
        for trial in result["trials"]:
            scores[trial["sample"]].append(trial["score"])
        within, icc = anova(list(scores.values()))
        self.assertLess(icc, 0.9)
        (cell,) = result["summaries"]
        self.assertEqual((cell["planned"], cell["n"]), (20, 20))
        self.assertEqual((cell["repeats"]["prompts"], cell["repeats"]["trials"]), (5, 20))
        self.assertAlmostEqual(cell["repeats"]["within_sd"], within)
        self.assertAlmostEqual(cell["repeats"]["intraclass_correlation"], icc)
        self.assertAlmostEqual(cell["repeats"]["same_share"], sum(len(set(s)) == 1 for s in scores.values()) / 5)
        self.assertIn(f"ICC {icc:.2f}", run.stdout)
        self.assertLessEqual(max(map(len, run.stdout.splitlines())), 80)
        compared = self.run_it("compare", "r.json", "--json").stdout
        (curve,) = json.loads(compared)["models"]
        self.assertAlmostEqual(curve["repeats"]["intraclass_correlation"], icc)
        self.assertIn("of the variance is between prompts", " ".join(self.run_it("compare", "r.json").stdout.split()))
        self.run_it("chart", "r.json", "-o", "r.html")
        page = pathlib.Path(self.path("r.html")).read_text()
        self.assertIn(f"<td>{100 * within:.1f}</td><td>{icc:.2f}</td>", page)
        self.assertIn("it is what a sweep wrote", self.run_it("verify", "r.json").stdout)

    def test_repeats_do_not_make_intervals_narrower(self):
        plan = ["--model", "sim/decay", "--lengths", "8k", "--needles", "8", "--samples", "6", "--seed", "3"]
        _, once = self.sweep(*plan, out="once.json")
        _, often = self.sweep(*plan, "--trials", "4", out="often.json")
        self.check_each_once(often, 6, 4)
        self.assertNotIn("trials", once["plan"])
        self.assertEqual(often["plan"]["trials"], 4)
        for name in ("mean", "low", "high"):
            self.assertAlmostEqual(once["summaries"][0][name], often["summaries"][0][name], places=9)

    def test_compare_pairs_prompts_not_trials(self):
        plan = ["--lengths", "4k", "--needles", "2", "--samples", "8"]
        self.sweep(*plan, "--model", "sim/perfect", out="a.json")
        self.sweep(*plan, "--model", "sim/wrong-needle", "--trials", "3", out="b.json")
        found = json.loads(self.run_it("compare", "a.json", "b.json", "--json").stdout)
        (pairing,) = found["pairings"]
        self.assertEqual((pairing["paired"], pairing["only_first"], pairing["only_second"]), (8, 0, 0))

    def test_a_killed_run_loses_and_doubles_no_trial(self):
        plan = ["--model", "sim/perfect,sim/decay", "--lengths", "8k,16k", "--needles", "2", "--samples", "3", "--probes", "2",
                "--trials", "3"]
        for pause in (0.15, 0.3, 0.1):
            with subprocess.Popen([HAYMAKER, "sweep", "-q", "-o", self.path("killed.json"), *plan],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(pause)
                process.kill()
        _, result = self.sweep(*plan, "--retry-unknown", out="killed.json")
        self.check_each_once(result, 24, 3)
        self.assertIn("it is what a sweep wrote", self.run_it("verify", "killed.json").stdout)

    def test_another_number_of_trials_is_another_sweep(self):
        plan = ["--model", "sim/perfect", "--lengths", "4k", "--needles", "2", "--samples", "1"]
        for first, second in ((["--trials", "2"], []), ([], ["--trials", "2"])):
            name = f"{len(first)}.json"
            self.sweep(*plan, *first, out=name)
            self.assertIn("trials", self.run_it("sweep", "-q", "-o", name, *plan, *second, code=2).stderr)

    def test_shards_keep_the_trials_of_a_prompt_together_and_merge(self):
        plan = ["--model", "sim/perfect,sim/decay", "--lengths", "4k,8k", "--needles", "2", "--samples", "3", "--trials", "2"]
        parts = [self.sweep(*plan, "--shard", f"{i}/3", out=f"{i}.json")[1] for i in (1, 2, 3)]
        owners = collections.defaultdict(set)
        for number, part in enumerate(parts):
            for trial in part["trials"]:
                owners[trial["fingerprint"]].add(number)
        self.assertEqual({len(o) for o in owners.values()}, {1})
        self.run_it("merge", "1.json", "2.json", "3.json", "-o", "all.json")
        self.check_each_once(self.result("all.json"), 12, 2)
        self.sweep("--model", "sim/perfect,sim/decay", "--lengths", "4k,8k", "--needles", "2", "--samples", "3", "--shard", "2/3",
                   out="other.json")
        self.assertIn("not of one sweep", self.run_it("merge", "1.json", "other.json", "3.json", "-o", "x.json", code=3).stderr)

    def test_a_sample_waits_for_all_of_its_trials_before_it_decides(self):
        plan = ["--model", "sim/perfect,sim/wrong-needle", "--lengths", "4k", "--needles", "2", "--samples", "30", "--until-decided"]
        _, once = self.sweep(*plan, out="once.json")
        _, often = self.sweep(*plan, "--trials", "3", out="often.json")
        ended = [cell["samples"] for r in (once, often) for cell in r["until_decided"]["cells"]]
        self.assertEqual(ended[0], ended[1])
        repeats = collections.Counter(t["sample"] for t in often["trials"])
        self.assertEqual({repeats[s] for s in range(ended[0])}, {6})

    def test_batches_carry_every_trial(self):
        url = serve(self, HAYMAKER)
        _, result = self.sweep("--model", "openai/perfect", "--base-url", url + "/v1", "--batch", "--batch-poll", "0", "--price",
                               "in=5,out=30", "--lengths", "4k", "--needles", "2", "--samples", "2", "--trials", "3",
                               env={"OPENAI_API_KEY": "none"})
        self.check_each_once(result, 2, 3)
        self.assertEqual({t["outcome"] for t in result["trials"]}, {"scored"})

    def test_every_trial_is_exported_and_wrong_numbers_are_told(self):
        self.sweep("--lengths", "4k", "--needles", "2", "--samples", "1", "--trials", "3")
        lines = [json.loads(line) for line in self.run_it("export", "r.json").stdout.splitlines()]
        self.assertEqual([line["repeat"] for line in lines], [0, 1, 2])
        for wrong in (["--trials", "0"], ["--trials", "1001"], ["--trials", "2", "--cold"]):
            self.assertIn("--trials", self.run_it("sweep", *wrong, code=2).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
