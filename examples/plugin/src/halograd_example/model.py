"""A model of two columns: galaxies of old halos are quenched."""

import jax
import jax.numpy as jnp

from halograd import models


class AgeQuenched(models.GalaxyHaloModel):
    """Any model of stellar mass, whose galaxies are quenched where their halo is old."""

    base: models.GalaxyHaloModel

    kinds = ("quenched", "star_forming")

    @property
    def needs(self):
        """The columns of the base, and `age`, the age of the halo in Gyr."""
        return (*self.base.needs, "age")

    @property
    def space(self):
        """The parameters of the base, and those of the quenching."""
        return self.base.space | (
            models.Parameter("age_quenched", 8.0, 4.0, 12.0, r"t_{\rm q}", "Gyr"),
            models.Parameter("age_width", 1.0, 0.2, 3.0, r"w_{\rm q}", "Gyr"),
        )

    def weights(self, theta, columns, samples):
        """Galaxies of the base, times the probability of their kind."""
        own = {name: theta[name] for name in self.base.space.names}
        of_all = self.base.weights(own, columns, [s._replace(kind="all") for s in samples])
        delay = (jnp.asarray(columns["age"]) - theta["age_quenched"]) / theta["age_width"]
        quenched = jax.nn.sigmoid(delay)
        by_kind = {
            "all": jnp.ones_like(quenched),
            "quenched": quenched,
            "star_forming": 1 - quenched,
        }
        return of_all * jnp.stack([by_kind[s.kind] for s in samples], axis=1)
