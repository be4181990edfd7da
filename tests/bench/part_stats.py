"""Statistics: how often intervals hold the truth and verdicts are wrong, by simulation. Takes half an hour, so it
runs only when named; --quick is a minute and tells shares to within some points."""

import json
import subprocess

from rows import BUILD, build, row


def measure(quick):
    build("bench_stats")
    simulations = 40 if quick else 1000
    out = subprocess.run([BUILD / "tests/bench/bench_stats", str(simulations)], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(out.stdout)
    noise = 300 * (0.05 * 0.95 / simulations) ** 0.5  # three standard errors, in points

    for kind in ("mean", "paired"):
        shares = [100 * c["coverage"] for c in found["coverage_of_95_percent_intervals"]
                  if c["interval"] == kind and c["n"] >= 30]
        yield row(f"95 % intervals, {kind}: least coverage", min(shares), "%", least=93 - noise)
        yield row(f"95 % intervals, {kind}: most coverage", max(shares), "%", most=97 + noise, higher_is_better=False)
        for n in (5, 10):
            few = [100 * c["coverage"] for c in found["coverage_of_95_percent_intervals"]
                   if c["interval"] == kind and c["n"] == n]
            yield row(f"the same of {n} samples: least", min(few), "%")
    for null in found["sweeps_of_27_null_comparisons"]:
        yield row(f"false verdicts, {null['samples']} samples, {null['models']}"[:46], 100 * null["false_better"],
                  "% of sweeps", most=5 + noise, higher_is_better=False)
    for watched in found["watched_after_every_sample"]:
        points = 100 * watched["difference"]
        if points == 0:
            yield row("watched: equal models told apart", 100 * watched["decided"], "%", most=5 + noise,
                      higher_is_better=False)
        else:
            yield row(f"watched: saved of {watched['planned']} for {points:.0f} points", 100 * watched["saved"], "%",
                      least=50 if points == 20 else None)
    for stopped in found["coverage_after_stopping_early"]:
        points = 100 * stopped["difference"]
        yield row(f"stopped early, {points:.0f} points: sequence covers", 100 * stopped["confidence_sequence"], "%",
                  least=95 - noise)
        yield row(f"stopped early, {points:.0f} points: usual one covers", 100 * stopped["usual_interval"], "%")
    for power in found["power_at_the_samples_needed"]:
        yield row(f"found: {100 * power['difference']:.0f} points of {power['n']} pairs", 100 * power["power"], "%",
                  least=80 - 5 - noise)
