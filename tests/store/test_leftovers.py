"""Files of processes that are no more go, those of living ones stay."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gridctl.store.leftovers import remove_abandoned


def test_only_files_of_dead_processes_go(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    kept = [f".part.{os.getpid()}.new", ".part.x.new", f"part.{process.pid}.new", ".part.1"]
    gone = [f".part.{process.pid}.new", f".part.{process.pid}.new.wal"]
    for name in (*kept, *gone):
        (tmp_path / name).touch()
    remove_abandoned(tmp_path, ".part.{pid}.new")
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(kept)
