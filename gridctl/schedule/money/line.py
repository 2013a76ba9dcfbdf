"""The flexibility line of a decision: its market, what it earns, and how that meets the bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gridctl.clock import iso
from gridctl.schedule.money.flexibility import Settlement, Terms, half_hourly_kwh, settle
from gridctl.schedule.money.prices import MarketPrices, Price
from gridctl.schedule.signals.readings import SLOT

Piece = tuple[datetime, datetime, float]  # from, to, kWh

_FOLLOWS = ("wholesale", "agile_retail", "tariff:pass_through")


@dataclass(frozen=True)
class FlexibilityLine:
    """What moving a job earns besides the bill. Amounts are ``None`` when a price is unknown.

    ``slots`` are the half hours (epoch seconds) of ``settlement``; ``applies`` says how the line
    and the bill saving stand to each other.
    """

    terms: Terms
    slots: range
    settlement: Settlement
    applies: str
    has_estimates: bool = False
    is_synthetic: bool = False
    imbalance_assumed: bool = False
    why_unknown: str | None = None

    @property
    def revenue_gbp(self) -> float | None:
        """The operator's share of it all, fees taken off."""
        return None if self.why_unknown else self.settlement.total("operator_gbp")

    @property
    def price_gbp_mwh(self) -> float | None:
        """The mean price of what was sold (DFS: the bid)."""
        sold, trade = self.settlement.total("sold_mwh"), self.settlement.total("trade_gbp")
        if self.terms.market == "dfs":
            return self.terms.dfs_price_gbp_mwh
        return trade / sold if sold and trade is not None else None

    def as_dict(self, bill_saving_gbp: float | None) -> dict[str, Any]:
        """The line as JSON shows it, the bill saving and the sum of both beside it."""
        revenue, total = self.revenue_gbp, self.settlement.total
        return {
            "market": self.terms.market,
            "sold_mwh": _number(total("sold_mwh")),
            "delivered_mwh": _number(total("delivered_mwh")),
            "price_gbp_mwh": _number(self.price_gbp_mwh),
            "trade_gbp": _number(total("trade_gbp")),
            "imbalance_gbp": _number(total("imbalance_gbp")),
            "gross_gbp": _number(total("gross_gbp")),
            "operator_share": self.terms.operator_share,
            "delivery_factor": self.terms.delivery_factor,
            "fee_gbp_mwh": self.terms.fee_gbp_mwh,
            "revenue_gbp": _number(revenue),
            "bill_saving_gbp": _number(bill_saving_gbp),
            "total_gbp": _number(added(bill_saving_gbp, revenue)),
            "supplier_pot_gbp": _number(total("supplier_pot_gbp")),
            "has_estimates": self.has_estimates,
            "is_synthetic": self.is_synthetic,
            "applies": self.applies,
            "half_hours": self._half_hours(),
        }

    def _half_hours(self) -> list[dict[str, Any]]:
        """Those with a deviation."""
        return [
            {
                "start": iso(datetime.fromtimestamp(slot, UTC)),
                "deviation_mwh": _number(row.deviation_mwh),
                "sold_mwh": _number(row.sold_mwh),
                "trade_gbp": _number(row.trade_gbp),
                "imbalance_gbp": _number(row.imbalance_gbp),
                "operator_gbp": _number(row.operator_gbp),
            }
            for slot, row in zip(self.slots, self.settlement.half_hours, strict=True)
            if row.deviation_mwh
        ]


def flexibility_line(
    baseline: Sequence[Piece],
    planned: Sequence[Piece],
    terms: Terms,
    market: MarketPrices | None,
    price_kind: str | None,
) -> FlexibilityLine:
    """What a plan earns against the job as it would have run, at one meter.

    ``market`` is needed for P415; ``price_kind`` says what the bill follows.
    """
    slots = _slots_of([*baseline, *planned])
    usual, plan = (_spread(pieces, slots) for pieces in (baseline, planned))
    applies = how_it_applies(terms, price_kind)
    if market is None:
        return FlexibilityLine(terms, slots, settle(usual, plan, terms), applies)
    wholesale = [_price(market.wholesale, market.slots, slot) for slot in slots]
    imbalance = [_price(market.imbalance, market.slots, slot) for slot in slots]
    assumed = [price.value != price.value for price in imbalance]
    settled = [w if a else i for w, i, a in zip(wholesale, imbalance, assumed, strict=True)]
    settlement = settle(
        usual,
        plan,
        terms,
        wholesale_gbp_mwh=[price.value for price in wholesale],
        imbalance_gbp_mwh=[price.value for price in settled],
    )
    rows = settlement.half_hours
    sold = [index for index, row in enumerate(rows) if row.sold_mwh]
    short = [index for index in sold if rows[index].delivered_mwh != rows[index].sold_mwh]
    used = [wholesale[index] for index in sold] + [settled[index] for index in short]
    return FlexibilityLine(
        terms,
        slots,
        settlement,
        applies,
        has_estimates=any(price.estimated for price in used),
        is_synthetic=any(price.source == "synthetic" for price in used),
        imbalance_assumed=any(assumed[index] for index in short),
    )


def unknown_line(terms: Terms, why: str) -> FlexibilityLine:
    """A line that cannot be worked out, and the reason."""
    return FlexibilityLine(terms, range(0), Settlement(()), why, why_unknown=why)


def how_it_applies(terms: Terms, price_kind: str | None) -> str:
    """Which part of the gain is the bill's and which the market's, so that none counts twice."""
    if terms.market == "dfs":
        return (
            "DFS pays beside the bill, if NESO buys in these half hours and takes the bid; the "
            "same MWh earns in no other market"
        )
    if price_kind in _FOLLOWS:
        return (
            "the bill follows the wholesale price, so the difference between the hours is the bill "
            "saving; P415 adds only the operator's share of what an independent trading party earns"
        )
    if price_kind is None:
        return "no price is known for the bill: the P415 line stands alone"
    return (
        "the bill is its own tariff, and the wholesale price enters the P415 line alone; it is "
        "paid where an independent trading party sells the turn-down"
    )


def added(one: float | None, other: float | None) -> float | None:
    """The sum, unknown when a part is."""
    return None if one is None or other is None else one + other


def _slots_of(pieces: Sequence[Piece]) -> range:
    if not pieces:
        return range(0, 0, SLOT)
    first = min(start.timestamp() for start, _, _ in pieces) // SLOT
    last = -(-max(end.timestamp() for _, end, _ in pieces) // SLOT)
    return range(int(first) * SLOT, int(last) * SLOT, SLOT)


def _spread(pieces: Sequence[Piece], slots: range) -> list[float]:
    seconds = ((start.timestamp(), end.timestamp(), kwh) for start, end, kwh in pieces)
    return half_hourly_kwh(seconds, slots)


def _price(row: Sequence[Price], slots: range, slot: int) -> Price:
    return row[slots.index(slot)] if slot in slots else Price(float("nan"), "", False)


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 6)
