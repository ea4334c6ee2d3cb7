"""What `halograd plugins` lists: everything of the kinds that installed packages may add to."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from halograd.plugins import Registry


def show_plugins(console: Console) -> None:
    """Print a table for each kind of thing: names, who provides them, and what they are."""
    for registry in _registries():
        table = Table(title=f"{registry.kind}s", title_justify="left", box=None, pad_edge=False)
        for heading in ("name", "of", "what it is"):
            table.add_column(heading, header_style="bold", overflow="fold")
        for one in registry.describe():
            what = one.doc if one.error is None else f"cannot be used: {one.error}"
            table.add_row(one.name, one.distribution, what)
        console.print(table)
        console.print(f'added by entry points of the group "{registry.group}"\n', style="dim")


def _registries() -> Iterator[Registry]:
    from halograd.pairs import backends
    from halograd.registries import FORMATS, MODELS, STATISTICS

    yield from (MODELS, STATISTICS, FORMATS, backends.registry)
