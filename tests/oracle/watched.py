"""The constants of tests/unit/test_stats_watched.c, from the formulas of the article alone: Waudby-Smith and Ramdas, arXiv
2010.09686, section 4, with the mean of both bets and the grid of src/stats/sequence.h.

Usage: watched.py. Prints p, low and high of the differences and low and high of the scores.
"""

from math import ceil, floor, log, sqrt

GRID = 801
DIFFERENCES = [0.5, 1, 0, 0.25, 1, 0.75, -0.25, 1, 1, 0.5]
SCORES = [1, 0.9, 1, 0, 0.95, 1, 1, 0.02, 1, 1, 1, 0.5]
ORDER = [3, 1, 0, 2, 4, 5, 6, 7, 8, 9, 10, 11]


def capitals(values, m, alpha):
    """The gambler's capital after each value, all in [0, 1], against the mean m."""
    up = down = 1.0
    mean, variance = 0.5, 0.25
    total, squares = 0.5, 0.25
    for t, x in enumerate(values, 1):
        stake = sqrt(2 * log(2 / alpha) / (variance * t * log(t + 1)))
        up *= 1 + (min(stake, 0.75 / m) if m > 0 else stake) * (x - m)
        down *= 1 - (min(stake, 0.75 / (1 - m)) if m < 1 else stake) * (x - m)
        total += x
        mean = total / (t + 1)
        squares += (x - mean) ** 2
        variance = squares / (t + 1)
        yield (up + down) / 2


def interval(values, alpha):
    low, high = 0, GRID - 1
    ruined = {i: list(capitals(values, i / (GRID - 1), alpha)) for i in range(GRID)}
    for t in range(len(values)):
        left = [i for i in range(GRID) if ruined[i][t] < 1 / alpha]
        if left:
            low = max(low, max(0, left[0] - 1))
            high = min(high, min(GRID - 1, left[-1] + 1))
    return low / (GRID - 1), high / (GRID - 1)


shares = [(1 + d) / 2 for d in DIFFERENCES]
p = 1 / max(1, *capitals(shares, 0.5, 0.01))
low, high = interval(shares, 0.05)
ordered = [score for _, score in sorted(zip(ORDER, SCORES))]
print(p, 2 * low - 1, 2 * high - 1, *interval(ordered, 0.05))
