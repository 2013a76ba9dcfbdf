"""How long the rows of each table stay: nothing goes unless somebody asked for it.

What jobs were decided and why, and whom and what they refer to, is never pruned: the trail of
decisions must stay whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

from gridctl.config import KEEP, SETTINGS, Config
from gridctl.errors import UsageError

# No table refers to one of these, so their rows may go in any order.
PRUNABLE = tuple(s.key for s in SETTINGS if s.section == "retention" and s.kind == "period")


def is_enabled(config: Config) -> bool:
    """Whether the user turned retention on."""
    return bool(config["retention.enabled"])


def archive_folder(config: Config) -> Path | None:
    """Where rows are archived by default, ``None`` when nowhere."""
    folder = config["retention.archive"]
    return Path(folder).expanduser() if folder else None


def cutoffs(
    config: Config, now: datetime, tables: Sequence[str] = (), older_than: timedelta | None = None
) -> dict[str, datetime]:
    """The moment before which the rows of each table go; tables that keep theirs are left out.

    ``older_than`` takes the place of the settings, for ``tables`` named one by one. Raises
    :class:`UsageError` for a table that is never pruned, and for an age without tables.
    """
    for table in tables:
        _refuse_others(table)
    if older_than is not None:
        if not tables:
            raise UsageError("--older-than needs --table: say of which tables rows may go")
        return {table: now - older_than for table in PRUNABLE if table in tables}
    periods = {table: config[f"retention.{table}"] for table in tables or PRUNABLE}
    return {table: now - periods[table] for table in PRUNABLE if periods.get(table, KEEP) != KEEP}


def _refuse_others(table: str) -> None:
    if table in PRUNABLE:
        return
    close = get_close_matches(table, PRUNABLE, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(PRUNABLE)}"
    raise UsageError(f"--table {table!r} is not pruned; {hint}")
