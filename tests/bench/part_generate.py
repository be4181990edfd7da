"""Making a case of a million tokens: how long one more takes, and what `generate` needs."""

from rows import BUILD, HAYMAKER, build, cost, json_lines, row

PEAK_MIB = 32
# Beside those of CASES; ruler/qa needs data of its own.
OTHERS = ["mrcr-v2", "updates", "absent", "aggregate", "latent", "graphwalks/bfs", "ruler/niah_single_1",
          "ruler/niah_single_2", "ruler/niah_multikey_2", "ruler/niah_multikey_3", "ruler/vt", "ruler/cwe", "ruler/fwe"]
CASES = [("mrcr", 2), ("mrcr", 8), ("niah", 1)]


def peaks(name, arguments, counts):
    for count in counts:
        _, _, mib = cost([HAYMAKER, "generate", *arguments, "--length", "1m", "--samples", count, "-o", "/dev/null"])
        yield row(f"{name}: peak of generate, {count} sample{'s' if count != '1' else ''}", mib, "MiB",
                  higher_is_better=False, most=PEAK_MIB)


def measure(quick):
    build("haymaker", "bench_generate")
    samples = "3" if quick else "11"
    for task, needles in CASES:
        name = f"{task}, {needles} needle{'s' if needles > 1 else ''}"
        found = json_lines([BUILD / "tests/bench/bench_generate", task, str(needles), "1048576", samples])[0]
        yield row(f"{name}: one more 1M case", found["open_ms"], "ms", higher_is_better=False, most=10)
        yield row(f"{name}: its text once more", found["stream_ms"], "ms", higher_is_better=False)
        yield row(f"{name}: load", found["load_ms"], "ms", higher_is_better=False)
        yield from peaks(name, ["--task", task, "--needles", str(needles)], ["1"] if quick else ["1", "5", "50"])
    for task in [] if quick else OTHERS:
        yield from peaks(task, ["--task", task], ["5"])
