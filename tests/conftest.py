import gc
import os
from pathlib import Path

# Compiled programs are kept between runs and shared by the workers, and by the processes that
# tests start: compiling takes far longer than computing here.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "jax")
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")

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
    # an entry that another worker is about to write is compiled anew
    config.addinivalue_line("filterwarnings", "ignore:Error reading persistent compilation cache")


@pytest.fixture(scope="module", autouse=True)
def compiled_programs_are_not_garbage():
    """Keep JAX's caches, which grow with every file, out of later searches for garbage.

    Some libraries search at every file they open: seconds each, where millions of objects live.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real simulations and observations, kept outside the project."""
    folder = Path(os.environ.get("HALOGRAD_SHARED_DATA", DEFAULT))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set HALOGRAD_SHARED_DATA to their folder")
    return folder
