"""Write the report's page, whole or not at all."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from gridctl.errors import UsageError
from gridctl.render.page.page import page_of
from gridctl.render.tables import write_file
from gridctl.report.gather import Report

ENDINGS = (".html", ".htm")


def check_page(path: Path) -> None:
    """Raise :class:`UsageError` when no page can be written there, before any work is done."""
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"{path}: a report ends in {' or '.join(ENDINGS)}")
    if find_spec("vl_convert") is None or find_spec("jinja2") is None:
        raise UsageError("a report needs: pip install 'gridctl[report]'")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {folder}")
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot write {path}: {folder} may not be written")


def write_page(report: Report, path: Path) -> int:
    """Write the page as UTF-8 and return its size in bytes.

    Raises :class:`UsageError` naming the file when it cannot be written; nothing partial is left.
    """
    check_page(path)
    content = page_of(report).encode()
    write_file(path, content)
    return len(content)
