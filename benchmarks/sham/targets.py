"""What the measurements are to reach."""

N = 1_000_000
_SECONDS = (
    ("network: value + gradient of a sum", 0.15),
    ("network: weights of 3 samples + Jacobian in 6 parameters", 1.0),
)
_PEERS = (
    ("network: value + gradient of a sum", "shamnet: value + gradient of a sum"),
    ("network: value", "shamnet: value"),
)


def lines(measured, n):
    """[{name, value, bound, met}]; met is None for another number of halos than 1e6."""
    found = [
        _line(name, measured[name]["median_s"], bound, n)
        for name, bound in _SECONDS
        if name in measured
    ]
    for ours, theirs in _PEERS:
        if ours in measured and theirs in measured:
            ratio = measured[ours]["median_s"] / measured[theirs]["median_s"]
            found.append(_line(f"{ours} / {theirs}", ratio, 1.0, n))
    return found


def _line(name, value, bound, n):
    met = value <= bound if n == N else None
    return {"name": name, "value": value, "bound": bound, "met": met}
