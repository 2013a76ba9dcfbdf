"""The command line: parse, call one library function, render. One file per command group."""

from __future__ import annotations

import sys

from gridctl.cli.app import app
from gridctl.cli.boundary import guarded

# Importing a group registers its commands. None of these imports anything heavy.
from gridctl.cli import config_commands, fetch_command, query_command, schedule_commands, store_commands, demo_command  # noqa: E402,F401,I001  isort: skip


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors become one line on stderr."""
    return guarded(lambda: app(arguments, standalone_mode=False), debug="--debug" in arguments)


__all__ = ["app", "run"]

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
