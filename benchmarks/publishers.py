"""Every publisher on this machine, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridctl.config import Config, load_config

_PROGRAM = Path(__file__).resolve().parents[1] / "tests" / "upstream.py"
_SECTIONS = ("CARBON_INTENSITY", "NESO", "ELEXON", "OCTOPUS")


@contextmanager
def publishers(database: Path) -> Iterator[Config]:
    """Settings that point at them, with that database."""
    server = subprocess.Popen(
        [sys.executable, str(_PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    try:
        urls = {f"GRIDCTL_{name}_URL": url for name in _SECTIONS}
        yield load_config(environ=urls).with_database(database)
    finally:
        server.communicate()  # it ends when its standard input does
