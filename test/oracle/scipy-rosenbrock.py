"""Evaluations that SciPy takes on Rosenbrock's function: medians over 20 starts moved by 1e-6 N(0, 1), in f64, each
evaluation giving value and gradient. What test/optimize/minimize/rosenbrock.test.ts compares with. Needs SciPy."""

import json

import numpy
import scipy
from scipy.optimize import minimize, rosen_der, rosen_hess_prod

STARTS = {2: [-1.2, 1], 5: [1.3, 0.7, 0.8, 1.9, 1.2], 100: [-1.2, 1] * 50}
METHODS = {
    "CG": {"gtol": 1e-5, "maxiter": 100_000},
    "L-BFGS-B": {"gtol": 1e-5, "ftol": 0, "maxiter": 100_000, "maxfun": 100_000},
    "Newton-CG": {"xtol": 1e-8},
}


def passes(method, start):
    asked = 0

    def value(x):
        nonlocal asked
        asked += 1
        return scipy.optimize.rosen(x), rosen_der(x)

    def product(x, v):
        nonlocal asked
        asked += 1
        return rosen_hess_prod(x, v)

    more = {"hessp": product} if method == "Newton-CG" else {}
    minimize(value, start, jac=True, method=method, options=METHODS[method], **more)
    return asked


medians = {}
for method in METHODS:
    for size, start in STARTS.items():
        random = numpy.random.default_rng(size)
        counts = [passes(method, numpy.array(start) + 1e-6 * random.standard_normal(size)) for _ in range(20)]
        medians[f"{method} {size}"] = float(numpy.median(counts))
print(json.dumps({"scipy": scipy.__version__, "medians": medians}))
