"""The verdict of a gate, in one line or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridctl.render.tables import write_document, write_text

if TYPE_CHECKING:
    from gridctl.schedule.gate import Verdict


def write_verdict(verdict: Verdict, *, as_json: bool, quiet: bool) -> None:
    """``go: ...`` or ``hold: ...``; nothing under ``quiet``, unless JSON was asked for."""
    if as_json:
        write_document(verdict.as_dict())
    elif not quiet:
        write_text(f"{'go' if verdict.go else 'hold'}: {verdict.reason}\n")
