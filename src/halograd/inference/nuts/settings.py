"""Settings of a run of NUTS."""

from dataclasses import asdict, dataclass
from typing import Any

from halograd._settings import check_settings, real_number, seed_number, whole_number

CHECK_EVERY = 50
"""Draws of a chain between looks at whether the chains have converged."""


@dataclass(frozen=True)
class SampleSettings:
    """Settings of a run of NUTS, and the schema of the section [sample] of a configuration.

    Attributes:
        n_chain: Independent chains, two or more: R-hat compares them. `chains` in a file.
        n_warmup: Steps of each chain that adapt and are not kept. `warmup` in a file.
        n_draw: Most draws of each chain. `draws` in a file.
        target_ess: Sampling ends once every parameter has this many effective draws, in bulk
            and in tail, with R-hat below 1.01; inf to take all `n_draw`.
        seed: Seed of everything random.
        target_acceptance: Mean acceptance of a step; nearer to 1 means shorter steps and fewer
            divergences.
    """

    n_chain: int = whole_number(4, minimum=2, maximum=10_000, key="chains")
    n_warmup: int = whole_number(150, minimum=20, key="warmup")
    n_draw: int = whole_number(2000, minimum=1, maximum=10_000_000, key="draws")
    target_ess: float = real_number(400.0, above=0, infinite=True)
    seed: int = seed_number()
    target_acceptance: float = real_number(0.87, minimum=0.4, below=1)

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def decisive(self) -> dict[str, Any]:
        """The settings that every draw depends on; the number of draws is not among them."""
        kept = asdict(self)
        return {name: kept[name] for name in ("n_chain", "n_warmup", "seed", "target_acceptance")}
