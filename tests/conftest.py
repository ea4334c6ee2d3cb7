import os
from pathlib import Path

import jax
import pytest

if not hasattr(jax, "enable_x64"):  # the oldest JAX that is supported has it elsewhere
    from jax.experimental import enable_x64

    jax.enable_x64 = enable_x64

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure(config):
    # where the compiled engine is missing, the tests run on the reference engine
    config.addinivalue_line(
        "filterwarnings", "ignore:halograd's compiled pair engine:RuntimeWarning"
    )


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real simulations and observations, kept outside the project."""
    folder = Path(os.environ.get("HALOGRAD_SHARED_DATA", DEFAULT))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set HALOGRAD_SHARED_DATA to their folder")
    return folder
