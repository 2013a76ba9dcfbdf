"""The state of each source: whether it is asked, how it went, and when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl import clock
from gridctl.config import Config
from gridctl.errors import DatabaseError
from gridctl.landing import Landing
from gridctl.model import SYNTHETIC
from gridctl.sources import SOURCES
from gridctl.sources.base import Dataset, Source
from gridctl.sources.due import next_due
from gridctl.store.connect import open_reader
from gridctl.store.tables import TABLES


@dataclass(frozen=True)
class DatasetState:
    """One dataset. ``next_due`` is when ``--watch`` asks again; ``None`` means at once.

    ``stale_at`` is when the issue after that one is due too, and what is here is stale.
    """

    name: str
    about: str
    cadence: str
    history_from: datetime | None
    last_success: datetime | None
    next_due: datetime | None
    stale_at: datetime | None


@dataclass(frozen=True)
class SourceState:
    """One source. ``obstacle`` says why it cannot be asked; ``newest_data`` is its newest row."""

    name: str
    about: str
    licence: str
    is_enabled: bool
    obstacle: str | None
    newest_data: datetime | None
    datasets: list[DatasetState]

    @property
    def last_success(self) -> datetime | None:
        """When a dataset of it was last brought up to date."""
        return max((d.last_success for d in self.datasets if d.last_success), default=None)

    @property
    def next_due(self) -> datetime | None:
        """When the first of its datasets is due; ``None`` means at once."""
        due = [d.next_due for d in self.datasets]
        return None if None in due else min(filter(None, due), default=None)

    def state(self, now: datetime) -> str:
        """``off``, ``not set up``, ``never`` fetched, ``stale``, or ``ok``."""
        if self.obstacle is not None:
            return "not set up"
        if not self.is_enabled:
            return "off"
        if self.last_success is None:
            return "never"
        stale = [d.stale_at for d in self.datasets if d.stale_at is not None]
        return "stale" if any(at <= now for at in stale) else "ok"


def source_states(config: Config) -> tuple[list[SourceState], str | None]:
    """All sources in the order of the registry, the embedded one last.

    Also why the newest data is not known, if it is not: no database yet, or a busy one.
    """
    landing = Landing(config.database)
    newest: dict[str, datetime] = {}
    problem = None
    try:
        with open_reader(config.database, config["store.lock_timeout"]) as con:
            newest = _newest(con)
    except DatabaseError as error:
        problem = str(error)
    enabled = config["fetch.sources"]
    states = [_state(s, config, landing, enabled, newest.get(s.name)) for s in SOURCES.values()]
    return [*states, _synthetic(landing, enabled, newest.get(SYNTHETIC))], problem


def _state(
    source: Source,
    config: Config,
    landing: Landing,
    enabled: list[str],
    newest: datetime | None,
) -> SourceState:
    checked = landing.memory.checked(source.name)
    obstacle = source.not_ready(config.section(source.setting))
    is_enabled = source.name in enabled
    is_asked = is_enabled and obstacle is None
    datasets = [_dataset(d, checked.get(d.name), is_asked=is_asked) for d in source.datasets]
    return SourceState(
        source.name, source.about, source.licence, is_enabled, obstacle, newest, datasets
    )


def _dataset(dataset: Dataset, checked: datetime | None, *, is_asked: bool) -> DatasetState:
    due = next_due(dataset, checked) if is_asked else None
    return DatasetState(
        dataset.name,
        dataset.about,
        clock.format_duration(dataset.cadence),
        dataset.first_data,
        checked,
        due,
        due and due + dataset.cadence,
    )


def _synthetic(landing: Landing, enabled: list[str], newest: datetime | None) -> SourceState:
    last = landing.memory.checked(SYNTHETIC).get("grid")
    about = "a made-up grid, embedded: no network, labelled wherever it appears"
    grid = DatasetState("grid", about, "on request", None, last, None, None)
    return SourceState(SYNTHETIC, about, "none needed", SYNTHETIC in enabled, None, newest, [grid])


def _newest(con: Any) -> dict[str, datetime]:
    """The newest moment each source has a row for, over all tables that are about time."""
    dated = [
        (table.name, column)
        for table in TABLES.values()
        for column in table.key
        if column in ("timestamp", "snapshot_timestamp", "issued_at")
    ]
    parts = " UNION ALL ".join(
        f"SELECT source, max({column}) AS newest FROM {table} GROUP BY source"
        for table, column in dated
    )
    return dict(
        con.execute(f"SELECT source, max(newest) FROM ({parts}) GROUP BY source").fetchall()
    )
