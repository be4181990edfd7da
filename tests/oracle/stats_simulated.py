"""What src/stats finds by drawing or by betting, again from the formulas in its headers, with
CPython's own random numbers and mathematics: prints the constants of tests/unit/test_stats_*.c.

Usage: python3 tests/oracle/stats_simulated.py
"""
import itertools
import math
import random
from statistics import NormalDist, mean

NORMAL = NormalDist()


def quantile(ordered, p):
    place = (len(ordered) - 1) * min(max(p, 0), 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def paired(clusters, generator, resamples=300_000):
    """stats/paired.h: bounds and bootstrap p."""
    sums = [sum(c) for c in clusters]
    sizes = [len(c) for c in clusters]
    size = mean(sizes)
    draws = []
    for _ in range(resamples):
        unseen = generator.expovariate(1) * size
        weights = [generator.expovariate(1) for _ in clusters]
        total = unseen + sum(w * m for w, m in zip(weights, sizes))
        known = sum(w * s for w, s in zip(weights, sums))
        draws.append((known + generator.choice((-1, 0, 0, 1)) * unseen) / total)
    draws.sort()
    side = min(sum(d <= 0 for d in draws), sum(d >= 0 for d in draws))
    return quantile(draws, 0.025), quantile(draws, 0.975), min(1, 2 * side / len(draws))


def bca(clusters, generator, resamples=200_000):
    """stats/bootstrap.h: bounds."""
    values = [v for c in clusters for v in c]
    centre = mean(values)
    draws = []
    for _ in range(resamples):
        sample = [v for c in generator.choices(clusters, k=len(clusters)) for v in c]
        draws.append(sum(sample) / len(sample))
    draws.sort()
    below = sum(d < centre - 1e-12 for d in draws) + sum(abs(d - centre) <= 1e-12 for d in draws) / 2
    z0 = NORMAL.inv_cdf(below / len(draws))
    without = [
        mean(v for j, c in enumerate(clusters) if j != i for v in c) for i in range(len(clusters))
    ]
    rest = [mean(without) - w for w in without]
    a = sum(u**3 for u in rest) / (6 * sum(u * u for u in rest) ** 1.5)
    return [
        quantile(draws, NORMAL.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))))
        for z in (NORMAL.inv_cdf(0.025), NORMAL.inv_cdf(0.975))
    ]


def groups(items):
    """stats/groups.h: the p of all ways to exchange scores within strata."""
    strata = sorted({s for _, s, _ in items})
    ways = []
    for stratum in strata:
        scores = [x for x, s, _ in items if s == stratum]
        ways.append([[x - mean(scores) for x in way] for way in itertools.permutations(scores)])
    labels = [[g for _, s, g in items if s == stratum] for stratum in strata]
    flat = [g for group in labels for g in group]

    def spread(rests):
        sums = {g: 0.0 for g in flat}
        for rest, label in zip(rests, labels):
            for value, g in zip(rest, label):
                sums[g] += value
        return sum(s * s / flat.count(g) for g, s in sums.items())

    seen = spread([way[0] for way in ways])
    spreads = [spread(way) for way in itertools.product(*ways)]
    return sum(s >= seen - 1e-9 for s in spreads) / len(spreads)


def sequence(differences, alpha, grid=801, stake=0.75):
    """stats/sequence.h: the bounds after all differences."""
    candidates = [i / (grid - 1) for i in range(grid)]
    up, down = [1.0] * grid, [1.0] * grid
    low, high = -1.0, 1.0
    total, square = 0.0, 0.0
    for t, difference in enumerate(differences, 1):
        x = (1 + difference) / 2
        bet = math.sqrt(2 * math.log(2 / alpha) / ((0.25 + square) / t * t * math.log(t + 1)))
        for i, m in enumerate(candidates):
            up[i] *= 1 + min(bet, stake / m if m else math.inf) * (x - m)
            down[i] *= 1 - min(bet, stake / (1 - m) if m < 1 else math.inf) * (x - m)
        total += x
        square += (x - (0.5 + total) / (t + 1)) ** 2
        left = [i for i in range(grid) if (up[i] + down[i]) / 2 < 1 / alpha]
        low = max(low, 2 * candidates[max(left[0] - 1, 0)] - 1)
        high = min(high, 2 * candidates[min(left[-1] + 1, grid - 1)] - 1)
    return low, high


def show(name, *values):
    print(f"{name:34}", " ".join(f"{v:.6f}" for v in values))


DIFFERENCES = [0.9, 0.0, 0.0, 1.0, -0.1, 0.0, 0.95, 0.0, 0.3, 0.0, -0.9, 0.02]
PAIRS = [[0.9, 0.8], [0.0], [-0.2, 0.1, 0.6], [1.0, 1.0]]
show("paired: singles", *paired([[d] for d in DIFFERENCES], random.Random(1)))
show("paired: clusters", *paired(PAIRS, random.Random(2)))
show("paired: ten ties", *paired([[0.0]] * 10, random.Random(3)))
SECONDS = [3.1, 4.0, 2.2, 9.7, 3.3, 5.1, 2.9, 30.4, 4.4, 3.8]
show("bca: singles", *bca([[s] for s in SECONDS], random.Random(4)))
show("bca: clusters", *bca([[0.9, 0.8], [0.0], [0.2, 0.1, 0.6], [1.0, 1.0], [0.4]], random.Random(5)))
ITEMS = [(1.0, 0, 0), (0.9, 0, 0), (0.1, 0, 1), (0.4, 0, 1), (0.7, 0, 2),
         (0.8, 1, 0), (0.0, 1, 1), (0.6, 1, 2), (0.5, 1, 2)]
show("groups", groups(ITEMS))
WATCHED = [1.0, 0.0, 0.0, 0.9, 0.0, 1.0, -0.2, 0.0, 0.6, 1.0] * 6
show("sequence: 10, 30, 60 at 5 %", *(b for n in (10, 30, 60) for b in sequence(WATCHED[:n], 0.05)))
show("sequence: ties, 200 at 1 %", *sequence([0.0] * 200, 0.01))
