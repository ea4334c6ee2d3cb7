"""How well a fitted relation gives back its stellar mass function."""

import equinox as eqx
import jax
import jax.numpy as jnp

__all__ = ["RelationQuality"]

_RMS_LIMIT, _WORST_LIMIT = 0.002, 0.01


class RelationQuality(eqx.Module):
    """The misfit of eq. (1), log10 of the SMF returned over the SMF asked for.

    Attributes:
        rms_dex: Its rms over the mass range of the fit, dex.
        worst_dex: Its largest absolute value there, dex.
    """

    rms_dex: jax.Array
    worst_dex: jax.Array

    @property
    def residual_dex(self) -> tuple[jax.Array, jax.Array]:
        """The rms and the worst misfit, dex."""
        return self.rms_dex, self.worst_dex

    @property
    def converged(self) -> jax.Array:
        """Whether the SMF is met: within 0.002 dex rms and 0.01 dex everywhere."""
        return (self.rms_dex <= _RMS_LIMIT) & (self.worst_dex <= _WORST_LIMIT)

    @property
    def status(self) -> str:
        """One line on the outcome; not under tracing."""
        misfit = f"{self.rms_dex:.2g} dex rms, {self.worst_dex:.2g} dex at worst"
        if self.converged:
            return f"the stellar mass function is met: {misfit}"
        return (
            f"the stellar mass function is not met: {misfit}; it may fall faster at its bright "
            "end than the scatter allows, so lower the scatter or the upper end of the mass range"
        )


def misfit(residual_dex: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Its rms and largest absolute value, without derivatives. (n,) -> scalars"""
    residual_dex = jax.lax.stop_gradient(residual_dex)
    return jnp.sqrt(jnp.mean(residual_dex**2)), jnp.max(jnp.abs(residual_dex))
