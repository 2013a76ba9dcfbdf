"""Where the files shipped beside the code are: the ``schema/`` folder."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def schema_dir() -> Path:
    """The folder of SQL steps, views, queries and seeds.

    A wheel carries it inside the package; an editable install uses the repository's own folder.
    """
    shipped = _PACKAGE / "schema"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "schema"
