"""What came of a fetch, source by source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gridctl import clock
from gridctl.errors import ExitCode
from gridctl.landing import Counts


@dataclass
class SourceReport:
    """What came of one source. ``status``: ok, current, partial or failed."""

    name: str
    status: str = "current"
    calls: int = 0
    failed_calls: int = 0  # made, and of no use
    skipped_calls: int = 0  # not made, because nobody was there
    known_answers: int = 0  # not asked for: the publisher's version of them is here
    records_fetched: int = 0
    records_inserted: int = 0
    records_updated: int = 0
    records_rejected: int = 0
    error: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def add_window(self, start: datetime, end: datetime) -> None:
        """Widen the span of history that was asked for."""
        self.start = min(start, self.start or start)
        self.end = max(end, self.end or end)

    def add_failure(self, error: str) -> None:
        """Count a call of no use; the first one's words are kept."""
        self.failed_calls += 1
        self.error = self.error or error

    def add_counts(self, counts: Counts) -> None:
        """Add what loading one payload did."""
        self.records_fetched += counts.fetched
        self.records_inserted += counts.inserted
        self.records_updated += counts.updated
        self.records_rejected += counts.rejected

    def settle(self) -> None:
        """Work out the status when everything is counted."""
        if self.failed_calls >= self.calls > 0 or (self.error and not self.calls):
            self.status = "failed"
        elif self.failed_calls or self.skipped_calls:
            self.status = "partial"
        elif self.calls > self.known_answers:
            self.status = "ok"

    def as_dict(self) -> dict[str, object]:
        """The stable keys of ``fetch --format json``."""
        return {
            "name": self.name,
            "status": self.status,
            "calls": self.calls,
            "records_fetched": self.records_fetched,
            "records_inserted": self.records_inserted,
            "records_updated": self.records_updated,
            "records_rejected": self.records_rejected,
            "error": self.error,
            "from": clock.iso(self.start) if self.start else None,
            "to": clock.iso(self.end) if self.end else None,
        }


@dataclass
class FetchReport:
    """What came of a fetch. ``store``: loaded, deferred or skipped."""

    sources: list[SourceReport] = field(default_factory=list)
    store: str = "skipped"
    store_message: str | None = None

    def exit_code(self, *, strict: bool) -> ExitCode:
        """4 when no source came through whole; with ``strict`` 1 when any did not; else 0."""
        bad = [source for source in self.sources if source.status in ("failed", "partial")]
        if bad and len(bad) == len(self.sources):
            return ExitCode.UPSTREAM
        return ExitCode.UNMET if bad and strict else ExitCode.OK
