"""What is known of the coming hours at a moment T: carbon, renewable share and price, by slot.

For each half hour the best that was known at T is taken, in this order:

1. the national actual, once half an hour has passed since the slot's end;
2. the newest forecast vintage issued at or before T that covers the slot;
3. the stored forecast, if it was issued at or before T;
4. the stored forecast of unknown issue time: the last revision, perhaps better than what was known.

Real data goes before synthetic. A slot that none of them fills is missing: NaN, never planned on.
Regional intensity has no actuals and is consumption-based: regions compare only with regions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from gridctl.clock import EPOCH, HALF_HOUR, ceil_half_hour, floor_half_hour
from gridctl.model import SYNTHETIC, Window
from gridctl.regions import region_by_number
from gridctl.schedule.money.prices import Bill, load_prices
from gridctl.schedule.signals.readings import (
    SLOT,
    Knowledge,
    Provenance,
    Reading,
    Refused,
    Series,
    best,
    bounds,
    provenance_counts,
)
from gridctl.schedule.signals.stress import load_stress

__all__ = [
    "Knowledge", "Place", "Provenance", "Reading", "Refused", "Series", "Signal", "load_signals",
    "provenance_counts",
]  # fmt: skip

Place = int | None  # a region's number, or None for Great Britain

VINTAGES_BACK = timedelta(days=5)  # no carbon forecast reaches further ahead than this


@dataclass(frozen=True)
class Signal:
    """Aligned series over half hours from ``start``, for one place, as known at ``known_at``.

    ``carbon`` in g/kWh, ``renewable`` in per cent, ``price`` in GBP/MWh, of ``price_kind``;
    ``stress`` is the demand forecast's score from 0 to 1, of Great Britain everywhere. ``file`` is
    the name of the file it was read from, ``None`` for the store. ``forecast`` and ``risk`` say
    what the carbon to come is: the forecast itself (``raw``), ``corrected``, or a quantile.
    ``notes`` are what must be said of it.
    """

    place: Place
    start: datetime
    known_at: datetime
    carbon: Series
    renewable: Series
    price: Series
    price_kind: str | None
    stress: Series | None = None
    tariff_sha256: str | None = None  # of the series or tariff behind the prices
    file: str | None = None
    forecast: str = "raw"
    risk: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Average or marginal emissions; a file does not say."""
        return "average" if self.file is None else "unstated"

    @property
    def basis(self) -> str:
        return "attributional" if self.file is None else "unstated"

    @property
    def geography(self) -> str:
        return "Great Britain" if self.place is None else region_by_number(self.place).name

    @property
    def factors(self) -> str:
        """Which emission factors stand behind the carbon series."""
        if self.file is not None:
            return f"as given in {self.file}"
        method = "generation with imports" if self.place is None else "consumption with flows"
        return f"Carbon Intensity API fuel factors, {method}, operational emissions"

    @property
    def ends_at(self) -> datetime | None:
        """The end of the last slot with a carbon value; ``None`` when there is none."""
        known = np.flatnonzero(np.isfinite(self.carbon.values))
        return self.time_of(float(known[-1]) + 1) if len(known) else None

    @property
    def slots(self) -> range:
        """The starts of the half hours, in epoch seconds."""
        first = _epoch(self.start)
        return range(first, first + len(self.carbon.values) * SLOT, SLOT)

    def offset_of(self, instant: datetime) -> float:
        """An instant counted in slots from the start of the arrays."""
        return (instant - self.start) / HALF_HOUR

    def time_of(self, offset: float) -> datetime:
        """The instant at a slot offset, to the microsecond."""
        return self.start + timedelta(microseconds=round(offset * SLOT * 1_000_000))

    def slots_over(self, start: datetime, end: datetime) -> range:
        """The slots that ``[start, end)`` touches, within the arrays."""
        first = (floor_half_hour(start) - self.start) // HALF_HOUR
        last = (ceil_half_hour(end) - self.start) // HALF_HOUR
        return range(max(first, 0), min(last, len(self.carbon.values)))


def load_signals(
    con: Any,
    places: Sequence[Place],
    window: Window,
    known: Knowledge,
    bill: Bill | None = None,
) -> dict[Place, Signal]:
    """Read the signal of each place over the half hours that touch ``window``.

    ``con`` is an open connection in UTC. A few queries whatever the number of places. ``bill`` is
    the operator's own, in place of the stored prices.
    """
    start = floor_half_hour(window.start)
    slots = range(_epoch(start), _epoch(ceil_half_hour(window.end)), SLOT)
    carbon = _carbon(con, places, slots, known)
    renewable = _renewable(con, places, slots, known)
    prices = load_prices(
        con, places, slots, known.at, allow_synthetic=known.allow_synthetic, bill=bill
    )
    stress = Series.of(load_stress(con, slots, known))
    return {
        place: Signal(
            place, start, known.at,
            Series.of(carbon[place]), Series.of(renewable[place]),
            Series.of([_price_reading(*cell) for cell in prices.cells[place]]), prices.kind,
            stress, prices.sha256,
        )
        for place in places
    }  # fmt: skip


def _epoch(instant: datetime) -> int:
    return int((instant - EPOCH).total_seconds())


def _carbon(
    con: Any, places: Sequence[Place], slots: range, known: Knowledge
) -> dict[Place, list[Reading]]:
    stored: dict[tuple[Place, int], tuple[Any, ...]] = {}
    if None in places:
        rows = con.execute(
            """SELECT NULL, epoch(timestamp)::BIGINT, actual_gco2_kwh, forecast_gco2_kwh,
                      epoch(forecast_issued_at), epoch(fetched_at), source
               FROM carbon_intensity_national WHERE timestamp >= ? AND timestamp < ?""",
            bounds(slots),
        ).fetchall()
        stored |= {(row[0], row[1]): row[2:] for row in rows}
    if regions := [place for place in places if place is not None]:
        rows = con.execute(
            """SELECT region_number, epoch(timestamp)::BIGINT, NULL, forecast_gco2_kwh,
                      epoch(forecast_issued_at), epoch(fetched_at), source
               FROM carbon_intensity_regional
               WHERE timestamp >= ? AND timestamp < ? AND list_contains(?, region_number)""",
            [*bounds(slots), regions],
        ).fetchall()
        stored |= {(row[0], row[1]): row[2:] for row in rows}
    vintages = _newest_vintages(con, places, slots, known)
    return {
        place: [
            best(_carbon_readings(slot, stored.get((place, slot)),
                                   vintages.get((place, slot), ()), known), known)
            for slot in slots
        ]
        for place in places
    }  # fmt: skip


def _newest_vintages(
    con: Any, places: Sequence[Place], slots: range, known: Knowledge
) -> dict[tuple[Place, int], list[tuple[float, float, str]]]:
    """Per place and slot the newest vintage's (value, issued, source), of each kind of source."""
    rows = con.execute(
        """SELECT region_number, epoch(timestamp)::BIGINT, arg_max(value, issued_at),
                  epoch(max(issued_at)), arg_max(source, issued_at)
           FROM forecast_vintage_points
           WHERE series = 'carbon_intensity' AND issued_at > ? AND issued_at <= ?
             AND timestamp >= ? AND timestamp < ?
             AND list_contains(?, coalesce(region_number, 0))
           GROUP BY region_number, timestamp, source = 'synthetic'""",
        [
            known.at - max(VINTAGES_BACK, known.max_age),
            known.at,
            *bounds(slots),
            [place or 0 for place in places],
        ],
    ).fetchall()
    newest: dict[tuple[Place, int], list[tuple[float, float, str]]] = {}
    for place, slot, *rest in rows:
        newest.setdefault((place, slot), []).append((rest[0], rest[1], rest[2]))
    return newest


def _carbon_readings(
    slot: int,
    stored: tuple[Any, ...] | None,
    vintages: Sequence[tuple[float, float, str]],
    known: Knowledge,
) -> Iterator[Reading]:
    """Everything the store holds for one slot, best first; what may not be used says why."""
    actual, forecast, issued, fetched, source = stored or (None, None, None, None, "")
    if actual is not None and known.has_actual(slot):
        yield Reading(actual, Provenance.ACTUAL, source)
    for value, vintage_issued, vintage_source in vintages:
        if known.is_stale(slot, vintage_issued):
            yield Reading(issued=vintage_issued, refused=Refused.STALE)
        else:
            yield Reading(value, Provenance.FORECAST, vintage_source, vintage_issued)
    if forecast is None:
        return
    if issued is None:
        hindsight = not known.is_over(slot) and fetched > known.at.timestamp()
        yield Reading(forecast, Provenance.LAST_REVISION, source, hindsight=hindsight)
    elif issued > known.at.timestamp():
        yield Reading(issued=issued, refused=Refused.NOT_YET_KNOWN)
    elif known.is_stale(slot, issued):
        yield Reading(issued=issued, refused=Refused.STALE)
    else:
        yield Reading(forecast, Provenance.FORECAST, source, issued)


def _renewable(
    con: Any, places: Sequence[Place], slots: range, known: Knowledge
) -> dict[Place, list[Reading]]:
    """The generation mix as stored. It has no vintages: ahead of T it is the last revision."""
    stored: dict[tuple[Place, int], Reading] = {}
    for place, slot, share, fetched, source in con.execute(
        """SELECT NULL, epoch(timestamp)::BIGINT, renewable_pct, epoch(fetched_at), source
           FROM generation_mix_national
           WHERE timestamp >= ? AND timestamp < ? AND list_contains(?, 0)
           UNION ALL
           SELECT region_number, epoch(timestamp)::BIGINT, renewable_pct, epoch(fetched_at), source
           FROM generation_mix_regional
           WHERE timestamp >= ? AND timestamp < ? AND list_contains(?, region_number)""",
        2 * [*bounds(slots), [place or 0 for place in places]],
    ).fetchall():
        over = known.is_over(slot)
        provenance = Provenance.ACTUAL if over else Provenance.LAST_REVISION
        hindsight = not over and fetched > known.at.timestamp()
        stored[place, slot] = Reading(share, provenance, source, hindsight=hindsight)
    return {
        place: [
            best([stored[place, slot]] if (place, slot) in stored else [], known) for slot in slots
        ]
        for place in places
    }


def _price_reading(value: float, source: str, estimated: bool) -> Reading:
    if np.isnan(value):
        return Reading(refused=Refused.SYNTHETIC if source == SYNTHETIC else Refused.NOTHING_STORED)
    provenance = Provenance.ESTIMATED if estimated else Provenance.ACTUAL
    if source == SYNTHETIC:
        provenance = Provenance.SYNTHETIC
    return Reading(value, provenance, source, estimated=estimated)
