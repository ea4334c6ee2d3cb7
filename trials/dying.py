"""Run a command line of halograd that kills itself at one of its writes.

python -m trials.dying NUMBER FILE COMMAND ...

Every call that makes a file final (os.fsync, os.replace) has a number, counted from 0; the process
gets SIGKILL right before call NUMBER / 2, or right after call (NUMBER - 1) / 2 where NUMBER is odd.
A negative NUMBER lets the command end, and FILE gets how many calls there were.
"""

import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any


def watch(number: int, counted: Path | None) -> None:
    """Count the calls of this process from now on, and die at the one of that number."""
    seen = 0

    def watched(call: Any) -> Any:
        def instead(*arguments: Any, **named: Any) -> Any:
            nonlocal seen
            mine, seen = seen, seen + 1
            if number == 2 * mine:
                os.kill(os.getpid(), signal.SIGKILL)
            found = call(*arguments, **named)
            if number == 2 * mine + 1:
                os.kill(os.getpid(), signal.SIGKILL)
            if counted is not None:
                counted.write_text(str(seen))
            return found

        return instead

    os.fsync, os.replace = watched(os.fsync), watched(os.replace)


def main() -> None:
    """Run the command in this process, as `python -m` would."""
    number, counted, module, *arguments = sys.argv[1:]
    watch(int(number), Path(counted) if int(number) < 0 else None)
    sys.argv = [module, *arguments]
    if module == "halograd":
        from halograd.cli import main as command_line

        command_line()
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
