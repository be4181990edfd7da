"""Start-up: the program, and with it the encoder."""

from rows import BUILD, HAYMAKER, build, json_lines, median_ms, row


def measure(quick):
    build("haymaker", "bench_generate")
    runs = 11 if quick else 41
    yield row("haymaker --version", median_ms([HAYMAKER, "--version"], runs), "ms",
              peers={"true": median_ms(["/bin/true"], runs)}, higher_is_better=False)
    found = json_lines([BUILD / "tests/bench/bench_generate", "niah", "1", "8192", str(runs)])[0]
    yield row("encoder ready", found["encoder_ms"], "ms", higher_is_better=False, most=5)
    yield row("haymaker generate, 8k", median_ms([HAYMAKER, "generate", "--samples", "1", "-o", "/dev/null"], runs // 2),
              "ms", higher_is_better=False)
    yield row("haymaker generate, 8k, niah",
              median_ms([HAYMAKER, "generate", "--task", "niah", "--samples", "1", "-o", "/dev/null"], runs // 2),
              "ms", higher_is_better=False)
