"""The example of the README runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest


@pytest.mark.slow
def test_python_example():
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["wp"].shape == (2, 12)
    assert (np.asarray(names["wp"])[:, :6] > 0).all()
    assert set(names["jacobian"]) == set(names["model"].space.names)
