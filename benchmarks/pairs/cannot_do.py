"""Why a measurement does not exist."""


class CannotDo(Exception):
    """The code at hand, or the time allowed, does not permit this measurement."""
