"""`haymaker sweep` through every wire protocol against `haymaker serve`: a perfect reader scores 1.0, every
protocol carries the same bytes, every fault ends in its documented outcome, and the server saw as many requests as
the journal counts. Usage: protocols.py HAYMAKER [full]
"""

import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]

KEY = "key-that-must-not-leak-4711"
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": KEY, "AWS_REGION": "us-east-1"}
# provider, protocol override, path of the base URL, environment
PROTOCOLS = [
    ("openai", None, "/v1", {"OPENAI_API_KEY": KEY}),
    ("openai", "openai-responses", "/v1", {"OPENAI_API_KEY": KEY}),
    ("anthropic", None, "/v1", {"ANTHROPIC_API_KEY": KEY}),
    ("google", None, "/v1beta", {"GEMINI_API_KEY": KEY}),
    ("vertex", None, "/v1/projects/p/locations/global", {"GOOGLE_OAUTH_ACCESS_TOKEN": KEY}),
    ("vertex", "vertex-anthropic", "/v1/projects/p/locations/global", {"GOOGLE_OAUTH_ACCESS_TOKEN": KEY}),
    ("azure", None, "/openai/v1", {"AZURE_OPENAI_API_KEY": KEY}),
    ("bedrock", None, "", AWS),
    ("bedrock", "bedrock-invoke", "", AWS),
    ("compatible", None, "/v1", {"COMPATIBLE_API_KEY": KEY}),
]


class Serving(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = subprocess.Popen([HAYMAKER, "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().split()[-1]
        self.addCleanup(self.stop)

    def stop(self):
        """Stops the server once; returns how many requests it has served."""
        if self.server.poll() is None:
            self.server.terminate()
            _, self.said = self.server.communicate(timeout=60)
        return int(re.search(r"(\d+) requests? served", self.said).group(1))

    def sweep(self, name, model, protocol, path, env, *arguments, code=0):
        out = os.path.join(self.folder.name, name + ".json")
        command = [HAYMAKER, "sweep", "-q", "-o", out, "--model", model, "--base-url", self.url + path, *arguments]
        if protocol:
            command += ["--protocol", protocol]
        run = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **env), timeout=600)
        self.assertEqual(run.returncode, code, run.stderr)
        self.output = run.stdout + run.stderr
        return json.loads(pathlib.Path(out).read_text()) if os.path.exists(out) else None


class Protocols(Serving):
    def test_every_protocol_carries_the_same_bytes_and_a_perfect_reader_scores_1(self):
        lengths = "8k,1m" if FULL else "8k,64k"
        prints = {}
        trials = 0
        for provider, protocol, path, env in PROTOCOLS:
            with self.subTest(provider=provider, protocol=protocol):
                result = self.sweep(f"{provider}-{protocol}", f"{provider}/perfect", protocol, path, env,
                                    "--needles", "2,8", "--lengths", lengths, "--samples", "1")
                self.assertEqual({t["score"] for t in result["trials"]}, {1.0}, self.output)
                for trial in result["trials"]:
                    prints.setdefault((trial["needles"], trial["length"]), set()).add(trial["fingerprint"])
                    trials += trial["attempts"]
                    self.assertIsNotNone(trial["input_tokens"])
                    self.assertIsNotNone(trial["output_tokens"])
        self.assertEqual([len(p) for p in prints.values()], [1] * 4)
        self.assertEqual(self.stop(), trials)
        written = "".join(p.read_text() for p in pathlib.Path(self.folder.name).iterdir()) + self.said
        self.assertNotIn(KEY, written)

    def test_every_vendors_cache_serves_the_later_probes(self):
        for task in ("mrcr", "niah"):
            for seed, (provider, protocol, path, env) in enumerate(PROTOCOLS):
                # Converse takes a cache point only for models that it is known to help.
                if provider == "bedrock" and protocol is None:
                    continue
                with self.subTest(provider=provider, protocol=protocol, task=task):
                    result = self.sweep(f"{provider}-{protocol}-{task}", f"{provider}/perfect", protocol, path, env,
                                        "--task", task, "--needles", "4", "--lengths", "32k", "--samples", "2",
                                        "--probes", "3", "--seed", str(seed))
                    for trial in result["trials"]:
                        self.assertEqual(trial["score"], 1.0)
                        share = (trial["cached_tokens"] or 0) / trial["input_tokens"]
                        (self.assertGreater if trial["probe"] else self.assertLess)(share, 0.9, trial["probe"])


# fault, outcome, requests that the server sees, options
ANSWERED_AFTER_A_RETRY = ["429", "429-retry-after", "429-http-date", "429-retry-after-ms", "429-retry-info", "429-text",
                          "529", "503", "500", "stream-error", "cut"]
FAULTS = [(fault, "scored", 2, []) for fault in ANSWERED_AFTER_A_RETRY] + [
    ("malformed", "endpoint-error", 1, []),
    ("wrong-type", "endpoint-error", 1, []),
    ("request-too-large", "endpoint-error", 1, []),
    ("window", "too-long", 1, []),
    ("early-413", "too-long", 1, []),
    ("filter", "filtered", 1, []),
    ("block", "filtered", 1, []),
    ("think", "scored", 1, []),
    ("all-thought", "empty", 1, []),
    ("one-byte", "scored", 1, []),
    ("crlf", "scored", 1, []),
    ("keep-last", "truncated-by-server", 1, []),
    ("keep-first", "truncated-by-server", 1, []),
    ("unsupported", "scored", 2, ["--param", "temperature=0.5"]),
    ("quota", None, 1, []),
    ("401", None, 1, []),
]
FAULTY = [PROTOCOLS[0], PROTOCOLS[1], PROTOCOLS[2], PROTOCOLS[3], PROTOCOLS[7]]


class Limits(Serving):
    def check(self, name, path, env, *arguments, code=0):
        run = subprocess.run([HAYMAKER, "models", "--check", name, "--base-url", self.url + path, *arguments],
                             capture_output=True, text=True, env=dict(os.environ, **env), timeout=60)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stdout + run.stderr

    def test_the_endpoint_is_asked_for_its_own_limits(self):
        for name, path, env in (("anthropic/perfect", "/v1", {"ANTHROPIC_API_KEY": KEY}),
                                ("google/perfect", "/v1beta", {"GEMINI_API_KEY": KEY})):
            self.assertRegex(self.check(name, path, env), r"input +endpoint [0-9,]+, catalogue unknown\n")
        self.assertIn("cannot be asked", self.check("openai/perfect", "/v1", {"OPENAI_API_KEY": KEY}, code=2))
        self.check("anthropic/nobody", "/v1", {"ANTHROPIC_API_KEY": KEY}, code=4)


class Faults(Serving):
    def check(self, seed, provider, protocol, path, env, fault, outcome, requests, options):
        if (provider, fault) == ("anthropic", "filter"):
            outcome = "refused"  # the protocol has one word for both: stop_reason "refusal"
        code = 4 if outcome is None else 5 if outcome == "endpoint-error" else 0
        options = [o.replace("temperature", "inferenceConfig.temperature") if provider == "bedrock" else
                   o.replace("temperature", "generationConfig.temperature") if provider == "google" else o
                   for o in options]
        result = self.sweep(f"{provider}-{protocol}-{fault}", f"{provider}/perfect+{fault}", protocol, path, env,
                            "--needles", "2", "--lengths", "8k", "--samples", "1", "--seed", str(seed), *options, code=code)
        trial = result["trials"][0] if result and result["trials"] else None
        what = (provider, protocol, fault, trial and {k: trial[k] for k in ("outcome", "attempts", "score", "error")})
        if outcome is None:
            self.assertTrue(trial is None or trial["outcome"] == "endpoint-error", what)
            return trial["attempts"] if trial else requests
        self.assertEqual((trial["outcome"], trial["attempts"]), (outcome, requests), what)
        if outcome == "scored":
            self.assertEqual(trial["score"], 1.0, what)
        if fault == "window":
            self.assertGreater(trial["counted_tokens"], trial["limit_tokens"], what)
        if fault == "unsupported":
            self.assertIn("temperature", trial["dropped_parameters"], what)
        return trial["attempts"]

    def test_every_fault_ends_in_its_documented_outcome(self):
        # The server counts failures by prompt: another seed for each case.
        cases = [(seed, *case) for seed, case in enumerate(itertools.product(FAULTY, FAULTS))]
        problems = []

        def run(case):
            try:
                return self.check(case[0], *case[1], *case[2])
            except AssertionError as problem:
                problems.append(f"{case[1][:2]} {case[2][0]}: {problem}")
                return 0

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            attempts = sum(pool.map(run, cases))
        self.assertEqual(problems, [], "\n" + "\n".join(sorted(problems)))
        self.assertEqual(self.stop(), attempts)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
