"""What a replan did, for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from gridctl.render.tables import write_document, write_text
from gridctl.render.values import shown_value

if TYPE_CHECKING:
    from gridctl.schedule.lifecycle.replanning import Replanned, ReplanReport

_WIDTH = 80
_UNMOVED = "kept"


def write_replan(report: ReplanReport, *, as_json: bool, all_of_them: bool, quiet: bool) -> None:
    """The document; or what changed, with both numbers, and the counts.

    ``quiet`` leaves the counts out, so that cron has nothing to mail when nothing changed; what was
    kept is listed with ``all_of_them`` only.
    """
    if as_json:
        write_document(report.as_dict())
        return
    told = [w for w in report.workloads if all_of_them or w.change.action != _UNMOVED]
    lines = [_line(item) for item in told]
    if not quiet:
        lines.append(_counts(report))
    write_text("".join(f"{line}\n" for line in lines))


def _line(item: Replanned) -> str:
    job, change = item.job, item.change
    text = f"{change.action}: {job.name} ({job.short_id}): {change.reason}"
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _counts(report: ReplanReport) -> str:
    document = report.as_dict()
    names = [key for key, value in document.items() if isinstance(value, int) and value]
    parts = [f"{document[name]} {name}" for name in names if name not in ("considered", "dry_run")]
    if not document["considered"]:
        return "nothing waits to be run"
    text = f"{shown_value(document['considered'])} considered: {', '.join(parts)}"
    return text + ("; dry run, nothing written" if report.dry_run else "")
