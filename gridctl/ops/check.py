"""Is what is stored true and whole: the checks of the store, and of the trail of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from gridctl.config import Config
from gridctl.errors import UsageError
from gridctl.schedule.audit import verify
from gridctl.store.checks import CHECKS, ERROR, WARNING, Asked, Finding, run_checks
from gridctl.store.connect import open_reader
from gridctl.store.upsert import column_types

TRAIL = "workload_schedules"
_TABLES = sorted({TRAIL}.union(*(check.tables for check in CHECKS)))


def check_store(
    config: Config,
    now: datetime,
    tables: Sequence[str] = (),
    *,
    only_errors: bool = False,
) -> list[Finding]:
    """Everything that is at fault in these tables, in all when none is named; errors first.

    Raises :class:`UsageError` for a table there is not, :class:`DatabaseError` as reading does.
    """
    for table in tables:
        _refuse_unknown(table)
    chosen = tables or _TABLES
    severities = (ERROR,) if only_errors else (ERROR, WARNING)
    with open_reader(config.database, config["store.lock_timeout"]) as con:
        asked = Asked(config, now, column_types(con))
        findings = run_checks(con, asked, chosen, severities)
    if TRAIL in chosen:
        findings += _broken_trail(config)
    return sorted(findings, key=lambda finding: finding.severity != ERROR)


def _refuse_unknown(table: str) -> None:
    if table not in _TABLES:
        close = get_close_matches(table, _TABLES, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(_TABLES)}"
        raise UsageError(f"--table {table!r}: no such table is checked; {hint}")


def _broken_trail(config: Config) -> list[Finding]:
    found = verify(config)
    if found.broken is None:
        return []
    example = f"sequence {found.sequence}, decision {found.decision_id}"
    return [Finding("audit_chain", ERROR, TRAIL, None, None, None, 1, found.broken, example)]
