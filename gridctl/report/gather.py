"""Everything a report tells, read at one moment and handed over as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridctl.config import Config
from gridctl.landing import Landing
from gridctl.report.accuracy import Accuracy, read_accuracy
from gridctl.report.carbon import Carbon, read_carbon
from gridctl.report.decisions import Decisions, read_decisions
from gridctl.report.market import Demand, Prices, read_demand, read_prices
from gridctl.report.mix import Mix, read_mix
from gridctl.report.outlook import CarbonOutlook, read_outlook
from gridctl.report.period import Period
from gridctl.report.quality import Quality, read_quality
from gridctl.report.regions import Regions, read_regions
from gridctl.sources import SOURCES
from gridctl.store.connect import open_reader


@dataclass(frozen=True)
class Report:
    """All sections. ``database`` is its file name; ``licences`` are those of the data's sources."""

    title: str
    database: str
    made_at: datetime
    period: Period
    carbon: Carbon
    outlook: CarbonOutlook
    mix: Mix
    regions: Regions
    demand: Demand
    prices: Prices
    accuracy: Accuracy
    decisions: Decisions
    quality: Quality

    @property
    def is_synthetic(self) -> bool:
        """Whether anything in it is made up."""
        timed = (self.carbon, self.mix, self.demand, self.prices)
        others = (self.outlook, self.regions, self.accuracy, self.decisions)
        return any([*(s.timeline.is_synthetic for s in timed), *(s.is_synthetic for s in others)])

    @property
    def is_all_synthetic(self) -> bool:
        """Whether everything stored, and every decision told, is made up."""
        stored = self.quality.freshness
        is_made_up = bool(stored) and all(row["rows"] == row["synthetic_rows"] for row in stored)
        return is_made_up and self.decisions.is_all_synthetic

    @property
    def licences(self) -> list[str]:
        """What the publishers of the stored data ask to be said."""
        named = (SOURCES[name].licence for name in self.quality.sources if name in SOURCES)
        return list(dict.fromkeys(named))


def gather(config: Config, period: Period, now: datetime, title: str | None = None) -> Report:
    """Read every section as of the period's end. Raises :class:`gridctl.errors.DatabaseError`."""
    rejects = Landing(config.database).count_rejects()
    with open_reader(config.database, config["store.lock_timeout"], period.at) as con:
        return Report(
            title=title or "The electricity grid of Great Britain",
            database=config.database.name,
            made_at=now,
            period=period,
            carbon=read_carbon(con, period),
            outlook=read_outlook(con, period.at, config["schedule.max_forecast_age"]),
            mix=read_mix(con, period),
            regions=read_regions(con, period),
            demand=read_demand(con, period),
            prices=read_prices(con, period),
            accuracy=read_accuracy(con, period),
            decisions=read_decisions(con, period),
            quality=read_quality(con, period, rejects),
        )
