"""The run on the terminal."""

from rich.table import Table


def measurements(results):
    """A rich table: one line per case, one column per size."""
    sizes = sorted({case.n for case, _ in results.cases()})
    table = Table("seconds (median)", title="Pair counts", title_justify="left")
    for n in sizes:
        table.add_column(f"{n:,}", justify="right")
    for label in dict.fromkeys(_label(case) for case, _ in results.cases()):
        cells = {case.n: _cell(rec) for case, rec in results.cases() if _label(case) == label}
        table.add_row(label, *(cells.get(n, "") for n in sizes))
    return table


def summary(lines):
    """A rich table of the ratios beside their targets."""
    table = Table("ratio", title="Summary", title_justify="left")
    for name in ("points", "measured", "target", ""):
        table.add_column(name, justify="right")
    for line in lines:
        table.add_row(
            line["name"], f"{line['n']:,}", f"{line['value']:.3g}", _target(line), _verdict(line)
        )
    return table


def agreement(differences):
    """A rich table of how far the results of the codes are apart."""
    table = Table("quantity", title="Agreement", title_justify="left")
    for name in ("points", "code", "against", "largest relative difference"):
        table.add_column(name, justify="right")
    for row in differences:
        table.add_row(
            row["quantity"],
            f"{row['n']:,}",
            row["code"],
            row["reference"],
            f"{row['difference']:.1e}",
        )
    return table


def missing(results):
    """Lines that say what was not measured, and why."""
    reasons = {}
    for case, record in results.cases():
        if "missing" in record:
            reasons.setdefault((case.code, record["missing"]), []).append(case)
    for (code, reason), cases in reasons.items():
        sizes = ", ".join(f"{n:,}" for n in sorted({case.n for case in cases}))
        yield f"{code}: {len(cases)} not measured at {sizes} points: {reason}"


def _label(case):
    return case.label + (" [MB]" if case.measure == "memory" else "")


def _cell(record):
    if "missing" in record:
        return "–"
    if "bytes" in record:
        return f"{record['bytes'] / 1e6:.0f}"
    return f"{record['seconds']:.3g}"


def _target(line):
    if line["bound"] is None:
        return ""
    sign = "≤" if line["at_most"] else "≥"
    aim = f" (aim {line['aim']:g})" if line["aim"] else ""
    return f"{sign} {line['bound']:.3g}{aim}"


def _verdict(line):
    if line["bound"] is None:
        return ""
    if line["met"] is None:
        return f"set for {line['target_n']:,}"
    return "[green]met[/green]" if line["met"] else "[red]missed[/red]"
