"""The price of each half hour as known at T, GBP/MWh.

A retail tariff (Agile) is used when every place compared has one, never mixed with wholesale
prices, which lack its network charges and tax. Otherwise the day-ahead auction, else the market
index of slots that are over. A slot ahead with neither takes the median of the last 28 days for
that half hour of the week, and is marked estimated.

A bill of the operator's own goes before all that: a price series or a tariff. Of these only a
pass-through tariff looks at the market, at the wholesale price alone, whose estimates stay
estimates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import nan
from typing import Any, NamedTuple

from gridctl.clock import LONDON
from gridctl.model import SYNTHETIC
from gridctl.schedule.money.price_file import PriceSeries
from gridctl.schedule.money.tariff import Tariff
from gridctl.schedule.signals.readings import SLOT

Bill = Tariff | PriceSeries

HISTORY = timedelta(days=28)
_PUBLISHED = time(16)  # local, on the day before: the auction by noon, Agile at about four
_LADDERS = {
    "agile_retail": ("agile_retail",),
    "wholesale": ("day_ahead_auction", "market_index"),
    "imbalance": ("system_price",),
}
_SETTLED = ("market_index", "system_price")  # known once their half hour is over


class Price(NamedTuple):
    """One slot's price; NaN with source ``synthetic`` when only a refused one is stored."""

    value: float
    source: str
    estimated: bool


@dataclass(frozen=True)
class Prices:
    """Cells by place along the slots, and the kind; ``None`` when no price at all is known.

    The kind is ``agile_retail``, ``wholesale``, ``series`` or ``tariff:flat`` and the like;
    ``sha256`` is the hash of the series or tariff.
    """

    cells: dict[int | None, list[Price]]
    kind: str | None
    sha256: str | None = None


@dataclass(frozen=True)
class MarketPrices:
    """Great Britain's wholesale and imbalance prices along ``slots`` (epoch seconds)."""

    slots: range
    wholesale: list[Price]
    imbalance: list[Price]


def load_prices(
    con: Any,
    places: Sequence[int | None],
    slots: range,
    at: datetime,
    *,
    allow_synthetic: bool,
    bill: Bill | None = None,
) -> Prices:
    """Prices for each place over ``slots`` (epoch seconds), as known at ``at``.

    ``bill`` is what the operator pays instead of the stored prices.
    """
    if bill is not None and not follows_market(bill):
        return _billed(bill, places, billed(bill, slots, ()))
    stored = _stored(con, slots, at)
    kind = "wholesale" if bill else _kind(places, stored)
    usual = _Usual(con, at, allow_synthetic=allow_synthetic)
    cells: dict[int | None, list[Price]] = {}
    for place in places:
        region = place if kind == "agile_retail" else None
        cells[place] = [
            _cell(stored, usual, kind, region, slot, at, allow_synthetic=allow_synthetic)
            for slot in slots
        ]
    if bill is not None:
        return _billed(bill, places, billed(bill, slots, next(iter(cells.values()))))
    return Prices(cells, kind if _any_known(cells) else None)


def follows_market(bill: Bill) -> bool:
    """Whether a bill is made of the wholesale price."""
    return isinstance(bill, Tariff) and bill.type == "pass_through"


def billed(bill: Bill, slots: Sequence[int], wholesale: Sequence[Price]) -> list[Price]:
    """A bill's prices along ``slots``; a pass-through is made of the ``wholesale`` ones."""
    if isinstance(bill, Tariff) and bill.type == "pass_through":
        return [price._replace(value=bill.passed_through(price.value)) for price in wholesale]
    return [Price(bill.price_at(slot), bill.kind, False) for slot in slots]


def load_market(con: Any, slots: range, at: datetime, *, allow_synthetic: bool) -> MarketPrices:
    """What energy traded and settled at, as known at ``at``; estimated ahead as prices are."""
    stored = _stored(con, slots, at)
    usual = _Usual(con, at, allow_synthetic=allow_synthetic)
    wholesale, imbalance = (
        [_cell(stored, usual, kind, None, slot, at, allow_synthetic=allow_synthetic)
         for slot in slots]
        for kind in ("wholesale", "imbalance")
    )  # fmt: skip
    return MarketPrices(slots, wholesale, imbalance)


def _billed(bill: Bill, places: Sequence[int | None], row: list[Price]) -> Prices:
    """The same prices for every place: a bill knows no regions."""
    cells = dict.fromkeys(places, row)
    return Prices(cells, bill.kind if _any_known(cells) else None, bill.sha256)


def _any_known(cells: dict[int | None, list[Price]]) -> bool:
    return any(price.value == price.value for row in cells.values() for price in row)


def _stored(con: Any, slots: range, at: datetime) -> dict[tuple[str, int | None, int], Price]:
    first, last = (datetime.fromtimestamp(edge, UTC) for edge in (slots.start, slots.stop))
    rows = con.execute(
        """SELECT price_type, region_number, epoch(timestamp)::BIGINT, price_gbp_mwh,
                  epoch(fetched_at), source
           FROM wholesale_prices WHERE timestamp >= ? AND timestamp < ?""",
        [first, last],
    ).fetchall()
    return {
        (price_type, region, slot): Price(price, source, False)
        for price_type, region, slot, price, fetched, source in rows
        if _is_known(price_type, slot, fetched, at)
    }


def _kind(places: Sequence[int | None], stored: dict[Any, Price]) -> str:
    """Retail only where all the places have it, so that places compare like with like."""
    with_tariff = {region for price_type, region, _ in stored if price_type == "agile_retail"}
    return "agile_retail" if None not in places and set(places) <= with_tariff else "wholesale"


def _is_known(price_type: str, slot: int, fetched: float, at: datetime) -> bool:
    if price_type in _SETTLED:
        return slot + SLOT <= at.timestamp()
    day = datetime.fromtimestamp(slot, UTC).astimezone(LONDON).date()
    published = datetime.combine(day - timedelta(days=1), _PUBLISHED, LONDON)
    return fetched <= at.timestamp() or published <= at


def _cell(
    stored: dict[Any, Price],
    usual: _Usual,
    kind: str,
    region: int | None,
    slot: int,
    at: datetime,
    *,
    allow_synthetic: bool,
) -> Price:
    found = [stored[key, region, slot] for key in _LADDERS[kind] if (key, region, slot) in stored]
    real = [price for price in found if price.source != SYNTHETIC]
    if real or (found and allow_synthetic):
        return (real or found)[0]
    estimate = usual.price(kind, region, slot) if slot + SLOT > at.timestamp() else None
    return estimate or Price(nan, SYNTHETIC if found else "", False)


class _Usual:
    """Medians by half hour of the week, read when the first slot needs one."""

    def __init__(self, con: Any, at: datetime, *, allow_synthetic: bool) -> None:
        self._con, self._at, self._allow_synthetic = con, at, allow_synthetic
        self._medians: dict[tuple[str, int | None], dict[int, Price]] = {}

    def price(self, kind: str, region: int | None, slot: int) -> Price | None:
        if (kind, region) not in self._medians:
            self._medians[kind, region] = self._read(kind, region)
        local = datetime.fromtimestamp(slot, UTC).astimezone(LONDON)
        return self._medians[kind, region].get(
            local.isoweekday() * 48 + local.hour * 2 + local.minute // 30
        )

    def _read(self, kind: str, region: int | None) -> dict[int, Price]:
        """Of each half hour of the week, the first price type of the ladder that has a history."""
        medians: dict[int, Price] = {}
        for price_type in reversed(_LADDERS[kind]):
            rows = self._con.execute(
                """SELECT (isodow(local) * 48 + hour(local) * 2 + minute(local) // 30)::INTEGER,
                          median(price_gbp_mwh), bool_or(source = 'synthetic')
                   FROM (SELECT *, timezone('Europe/London', timestamp) AS local
                         FROM wholesale_prices)
                   WHERE price_type = ? AND region_number IS NOT DISTINCT FROM ?
                     AND timestamp >= ? AND timestamp <= ? AND (? OR source <> 'synthetic')
                   GROUP BY 1""",
                [price_type, region, self._at - HISTORY, self._at - timedelta(seconds=SLOT),
                 self._allow_synthetic],
            ).fetchall()  # fmt: skip
            medians |= {
                half_hour: Price(value, SYNTHETIC if made_up else price_type, True)
                for half_hour, value, made_up in rows
            }
        return medians
