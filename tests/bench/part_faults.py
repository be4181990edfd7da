"""The sweep loop under seeded schedules of faults (tests/fault/fault_schedules.c): broken connections, disk errors, kills
between any two writes, power cuts. Most of its time is waiting for retries, so several run side by side; still it takes
minutes and runs only when named. A schedule that fails is printed, with the command that runs it again. HAYMAKER_SEED
chooses other schedules."""

import collections
import concurrent.futures
import os
import re
import subprocess
import time

from rows import BUILD, build, environment, row

SCHEDULES, SCHEDULES_QUICK = 2000, 100
SLICE = 50
LANES = 6


def run_slice(first, count):
    """Schedules of the seeds from `first`, all of them also when one fails."""
    tally, end = collections.Counter(), first + count
    while first < end:
        run = subprocess.run([BUILD / "tests/fault/fault_schedules", "--seed", str(first), "--count", str(end - first)],
                             env=environment(), capture_output=True, text=True)
        counts = re.search(r"(\d+) schedules, (\d+) lives, (\d+) requests", run.stdout)
        if counts is None:
            raise SystemExit(f"fault_schedules --seed {first}: {run.stdout}{run.stderr}")
        ran, lives, requests = map(int, counts.groups())
        tally.update({"schedules": ran, "lives": lives, "requests": requests, "violations": run.returncode != 0})
        if run.returncode != 0:
            print(run.stderr, flush=True)
        first += ran
    return tally


def measure(quick):
    build("fault_schedules")
    first, count = int(os.environ.get("HAYMAKER_SEED", "1")), SCHEDULES_QUICK if quick else SCHEDULES
    print(f"seeds {first} to {first + count - 1}")
    begin, tally = time.monotonic(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        slices = [(at, min(SLICE, first + count - at)) for at in range(first, first + count, SLICE)]
        for part in lanes.map(lambda of: run_slice(*of), slices):
            tally.update(part)
    yield row("fault schedules run", tally["schedules"], "", least=count)
    yield row("process lives in them", tally["lives"], "")
    yield row("requests in them", tally["requests"], "")
    yield row("faults: seconds", time.monotonic() - begin, "s", higher_is_better=False)
    yield row("faults: violations", tally["violations"], "", most=0, higher_is_better=False)
