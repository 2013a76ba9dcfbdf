"""Why a section has nothing to show, and which command changes that."""

from __future__ import annotations

from typing import Any

from gridctl.clock import iso


def why_empty(con: Any, table: str, command: str, time: str = "timestamp") -> str:
    """``no data yet: run ...``, or which time the table does cover. ``table`` is no user's word."""
    oldest, newest = con.execute(f"SELECT min({time}), max({time}) FROM {table}").fetchall()[0]
    if oldest is None:
        return f"no data yet: run {command}"
    return f"nothing in this period; stored are {iso(oldest)} to {iso(newest)}; more: {command}"
