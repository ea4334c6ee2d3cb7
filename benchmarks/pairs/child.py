"""A worker process, seen from the run that starts it."""

import json
import os
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from benchmarks.pairs.cannot_do import CannotDo

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """One code at one size in a process of its own, asked for one measurement at a time."""

    def __init__(self, python, code, n, threads, backend):
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed in `close`)
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.pairs.worker", code, str(n), str(threads), backend],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,  # to end it with the processes it starts itself
        )
        self.refusal = None
        self.refusal = self._read(timeout=300).get("missing")

    def ask(self, case, timeout):
        """The worker's reply to a case, or CannotDo with its reason."""
        if self.refusal:
            raise CannotDo(self.refusal)
        self.process.stdin.write(json.dumps(case.as_dict()) + "\n")
        self.process.stdin.flush()
        reply = self._read(timeout)
        if "missing" in reply:
            raise CannotDo(reply["missing"])
        return reply

    def _read(self, timeout):
        timer = threading.Timer(timeout, self._kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if line:
            return json.loads(line)
        self.refusal = f"its process ended: {self._last_words() or f'no reply in {timeout:g} s'}"
        return {"missing": self.refusal}

    def _last_words(self):
        self.process.wait()
        self.log.seek(0)
        lines = [line.strip() for line in self.log if line.strip()]
        return lines[-1][:300] if lines else ""

    def _kill(self):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self):
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()
