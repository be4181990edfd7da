"""What servers that mean harm cost: a sweep of two trials against each row of tests/cli/hostile_servers.py, one after
another, since they wait for timers. A row is the program's peak memory; the table has its time, how the spoilt trial ended
and whether the next one was unharmed."""

import sys

from rows import HAYMAKER, ROOT, build, row

sys.path.insert(0, str(ROOT / "tests/cli"))

import hostile_servers  # noqa: E402 (from the folder that was just named)


def measure(quick):
    build("haymaker")
    servers = hostile_servers.SERVERS[::6 if quick else 1]
    worst = harmed = 0
    for server in servers:
        run = hostile_servers.run(HAYMAKER, server)
        problems = list(run.problems(server))
        for problem in problems:
            print(f"{server.name}: {problem}")
        found = row(server.name, run.peak / 2**20, "MiB", most=hostile_servers.MEMORY_MAX >> 20, higher_is_better=False)
        yield {**found, "met": found["met"] and not problems, "seconds": run.seconds, "outcome": run.first() or "not sent",
               "next": "answered" if run.second() == hostile_servers.GOOD_REPLY else run.second(), "problems": problems}
        worst = max(worst, run.peak)
        harmed += bool(problems)
    yield row("hostile servers", len(servers), "", least=len(servers))
    yield row("peak memory under the worst", worst / 2**20, "MiB", most=hostile_servers.MEMORY_MAX >> 20,
              higher_is_better=False)
    yield row("that did other than documented harm", harmed, "", most=0, higher_is_better=False)


def table(rows):
    yield f"{'server':46} {'MiB':>6} {'s':>6}  {'its trial':16} the next trial"
    for found in rows:
        if "seconds" in found:
            yield (f"{found['name']:46} {found['value']:>6.0f} {found['seconds']:>6.1f}  {found['outcome']:16} "
                   f"{found['next']}{''.join('; ' + problem for problem in found['problems'])}")
