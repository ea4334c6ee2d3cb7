"""The errors a user can cause; each message says what was expected, what came, what to do."""


class HalogradError(ValueError):
    """Input that halograd cannot use. The command line turns it into exit status 2."""


class CatalogError(HalogradError):
    """A halo catalogue that cannot be read or that breaks the schema."""


class ConfigError(HalogradError):
    """A configuration with an unknown key, a missing key or an impossible value."""


class DataError(HalogradError):
    """A measurement or a covariance that cannot be used."""
