"""The measurements of a run, on disk after each one."""

import json
import statistics

from benchmarks.pairs.case import Case
from halograd._atomic import atomic_write


class Results:
    """Records {case fields, seconds or bytes or missing, ...} in a JSON file.

    Args:
        path: The file, rewritten whole and atomically with every record.
        heading: What describes the run: machine, options.
        resume: Keep the measurements already in the file. What was missing is tried again.

    Raises:
        ValueError: To resume a run with another heading: its numbers are not comparable.
    """

    def __init__(self, path, heading, resume=False):
        self.path, self.heading = path, heading
        self.records = _measured(path, heading) if resume and path.exists() else []

    def __contains__(self, case):
        return self.find(case) is not None

    def find(self, case):
        """The record of a case, or None."""
        return next((record for record in self.records if record["case"] == case.as_dict()), None)

    def seconds(self, case):
        """Median seconds of a case, or None."""
        return (self.find(case) or {}).get("seconds")

    def ratio(self, case, other):
        """Median over the turns of the seconds of one case over another's, or None.

        Turn by turn, so that what slows a whole turn of the machine cancels; between cases of
        different sizes or numbers of turns, the ratio of the medians.
        """
        first, second = self.find(case) or {}, self.find(other) or {}
        if "seconds" not in first or "seconds" not in second:
            return None
        times = first["all_seconds"], second["all_seconds"]
        if case.n != other.n or len(times[0]) != len(times[1]):
            return first["seconds"] / second["seconds"]
        return statistics.median(a / b for a, b in zip(*times, strict=True))

    def add_times(self, case, replies):
        times = [reply["seconds"] for reply in replies]
        rest = {key: value for key, value in replies[-1].items() if key != "seconds"}
        self._add(case, {"seconds": statistics.median(times), "all_seconds": times, **rest})

    def add_memory(self, case, reply):
        self._add(case, reply)

    def add_missing(self, case, reason):
        self._add(case, {"missing": reason})

    def cases(self):
        return [(Case(**record["case"]), record) for record in self.records]

    def _add(self, case, measured):
        self.records.append({"case": case.as_dict(), **measured})
        self.save()

    def versions(self):
        """What was measured of each code."""
        return {case.code: rec["version"] for case, rec in self.cases() if "version" in rec}

    def save(self, **extra):
        with atomic_write(self.path) as temporary:
            temporary.write_text(
                json.dumps({**self.heading, **extra, "records": self.records}, indent=1) + "\n"
            )


def _measured(path, heading):
    """The records of an earlier run that hold a number."""
    earlier = json.loads(path.read_text())
    for key, value in heading.items():
        if earlier.get(key) != value:
            raise ValueError(
                f"{path} was measured with {key} = {earlier.get(key)}, this run has {value}; "
                "resume with the same, or start anew without --resume"
            )
    return [record for record in earlier["records"] if "missing" not in record]
