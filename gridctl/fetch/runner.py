"""The one runner for every source: plan, ask, land, load, report."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gridctl import clock
from gridctl.config import Config
from gridctl.errors import DatabaseBusyError
from gridctl.fetch.ask import Asking, Progress, Say, base_url
from gridctl.fetch.report import FetchReport, SourceReport
from gridctl.fetch.spans import missing
from gridctl.landing import Call, Landing
from gridctl.model import SYNTHETIC, Request, Window
from gridctl.sources import find_source, synthetic
from gridctl.sources.base import Options, Source
from gridctl.sources.due import is_due
from gridctl.store.load import Loaded, load_waiting


@dataclass(frozen=True)
class Plan:
    """What to fetch: a span of the past, the present with its forecast, or both."""

    ahead: timedelta = timedelta(hours=48)
    history: Window | None = None
    with_forecast: bool = True
    refetch: bool = False
    load: bool = True
    only_due: bool = False  # leave out datasets whose next issue cannot be there yet
    fallback: bool = False  # synthetic rows stand in for a source that stays down


def fetch(
    config: Config,
    names: Sequence[str],
    plan: Plan,
    now: datetime,
    say: Say = lambda _: None,
    progress: Progress = lambda *_: None,
    stop: threading.Event | None = None,
) -> FetchReport:
    """Fetch the named sources, land what they answer, and load it unless told not to.

    Sources are asked side by side, and one that fails does not stop the others. A busy database
    defers the load: what is landed stays pending. ``stop`` ends the asking after the calls under
    way. Raises :class:`gridctl.errors.UsageError` for an unknown source, and
    :class:`gridctl.errors.DatabaseError` when the landing journal or the database cannot be
    written.
    """
    stop = stop or threading.Event()
    landing = Landing(config.database)
    names = list(dict.fromkeys(names))
    asked = [find_source(name) for name in names if name != SYNTHETIC]
    for source in asked:
        if source.not_ready(config.section(source.setting)) is None:
            base_url(source, config)
    report = FetchReport([SourceReport(name) for name in names])
    outcomes = {outcome.name: outcome for outcome in report.sources}
    landed: dict[str, list[UUID]] = {}
    if SYNTHETIC in names:
        landed[SYNTHETIC] = _land_synthetic(config, landing, plan, now, outcomes[SYNTHETIC])

    def ask(source: Source) -> list[UUID]:
        outcome = outcomes[source.name]
        return _ask_source(source, config, landing, plan, now, outcome, say, progress, stop)

    pool = ThreadPoolExecutor(max(1, len(asked)))
    try:
        landed |= zip((s.name for s in asked), pool.map(ask, asked), strict=True)
    except BaseException:
        stop.set()  # Ctrl-C: nobody waits for the next turn any more
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if plan.fallback:
        _stand_in(config, landing, plan, now, asked, outcomes, landed, say)
    if plan.load:
        _load(config, report, landed, now, progress)
        if any(landed.values()):
            landing.forget(now - config["store.payload_retention"])
    for outcome in report.sources:
        outcome.settle()
    return report


# -- asking -----------------------------------------------------------------------------------


def _ask_source(
    source: Source,
    config: Config,
    landing: Landing,
    plan: Plan,
    now: datetime,
    outcome: SourceReport,
    say: Say,
    progress: Progress,
    stop: threading.Event,
) -> list[UUID]:
    options = config.section(source.setting)
    obstacle = source.not_ready(options)
    if obstacle is not None:
        outcome.error = obstacle
        return []
    calls = _requests(landing, source, plan, now, options, say)
    asking = Asking(
        source, config, landing, outcome, now,
        say=say, progress=progress, stop=stop, refetch=plan.refetch,
    )  # fmt: skip
    asking.run(calls)
    return asking.landed


def _requests(
    landing: Landing,
    source: Source,
    plan: Plan,
    now: datetime,
    options: Options,
    say: Say,
) -> list[Request]:
    requests: list[Request] = []
    if plan.history is not None:
        for dataset in source.datasets:
            if dataset.first_data is None:
                continue
            wanted = plan.history
            if wanted.start < dataset.first_data:
                say(f"{source.name} {dataset.name} begins {dataset.first_data:%Y-%m-%d}")
                wanted = Window(dataset.first_data, max(wanted.end, dataset.first_data))
            asked = [] if plan.refetch else landing.memory.spans(source.name, dataset.name)
            for gap in missing(wanted, asked, now):
                requests += source.history(dataset.name, gap, options)
    if plan.with_forecast:
        if plan.ahead > source.horizon and source.horizon:
            say(
                f"{source.name} publishes {clock.format_duration(source.horizon)} ahead, not "
                f"{clock.format_duration(plan.ahead)}"
            )
        latest = source.latest(now, plan.ahead, options)
        requests += _due(landing, source, latest, now) if plan.only_due else latest
    return requests


def _due(landing: Landing, source: Source, requests: list[Request], now: datetime) -> list[Request]:
    checked = landing.memory.checked(source.name)
    current = {d.name for d in source.datasets if not is_due(d, checked.get(d.name), now)}
    return [request for request in requests if request.served not in current]


def _land_synthetic(
    config: Config,
    landing: Landing,
    plan: Plan,
    now: datetime,
    outcome: SourceReport,
    tables: Sequence[str] = (),
) -> list[UUID]:
    """The recipes are the payloads: the rows are made from them when they are loaded."""
    start = plan.history.start if plan.history else now - timedelta(days=14)
    end = now + plan.ahead if plan.with_forecast or not plan.history else plan.history.end
    outcome.start, outcome.end = clock.floor_half_hour(start), clock.ceil_half_hour(end)
    seed, issued_at = int(config["synthetic.seed"]), now.replace(microsecond=0)
    landed = []
    for window in synthetic.pieces(Window(outcome.start, outcome.end)):
        body = synthetic.recipe(seed, window, issued_at, tables)
        call = Call(SYNTHETIC, "grid", "synthetic", "embedded", now, now, body, now, issued_at)
        landed.append(landing.land(call))
    outcome.calls += len(landed)
    landing.memory.mark_checked(SYNTHETIC, ["grid"], now)
    return landed


def _stand_in(
    config: Config,
    landing: Landing,
    plan: Plan,
    now: datetime,
    asked: Sequence[Source],
    outcomes: dict[str, SourceReport],
    landed: dict[str, list[UUID]],
    say: Say,
) -> None:
    """Land synthetic rows for the tables of each source that brought nothing."""
    for source in asked:
        outcome = outcomes[source.name]
        if landed[source.name] or not outcome.error:
            continue
        # Not its forecast history: a made-up vintage beside real ones would mislead a replay.
        tables = [table for table in source.tables if table != "forecast_vintages"]
        made = _land_synthetic(config, landing, plan, now, SourceReport(SYNTHETIC), tables)
        landed[source.name] = made
        say(f"{source.name} is down: synthetic data, made up and labelled so, stands in for it")


# -- loading ----------------------------------------------------------------------------------


def _load(
    config: Config,
    report: FetchReport,
    landed: dict[str, list[UUID]],
    now: datetime,
    progress: Progress,
) -> None:
    total = rows = 0

    def on_loaded(loaded: Loaded, left: int) -> None:
        nonlocal total, rows
        total = max(total, left + 1)
        rows += loaded.fetched
        progress("load", total - left, total, f"answers, {rows:,} rows")

    try:
        load_waiting(config, now, on_loaded)
    except DatabaseBusyError as busy:
        report.store, report.store_message = "deferred", str(busy)
        return
    report.store = "loaded"
    landing = Landing(config.database)
    for outcome in report.sources:
        for payload_id in landed[outcome.name]:
            state, error, counts = landing.outcome(payload_id)
            outcome.add_counts(counts)
            if state == "failed":
                outcome.add_failure(error or "failed")
