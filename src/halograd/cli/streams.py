"""Standard output and error as they are: without Greek letters, or full."""

import codecs
import os
import sys
from contextlib import suppress

OUTPUT_FAILED = 1

_SPELLED = {
    **{"χ": "chi", "σ": "sigma", "Σ": "Sigma", "Δ": "Delta", "π": "pi", "ξ": "xi", "Ω": "Omega"},
    **{"θ": "theta", "λ": "lambda", "α": "alpha", "β": "beta", "μ": "mu", "ℓ": "l"},
    **{"²": "^2", "³": "^3", "±": "+-", "×": "x", "·": ".", "≥": ">=", "≤": "<=", "→": "->"},
    **{"–": "-", "—": "-", "−": "-", "…": "...", "‘": "'", "’": "'", "“": '"', "”": '"'},
    **{"ø": "o", "ä": "a", "ö": "o", "ü": "u", "é": "e", "\N{NO-BREAK SPACE}": " "},
}


def spell_unknown_characters() -> None:
    """Let standard output and error spell what their encoding lacks, as chi^2 for χ².

    A log of a batch job is often ASCII, and a long run should not end for a Greek letter.
    """
    codecs.register_error("halograd.spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a test or a notebook has replaced it
            stream.reconfigure(errors="halograd.spelled")


def say_on_stderr(text: str) -> None:
    """Print a line of the program's own to standard error, if that can be written."""
    with suppress(OSError):
        print(f"halograd: {text}", file=sys.stderr, flush=True)


def output_failed(error: OSError) -> int:
    """Say that standard output cannot be written, and return the exit status for it."""
    say_on_stderr(f"cannot write to standard output: {error.strerror or error}")
    return OUTPUT_FAILED


def flushed(status: int) -> int:
    """The exit status, after everything that was printed is written.

    What cannot be written is dropped: Python would complain of it once more at its end.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # closed before the program began
            continue
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout:
                status = status or output_failed(error)
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return status


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SPELLED.get(letter, "?") for letter in lacking), error.end
