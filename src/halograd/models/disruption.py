"""Subhalos that were stripped so far that their galaxy is gone."""

from collections.abc import Sequence
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from halograd.errors import HalogradError
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, Theta
from halograd.models.wrapper import ModelWrapper
from halograd.samples import Sample
from halograd.sham.three_roll import roll

_STEEP = 10**0.5
_SLOWEST = 1e-3  # km/s: keeps the logarithm of a ratio finite where a halo finder wrote 0
_BEFORE = ("v_peak", "v_at_mpeak")


class Disrupted(ModelWrapper):
    r"""Any model, whose galaxies are lost in the subhalos that tides have disrupted.

    The probability that the galaxy of a subhalo is gone rises as its circular velocity falls
    below what it was,

    $$ P = S(\log_{10} v_{max} / v_{peak}; x_0, k, 1, 0), \quad
       x_0 = S(\log_{10} M_{host}; x_h, k_h, x_l, x_m), $$

    with S(t; t0, k, low, high) = low + (high - low) / (1 + exp(-k (t - t0))), and is 0 for
    centrals; the expected galaxies of the base are multiplied by 1 - P. The form, its defaults and
    bounds are those of the code diffsmhm (Argonne CPAC), which divides by v_max at the epoch of
    Mpeak: `before="v_at_mpeak"` does that.

    Args:
        base: The model that is wrapped.
        before: The column with the circular velocity before infall, "v_peak" or "v_at_mpeak".
    """

    before: str = eqx.field(static=True, default="v_peak")

    own_parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("disruption_log_mhost", 13.5, 12.0, 15.0, r"x_{\rm h}", "log10 Msun/h"),
        Parameter("disruption_k_mhost", _STEEP, 0.0, 10.0, r"k_{\rm h}", free=False),
        Parameter("disruption_ratio_light", -1.0, -2.0, 0.0, r"x_{\rm l}"),
        Parameter("disruption_ratio_massive", -0.7, -2.0, 0.0, r"x_{\rm m}"),
        Parameter("disruption_k_ratio", _STEEP, 0.0, 10.0, r"k_{\rm v}", free=False),
    )

    def __post_init__(self) -> None:
        if self.before not in _BEFORE:
            raise HalogradError(f"before must be one of {', '.join(_BEFORE)}, got {self.before!r}")
        super().__post_init__()

    @property
    def own_needs(self) -> tuple[str, ...]:
        """Circular velocities, and the mass of the host."""
        return ("is_satellite", "v_max", self.before, "host_log_mass")

    def probability(self, theta: Theta, columns: Columns) -> jax.Array:
        """Probability that the galaxy of each halo is lost, 0 for centrals. (n,)"""
        theta = self.space.complete(theta)
        now, before = (jnp.maximum(columns[name], _SLOWEST) for name in ("v_max", self.before))
        threshold = roll(
            columns["host_log_mass"],
            theta["disruption_log_mhost"],
            theta["disruption_k_mhost"],
            theta["disruption_ratio_light"],
            theta["disruption_ratio_massive"],
        )
        lost = roll(jnp.log10(now / before), threshold, theta["disruption_k_ratio"], 1.0, 0.0)
        return jnp.where(columns["is_satellite"], lost, 0.0)

    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """The expected galaxies of the base that are still there. (n, n_sample)"""
        kept = 1 - self.probability(theta, columns)
        return self.base_weights(theta, columns, samples) * kept[:, None]
