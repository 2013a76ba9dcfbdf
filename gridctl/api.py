"""gridctl from Python: :func:`gridctl.open` returns a :class:`Grid`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from gridctl import clock
from gridctl.config import Config, load_config

if TYPE_CHECKING:
    from gridctl.fetch import FetchReport
    from gridctl.query.answer import Answer
    from gridctl.render.chart.plot import Plot
    from gridctl.schedule.job.workload import Workload
    from gridctl.schedule.money.asked import MoneyAsked
    from gridctl.schedule.signals.outlook import Outlook
    from gridctl.schedule.single.decision import Decision


class Grid:
    """One database and the settings around it. Holds no connection between calls."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None = None) -> Grid:
        """Settle which database is meant; it need not exist yet."""
        return cls(load_config().with_database(path))

    def query(
        self,
        name: str,
        *,
        as_of: datetime | None = None,
        limit: int | None = None,
        **params: object,
    ) -> Answer:
        """Answer a canned query: ``grid.query("carbon-trend", hours=24).df()``.

        Raises :class:`gridctl.errors.UsageError` for an unknown name or parameter, and
        :class:`gridctl.errors.DatabaseError` when the database cannot be read.
        """
        from gridctl.query.run import run_named

        return run_named(self.config, name, params, as_of, limit)

    def plot(
        self,
        name: str,
        *,
        kind: str | None = None,
        columns: Sequence[str] = (),
        zone: tzinfo = UTC,
        as_of: datetime | None = None,
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

        answer = self.query(name, as_of=as_of, limit=limit, **params)
        return plot_query(answer, find(name), params, as_of, kind=kind, columns=columns, zone=zone)

    def sql(self, sql: str, *, as_of: datetime | None = None, limit: int | None = None) -> Answer:
        """Answer one SELECT of your own, read-only. Raises as :meth:`query` does."""
        from gridctl.query.run import run_sql

        return run_sql(self.config, sql, limit, as_of)

    def fetch(
        self, *sources: str, ahead: timedelta = timedelta(hours=48), now: datetime | None = None
    ) -> FetchReport:
        """Get the present and the forecasts of the named sources, else of those enabled."""
        from gridctl.fetch import Plan, fetch

        names: Sequence[str] = sources or self.config["fetch.sources"]
        return fetch(self.config, names, Plan(ahead), now or clock.now())

    def schedule(
        self,
        workload: Workload,
        *,
        as_of: datetime | None = None,
        allow_synthetic: bool = False,
        dry_run: bool = False,
        outlook: Outlook | None = None,
        money: MoneyAsked | None = None,
    ) -> Decision:
        """Decide when and where a job runs, and record it unless ``dry_run``.

        Make a workload with :func:`gridctl.schedule.job.workload.make_workload`. ``outlook``
        corrects the forecast, adds caution, or names a file with another
        (:mod:`gridctl.schedule.signals.outlook`); ``money`` names a price series or a flexibility
        market other than those of the settings.
        Raises :class:`gridctl.errors.SignalError` when the forecast is missing, stale or synthetic.
        """
        from gridctl.schedule import schedule_workload

        return schedule_workload(
            self.config, workload, as_of=as_of, allow_synthetic=allow_synthetic,
            dry_run=dry_run, outlook=outlook, money=money,
        )  # fmt: skip
