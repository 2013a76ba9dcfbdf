"""The one runner for every source: plan, ask, land, load, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from gridctl import clock
from gridctl.config import Config
from gridctl.errors import DatabaseBusyError, ExitCode, UsageError
from gridctl.fetch import http
from gridctl.fetch.spans import missing
from gridctl.landing import Call, Counts, Landing
from gridctl.model import SYNTHETIC, Request, Window
from gridctl.sources import find_source, synthetic
from gridctl.sources.base import Source
from gridctl.store.load import Loaded, load_waiting

Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]  # what, done, of how many


@dataclass(frozen=True)
class Plan:
    """What to fetch: a span of the past, the present with its forecast, or both."""

    ahead: timedelta = timedelta(hours=48)
    history: Window | None = None
    with_forecast: bool = True
    refetch: bool = False
    load: bool = True


@dataclass
class SourceReport:
    """What came of one source. ``status``: ok, current, partial or failed."""

    name: str
    status: str = "current"
    calls: int = 0
    failed_calls: int = 0  # made, and of no use
    skipped_calls: int = 0  # not made, because nobody was there
    records_fetched: int = 0
    records_inserted: int = 0
    records_updated: int = 0
    records_rejected: int = 0
    error: str | None = None
    start: datetime | None = None
    end: datetime | None = None

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


def fetch(
    config: Config,
    names: Sequence[str],
    plan: Plan,
    now: datetime,
    say: Say = lambda _: None,
    progress: Progress = lambda *_: None,
) -> FetchReport:
    """Fetch the named sources, land what they answer, and load it unless told not to.

    A source that fails does not stop the others. A busy database defers the load: what is landed
    stays pending. Raises :class:`UsageError` for an unknown source and
    :class:`gridctl.errors.DatabaseError` when the landing journal cannot be written.
    """
    for name in names:
        if name != SYNTHETIC:
            find_source(name)
    landing = Landing(config.database)
    report = FetchReport()
    landed: dict[str, list[UUID]] = {}
    for name in dict.fromkeys(names):
        outcome = SourceReport(name)
        report.sources.append(outcome)
        landed[name] = (
            _land_synthetic(config, landing, plan, now, outcome)
            if name == SYNTHETIC
            else _land_source(config, landing, find_source(name), plan, now, outcome, say, progress)
        )
    if plan.load:
        _load(config, report, landed, now, progress)
        landing.forget_bodies(now - config["store.payload_retention"])
    for outcome in report.sources:
        _settle(outcome)
    return report


# -- asking -----------------------------------------------------------------------------------


def _land_source(
    config: Config,
    landing: Landing,
    source: Source,
    plan: Plan,
    now: datetime,
    outcome: SourceReport,
    say: Say,
    progress: Progress,
) -> list[UUID]:
    base = str(config[f"{source.SETTING}.url"]).rstrip("/")
    host = urlsplit(base).netloc
    if not host or urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(f"{source.SETTING}.url must be an http(s) URL, not {base!r}")
    patience = http.Patience.from_config(config)
    calls = _requests(landing, source, plan, now, say)
    landed: list[UUID] = []
    with http.new_session() as session:
        for i, request in enumerate(calls):
            progress(source.NAME, i, len(calls))
            answer = http.get(
                session,
                base + request.path,
                dict(request.params),
                patience,
                lambda: time.sleep(landing.reserve(host, source.MIN_INTERVAL)),
            )
            call = _as_call(request, base + request.path, answer)
            payload_id = landing.land(call, request.window)
            if call.error is None:
                landed.append(payload_id)
            _count(outcome, request, call)
            if answer.status is None:  # nobody there: the other calls would only wait as long
                outcome.skipped_calls = len(calls) - i - 1
                break
        progress(source.NAME, len(calls), len(calls))
    return landed


def _requests(
    landing: Landing, source: Source, plan: Plan, now: datetime, say: Say
) -> list[Request]:
    requests: list[Request] = []
    if plan.history is not None:
        for dataset in source.DATASETS:
            wanted = plan.history
            if wanted.start < dataset.first_data:
                say(f"{source.NAME} {dataset.name} begins {dataset.first_data:%Y-%m-%d}")
                wanted = Window(dataset.first_data, wanted.end)
            asked = [] if plan.refetch else landing.spans(source.NAME, dataset.name)
            for gap in missing(wanted, asked, now):
                requests += source.history(dataset.name, gap)
    if plan.with_forecast:
        horizon = source.HORIZON
        if plan.ahead > horizon:
            say(
                f"{source.NAME} publishes {clock.format_duration(horizon)} ahead, not "
                f"{clock.format_duration(plan.ahead)}"
            )
        requests += source.latest(now, plan.ahead)
    return requests


def _as_call(request: Request, url: str, answer: http.Answer) -> Call:
    error = answer.error
    if error is None and answer.status != 200:
        error = f"answered {answer.status}{_excerpt(answer.body)}"
    elif error is not None:
        error = f"{urlsplit(url).netloc}: {error}, after {answer.attempts} tries"
    return Call(
        request.source,
        request.dataset,
        "http",
        url,
        answer.requested_at,
        as_of=answer.responded_at,
        body=answer.body,
        responded_at=answer.responded_at,
        issued_at=answer.responded_at if request.is_forecast else None,
        status=answer.status,
        headers=answer.headers or {},
        attempts=answer.attempts,
        error=error,
    )


def _excerpt(body: bytes | None) -> str:
    text = " ".join((body or b"")[:300].decode("utf-8", "replace").split())
    return f": {text[:160]}" if text else ""


def _count(outcome: SourceReport, request: Request, call: Call) -> None:
    outcome.calls += 1
    if call.error is not None:
        outcome.failed_calls += 1
        outcome.error = outcome.error or f"{request.path} {call.error}"
    if request.window is not None:
        starts = [t for t in (outcome.start, request.window.start) if t]
        ends = [t for t in (outcome.end, request.window.end) if t]
        outcome.start, outcome.end = min(starts), max(ends)


def _land_synthetic(
    config: Config, landing: Landing, plan: Plan, now: datetime, outcome: SourceReport
) -> list[UUID]:
    """The recipes are the payloads: the rows are made from them when they are loaded."""
    start = plan.history.start if plan.history else now - timedelta(days=14)
    end = now + plan.ahead if plan.with_forecast or not plan.history else plan.history.end
    outcome.start, outcome.end = clock.floor_half_hour(start), clock.ceil_half_hour(end)
    seed, issued_at = int(config["synthetic.seed"]), now.replace(microsecond=0)
    landed = []
    for window in synthetic.pieces(Window(outcome.start, outcome.end)):
        body = synthetic.recipe(seed, window, issued_at)
        call = Call(SYNTHETIC, "grid", "synthetic", "embedded", now, now, body, now, issued_at)
        landed.append(landing.land(call))
    outcome.calls = len(landed)
    return landed


# -- loading ----------------------------------------------------------------------------------


def _load(
    config: Config,
    report: FetchReport,
    landed: dict[str, list[UUID]],
    now: datetime,
    progress: Progress,
) -> None:
    total = 0

    def on_loaded(_: Loaded, left: int) -> None:
        nonlocal total
        total = max(total, left + 1)
        progress("load", total - left, total)

    try:
        load_waiting(config, now, on_loaded)
    except DatabaseBusyError as busy:
        report.store, report.store_message = "deferred", str(busy)
        return
    report.store = "loaded"
    landing = Landing(config.database)
    for outcome in report.sources:
        for payload_id in landed[outcome.name]:
            _add_loaded(outcome, *landing.outcome(payload_id))


def _add_loaded(outcome: SourceReport, state: str, error: str | None, counts: Counts) -> None:
    outcome.records_fetched += counts.fetched
    outcome.records_inserted += counts.inserted
    outcome.records_updated += counts.updated
    outcome.records_rejected += counts.rejected
    if state == "failed":
        outcome.failed_calls += 1
        outcome.error = outcome.error or error


def _settle(outcome: SourceReport) -> None:
    if outcome.failed_calls >= outcome.calls > 0:
        outcome.status = "failed"
    elif outcome.failed_calls or outcome.skipped_calls:
        outcome.status = "partial"
    elif outcome.calls:
        outcome.status = "ok"
