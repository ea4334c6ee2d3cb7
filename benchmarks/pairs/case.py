"""One thing to be measured."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Case:
    """A task for one code at one size.

    Attributes:
        code: "halograd", "Corrfunc", "halotools" or "shamnet".
        n: Points.
        task: "prepare", "value", "gradient" (value and gradient in every weight) or "jacobian"
            (wp and its derivatives in four model parameters).
        statistic: "projected" (one bin along the line of sight), "rppi" (bins of 1 Mpc/h) or
            "multipoles" (orders 0, 2 and 4; of Corrfunc 40 bins of mu).
        samples: Weight columns; 0 means unit weights, counted without weighing.
        threads: Threads, which are also the cores the process may run on.
        memory: "auto", "keep" or "recompute", where the code knows the choice.
        measure: "seconds" or "memory".
    """

    code: str
    n: int
    task: str
    statistic: str = "projected"
    samples: int = 1
    threads: int = 1
    memory: str = "auto"
    measure: str = "seconds"

    def as_dict(self):
        return asdict(self)

    @property
    def label(self):
        """All but the size, in words."""
        weights = {0: "unit weights", 1: "1 sample"}.get(self.samples, f"{self.samples} samples")
        if self.task == "jacobian":
            weights = "4 parameters"
        parts = [self.statistic, self.task, weights, f"{self.threads} thr"]
        if self.memory != "auto":
            parts.append(self.memory)
        return f"{self.code}: " + ", ".join(parts)
