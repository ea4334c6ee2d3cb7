"""A Ctrl-C that knows what it interrupted."""


class Interrupted(KeyboardInterrupt):
    """Raised instead of a plain KeyboardInterrupt.

    Args:
        doing: What the run was doing, as "Reading the halos".
    """

    def __init__(self, doing: str) -> None:
        super().__init__(doing)
        self.doing = doing
