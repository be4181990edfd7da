"""What the parts of script/bench share: rows, builds, and runs of programs with their cost."""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/release"
HAYMAKER = BUILD / "haymaker"


def row(name, value, unit, *, peers=None, higher_is_better=True, least=None, most=None, least_ratio=None):
    """One line of the table. `peers` is {name: value in the same unit}; targets are `least` or `most` for the
    value and `least_ratio` = (peer, ratio)."""
    ratios = {}
    met = None
    target = ""
    for peer, theirs in (peers or {}).items():
        ratios[peer] = value / theirs if higher_is_better else theirs / value
    if least is not None:
        target, met = f">= {least:g}", value >= least
    if most is not None:
        target, met = f"<= {most:g}", value <= most
    if least_ratio is not None and least_ratio[0] in ratios:
        target, met = f">= {least_ratio[1]:g} x", ratios[least_ratio[0]] >= least_ratio[1]
    return {"name": name, "value": value, "unit": unit, "peers": peers or {}, "ratios": ratios,
            "higher_is_better": higher_is_better, "target": target, "met": met}


def build(*targets):
    """Builds programs of the release preset; False where there is no such target."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    ran = subprocess.run(["cmake", "--build", BUILD, "--target", *targets], cwd=ROOT, capture_output=True, text=True)
    if ran.returncode != 0 and "unknown target" not in ran.stdout + ran.stderr:
        raise SystemExit(ran.stdout + ran.stderr)
    return ran.returncode == 0


def environment():
    return {**os.environ, "HAYMAKER_DATA": str(BUILD / "share/haymaker")}


def json_lines(command):
    out = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def cost(command, said=None):
    """Wall seconds, processor seconds and peak resident MiB of one run. `said` is where its standard error goes."""
    start = time.perf_counter()
    child = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=said)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {child.returncode}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def median_ms(command, runs):
    """The median processor time of `runs` runs, in milliseconds."""
    return statistics.median(cost(command)[1] for _ in range(runs)) * 1000


def python_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
