"""The list of sources, as rows or with every dataset as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from gridctl.render.tables import write_document, write_rows

if TYPE_CHECKING:
    from gridctl.ops.sources import SourceState


def write_sources(states: Sequence[SourceState], format: str) -> None:
    """One row per source; JSON has the datasets within each."""
    if format == "json":
        documents = []
        for state in states:
            document = asdict(state)
            document["last_success"], document["next_due"] = state.last_success, state.next_due
            documents.append(document)
        return write_document({"sources": documents})
    columns = [
        ("source", "VARCHAR"),
        ("state", "VARCHAR"),
        ("last_success", "TIMESTAMPTZ"),
        ("newest_data", "TIMESTAMPTZ"),
        ("next_due", "TIMESTAMPTZ"),
        ("about", "VARCHAR"),
    ]
    rows = [
        (
            state.name,
            "not set up" if state.obstacle else "enabled" if state.is_enabled else "off",
            _to_minute(state.last_success),
            state.newest_data,
            _to_minute(state.next_due),
            state.obstacle or state.about,
        )
        for state in states
    ]
    write_rows(columns, rows, format)


def _to_minute(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(second=0, microsecond=0)
