"""Carbon-aware and grid-aware computing in Great Britain.

>>> import gridctl
>>> grid = gridctl.open("grid.duckdb")
>>> grid.query("carbon-trend", hours=24).df()

Importing this package imports nothing else, so that ``gridctl --version`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from gridctl.api import Grid

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(path: str | PathLike[str] | None = None) -> Grid:
    """Return a :class:`gridctl.api.Grid` over the database at ``path``.

    Without a path, the database is found as the command line finds it: ``GRIDCTL_DB``, then the
    config file, then the user data folder. No connection is held between calls.
    """
    from gridctl.api import Grid

    return Grid.open(path)
