"""What `plan` says before a sweep is what the sweep pays. Usage: plan.py HAYMAKER [full]"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from loopback import serve

HAYMAKER = sys.argv[1]
LONGEST = "512k" if "full" in sys.argv else "64k"

PRICES = {
    "schema": 1,
    "models": [
        {
            "id": "sim/perfect",
            "window_input_tokens": 100000,
            "prices": [
                {
                    "input": 5, "output": 30, "cache_read": 0.5, "as_of": "2026-11-01", "source": "a test",
                    "tiers": [{"from_input_tokens": 20000, "input": 10, "output": 45, "cache_read": 1}],
                }
            ],
        }
    ],
}


def run(*arguments, code=0, **environment):
    done = subprocess.run(
        [HAYMAKER, *arguments], capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
    )
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done


class Plan(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.prices = os.path.join(self.folder.name, "models.json")
        with open(self.prices, "w") as file:
            json.dump(PRICES, file)

    def test_a_number_out_of_its_range_is_refused_and_not_taken_for_none(self):
        most = str(2**64 - 1)
        for option, value, least, greatest in (
            ("--max-output-tokens", most, 0, 2**30), ("--expect-output", most, 0, 2**30),
            ("--rpm", most, 0, 10**9), ("--tpm", most, 0, 10**12),
            ("--attempts", "0", 1, 100), ("--attempts", "101", 1, 100),
            ("--trials", "0", 1, 1000), ("--concurrency", "0", 1, 10000),
            ("--needles", "0", 1, 100000), ("--samples", "0", 1, 100000), ("--probes", "0", 1, 100000),
        ):
            done = run("plan", option, value, code=2)
            self.assertIn(f"{option}: {value} is not between {least} and {greatest}\n", done.stderr)

    def sweep(self, *arguments):
        path = os.path.join(self.folder.name, "result.json")
        run("sweep", "-q", "-o", path, *arguments)
        with open(path) as file:
            return json.load(file)

    def planned_and_paid(self, *arguments):
        arguments = ["--models-file", self.prices, *arguments]
        plan = json.loads(run("plan", "--json", *arguments).stdout)
        return plan, self.sweep(*arguments)

    def test_the_estimate_is_the_bill_to_the_cent_with_tiers(self):
        plan, result = self.planned_and_paid("--lengths", "8k:" + LONGEST, "--samples", "2", "-n", "2,8")
        cells = plan["models"][0]["cells"]
        self.assertEqual(len(cells), len(result["summaries"]))
        for planned, paid in zip(cells, result["summaries"]):
            trials = [t for t in result["trials"] if (t["needles"], t["length"]) == (paid["needles"], paid["length"])]
            self.assertEqual(planned["length_tokens"], paid["length"])
            self.assertEqual(planned["trials"], len(trials))
            self.assertEqual(planned["prompt_tokens"], sum(t["prompt_tokens"] for t in trials))
            self.assertEqual(planned["input_tokens"], sum(t["input_tokens"] for t in trials))
            self.assertEqual(planned["output_tokens"], sum(t["output_tokens"] for t in trials))
        # Which of two prompts with the same beginning was first decides which cell paid for it.
        total = sum(cell["cost_dollars"] for cell in result["summaries"])
        self.assertAlmostEqual(plan["total"]["cost_dollars"], total, places=2)

    def test_the_estimate_is_the_bill_to_the_cent_with_a_cache(self):
        plan, result = self.planned_and_paid("--lengths", "8k,64k", "--samples", "3", "-n", "4", "--probes", "3")
        (model,) = plan["models"]
        self.assertEqual((model["total"]["trials"], model["total"]["haystacks"]), (18, 6))
        self.assertGreater(model["total"]["cached_tokens"], 200000)
        paid = sum(cell["cost_dollars"] for cell in result["summaries"])
        self.assertAlmostEqual(model["total"]["cost_dollars"], paid, places=2)

    def test_the_estimate_is_the_bill_to_the_cent_when_prompts_are_sent_again(self):
        plan, result = self.planned_and_paid("--lengths", "8k,64k", "--samples", "2", "-n", "4", "--probes", "2", "--trials", "3")
        (model,) = plan["models"]
        self.assertEqual((plan["trials"], model["total"]["trials"], model["total"]["haystacks"]), (3, 24, 4))
        paid = sum(cell["cost_dollars"] for cell in result["summaries"])
        self.assertAlmostEqual(model["total"]["cost_dollars"], paid, places=2)
        for name in ("prompt_tokens", "input_tokens", "cached_tokens", "output_tokens"):
            self.assertEqual(model["total"][name], sum(trial[name] or 0 for trial in result["trials"]), name)

    def test_vendors_that_cache_what_is_marked_charge_for_the_writing(self):
        """One that reads like a real vendor: told by a calibration, since the catalogue does not know it."""
        price = ["--price", "in=5,out=30,cache-read=.5,cache-write=6.25"]
        url = serve(self, HAYMAKER) + "/v1"
        ask = ["-m", "anthropic/perfect", "--base-url", url, *price, "--lengths", "8k,32k", "--samples", "3", "-n", "4"]
        for probes in ("3", "1"):
            path = os.path.join(self.folder.name, f"paid-{probes}.json")
            run("sweep", "-q", "-o", path, *ask, "--probes", probes, ANTHROPIC_API_KEY="sk-none")
            with open(path) as file:
                trials = json.load(file)["trials"]
            plan = json.loads(run("plan", "--json", *ask, "--probes", probes, "--calibrate", path).stdout)
            total = plan["models"][0]["total"]
            written = sum(trial["cache_written_tokens"] or 0 for trial in trials)
            self.assertEqual(written > 0, probes == "3")
            self.assertAlmostEqual(total["cache_written_tokens"], written, delta=0.01 * written)
            self.assertAlmostEqual(total["cost_dollars"], sum(t["cost_dollars"] for t in trials), delta=0.005)

    def test_batches_and_shards_are_priced_as_they_are_sent(self):
        def cost(*arguments):
            models = "openai/gpt-5.5,anthropic/claude-opus-4-7"
            plan = json.loads(run("plan", "--json", "-m", models, "--lengths", "16k,32k", "--samples", "3", *arguments).stdout)
            return plan["total"]["cost_dollars"]

        self.assertAlmostEqual(cost("--batch"), cost() / 2)
        self.assertAlmostEqual(sum(cost("--shard", f"{number}/3") for number in (1, 2, 3)), cost())

    def test_a_calibration_gives_another_vendors_tokens(self):
        result = os.path.join(self.folder.name, "small.json")
        run("sweep", "-q", "-o", result, "--lengths", "8k", "--samples", "2")
        with open(result) as file:
            text = file.read().replace("sim/perfect", "openai/gpt-5.5")
        with open(result, "w") as file:
            file.write(text)
        plan = json.loads(run("plan", "--json", "-m", "openai/gpt-5.5", "--lengths", "8k", "--calibrate", result).stdout)
        (model,) = plan["models"]
        used = [trial["input_tokens"] for trial in json.loads(text)["trials"]]
        self.assertEqual(model["tokens_source"], "calibrated")
        mean_input = model["total"]["input_tokens"] / model["total"]["trials"]
        self.assertAlmostEqual(mean_input / (sum(used) / len(used)), 1.0, delta=0.01)

    def test_nothing_is_sent_and_no_key_is_needed(self):
        text = run("plan", "-m", "openai/gpt-5.5,anthropic/claude-opus-4-7", "--lengths", "8k", "--samples", "30").stdout
        self.assertIn("nothing was sent", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertRegex(text, r"8k +30 ")

    def test_prompts_that_no_window_takes_are_told(self):
        text = run("plan", "--models-file", self.prices, "--lengths", "8k,128k", "--samples", "1").stdout
        self.assertIn("WARNING: 1 of 2 prompts do not fit", text)

    def test_more_samples_detect_less_and_a_smaller_difference_costs_more(self):
        def detect(samples):
            plan = json.loads(run("plan", "--json", "--lengths", "4k", "--samples", str(samples)).stdout)
            return plan["models"][0]["cells"][0]["detectable_difference"]

        self.assertGreater(detect(20), detect(60))
        costs = []
        for difference in ("5pp", "10pp"):
            arguments = ["--models-file", self.prices, "--lengths", "4k", "--samples", "5", "--detect", difference]
            plan = json.loads(run("plan", "--json", *arguments).stdout)
            costs.append(plan["detect"]["each_cell"]["cost_dollars"])
        self.assertGreater(costs[0], 3 * costs[1])

    def test_wrong_input_is_told(self):
        for arguments in (["--detect", "0"], ["--detect", "much"], ["extra"], ["--model", "nobody/nothing"]):
            self.assertEqual(run("plan", *arguments, code=2).stdout, "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
