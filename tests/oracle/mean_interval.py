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
CLUSTERS = {
    "two clusters of two": [[1.0, 1.0], [0.0, 0.5]],
    "unequal clusters": [[1.0, 1.0, 1.0, 0.9], [0.0], [0.6, 0.02], [1.0, 0.0, 0.0]],
    "one cluster": [[0.8, 0.8, 0.8, 0.8]],
}
RESAMPLES = 400_000


def interval(clusters, generator):
    sizes = [len(scores) for scores in clusters]
    sums = [sum(scores) for scores in clusters]
    mean_size = sum(sizes) / len(sizes)
    draws = []
    for _ in range(RESAMPLES):
        unseen = generator.expovariate(1.0) * mean_size
        weights = [generator.expovariate(1.0) for _ in clusters]
        total = unseen + sum(w * m for w, m in zip(weights, sizes))
        known = sum(w * s for w, s in zip(weights, sums))
        draws += (known / total, (known + unseen) / total)
    draws.sort()
    return draws[int(len(draws) * 0.025)], draws[int(len(draws) * 0.975)]


SAMPLES = {name: [[score] for score in scores] for name, scores in SAMPLES.items()}
for name, clusters in (SAMPLES | CLUSTERS).items():
    scores = [score for cluster in clusters for score in cluster]
    low, high = interval(clusters, random.Random(name))
    print(f"{name}: mean {sum(scores) / len(scores):.6f} low {low:.4f} high {high:.4f}")
