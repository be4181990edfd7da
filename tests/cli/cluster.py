"""The Kubernetes manifest: right by Kubernetes' own schema, and what it runs is a sweep that works.

Usage: cluster.py HAYMAKER NODE MODULES_FOLDER
"""

import copy
import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml

HAYMAKER, NODE, MODULES = sys.argv[1:4]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MANIFEST = yaml.safe_load((ROOT / "script/cluster/haymaker-job.yaml").read_text(encoding="utf-8"))


def faults(manifest):
    done = subprocess.run([NODE, ROOT / "tests/oracle/kubernetes.mjs", MODULES], input=json.dumps(manifest),
                          capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def container(manifest):
    return manifest["spec"]["template"]["spec"]["containers"][0]


class Manifest(unittest.TestCase):
    def test_it_is_right_by_the_schema(self):
        self.assertEqual(faults(MANIFEST), "")

    def test_a_wrong_one_is_not(self):
        wrongs = {
            "backoffLimitPerIndexx": lambda spec: spec.update(backoffLimitPerIndexx=3),
            "completions": lambda spec: spec.update(completions="many"),
            "restartPolicy": lambda spec: spec["template"]["spec"].update(restartPolicy="Sometimes"),
            "claim": lambda spec: spec["template"]["spec"]["volumes"][0]["persistentVolumeClaim"].update(claim="x"),
            "mountPath": lambda spec: spec["template"]["spec"]["containers"][0]["volumeMounts"][0].pop("mountPath"),
            "operator": lambda spec: spec["podFailurePolicy"]["rules"][0]["onExitCodes"].update(operator="Like"),
        }
        for name, wrong in wrongs.items():
            manifest = copy.deepcopy(MANIFEST)
            wrong(manifest["spec"])
            self.assertIn(name, faults(manifest))

    def test_every_pod_sends_its_shard(self):
        """The container's command, with a simulated model and short prompts in place of what costs money."""
        spec = MANIFEST["spec"]
        self.assertEqual(spec["completions"], 8)
        shell, option, script = (*container(MANIFEST)["command"], *container(MANIFEST)["args"])
        with tempfile.TemporaryDirectory() as folder:
            for old, new in [("exec haymaker", f"exec {HAYMAKER}"), ("/results/", folder + "/"),
                             ("openai/gpt-5.5", "sim/perfect --price in=1,out=1"), ("512k,900k", "8k,16k")]:
                self.assertIn(old, script)
                script = script.replace(old, new)
            for index in range(spec["completions"]):
                done = subprocess.run([shell, option, script], capture_output=True, text=True,
                                      env=dict(os.environ, JOB_COMPLETION_INDEX=str(index)))
                self.assertEqual(done.returncode, 0, done.stderr)
            shards = sorted(glob.glob(folder + "/shard-?.json"))
            self.assertEqual(len(shards), spec["completions"])
            done = subprocess.run([HAYMAKER, "merge", *shards, "-o", folder + "/merged.json"], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(folder + "/merged.json", encoding="utf-8") as merged:
                self.assertEqual([cell["n"] for cell in json.load(merged)["summaries"]], [40, 40])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
