"""Build the C++ tests of the pair library and run them; no XLA needed.

python native/tests/run.py [--sanitize] [--build FOLDER]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src"
SHARED = ["-std=gnu++17", "-Wall", "-Wextra", "-Wno-psabi", "-fno-math-errno", "-c"]
PLAIN = ["-O1"]
SANITIZED = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def objects() -> dict[str, tuple[Path, list[str]]]:
    """Each object file with its source and flags: the library without XLA, its plainest kernel."""
    parts = {
        name: (SOURCE / f"{name}.cpp", ["-ffp-contract=off"])
        for name in ("dispatch", "exact", "geometry", "sort_points", "table")
    }
    for real in ("float", "double"):
        entry = f"-DHALOGRAD_ENTRY=around_points_baseline_{real}"
        flags = [f"-DHALOGRAD_REAL={real}", entry, "-ffp-contract=off"]
        parts[f"kernel_{real}"] = SOURCE / "kernel.cpp", flags
    flags = ["-DHALOGRAD_TABLE_KERNEL=table_kernel_baseline", "-ffp-contract=off"]
    parts["table_kernel"] = SOURCE / "table_kernel.cpp", flags
    parts["units"] = TESTS / "units.cpp", ["-ffp-contract=off"]
    return parts


def compiler() -> str | None:
    """The C++ compiler: $CXX, or the first that is installed."""
    named = os.environ.get("CXX")
    return named or next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)


def build(folder: Path, command: str, extra: list[str]) -> Path:
    """Compile and link the tests into `folder`; the program, as it is where nothing is newer."""
    program = folder / "units"
    sources = [*SOURCE.iterdir(), *TESTS.iterdir()]
    if program.exists() and program.stat().st_mtime > max(s.stat().st_mtime for s in sources):
        return program

    def compile_one(part: tuple[str, tuple[Path, list[str]]]) -> str:
        name, (source, flags) = part
        out = str(folder / f"{name}.o")
        subprocess.run([command, *SHARED, *extra, *flags, str(source), "-o", out], check=True)
        return out

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        parts = list(workers.map(compile_one, objects().items()))
    subprocess.run([command, *extra, *parts, "-o", str(program), "-pthread"], check=True)
    return program


def main() -> int:
    """Exit status of the tests."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sanitize", action="store_true", help="address and undefined behaviour")
    parser.add_argument("--build", type=Path, help="a folder that keeps what was built")
    command, arguments = compiler(), parser.parse_args()
    if command is None:
        sys.exit("no C++ compiler found: install one, or name it in CXX")
    with tempfile.TemporaryDirectory() as folder:
        kept = arguments.build or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        program = build(kept, command, SANITIZED if arguments.sanitize else PLAIN)
        return subprocess.run([str(program)]).returncode


if __name__ == "__main__":
    sys.exit(main())
