"""Expectations of test/statistics/trend.test.ts and sequential.test.ts: SciPy 1.17 on values drawn here.

    python3 test/oracle/scipy-designs.py > test/statistics/scipy-designs.json
"""
import json
import math

import numpy as np
from scipy import stats
from scipy.optimize import brentq

rng = np.random.default_rng(7)


def page(n, k, step):
    blocks = np.round(rng.normal(size=(n, k)) + step * np.arange(k), 2)
    return page_of(blocks.tolist())


def page_of(blocks):
    result = stats.page_trend_test(blocks, method="asymptotic")
    return {"blocks": blocks, "statistic": float(result.statistic), "p": float(result.pvalue)}


def spearman(n, step):
    x = np.round(rng.normal(size=n), 1)
    y = np.round(step * x + rng.normal(size=n), 1)
    result = stats.spearmanr(x, y)
    rho = result.statistic
    half = stats.norm.ppf(0.975) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)
    return {"x": x.tolist(), "y": y.tolist(), "rho": float(rho), "p": float(result.pvalue), "low": float(low), "high": float(high)}


def levels(looks, alpha, sides):
    """Boundaries one after another, by the multivariate normal distribution function."""
    times = np.array(looks) / looks[-1]
    bounds = []
    for k in range(len(times)):
        spent = alpha * math.log(1 + (math.e - 1) * times[k])
        t = times[: k + 1]
        covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
        joint = stats.multivariate_normal(np.zeros(k + 1), covariance, maxpts=4_000_000, abseps=1e-9, releps=1e-9)

        def beyond(bound):
            upper = np.array([*bounds, bound])
            return 1 - spent - (joint.cdf(upper) if sides == 1 else joint.cdf(upper, lower_limit=-upper))

        bounds.append(brentq(beyond, 1, 6, xtol=1e-8))
    return {"looks": looks, "alpha": alpha, "sides": sides, "levels": [sides * float(stats.norm.sf(b)) for b in bounds]}


print(
    json.dumps(
        {
            "page": [
                page(8, 4, 0.3),
                page(12, 3, 0.0),
                page(6, 5, 1.0),
                page_of([[1, 1, 2], [2, 1, 3], [1, 2, 2], [0, 3, 3]]),
            ],
            "spearman": [spearman(8, 0.8), spearman(12, -0.5), spearman(20, 0.0), spearman(6, 2.0)],
            "levels": [
                levels([8, 12, 16, 24], 0.05, 2),
                levels([8, 12, 16, 24], 0.05, 1),
                levels([8, 12, 16, 24], 0.05 / 7, 2),
                levels([6, 30], 0.05, 2),
            ],
        },
        indent=1,
    )
)
