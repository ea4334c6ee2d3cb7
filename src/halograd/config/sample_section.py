"""`[sample]`: how to sample the posterior."""

from dataclasses import dataclass, fields
from typing import Any

from halograd.config.section import Section


@dataclass(frozen=True)
class SampleSection:
    """Settings of the No-U-Turn sampler; `inference.SampleSettings` says what they mean.

    Attributes:
        chains: Independent chains.
        warmup: Steps of each chain that adapt and are not kept.
        draws: Most draws of each chain.
        target_ess: Effective draws of every parameter at which sampling ends.
        seed: Of everything random.
        target_acceptance: Nearer to 1 for shorter steps.
    """

    chains: int = 4
    warmup: int = 150
    draws: int = 2000
    target_ess: float = 400.0
    seed: int = 0
    target_acceptance: float = 0.87

    @classmethod
    def parse(cls, section: Section) -> "SampleSection":
        """The checked section."""
        section.only(*(field.name for field in fields(cls)))
        parsed = cls(
            chains=section.integer("chains", 4, minimum=2),
            warmup=section.integer("warmup", 150, minimum=20),
            draws=section.integer("draws", 2000, minimum=1),
            target_ess=section.number("target_ess", 400.0, above=0, infinite=True),
            seed=section.integer("seed", 0),
            target_acceptance=section.number("target_acceptance", cls.target_acceptance),
        )
        section.checked(lambda: parsed.settings)
        return parsed

    @property
    def settings(self) -> Any:
        """The same as `inference.SampleSettings`."""
        from halograd.inference.sample_settings import SampleSettings

        return SampleSettings(
            n_chain=self.chains,
            n_warmup=self.warmup,
            n_draw=self.draws,
            target_ess=self.target_ess,
            seed=self.seed,
            target_acceptance=self.target_acceptance,
        )
