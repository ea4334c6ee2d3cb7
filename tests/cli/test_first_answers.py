"""What a newcomer types first is answered without loading what computes."""

import subprocess
import sys

COMMANDS = ("--version", "--help", "inspect --help", "data list", "data show hearin2014")
HEAVY = ("jax", "scipy", "astropy", "matplotlib", "h5py")
CODE = f"""
import sys
from halograd.cli import app

for line in sys.argv[1:]:
    app(line.split(), standalone_mode=False)
    loaded = sorted(sys.modules.keys() & {set(HEAVY)})
    if loaded:
        sys.exit(f"halograd {{line}} loads {{', '.join(loaded)}}")
"""


def test_first_answers_load_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", CODE, *COMMANDS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("halograd ")
    assert "arXiv:1310.6747" in done.stdout
