"""Every fuzz target for some seconds (script/fuzz): executions, their rate, processor seconds, peak memory, and what all
runs since the target's program last changed come to. Needs clang; runs only when named."""

import json
import pathlib
import subprocess
import tempfile

from rows import ROOT, row

SECONDS, SECONDS_QUICK = 20, 2


def measure(quick):
    with tempfile.TemporaryDirectory() as folder:
        said = pathlib.Path(folder, "runs.json")
        ran = subprocess.run([ROOT / "script/fuzz", str(SECONDS_QUICK if quick else SECONDS), "--json", said],
                             stdout=subprocess.DEVNULL)
        if not said.exists():
            raise SystemExit(f"script/fuzz: exit {ran.returncode}")
        runs = json.loads(said.read_text())
    for found in runs:
        name, total = found["target"], found["total"]
        yield row(f"{name}: executions", found["executions"], "", least=1)
        yield row(f"{name}: rate", found["executions"] / found["cpu_s"], "per cpu s")
        yield row(f"{name}: processor", found["cpu_s"], "s", higher_is_better=False)
        yield row(f"{name}: peak memory", found["peak_mb"], "MB", most=4096, higher_is_better=False)
        yield row(f"{name}: executions in all runs", total["executions"], "")
        yield row(f"{name}: processor in all runs", total["cpu_s"], "s")
        yield row(f"{name}: findings", total["findings"], "", most=0, higher_is_better=False)


def table(rows):
    """A line for each target."""
    columns = ["executions", "rate", "processor", "peak memory", "executions in all runs", "processor in all runs",
               "findings"]
    known = {}
    for found in rows:
        target, what = found["name"].split(": ")
        known.setdefault(target, {})[what] = found["value"]
    yield f"{'':22}" + "".join(f"{what.replace(' in all runs', ', all'):>18}" for what in columns)
    for target, values in known.items():
        yield f"{target:22}" + "".join(f"{values[what]:>18,.0f}" for what in columns)
