"""Counting and encoding, cold and warm, in five languages, against tokenizers from npm.

The peers are those installed in node_modules; BENCH_NODE_MODULES names another folder of them.
"""

import json
import os
import subprocess
import sys

from rows import BUILD, ROOT, build, environment, json_lines, row

TEXTS = BUILD / "bench-texts"
LANGUAGES = ["english", "code", "german", "russian", "chinese"]
# o200k_base, of the encode rows: (times npm tiktoken, MB/s).
TARGETS = {("english", "warm"): {"least_ratio": ("tiktoken", 115)}, ("english", "cold"): {"least_ratio": ("tiktoken", 50)},
           ("russian", "warm"): {"least": 160}, ("chinese", "warm"): {"least": 140}}


def texts():
    made = [TEXTS / f"{language}.txt" for language in LANGUAGES]
    if not all(path.exists() for path in made):
        TEXTS.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, ROOT / "tests/bench/texts.py", ROOT / "node_modules", TEXTS], check=True)
    return [path for path in made if path.exists()]


def peer_rates(files, quick):
    """{(text, operation, state): {peer: MB/s}}, of the beginnings of the same texts."""
    script = ROOT / "tests/bench/bench_token_peers.mjs"
    modules = os.environ.get("BENCH_NODE_MODULES", str(ROOT / "node_modules"))
    if not script.exists():
        return {}
    out = subprocess.run(["node", script, modules, "--bytes", "500000" if quick else "2000000", "--runs", "3", *files],
                         env=environment(), stdout=subprocess.PIPE, text=True, check=True).stdout
    rates = {}
    for line in map(json.loads, out.splitlines()):
        key = (line["name"], line["operation"], line["state"])
        rates.setdefault(key, {})[line["peer"].split()[0]] = line["mb_per_s"]
    return rates


def measure(quick):
    if not build("bench_token"):
        print("  bench_token is not part of this build: left out")
        return
    files = texts()
    peers = peer_rates(files, quick)
    for line in json_lines([BUILD / "tests/bench_token", *files]):
        if "ms" in line:
            yield row("first word counted", line["ms"], "ms", higher_is_better=False, most=5)
            continue
        key = (line["name"], line["operation"], line["state"])
        target = TARGETS.get((line["name"], line["state"]), {}) if line["operation"] == "encode" else {}
        yield row(f"{line['name']}, {line['operation']}, {line['state']}", line["mb_per_s"], "MB/s",
                  peers=peers.get(key), **target)
