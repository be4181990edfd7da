"""`haymaker sweep` against servers that mean harm: each spoils one trial of two. Memory and time stay bounded, the trial
ends as documented, and the next one is answered as if nothing had happened. The servers are rows in hostile_servers.py.

Prints what each server cost at most (peak resident memory and seconds).

Usage: hostile.py HAYMAKER [full]
"""

import concurrent.futures
import sys

import hostile_servers

HAYMAKER = sys.argv[1]
MEMORY_IS_MEASURED = "full" in sys.argv[2:]  # a sanitizer's shadow is not the program's memory
LANES = 6
SECONDS_MAX = 30 if MEMORY_IS_MEASURED else 90


def problems(server):
    run = hostile_servers.run(HAYMAKER, server)
    found = list(run.problems(server))
    if MEMORY_IS_MEASURED and run.peak > hostile_servers.MEMORY_MAX:
        found.append("too much memory")
    if run.seconds > SECONDS_MAX:
        found.append("too long")
    print(f"{server.name}: peak {run.peak / 2**20:.0f} MiB, {run.seconds:.1f} s", flush=True)
    return [f"FAIL: {server.name}: {problem}\n{run.said.decode(errors='replace')}" for problem in found]


def main():
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:  # most of them wait for a timer
        found = sum(lanes.map(problems, hostile_servers.SERVERS), [])
    print(*found, f"{len(hostile_servers.SERVERS)} servers, {len(found)} failures", sep="\n")
    return 1 if found or not hostile_servers.SERVERS else 0


if __name__ == "__main__":
    sys.exit(main())
