"""Whether the codes that were timed computed the same thing."""

from collections import defaultdict

import numpy as np


def differences(results):
    """Largest difference of each result from the first code's, relative to its largest entry.

    Per size and quantity: unit-weight counts, counts of the first weight column, and wp with
    its derivatives in four parameters, the derivatives of each parameter on their own scale.

    Returns:
        [{n, quantity, code, reference, difference}, ...]
    """
    groups = defaultdict(dict)
    for case, record in results.cases():
        if "result" in record and case.measure == "seconds":
            by_code = groups[case.n, _quantity(case)]
            by_code.setdefault(case.code, record["result"])
    return [
        {
            "n": n,
            "quantity": quantity,
            "code": code,
            "reference": next(iter(by_code)),
            "difference": _difference(quantity, result, next(iter(by_code.values()))),
        }
        for (n, quantity), by_code in groups.items()
        for code, result in list(by_code.items())[1:]
    ]


def _quantity(case):
    if case.task == "jacobian":
        return "wp and 4 derivatives"
    return f"{case.statistic} DD, {'weighted' if case.samples else 'unit weights'}"


def _difference(quantity, result, reference):
    columns = 5 if quantity.startswith("wp") else 1
    result, reference = (np.reshape(values, (-1, columns)) for values in (result, reference))
    scale = np.abs(reference).max(axis=0) if columns > 1 else np.maximum(np.abs(reference), 1)
    return float((np.abs(result - reference) / scale).max())
