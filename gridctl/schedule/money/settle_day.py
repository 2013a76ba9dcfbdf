"""A day's metering settled against its baseline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from gridctl.clock import settlement_start
from gridctl.errors import DataError, UsageError
from gridctl.schedule.money.baseline import Baseline, bl01, event_half_hours
from gridctl.schedule.money.flexibility import Settlement, Terms, settle, terms_of
from gridctl.schedule.money.metering import read_metering
from gridctl.schedule.money.price_file import read_price_file
from gridctl.schedule.signals.readings import SLOT

if TYPE_CHECKING:
    from gridctl.config import Config


@dataclass(frozen=True)
class DayAsked:
    """A meter's file, a day, and the event in it: local clock times, the whole day without."""

    metering: Path
    day: date
    event: str | None = None
    event_days: Collection[date] = ()
    in_day_adjustment: bool = False

    def half_hours(self) -> range | None:
        return event_half_hours(self.day, self.event) if self.event else None


@dataclass(frozen=True)
class SettledDay:
    """The baseline of a day and what each of its half hours earned (epoch seconds, by start)."""

    baseline: Baseline
    slots: range
    terms: Terms
    wholesale_gbp_mwh: tuple[float, ...]
    imbalance_gbp_mwh: tuple[float, ...]
    settlement: Settlement
    notes: tuple[str, ...]

    def price_gbp_mwh(self, index: int) -> float:
        """What was paid for a MWh sold in a half hour: the wholesale price, or the bid."""
        if self.terms.market == "dfs":
            return self.terms.dfs_price_gbp_mwh
        return self.wholesale_gbp_mwh[index]


def baseline_of(asked: DayAsked) -> Baseline:
    """The BL01 baseline of a day. Raises :class:`DataError` for the file."""
    metering = read_metering(asked.metering)
    metering.of(asked.day)
    return bl01(
        metering.days,
        asked.day,
        event_days=asked.event_days,
        event=asked.half_hours(),
        in_day_adjustment=asked.in_day_adjustment,
    )


def settle_day(
    config: Config,
    asked: DayAsked,
    market: str,
    now: datetime,
    *,
    sold_mw: float | None = None,
    dfs_price_gbp_mwh: float | None = None,
    wholesale: Path | None = None,
    imbalance: Path | None = None,
    allow_synthetic: bool = False,
) -> SettledDay:
    """What a day's turn-down earned in the event.

    ``sold_mw`` was sold ahead, or accepted by NESO, throughout it; without it what was delivered.
    P415 prices come from the files named, else from the database. Raises
    :class:`gridctl.errors.UsageError`, :class:`DataError` and
    :class:`gridctl.errors.DatabaseError`.
    """
    terms = terms_of(config, market, dfs_price_gbp_mwh)
    if terms is None:
        raise UsageError("a settlement needs a market: p415 or dfs")
    if sold_mw is not None and not 0 <= sold_mw <= 100_000:
        raise UsageError(f"what was sold must be from 0 to 100000 MW, not {sold_mw:g}")
    terms = replace(terms, delivery_factor=1.0)  # the meter says what was delivered
    baseline = baseline_of(asked)
    first = int(settlement_start(asked.day, 1).timestamp())
    slots = range(first, first + len(baseline.kwh) * SLOT, SLOT)
    unknown = [nan] * len(slots)
    notes: list[str] = []
    prices = unknown, unknown
    if terms.market == "p415":
        prices, notes = _prices(config, slots, now, wholesale, imbalance, allow_synthetic)
    inside = asked.half_hours() or range(len(slots))
    metered = [
        m if index in inside else b
        for index, (b, m) in enumerate(zip(baseline.kwh, baseline.metered_kwh, strict=True))
    ]
    settlement = settle(
        baseline.kwh,
        metered,
        terms,
        wholesale_gbp_mwh=prices[0],
        imbalance_gbp_mwh=prices[1],
        sold_mwh=_sold(sold_mw, inside, len(slots)),
    )
    return SettledDay(
        baseline, slots, terms, tuple(prices[0]), tuple(prices[1]), settlement, tuple(notes)
    )


def _sold(sold_mw: float | None, inside: range, count: int) -> list[float] | None:
    if sold_mw is None:
        return None
    return [sold_mw / 2 if index in inside else 0.0 for index in range(count)]


def _prices(
    config: Config,
    slots: range,
    now: datetime,
    wholesale: Path | None,
    imbalance: Path | None,
    allow_synthetic: bool,
) -> tuple[tuple[list[float], list[float]], list[str]]:
    """Wholesale and imbalance prices, from files where they are named, else as stored."""
    found = [_from_file(path, slots) if path else None for path in (wholesale, imbalance)]
    notes: list[str] = []
    if None in found:
        from gridctl.schedule.money.prices import load_market
        from gridctl.store.connect import open_reader

        with open_reader(config.database, config["store.lock_timeout"], None) as con:
            market = load_market(con, slots, now, allow_synthetic=allow_synthetic)
        for index, row in enumerate((market.wholesale, market.imbalance)):
            if found[index] is None:
                found[index] = [price.value for price in row]
                if any(price.estimated for price in row):
                    notes.append("prices not yet known are estimated, from the last 28 days")
                if any(price.source == "synthetic" for price in row):
                    what = "made up, not the market's" if allow_synthetic else "left out"
                    notes.append(f"synthetic prices: {what}")
    return (found[0] or [], found[1] or []), list(dict.fromkeys(notes))


def _from_file(path: Path, slots: range) -> list[float]:
    series = read_price_file(path)
    values = [series.price_at(slot) for slot in slots]
    if all(value != value for value in values):
        raise DataError(f"{path} has no price of these half hours")
    return values
