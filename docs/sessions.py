"""Sessions in the pages: what each ``$ gridctl ...`` of a ``console`` block prints, run anew.

The commands of one page run in order in a folder of their own, with the database ``grid.duckdb``.
``python docs/generate.py`` writes what they print into the pages; a test holds the pages to it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "charts.md",
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
]
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_SETTINGS = {"GRIDCTL_DB": "grid.duckdb", "TZ": "UTC", "PYTHONUTF8": "1", "COLUMNS": "80"}


def refreshed(text: str, folder: Path) -> str:
    """The page with what its commands print now. Raises ``RuntimeError`` when one fails."""
    return _BLOCK.sub(lambda block: f"```console\n{_run_all(block[1], folder)}```", text)


def _run_all(session: str, folder: Path) -> str:
    commands = re.findall(r"^\$ (.*)\n", session, flags=re.MULTILINE)
    return "".join(f"$ {command}\n{_run(command, folder)}" for command in commands)


def _run(command: str, folder: Path) -> str:
    script = f'gridctl() {{ "{sys.executable}" -m gridctl "$@"; }}\n{command}'
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, **_SETTINGS},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{command}: exit {ran.returncode}: {ran.stderr}")
    return ran.stdout
