"""`haymaker sweep --until-decided`: ends cells early, says what was decided and saved, and decides alike again.

Usage: until_decided.py HAYMAKER [full].
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema

HAYMAKER = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "results" / "result.schema.json").read_text())


class UntilDecided(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_it(self, *arguments, code=0):
        run = subprocess.run([HAYMAKER, *arguments], capture_output=True, text=True, timeout=600)
        self.assertEqual(run.returncode, code, run.stderr)
        return run

    def sweep(self, *arguments, out="r.json", code=0):
        run = self.run_it("sweep", "-q", "-o", self.path(out), "--lengths", "4k", "--needles", "2", *arguments, code=code)
        return run if code != 0 else (run, self.result(out))

    def result(self, name):
        result = json.loads(pathlib.Path(self.path(name)).read_text())
        jsonschema.validate(result, SCHEMA)
        return result

    def test_a_clear_difference_ends_a_cell_early_and_what_was_saved_is_said(self):
        run, result = self.sweep("--model", "sim/perfect,sim/wrong-needle", "--samples", "40", "--until-decided",
                                 "--lengths", "4k,8k", "--price", "in=5,out=30")
        decided = result["until_decided"]
        self.assertEqual([(c["length"], c["decided"]) for c in decided["cells"]], [(4096, True), (8192, True)])
        for cell in decided["cells"]:
            self.assertLess(cell["samples"], 20)
            (pair,) = cell["pairs"]
            self.assertEqual((pair["first"], pair["second"], pair["verdict"]),
                             ("sim/perfect", "sim/wrong-needle", "first-better"))
            self.assertLess(pair["high"], 0)
            self.assertLessEqual(pair["low"], pair["difference"])
            differences = {}
            for trial in result["trials"]:
                if trial["length"] == cell["length"] and trial["sample"] < pair["samples"]:
                    sign = -1 if trial["model"] == "sim/perfect" else 1
                    differences[trial["sample"]] = differences.get(trial["sample"], 0) + sign * trial["score"]
            self.assertAlmostEqual(pair["difference"], sum(differences.values()) / len(differences))
        self.assertEqual(decided["spared"], 160 - len(result["trials"]))
        self.assertEqual(decided["spared"], sum(cell["spared"] for cell in result["summaries"]))
        for cell in result["summaries"]:
            self.assertEqual(cell["ended"] + cell["spared"], cell["planned"])
        paid = sum(cell["cost_dollars"] for cell in result["summaries"])
        per_trial = decided["spared_dollars"] / decided["spared"] / (paid / len(result["trials"]))
        self.assertAlmostEqual(per_trial, 1.0, delta=0.3)
        self.assertIn(f"saved: {decided['spared']} of 160 trials not sent, about $", run.stdout)
        self.assertIn("sim/perfect is better than sim/wrong-needle", run.stdout)
        self.assertNotIn("not answered", run.stdout)
        self.assertLessEqual(max(map(len, run.stdout.splitlines())), 80)
        self.assertIn("it is what a sweep wrote", self.run_it("verify", self.path("r.json")).stdout)
        self.assertNotIn("missing", self.run_it("compare", self.path("r.json")).stdout)

    def test_a_comparison_judges_by_the_confidence_sequence_and_says_so(self):
        _, result = self.sweep("--model", "sim/perfect,sim/wrong-needle", "--samples", "40", "--until-decided", "--lengths", "4k,8k")
        found = json.loads(self.run_it("compare", self.path("r.json"), "--json").stdout)
        self.assertIn("confidence sequence", found["caveat"])
        rows = found["comparisons"]
        self.assertEqual([(row["length"], row["watched"], row["verdict"]) for row in rows],
                         [(4096, True, "A better"), (8192, True, "A better"), (None, True, "A better")])
        for row, cell in zip(rows, result["until_decided"]["cells"]):
            self.assertIsNone(row["p_bootstrap"])
            self.assertLessEqual(row["p_anytime"], 0.05 / 3)
            # 95 % of one row is narrower than what all of the sweep's verdicts hold with at once
            self.assertGreaterEqual(row["difference"]["low"], cell["pairs"][0]["low"])
        taken = {s: {t["length"] for t in result["trials"] if t["sample"] == s and t["model"] == "sim/wrong-needle"}
                 for s in range(40)}
        self.assertEqual(rows[2]["pairs"], 2 * sum(len(lengths) == 2 for lengths in taken.values()))
        for cell, curve in ((result["summaries"][0], found["models"][0]),):
            self.assertLess(cell["low"], 0.7)  # nine perfect answers of a size fixed before would be above
            self.assertAlmostEqual(cell["low"], curve["lengths"][0]["score"]["low"])
        text = self.run_it("compare", self.path("r.json")).stdout
        self.assertIn("ended lengths when it had seen enough", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertIn("confidence sequence", self.run_it("compare", self.path("r.json"), "--markdown").stdout)
        self.run_it("chart", self.path("r.json"), "-o", self.path("r.html"))
        self.assertIn("ended lengths when it had seen enough", pathlib.Path(self.path("r.html")).read_text())
        self.sweep("--model", "sim/perfect,sim/wrong-needle", "--samples", "9", out="fixed.json")
        fixed = json.loads(self.run_it("compare", self.path("fixed.json"), "--json").stdout)
        self.assertEqual((fixed["caveat"], fixed["comparisons"][0]["watched"]), (None, False))

    def test_models_that_score_alike_are_asked_everything(self):
        run, result = self.sweep("--model", "sim/perfect,sim/slow", "--samples", "8", "--until-decided")
        (cell,) = result["until_decided"]["cells"]
        self.assertEqual((cell["decided"], cell["samples"], len(result["trials"])), (False, 8, 16))
        self.assertEqual((cell["pairs"][0]["verdict"], cell["pairs"][0]["difference"]), ("undecided", 0))
        self.assertIn("saved: 0 of 16 trials", run.stdout)

    def test_within_the_margin_is_decided_too(self):
        _, result = self.sweep("--model", "sim/perfect,sim/slow", "--samples", "80", "--until-decided", "--margin", "30pp",
                               "--concurrency", "8")
        (cell,) = result["until_decided"]["cells"]
        self.assertEqual((cell["decided"], cell["pairs"][0]["verdict"]), (True, "within-margin"))
        self.assertLess(cell["samples"], 60)
        self.assertAlmostEqual(result["until_decided"]["margin"], 0.3)
        self.assertLessEqual(max(abs(cell["pairs"][0]["low"]), abs(cell["pairs"][0]["high"])), 0.3)

    def test_a_cell_ends_when_every_pair_is_decided(self):
        _, result = self.sweep("--model", "sim/perfect,sim/wrong-needle,sim/empty", "--samples", "9", "--until-decided")
        (cell,) = result["until_decided"]["cells"]
        verdicts = {(p["first"], p["second"]): p["verdict"] for p in cell["pairs"]}
        self.assertEqual(len(verdicts), 3)
        self.assertEqual(verdicts[("sim/wrong-needle", "sim/empty")], "undecided")
        self.assertEqual((cell["decided"], len(result["trials"])), (False, 27))

    def test_probes_of_a_haystack_are_one_sample_and_depths_too(self):
        _, result = self.sweep("--model", "sim/perfect,sim/empty", "--samples", "20", "--probes", "2", "--until-decided")
        self.assertEqual(result["until_decided"]["cells"][0]["samples_planned"], 20)
        alone = result["until_decided"]["cells"][0]["samples"]
        _, result = self.sweep("--model", "sim/perfect,sim/empty", "--samples", "20", "--task", "niah", "--needles", "1",
                               "--depths", "0,50,100", "--until-decided", out="depths.json")
        self.assertEqual(result["until_decided"]["cells"][0]["samples"], alone)
        asked = {(t["sample"], t["depth_percent"]) for t in result["trials"]}
        self.assertLessEqual({(s, d) for s in range(alone) for d in (0, 50, 100)}, asked)
        self.assertLess(len(asked), 3 * (alone + 5))

    def test_a_killed_run_decides_the_same_when_it_goes_on(self):
        arguments = ["--model", "sim/slow,sim/wrong-needle", "--samples", "30", "--until-decided"]
        _, straight = self.sweep(*arguments, "--concurrency", "1", out="straight.json")
        for pause in (0.3, 0.6, 0.2):
            with subprocess.Popen([HAYMAKER, "sweep", "-q", "-o", self.path("killed.json"), "--lengths", "4k", "--needles", "2",
                                   *arguments, "--concurrency", "7"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(pause)
                process.kill()
        _, resumed = self.sweep(*arguments, "--concurrency", "3", out="killed.json")
        self.assertEqual(resumed["until_decided"]["cells"], straight["until_decided"]["cells"])
        count = len(resumed["trials"])
        _, again = self.sweep(*arguments, out="killed.json")
        self.assertEqual((len(again["trials"]), again["until_decided"]), (count, resumed["until_decided"]))
        _, whole = self.sweep(*arguments[:-1], out="killed.json")
        self.assertEqual(len(whole["trials"]), 60)
        self.assertNotIn("until_decided", whole)

    def test_mistakes_are_named(self):
        for says, arguments in (
            ("two or more", ["--until-decided"]),
            ("does not go with --batch", ["--model", "sim/perfect,sim/cut", "--until-decided", "--batch"]),
            ("does not go with --shard", ["--model", "sim/perfect,sim/cut", "--until-decided", "--shard", "1/2"]),
            ("--margin goes with", ["--model", "sim/perfect,sim/cut", "--margin", "3pp"]),
            ("--margin: ", ["--model", "sim/perfect,sim/cut", "--until-decided", "--margin", "few"]),
        ):
            self.assertIn(says, self.sweep(*arguments, code=2).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
