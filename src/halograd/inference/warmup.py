"""The plan of a warm-up: when step sizes, and when coordinates are adapted."""

FIRST_WINDOW = 25


def metric_updates(n_warmup: int) -> tuple[tuple[int, int], ...]:
    """Windows [begin, end) of warm-up steps whose draws set the coordinates at `end`.

    A fifth of the steps before them finds the bulk of the posterior, a fifth after them settles
    the step size; between them each window is twice as long as the one before, as in Stan. The
    draws of all chains are pooled, so that short windows suffice.
    """
    margin = n_warmup // 5
    begin, stop, windows, length = margin, n_warmup - margin, [], FIRST_WINDOW
    while begin < stop:
        # A window whose successor would not fit takes its room too.
        end = begin + length if begin + 3 * length <= stop else stop
        windows.append((begin, end))
        begin, length = end, 2 * length
    return tuple(windows)
