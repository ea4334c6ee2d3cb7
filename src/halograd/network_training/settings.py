"""What decides a training: the network, the domain, the optimiser, the validation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from halograd._settings import check_settings, real_number, seed_number, whole_number
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

    width: int = whole_number(64, minimum=1, maximum=65_536)
    depth: int = whole_number(3, minimum=1, maximum=1_000)
    kernel: str = "triweight"

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class OptimiserSettings:
    """How the weights are found.

    Attributes:
        seed: Seed of the draws, the first weights, the batches and the directions of derivatives.
        draws: Points of the Latin hypercube.
        steps: Steps of the optimiser.
        batch: Draws in each step.
        learning_rate: Learning rate of Adam at its peak; a cosine takes it down to a thousandth.
        warmup: Steps in which the learning rate climbs.
        gradient_weight: Weight of the derivative of the misfit in the loss.
        clip: Largest norm of a gradient.
        checkpoint_every: Steps from one checkpoint to the next; has no influence on the weights.

    Raises:
        HalogradError: For a batch larger than the draws, or a warm-up as long as the training.
    """

    seed: int = seed_number()
    draws: int = whole_number(20_000, minimum=1, maximum=100_000_000)
    steps: int = whole_number(6_000, minimum=1, maximum=1_000_000_000)
    batch: int = whole_number(32, minimum=1)
    learning_rate: float = real_number(2e-3, above=0)
    warmup: int = whole_number(200, maximum=1_000_000_000)
    gradient_weight: float = real_number(0.003, minimum=0)
    clip: float = real_number(0.1, above=0)
    checkpoint_every: int = whole_number(500, minimum=1, maximum=1_000_000_000)

    def __post_init__(self) -> None:
        check_settings(self)
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
        seed: Seed of these draws.
    """

    draws: int = whole_number(2_000, maximum=100_000_000)
    seed: int = seed_number(1)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class TrainSettings:
    """Everything that decides a training and its validation.

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
