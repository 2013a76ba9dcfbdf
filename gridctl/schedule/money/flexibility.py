"""What a deviation from the baseline earns, half hour by half hour: P415 or DFS.

With B the baseline, M the metered energy, S what was sold ahead and D = B - M what was delivered,
in MWh, Pw the wholesale price and Pi the imbalance price (BSC modification P415, in force since
7 November 2024):

    gross    = S * Pw + (D - S) * Pi        of the virtual trading party
    operator = share * gross - fee * |S|    share and fee are terms of a contract
    pot      = D * SCRP                     to the supplier, from all suppliers: only shown

The Demand Flexibility Service pays what was bid, for what was delivered but no more than what was
accepted: bid * min(max(D, 0), S).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Literal

from gridctl.errors import UsageError
from gridctl.schedule.money.price_file import HIGHEST_GBP_MWH

if TYPE_CHECKING:
    from gridctl.config import Config

Market = Literal["p415", "dfs"]
MARKETS: tuple[Market, ...] = ("p415", "dfs")


@dataclass(frozen=True)
class Terms:
    """One market and the terms of the contract. Prices in GBP/MWh.

    ``delivery_factor`` is the share of a planned deviation that is measured as one.
    """

    market: Market
    operator_share: float = 0.8
    delivery_factor: float = 1.0
    fee_gbp_mwh: float = 0.0
    dfs_price_gbp_mwh: float = 175.0
    dfs_minimum_mw: float = 0.1
    scrp_gbp_mwh: float = 98.53
    turn_up: bool = False  # whether use above the baseline is traded too


@dataclass(frozen=True)
class Earned:
    """One half hour: MWh and GBP; NaN where a reading or a price is missing.

    ``delivered_mwh`` is the deviation that counts, that of half hours in which something was sold.
    """

    deviation_mwh: float
    sold_mwh: float
    delivered_mwh: float
    trade_gbp: float
    imbalance_gbp: float
    operator_gbp: float
    supplier_pot_gbp: float

    @property
    def gross_gbp(self) -> float:
        return self.trade_gbp + self.imbalance_gbp


@dataclass(frozen=True)
class Settlement:
    """All half hours. Sums are ``None`` when one of their parts is unknown."""

    half_hours: tuple[Earned, ...]

    def total(self, name: str) -> float | None:
        """The sum of one of the columns of :class:`Earned`, or of ``gross_gbp``."""
        total = float(sum(getattr(row, name) for row in self.half_hours))
        return total if isfinite(total) else None


def terms_of(config: Config, market: str, dfs_price_gbp_mwh: float | None = None) -> Terms | None:
    """The terms of the settings for a market, ``None`` for ``none``.

    Raises :class:`UsageError` for an unknown market and for terms out of range.
    """
    if market not in ("none", *MARKETS):
        raise UsageError(f"flexibility is {market!r}; it must be none, p415 or dfs")
    if dfs_price_gbp_mwh is not None and market != "dfs":
        raise UsageError("a DFS price is of use only with the market dfs")
    share, factor, fee, bid, minimum, scrp = (
        _checked(config, key, highest)
        for key, highest in (
            ("operator_share", 1.0),
            ("delivery_factor", 1.0),
            ("fee_gbp_mwh", HIGHEST_GBP_MWH),
            ("dfs_price_gbp_mwh", HIGHEST_GBP_MWH),
            ("dfs_minimum_mw", 1000.0),
            ("scrp_gbp_mwh", HIGHEST_GBP_MWH),
        )
    )
    if dfs_price_gbp_mwh is not None:
        bid = _in_range("the DFS price", dfs_price_gbp_mwh, HIGHEST_GBP_MWH)
    if market == "none":
        return None
    return Terms("p415" if market == "p415" else "dfs", share, factor, fee, bid, minimum, scrp)


def _checked(config: Config, key: str, highest: float) -> float:
    return _in_range(f"flexibility.{key}", float(config[f"flexibility.{key}"]), highest)


def _in_range(name: str, value: float, highest: float) -> float:
    if not 0 <= value <= highest:
        raise UsageError(f"{name} must be from 0 to {highest:g}, not {value:g}")
    return value


def settle(
    baseline_kwh: Sequence[float],
    metered_kwh: Sequence[float],
    terms: Terms,
    *,
    wholesale_gbp_mwh: Sequence[float] = (),
    imbalance_gbp_mwh: Sequence[float] = (),
    sold_mwh: Sequence[float] | None = None,
) -> Settlement:
    """What each half hour earns. All sequences are of one length; the prices are for P415 only.

    ``sold_mwh`` is what was sold ahead (DFS: accepted). Without it the whole turn-down is, and with
    ``turn_up`` use above the baseline is bought; DFS takes no reduction below its minimum.
    Raises ``ValueError`` when the lengths differ.
    """
    unpriced = [nan] * len(baseline_kwh)
    prices = zip(wholesale_gbp_mwh or unpriced, imbalance_gbp_mwh or unpriced, strict=True)
    deviations = [(b - m) / 1000 for b, m in zip(baseline_kwh, metered_kwh, strict=True)]
    sold = [_sold(d, terms) for d in deviations] if sold_mwh is None else sold_mwh
    pay = _p415 if terms.market == "p415" else _dfs
    return Settlement(
        tuple(
            pay(deviation, ahead, wholesale, imbalance, terms)
            for deviation, ahead, (wholesale, imbalance) in zip(
                deviations, sold, prices, strict=True
            )
        )
    )


def _sold(deviation: float, terms: Terms) -> float:
    """What is sold ahead of a planned deviation: of use above the baseline nothing, as a rule."""
    if isnan(deviation) or (deviation < 0 and terms.turn_up and terms.market == "p415"):
        return deviation
    if terms.market == "dfs" and deviation / 0.5 < terms.dfs_minimum_mw * (1 - 1e-9):
        return 0.0
    return max(0.0, deviation)


def _p415(
    deviation: float, sold: float, wholesale: float, imbalance: float, terms: Terms
) -> Earned:
    if sold == 0:  # not notified: no deviation is measured
        return Earned(deviation, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    delivered = terms.delivery_factor * deviation
    trade = sold * wholesale
    short = 0.0 if delivered == sold else (delivered - sold) * imbalance
    operator = terms.operator_share * (trade + short) - terms.fee_gbp_mwh * abs(sold)
    pot = delivered * terms.scrp_gbp_mwh
    return Earned(deviation, sold, delivered, trade, short, operator, pot)


def _dfs(deviation: float, accepted: float, _: float, __: float, terms: Terms) -> Earned:
    if accepted == 0:
        return Earned(deviation, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    reduced = terms.delivery_factor * deviation
    delivered = reduced if isnan(reduced) else max(0.0, reduced)
    paid = terms.dfs_price_gbp_mwh * min(delivered, accepted)
    if isnan(delivered):
        paid = nan
    operator = terms.operator_share * paid - terms.fee_gbp_mwh * accepted
    return Earned(deviation, accepted, delivered, paid, 0.0, operator, 0.0)


def half_hourly_kwh(pieces: Iterable[tuple[float, float, float]], slots: range) -> list[float]:
    """Spread pieces (from, to, kWh; epoch seconds) over the half hours of ``slots``.

    Each piece is even over its time. What lies outside ``slots`` is left out.
    """
    energy = [0.0] * len(slots)
    for start, end, kwh in pieces:
        first = max(int((start - slots.start) // slots.step), 0)
        for index in range(first, len(slots)):
            opens = slots[index]
            if opens >= end:
                break
            covered = min(end, opens + slots.step) - max(start, opens)
            if covered > 0:
                energy[index] += kwh * covered / (end - start)
    return energy
