"""gridctl from Python: :func:`gridctl.open` returns a :class:`Grid`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from gridctl import clock
from gridctl.clock import Moment, Span
from gridctl.config import Config, load_config
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.fetch import FetchReport
    from gridctl.ops.overview import Overview
    from gridctl.query.answer import Answer
    from gridctl.render.chart.plot import Plot
    from gridctl.schedule.job.keywords import JobKeywords
    from gridctl.schedule.job.workload import Workload
    from gridctl.schedule.money.asked import MoneyAsked
    from gridctl.schedule.signals.outlook import Outlook
    from gridctl.schedule.single.decision import Decision

_AHEAD = timedelta(hours=48)


class Grid:
    """One database and the settings around it. Holds no connection between calls.

    Times are aware ``datetime``, or text as the command line reads it: ``2025-11-25T14:00Z``,
    ``-7d``, ``tomorrow 18:00``. Text without a zone is Europe/London; a ``datetime`` without one
    raises :class:`gridctl.errors.UsageError`.
    """

    def __init__(self, config: Config) -> None:
        self.config = config

    def __repr__(self) -> str:
        return f"<Grid {self.config.database}>"

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None = None) -> Grid:
        """Settle which database is meant; it need not exist yet."""
        return cls(load_config().with_database(path))

    def query(
        self,
        name: str,
        *,
        as_of: Moment | None = None,
        limit: int | None = None,
        **params: object,
    ) -> Answer:
        """Answer a canned query: ``grid.query("carbon-trend", hours=24).df()``.

        Raises :class:`gridctl.errors.UsageError` for an unknown name or parameter, and
        :class:`gridctl.errors.DatabaseError` when the database cannot be read.
        """
        from gridctl.query.run import run_named

        return run_named(self.config, name, params, _moment(as_of), limit)

    def plot(
        self,
        name: str,
        *,
        kind: str | None = None,
        columns: Sequence[str] = (),
        zone: tzinfo | str = UTC,
        as_of: Moment | None = None,
        limit: int | None = None,
        **params: object,
    ) -> Plot:
        """Chart a canned query: ``grid.plot("carbon-trend", hours=168).save("week.svg")``.

        A notebook shows the picture itself, ``print`` the chart in characters. ``kind`` (line,
        area, bar or heatmap) and ``columns`` (of numbers) replace what the query says of itself;
        ``zone`` is that of the time axis. Raises as :meth:`query` does, and
        :class:`gridctl.errors.UsageError` when kind or columns do not suit the answer.
        """
        from gridctl.query.catalogue import find
        from gridctl.render.chart.asked import plot_query

        moment = _moment(as_of)
        answer = self.query(name, as_of=moment, limit=limit, **params)
        shown_in = clock.find_zone(zone) if isinstance(zone, str) else zone
        query = find(name, self.config.query_folder)
        return plot_query(answer, query, params, moment, kind=kind, columns=columns, zone=shown_in)

    def sql(self, sql: str, *, as_of: Moment | None = None, limit: int | None = None) -> Answer:
        """Answer one SELECT of your own, read-only. Raises as :meth:`query` does."""
        from gridctl.query.run import run_sql

        return run_sql(self.config, sql, limit, _moment(as_of))

    def fetch(
        self, *sources: str, ahead: timedelta = _AHEAD, now: datetime | None = None
    ) -> FetchReport:
        """Get the present and the forecasts of the named sources, else of those enabled."""
        from gridctl.fetch import Plan, fetch

        names: Sequence[str] = sources or self.config["fetch.sources"]
        return fetch(self.config, names, Plan(ahead), now or clock.now())

    def status(self, *, as_of: Moment | None = None) -> Overview:
        """Everything that ``gridctl status`` shows. Raises as :meth:`query` does."""
        from gridctl.ops.overview import overview

        return overview(self.config, _moment(as_of) or clock.now())

    def signal(
        self,
        region: str | int | None = None,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        as_of: Moment | None = None,
        allow_synthetic: bool = False,
        outlook: Outlook | None = None,
        money: MoneyAsked | None = None,
    ) -> Answer:
        """What decisions rest on: carbon, renewable share, price and stress by half hour.

        Of Great Britain, or a region by number, name, code or postcode, from ``start`` (now) to
        ``end`` (48 hours later), as known at ``as_of`` (now). Each value says where it came from;
        one that may not be planned on is missing, and why. Columns:
        :data:`gridctl.schedule.signals.rows.COLUMNS`. Raises as :meth:`schedule` does.
        """
        from gridctl.model import Window
        from gridctl.query.answer import Answer
        from gridctl.regions import find_region
        from gridctl.schedule.basis import make_basis
        from gridctl.schedule.reading import read
        from gridctl.schedule.signals.rows import COLUMNS, signal_notes, signal_rows

        past = _moment(as_of)
        now = past or clock.now()
        first = now if start is None else clock.as_moment(start, now)
        last = first + _AHEAD if end is None else clock.as_moment(end, now)
        if last <= first:
            raise UsageError(f"the end {clock.iso(last)} is not after the start {clock.iso(first)}")
        place = None if region is None else find_region(str(region)).number
        basis = make_basis(past, outlook, money, allow_synthetic=allow_synthetic)
        found = read(self.config, [place], Window(first, last), now, basis).signals[place]
        return Answer(list(COLUMNS), signal_rows(found), signal_notes(found))

    def schedule(
        self,
        workload: Workload | None = None,
        *,
        region: str | int | Sequence[str | int] = (),
        asset: str | None = None,
        as_of: Moment | None = None,
        allow_synthetic: bool = False,
        dry_run: bool = False,
        outlook: Outlook | None = None,
        money: MoneyAsked | None = None,
        **job: Unpack[JobKeywords],
    ) -> Decision:
        """Decide when and where a job runs, and record it unless ``dry_run``.

        ``grid.schedule(energy_kwh=5000, duration="4h", deadline="tomorrow 18:00")``, with the
        keywords of :class:`gridctl.schedule.job.keywords.JobKeywords`; ``region`` is where it may
        run, the first is home, ``any`` adds all 14; ``asset`` the stored machine it runs on. A
        ``workload`` (:func:`gridctl.schedule.job.workload.make_workload`) stands for all of these.

        ``outlook`` corrects the forecast, adds caution, or names a file with another
        (:mod:`gridctl.schedule.signals.outlook`); ``money`` names a price series or a flexibility
        market other than those of the settings.
        Raises :class:`gridctl.errors.SignalError` when the forecast is missing, stale or synthetic,
        and :class:`gridctl.errors.UsageError` for a job that makes no sense.
        """
        from gridctl.ops.assets import on_asset
        from gridctl.schedule import schedule_workload
        from gridctl.schedule.job.keywords import fields_of_job
        from gridctl.schedule.job.workload import make_workload

        past = _moment(as_of)
        if workload is None:
            now = past or clock.now()
            regions = [region] if isinstance(region, str | int) else region
            given = fields_of_job(job, now)
            places = [str(place) for place in regions]
            workload = make_workload(on_asset(self.config, asset, places, given, now))
        elif job or region != () or asset is not None:
            raise UsageError("give a workload, or the keywords of a job, not both")
        return schedule_workload(
            self.config, workload, as_of=past, allow_synthetic=allow_synthetic,
            dry_run=dry_run, outlook=outlook, money=money,
        )  # fmt: skip

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        last: Span | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        as_of: Moment | None = None,
        title: str | None = None,
    ) -> int:
        """Write one HTML page about the grid, and return its size in bytes.

        The period is ``start`` to ``end``, or the ``last`` 14 days up to ``end``, which is now
        unless given. Raises :class:`gridctl.errors.UsageError` for a period or a file that will
        not do, and :class:`gridctl.errors.DatabaseError`.
        """
        from gridctl.render.page.write import check_page, write_page
        from gridctl.report.gather import gather
        from gridctl.report.period import make_period

        target, now = Path(path), clock.now()
        check_page(target)
        at = _moment(as_of) or now
        period = make_period(
            at,
            last=None if last is None else clock.as_span(last),
            start=None if start is None else clock.as_moment(start, at),
            end=None if end is None else clock.as_moment(end, at),
        )
        return write_page(gather(self.config, period, now, title), target)


def _moment(given: Moment | None) -> datetime | None:
    return None if given is None else clock.as_moment(given, clock.now())
