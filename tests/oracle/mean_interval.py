"""The mean's 95 % interval again, from the formula in src/stats/interval.h, with CPython's own
random numbers and logarithm: prints the constants of tests/unit/test_stats_interval.c.

Usage: python3 tests/oracle/mean_interval.py
"""
import random

SAMPLES = {
    "one zero": [0.0],
    "one good": [0.8],
    "five equal": [0.6] * 5,
    "graded": [0.05, 0.93, 1.0, 1.0, 0.0, 0.71, 1.0, 0.02, 0.88, 1.0],
    "near zero": [0.0, 0.0, 0.03, 0.0, 0.07, 0.0, 0.0, 1.0],
}
RESAMPLES = 400_000


def interval(scores, generator):
    draws = []
    for _ in range(RESAMPLES):
        unseen = generator.expovariate(1.0)
        weights = [generator.expovariate(1.0) for _ in scores]
        total = unseen + sum(weights)
        known = sum(w * x for w, x in zip(weights, scores))
        draws += (known / total, (known + unseen) / total)
    draws.sort()
    return draws[int(len(draws) * 0.025)], draws[int(len(draws) * 0.975)]


for name, scores in SAMPLES.items():
    low, high = interval(scores, random.Random(name))
    print(f"{name}: mean {sum(scores) / len(scores):.6f} low {low:.4f} high {high:.4f}")
