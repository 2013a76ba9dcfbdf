"""Write the report's page, whole or not at all."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from gridctl.errors import UsageError
from gridctl.render.page.page import page_of
from gridctl.render.tables import check_place, write_file
from gridctl.report.gather import Report

ENDINGS = (".html", ".htm")


def check_page(path: Path) -> None:
    """Raise :class:`UsageError` when no page can be written there, before any work is done."""
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"{path}: a report ends in {' or '.join(ENDINGS)}")
    if find_spec("vl_convert") is None or find_spec("jinja2") is None:
        raise UsageError("a report needs: pip install 'gridctl[report]'")
    check_place(path)


def write_page(report: Report, path: Path) -> int:
    """Write the page as UTF-8 and return its size in bytes.

    Raises :class:`UsageError` naming the file when it cannot be written; nothing partial is left.
    """
    check_page(path)
    content = page_of(report).encode()
    write_file(path, content)
    return len(content)
