"""`haymaker sweep --shard` and `haymaker merge`: parts that ran apart give the result of one machine.

Usage: merge.py HAYMAKER [full]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

HAYMAKER = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "results" / "result.schema.json").read_text())
PLAN = ["--model", "sim/decay,sim/perfect+keep-last", "--needles", "2,4", "--lengths", "8k:32k", "--samples", "4",
        "--probes", "2", "--cold"]  # cold: what a cache serves depends on who was there before


class Merge(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_haymaker(self, *arguments, code=0):
        run = subprocess.run([HAYMAKER, *arguments], capture_output=True, text=True, timeout=300, cwd=self.folder.name)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stdout + run.stderr

    def sweep(self, name, *arguments, code=0):
        self.said = self.run_haymaker("sweep", "-q", "-o", name, *arguments, code=code)
        result = json.loads(pathlib.Path(self.path(name)).read_text())
        jsonschema.validate(result, SCHEMA)
        return result

    def text_without_times(self, name):
        result = json.loads(pathlib.Path(self.path(name)).read_text())
        jsonschema.validate(result, SCHEMA)
        result["created"] = ""
        for record in result["trials"] + result["summaries"]:
            for key in [key for key in record if key.endswith("_ms") or key == "request_id"]:
                record[key] = None
        return json.dumps(result, indent=1)

    def test_three_shards_merged_are_what_one_machine_gives(self):
        parts = [self.sweep(f"{i}.json", *PLAN, "--shard", f"{i}/3") for i in (1, 2, 3)]
        whole = self.sweep("whole.json", *PLAN)
        said = self.run_haymaker("merge", "2.json", "3.json", "1.json", "-o", "merged.json")
        self.assertEqual(self.text_without_times("merged.json"), self.text_without_times("whole.json"))
        self.assertIn("truncated-by-server", said)
        self.assertEqual([p["shard"] for p in parts], ["1/3", "2/3", "3/3"])
        self.assertEqual([p["plan"] for p in parts], [whole["plan"]] * 3)
        tokens = [sum(t["length"] for t in p["trials"]) for p in parts]
        # 24 haystacks of 2 probes and 2 models: no part differs by more than one of the longest
        self.assertEqual(sum(tokens), sum(t["length"] for t in whole["trials"]))
        self.assertLessEqual(max(tokens) - min(tokens), 4 * 32768)
        for name in ("2.json", "merged.json"):
            self.assertIn("it is what a sweep wrote", self.run_haymaker("verify", name))
        for part in parts:
            haystacks = {}
            for trial in part["trials"]:
                haystacks.setdefault((trial["haystack"], trial["model"]), set()).add(trial["probe"])
            self.assertEqual(set(map(frozenset, haystacks.values())), {frozenset({0, 1})})
            self.assertEqual(sum(c["planned"] for c in part["summaries"]), len(part["trials"]))

    def test_what_does_not_fit_is_refused_by_name(self):
        plan = ["--lengths", "8k", "--samples", "3"]
        for i in (1, 2, 3):
            self.sweep(f"{i}.json", *plan, "--shard", f"{i}/3")
        self.sweep("other.json", *plan, "--seed", "7", "--shard", "2/3")
        self.sweep("half.json", *plan, "--shard", "1/2")
        self.sweep("whole.json", *plan)
        for says, files in (("shard 2/3 is missing", ["1.json", "3.json"]),
                            ("1.json and again.json are both shard 1/3", ["1.json", "again.json", "2.json", "3.json"]),
                            ("1.json and other.json are not of one sweep: seed is 1 and 7", ["1.json", "other.json", "3.json"]),
                            ("half.json is shard 1/2, but 1.json is one of 3", ["1.json", "half.json"]),
                            ("whole.json is a whole result, not a shard", ["whole.json"]),
                            ("forged.json: trials[0] does not belong to shard 2/3", ["1.json", "forged.json", "3.json"])):
            with self.subTest(says=says):
                text = pathlib.Path(self.path("1.json")).read_text()
                pathlib.Path(self.path("again.json")).write_text(text)
                pathlib.Path(self.path("forged.json")).write_text(text.replace('"shard": "1/3"', '"shard": "2/3"'))
                self.assertIn(says, self.run_haymaker("merge", *files, "-o", "merged.json", code=3))
                self.assertFalse(os.path.exists(self.path("merged.json")))
        self.run_haymaker("merge", "1.json", code=2)

    def test_a_shard_s_journal_is_no_other_shard_s(self):
        self.sweep("1.json", "--lengths", "8k", "--samples", "3", "--shard", "1/3")
        said = self.run_haymaker("sweep", "-q", "-o", "1.json", "--lengths", "8k", "--samples", "3", "--shard", "2/3", code=2)
        self.assertIn('its shard is "1/3", yours "2/3"', said)

    def test_limits_are_for_all_shards_together(self):
        plan = ["--lengths", "8k", "--samples", "9", "--price", "in=1,out=1", "--max-output-tokens", "1000"]
        trials = self.sweep("1.json", *plan, "--shard", "1/3", "--max-cost", "0.06", code=5)["trials"]
        self.assertIn("the cap on cost is reached", self.said)
        self.assertTrue(0 < sum(t["cost_dollars"] for t in trials) <= 0.02)
        self.assertIn("for all 3 shards", self.run_haymaker("sweep", *plan, "--shard", "1/3", "--rpm", "2", code=2))
        for wrong in ("0/3", "4/3", "1", "1/", "a/b", "1/100000"):
            self.assertIn("--shard", self.run_haymaker("sweep", *plan, "--shard", wrong, code=2))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
