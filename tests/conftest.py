import os
from pathlib import Path

import pytest

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real simulations and observations, kept outside the project."""
    folder = Path(os.environ.get("HALOGRAD_SHARED_DATA", DEFAULT))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set HALOGRAD_SHARED_DATA to their folder")
    return folder
