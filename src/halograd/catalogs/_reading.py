"""One error type for whatever goes wrong in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from halograd.errors import CatalogError


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn any failure of the block into a `CatalogError` that names the file.

    Args:
        path: The file or folder being read.
        kind: What it was taken for, such as "a FITS table".
    """
    try:
        yield
    except CatalogError:
        raise
    except FileNotFoundError as cause:
        raise CatalogError(f"{path}: no such file ({cause}); check the path") from cause
    except PermissionError as cause:
        raise CatalogError(f"{path}: not readable ({cause}); check its permissions") from cause
    # The libraries underneath answer damaged bytes with errors of any type.
    except Exception as cause:
        said = " ".join(str(cause).split())  # in one line, and not all of a long one
        raise CatalogError(
            f"{path}: cannot be read as {kind}, it may be cut short or damaged; fetch it again, "
            f"or name another format ({type(cause).__name__}: {said[:500]})"
        ) from cause
