"""Entry point of the ``gridctl`` command and of ``python -m gridctl``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:] == ["--version"]:  # answered before anything is imported
        from gridctl import __version__

        sys.stdout.write(f"gridctl {__version__}\n")
        return 0
    from gridctl.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
