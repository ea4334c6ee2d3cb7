"""A text file, plain or compressed, as blocks of whole lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from halograd.catalogs._reading import reading
from halograd.errors import CatalogError

BLOCK = 1 << 21
# Far above any real row; without a bound, a file that is no text could fill the memory.
_LONGEST = 1 << 24

COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class TextBlock:
    """Some whole lines, all ended by a bare newline.

    Attributes:
        content: The lines.
        start: Bytes of the text before them.
        done: Bytes of the file read so far, as they are on disk.
        total: Bytes of the file.
    """

    content: bytes
    start: int
    done: int
    total: int


class TextStream:
    """Reads a text file forward: single lines, then blocks of lines.

    Line ends of any kind become newlines, and a byte order mark is skipped.
    """

    def __init__(self, path: Path, raw: IO[bytes], plain: IO[bytes]) -> None:
        self._path, self._raw, self._plain = path, raw, plain
        self._total = path.stat().st_size
        self._start = 0
        self._rest, self._at = b"", 0
        self._rest = self._read().removeprefix(_BYTE_ORDER_MARK)

    def next_line(self) -> bytes:
        """The next line without its end; empty at the end of the file, as for an empty line."""
        end = self._rest.find(b"\n", self._at)
        while end < 0:
            self._rest, self._at = self._rest[self._at :], 0
            read = self._read()
            if not read:
                return b""
            self._rest += read
            end = self._rest.find(b"\n")
        line = self._rest[self._at : end]
        self._start += len(line) + 1
        self._at = end + 1
        return line

    def put_back(self, line: bytes) -> None:
        """Undo the last `next_line`."""
        self._start -= len(line) + 1
        self._at -= len(line) + 1

    @property
    def is_at_end(self) -> bool:
        """Whether no line is left."""
        if self._at == len(self._rest):
            self._rest, self._at = b"", 0
            self._rest = self._read()
        return not self._rest

    def blocks(self) -> Iterator[TextBlock]:
        """What is left of the file, in blocks of whole lines.

        Raises:
            CatalogError: Where the last line has no end, or where one is too long for a row.
        """
        rest, self._rest = self._rest[self._at :], b""
        read = rest or self._read()
        while read:
            cut = read.rfind(b"\n") + 1
            if cut:
                content = b"".join((self._rest, memoryview(read)[:cut]))
                yield TextBlock(content, self._start, self._raw.tell(), self._total)
                self._start += len(content)
                self._rest = b""
            self._rest += read[cut:]
            read = self._read()

    def _read(self) -> bytes:
        """More of the text, at most a block; nothing at the end."""
        if len(self._rest) > _LONGEST:
            raise CatalogError(
                f"{self._path}: the line after byte {self._start} is longer than {_LONGEST} bytes, "
                "so this is no table of rows; check that it is the file that was meant"
            )
        read = self._plain.read(BLOCK)
        if not read and self._rest:
            # A number cut in two is still a number: the missing line end is the only sign of it.
            raise CatalogError(
                f"{self._path}: the last line has no end, so the file may be cut short; fetch it "
                "again, or add a newline if it is complete"
            )
        return _unix_line_ends(read, self._plain) if b"\r" in read else read


def line_number(path: Path, start: int) -> int:
    """The number, from 1, of the line that begins `start` bytes into the text of a file."""
    number = 1
    with text_stream(path) as stream:
        for block in stream.blocks():
            if block.start >= start:
                break
            number += block.content[: start - block.start].count(b"\n")
    return number


@contextmanager
def text_stream(path: Path) -> Iterator[TextStream]:
    """The text in `path`, through gzip, bzip2 or Zstandard where it is compressed.

    Raises:
        CatalogError: Where the file is missing, not readable, damaged or cut short.
    """
    with _opened(path) as (raw, plain):
        yield TextStream(path, raw, plain)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The bytes of the file as they are on disk, and as they were before compression."""
    with reading(path, "a text table"), path.open("rb") as raw:
        compression = compression_of(raw.read(4))
        raw.seek(0)
        if compression is None:
            yield raw, raw
            return
        import pyarrow

        with pyarrow.CompressedInputStream(pyarrow.PythonFile(raw), compression) as plain:
            yield raw, plain


def plain_head(path: Path, size: int) -> bytes:
    """The first bytes of a file, decompressed; fewer where the file is shorter.

    Raises:
        CatalogError: As `text_stream`.
    """
    with _opened(path) as (_, plain):
        return plain.read(size)


def compression_of(head: bytes) -> str | None:
    """The compression that the first bytes of a file tell, or None."""
    return next((name for magic, name in COMPRESSIONS.items() if head.startswith(magic)), None)


def _unix_line_ends(read: bytes, source: IO[bytes]) -> bytes:
    # The other half of a line end may come with the next bytes.
    while read.endswith(b"\r") and (more := source.read(1)):
        read += more
    return read.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
