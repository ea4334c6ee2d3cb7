"""How to sample."""

from dataclasses import asdict, dataclass
from typing import Any

from halograd.errors import HalogradError

CHECK_EVERY = 50
"""Draws of a chain between looks at whether the chains have converged."""


@dataclass(frozen=True)
class SampleSettings:
    """Settings of a run of NUTS.

    Attributes:
        n_chain: Independent chains, two or more: R-hat compares them.
        n_warmup: Steps of each chain that adapt and are not kept.
        n_draw: Most draws of each chain.
        target_ess: Sampling ends once every parameter has this many effective draws, in bulk
            and in tail, with R-hat below 1.01; inf to take all `n_draw`.
        seed: Of everything random.
        target_acceptance: Of a step; nearer to 1 means shorter steps and fewer divergences.
    """

    n_chain: int = 4
    n_warmup: int = 150
    n_draw: int = 2000
    target_ess: float = 400.0
    seed: int = 0
    target_acceptance: float = 0.87

    def __post_init__(self) -> None:
        for name, least in (("n_chain", 2), ("n_warmup", 20), ("n_draw", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise HalogradError(f"{name} must be a whole number, {least} or more, got {value}")
        if not 0.4 <= self.target_acceptance < 1:
            raise HalogradError(
                f"target_acceptance must be 0.4 or more and below 1, got {self.target_acceptance}"
            )
        if not self.target_ess > 0:
            raise HalogradError(f"target_ess must be above 0, got {self.target_ess}")

    @property
    def decisive(self) -> dict[str, Any]:
        """What every draw depends on; how many there are in the end is not part of it."""
        kept = asdict(self)
        return {name: kept[name] for name in ("n_chain", "n_warmup", "seed", "target_acceptance")}
