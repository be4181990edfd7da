"""`haymaker compare` seen from outside: pairs, verdicts, claims, requirements, formats, exit codes.
Usage: compare.py HAYMAKER"""

import copy
import csv
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = os.path.realpath(sys.argv[1])
FULL = "full" in sys.argv
SAMPLES = 40 if FULL else 16  # a cell; sanitizers take long
EXAMPLE = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "results", "example", "mrcr.json"
)
LENGTHS = [8192 << i for i in range(8)]


def drawn(mean, samples, generator):
    """Scores as MRCR's are, with that mean: right ones, or another needle."""
    right = round(samples * (mean - 0.05) / 0.95)
    scores = [1.0] * right + [0.05] * (samples - right)
    generator.shuffle(scores)
    return scores


def result_of(means, samples, seed, created, lengths=tuple(LENGTHS)):
    """A result in the example's form. means: model -> mean at each of LENGTHS (8 needles)."""
    with open(EXAMPLE, encoding="utf-8") as file:
        result = json.load(file)
    cell, trial = result["summaries"][0], result["trials"][0]
    result["plan"].update(models=list(means), needles=[8], lengths=list(lengths), samples=samples, seed=seed)
    result["endpoints"] = [dict(result["endpoints"][0], model=model) for model in means]
    result.update(created=created, summaries=[], trials=[])
    for model, curve in means.items():
        generator = random.Random(f"{model} {created}")
        for length in lengths:
            scores = drawn(curve[LENGTHS.index(length)], samples, generator)
            mean = sum(scores) / samples
            half = 2 * (0.25 * mean * (1 - mean) + 0.01) ** 0.5 / samples**0.5 * 2
            result["summaries"].append(
                dict(cell, model=model, needles=8, length=length, planned=samples, ended=samples, n=samples,
                     answered=samples, mean=mean, low=max(0, mean - half), high=min(1, mean + half))
            )
            for sample, score in enumerate(scores):
                identity = hashlib.md5(f"{seed} {length} {sample}".encode()).hexdigest()
                result["trials"].append(
                    dict(trial, model=model, needles=8, length=length, sample=sample, score=score,
                         fingerprint=identity, haystack=identity, cost_dollars=0.01,
                         depth=(sample + 0.5) / samples,
                         output_tokens=100 if model.endswith("first") else 28)
                )
    return result


GPT = [0.981, 0.930, 0.965, 0.900, 0.831, 0.875, 0.815, 0.740]
OPUS = [0.98, 0.95, 0.93, 0.88, 0.75, 0.592, 0.45, 0.322]


class Compare(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.write("vendors.json", result_of({"sim/first": GPT, "sim/second": OPUS}, SAMPLES, 7, "2026-03-01T00:00:00Z"))
        cls.write("ends.json", result_of({"sim/first": GPT, "sim/second": OPUS}, SAMPLES, 7, "2026-03-01T00:00:00Z", (8192, 1 << 20)))
        cls.write("later.json", result_of({"sim/first": OPUS}, SAMPLES, 7, "2026-06-01T00:00:00Z"))
        cls.write("seed8.json", result_of({"sim/third": GPT}, 5, 8, "2026-06-01T00:00:00Z"))

    @classmethod
    def write(cls, name, result):
        with open(os.path.join(cls.folder.name, name), "w", encoding="utf-8") as file:
            json.dump(result, file)

    runs = {}  # several tests read the same output

    def compare(self, *arguments, status=0, again=False):
        if again or arguments not in self.runs:
            self.runs[arguments] = subprocess.run(
                [HAYMAKER, "compare", *arguments], capture_output=True, text=True, cwd=self.folder.name
            )
        run = self.runs[arguments]
        self.assertEqual(run.returncode, status, run.stderr)
        return run.stderr if status == 2 or status == 3 else run.stdout

    def test_differences_are_those_of_the_pairs(self):
        found = json.loads(self.compare("vendors.json", "--json"))
        with open(os.path.join(self.folder.name, "vendors.json"), encoding="utf-8") as file:
            trials = json.load(file)["trials"]
        scores = {(t["model"], t["fingerprint"]): t["score"] for t in trials}
        rows = {row["length"]: row for row in found["comparisons"]}
        self.assertEqual(len(rows), 9)
        for length in LENGTHS:
            ids = {t["fingerprint"] for t in trials if t["length"] == length}
            differences = [scores["sim/second", i] - scores["sim/first", i] for i in ids]
            self.assertEqual(rows[length]["pairs"], SAMPLES)
            self.assertAlmostEqual(rows[length]["difference"]["mean"], sum(differences) / SAMPLES, places=9)
            self.assertLessEqual(rows[length]["difference"]["low"], rows[length]["difference"]["mean"])
            self.assertGreaterEqual(rows[length]["p_holm"], rows[length]["p_sign_flip"])
        if FULL:
            self.assertEqual(rows[1 << 20]["verdict"], "A better")
        self.assertEqual(rows[None]["verdict"], "A better")
        self.assertEqual(rows[8192]["verdict"], "tie at this sample size")
        self.assertEqual([model["rank"] for model in found["models"]], [1, 2])
        self.assertTrue(found["simulated"])

    def test_areas_are_context_arenas(self):
        model = json.loads(self.compare("vendors.json", "--json"))["models"][0]
        y = [point["score"]["mean"] for point in model["lengths"]]
        for name, bins in (("auc_128k", 5), ("auc_1m", 8)):
            area = sum((LENGTHS[i + 1] - LENGTHS[i]) * (y[i] + y[i + 1]) / 2 for i in range(bins - 1))
            self.assertAlmostEqual(model[name]["mean"], area / (LENGTHS[bins - 1] - 8192), places=9)
            self.assertEqual(model[name + "_bins_missing"], 0)
        self.assertAlmostEqual(model["chance"], 0.15, delta=0.02)

    def test_tables_fit_a_terminal_and_say_what_is_simulated(self):
        for files in (["vendors.json"], ["vendors.json", "seed8.json"], ["vendors.json", "later.json", "--drift"]):
            text = self.compare(*files)
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, line)
            self.assertIn("(simulated)", text)
        self.assertIn("B uses 72 % fewer output tokens [72, 72]", self.compare("vendors.json"))

    def test_other_bytes_are_not_compared(self):
        text = self.compare("vendors.json", "seed8.json")
        self.assertIn("A and C: 0 prompts, the same bytes to both", text)
        self.assertIn(f"not compared: {8 * SAMPLES} of A and 40 of C (seed 7 against 8,", text)
        self.assertNotIn("C better", text)

    def test_drift_compares_earlier_and_later(self):
        text = self.compare("vendors.json", "later.json", "--drift")
        self.assertIn("sim/first 2026-03-01", text)
        self.assertIn("A better", text)
        self.assertNotIn("A and B", text)

    def test_claims_are_held_against_measurements(self):
        text = self.compare("vendors.json", "--claims-as", "sim/first=gpt-5.5", "--claims-as",
                            "sim/second=claude-opus-4-7")
        self.assertRegex(text, rf"vendor says 74\.0 at 512k-1m, measured \d+(\.\d)? \[.*\], n={SAMPLES}: consistent")
        self.assertRegex(text, rf"OpenAI says 32\.2 at 512k-1m, measured .* n={SAMPLES}: consistent")
        self.assertIn("effort: xhigh; the sweep set no effort", text)
        self.assertIn("source: OpenAI, announcement of GPT-5.5 (text copy), read 2026-11-22", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        swapped = self.compare("ends.json", "--json", "--claims-as", "sim/second=gpt-5.5")
        verdicts = {c["up_to"]: c["verdict"] for c in json.loads(swapped)["claims"]}
        self.assertEqual(verdicts[1 << 20], "not reached")
        self.assertIn("none is known", self.compare("ends.json", "--claims"))

    def test_requirements_decide_the_exit_status(self):
        self.assertIn("pass", self.compare("ends.json", "--require", "sim/first: mrcr 8 needles 8k >= 60"))
        text = self.compare("ends.json", "--require", "mrcr 8 needles 1m >= 70", status=1)
        self.assertIn("FAIL", text)
        text = self.compare("ends.json", "--require", "sim/first: mrcr 1m >= 74", status=5)
        self.assertIn("undecided", text)
        text = self.compare("ends.json", "--require", "mrcr 2 needles 1m >= 74", status=5)
        self.assertIn("not measured", text)
        with open(os.path.join(self.folder.name, "demands.txt"), "w", encoding="utf-8") as file:
            file.write("# ours\nmrcr 8 needles 8k >= 60\nmrcr 8 needles 1m >= 70\n")
        found = json.loads(self.compare("ends.json", "--json", "--require-file", "demands.txt", status=1))
        verdicts = {(r["contender"], r["requirement"]): r["verdict"] for r in found["requirements"]}
        self.assertEqual(verdicts["A", "mrcr 8 needles 8k >= 60"], "pass")
        self.assertEqual(verdicts["B", "mrcr 8 needles 1m >= 70"], "FAIL")

    def test_csv_and_markdown_hold_what_the_table_holds(self):
        rows = list(csv.DictReader(io.StringIO(self.compare("vendors.json", "--csv"))))
        self.assertEqual(len(rows), 9)
        self.assertEqual(rows[8]["better"], "sim/first (simulated)")
        markdown = self.compare("vendors.json", "--markdown")
        self.assertIn(f"| 1m | {SAMPLES} |", markdown)
        self.assertIn("\n## mrcr, 8 needles: B against A, scores in %\n", markdown)

    def test_names_of_models_cannot_become_markup(self):
        hostile = copy.deepcopy(result_of({"x/a|<b>`": GPT, "=cmd(\"\")\x1b[2J": GPT}, 2, 1, "2026-03-01T00:00:00Z"))
        self.write("hostile.json", hostile)
        markdown = self.compare("hostile.json", "--markdown")
        self.assertIn("x/a\\|\\<b\\>\\`", markdown)
        self.assertNotIn("\x1b", self.compare("hostile.json") + markdown)
        rows = list(csv.DictReader(io.StringIO(self.compare("hostile.json", "--csv"))))
        self.assertTrue(rows[0]["second"].startswith("'=cmd(\"\")"))
        json.loads(self.compare("hostile.json", "--json"))

    def test_what_cannot_be_compared_is_said_in_one_line(self):
        for arguments, status, words in (
            ([], 2, "no result file"),
            (["absent.json"], 3, "absent.json"),
            (["ends.json", "--json", "--csv"], 2, "exclude"),
            (["ends.json", "--require", "mrcr 1m > 5"], 2, ">="),
            (["ends.json", "--threshold", "x"], 2, "--threshold"),
            (["ends.json", "--claims-as", "x"], 2, "MODEL=NAME"),
            (["ends.json", "--baseline", "x/y"], 3, "x/y"),
            (["ends.json", "--model", "x/y"], 3, "nothing to compare"),
        ):
            self.assertIn(words, self.compare(*arguments, status=status))

    def test_the_same_seed_gives_the_same_bytes(self):
        first = self.compare("ends.json", "--json", "--seed", "3")
        self.assertEqual(first, self.compare("ends.json", "--json", "--seed", "3", again=True))
        self.assertNotEqual(first, self.compare("ends.json", "--json", "--seed", "4"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
