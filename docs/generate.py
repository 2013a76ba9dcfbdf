"""Write the pages that follow from the program itself; a test holds them to it.

Run: python docs/generate.py
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path

os.environ.update(
    COLUMNS="80", TERMINAL_WIDTH="80", NO_COLOR="1", TYPER_USE_RICH="0", LC_ALL="C.UTF-8"
)

import sessions
from queries_page import queries_page
from schema_page import schema_page

DOCS = Path(__file__).parent
COMMANDS = (
    (),
    ("init",),
    ("fetch",),
    ("status",),
    ("store", "load"),
    ("store", "status"),
    ("store", "rejects"),
    ("store", "check"),
    ("store", "prune"),
    ("store", "export"),
    ("store", "backup"),
    ("store", "migrate"),
    ("store", "rebuild"),
    ("query",),
    ("schedule-workload",),
    ("schedule", "plan"),
    ("schedule", "simulate"),
    ("schedule", "replan"),
    ("schedule", "list"),
    ("schedule", "show"),
    ("schedule", "start"),
    ("schedule", "complete"),
    ("schedule", "cancel"),
    ("schedule", "settle"),
    ("schedule", "run"),
    ("gate",),
    ("asset", "add"),
    ("asset", "list"),
    ("asset", "show"),
    ("asset", "remove"),
    ("asset", "activate"),
    ("audit", "verify"),
    ("schedule", "baseline"),
    ("schedule", "settle-flexibility"),
    ("sources",),
    ("cron", "install"),
    ("cron", "show"),
    ("cron", "remove"),
    ("demo",),
    ("config", "show"),
    ("config", "path"),
)


def commands_page() -> str:
    """``commands.md``: the help of every command."""
    from gridctl.cli import run

    parts = ["# Commands\n\nMade from `--help` by `python docs/generate.py`.\n"]
    for words in COMMANDS:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run([*words, "--help"])
        text = "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())
        parts.append(f"## gridctl {' '.join(words)}".rstrip() + f"\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


PAGES = {"commands.md": commands_page, "queries.md": queries_page, "schema.md": schema_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    for page in sessions.PAGES:
        with tempfile.TemporaryDirectory() as folder:
            text = page.read_text(encoding="utf-8")
            page.write_text(sessions.refreshed(text, Path(folder)), encoding="utf-8")
