"""What decides a training: the network, the domain, the optimiser, the validation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from halograd.errors import HalogradError
from halograd.network_training.draws import Domain

__all__ = ["NetworkSettings", "OptimiserSettings", "TrainSettings", "ValidationSettings"]


@dataclass(frozen=True)
class NetworkSettings:
    """The size of the network and the scatter it is for.

    Attributes:
        width: Units of each hidden layer.
        depth: Hidden layers.
        kernel: "triweight" or "normal".
    """

    width: int = 64
    depth: int = 3
    kernel: str = "triweight"


@dataclass(frozen=True)
class OptimiserSettings:
    """How the weights are found.

    Attributes:
        seed: Of the draws, the first weights, the batches and the directions of derivatives.
        draws: Points of the Latin hypercube.
        steps: Of the optimiser.
        batch: Draws in each step.
        learning_rate: Of Adam at its peak; a cosine takes it down to a thousandth.
        warmup: Steps in which the learning rate climbs.
        gradient_weight: Of the derivative of the misfit in the loss.
        clip: Largest norm of a gradient.
        checkpoint_every: Steps from one checkpoint to the next; has no influence on the weights.

    Raises:
        HalogradError: For a batch larger than the draws, or a warm-up as long as the training.
    """

    seed: int = 0
    draws: int = 20_000
    steps: int = 6_000
    batch: int = 32
    learning_rate: float = 2e-3
    warmup: int = 200
    gradient_weight: float = 0.003
    clip: float = 0.1
    checkpoint_every: int = 500

    def __post_init__(self) -> None:
        if self.batch > self.draws:
            raise HalogradError(
                f"batch must be at most draws, got batch = {self.batch} of {self.draws} draws"
            )
        if self.warmup >= self.steps:
            raise HalogradError(
                f"warmup must be shorter than steps, got {self.warmup} of {self.steps} steps"
            )


@dataclass(frozen=True)
class ValidationSettings:
    """Draws the training has not seen.

    Attributes:
        draws: How many.
        seed: Theirs.
    """

    draws: int = 2_000
    seed: int = 1


@dataclass(frozen=True)
class TrainSettings:
    """All of it.

    Attributes:
        network: Size and scatter.
        domain: Ranges of the parameters.
        training: How the weights are found.
        validation: How they are judged.

    Raises:
        HalogradError: Where training and validation have one seed.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    domain: Domain = field(default_factory=Domain)
    training: OptimiserSettings = field(default_factory=OptimiserSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)

    def __post_init__(self) -> None:
        if self.training.seed == self.validation.seed:
            raise HalogradError(
                f"training and validation must not share a seed, got {self.training.seed} for "
                "both: the validation is for draws the training has not seen"
            )

    @property
    def drawn(self) -> dict[str, Any]:
        """Every setting that the prepared draws depend on, by dotted name."""
        training = {key: getattr(self.training, key) for key in ("draws", "seed")}
        network = {"kernel": self.network.kernel}
        return _flat(network=network, domain=self.domain._asdict(), training=training)

    @property
    def decisive(self) -> dict[str, Any]:
        """Every setting that the weights depend on, by dotted name."""
        training = asdict(self.training)
        del training["checkpoint_every"]
        network = asdict(self.network)
        return _flat(network=network, domain=self.domain._asdict(), training=training)


def _flat(**sections: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{section}.{key}": list(value) if isinstance(value, tuple) else value
        for section, content in sections.items()
        for key, value in content.items()
    }
