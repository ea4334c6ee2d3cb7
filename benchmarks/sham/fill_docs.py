"""Put the numbers and figures of a validation into docs/network.md.

python -m benchmarks.sham.fill_docs DIR
"""

import json
import shutil
import sys
from pathlib import Path

from benchmarks.pairs.child import ROOT
from halograd._atomic import atomic_write
from halograd.network_training.card import accuracy_tables

BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"
_PAGE, _IMAGES = ROOT / "docs" / "network.md", ROOT / "docs" / "images"
_FIGURES = {"validation": "Errors by stellar mass", "validation_worst": "The worst draws"}


def filled(page, numbers):
    """The text of the page with the tables and figures between its marks."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    images = [f"![{title}](images/network_{name}.png)" for name, title in _FIGURES.items()]
    content = "\n\n".join([accuracy_tables(numbers), *images])
    digest = f"Weights: SHA-256 `{numbers['network_sha256']}`."
    return f"{before}{BEGIN}\n{digest}\n\n{content}\n{END}{after}"


def main():
    folder = Path(sys.argv[1])
    numbers = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    text = filled(_PAGE.read_text(encoding="utf-8"), numbers)
    _IMAGES.mkdir(exist_ok=True)
    for name in _FIGURES:
        shutil.copy(folder / "figures" / f"{name}.png", _IMAGES / f"network_{name}.png")
    with atomic_write(_PAGE) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
