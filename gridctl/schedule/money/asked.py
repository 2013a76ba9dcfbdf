"""What was asked about money, beside the job itself, and the decision with its money told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridctl.schedule.money.flexibility import Terms, terms_of
from gridctl.schedule.money.line import FlexibilityLine, Piece, flexibility_line, unknown_line
from gridctl.schedule.money.price_file import PriceSeries, read_price_file
from gridctl.schedule.money.tariff import tariff_of
from gridctl.schedule.single.reasons import brief_time

if TYPE_CHECKING:
    from gridctl.config import Config
    from gridctl.schedule.money.prices import Bill, MarketPrices
    from gridctl.schedule.single.decision import Decision
    from gridctl.schedule.single.outcome import Segment


@dataclass(frozen=True)
class MoneyAsked:
    """A price series in place of the tariff, the flexibility market, and a bid of its own.

    ``flexibility`` is ``None`` for the market of the settings.
    """

    price_series: Path | None = None
    flexibility: str | None = None
    dfs_price_gbp_mwh: float | None = None

    def bill(self, config: Config) -> Bill | None:
        """The operator's bill: the series, else the tariff of the settings, else ``None``.

        Raises :class:`gridctl.errors.DataError` for the file, and
        :class:`gridctl.errors.UsageError` for the settings.
        """
        tariff = tariff_of(config)
        return read_price_file(self.price_series) if self.price_series else tariff

    def terms(self, config: Config) -> Terms | None:
        """The terms of the market asked for. Raises :class:`gridctl.errors.UsageError`."""
        market = self.flexibility or config["flexibility.market"].strip().lower()
        return terms_of(config, market, self.dfs_price_gbp_mwh)

    def request(self) -> dict[str, Any]:
        """In JSON's types; :meth:`from_request` rebuilds it."""
        return {
            "price_series": str(self.price_series.absolute()) if self.price_series else None,
            "flexibility": self.flexibility,
            "dfs_price_gbp_mwh": self.dfs_price_gbp_mwh,
        }

    @classmethod
    def from_request(cls, asked: Mapping[str, Any]) -> MoneyAsked:
        """What a recorded :meth:`request` asked."""
        series = asked.get("price_series")
        return cls(
            Path(series) if series else None,
            asked.get("flexibility"),
            asked.get("dfs_price_gbp_mwh"),
        )


def with_money(
    decision: Decision, bill: Bill | None, terms: Terms | None, market: MarketPrices | None
) -> Decision:
    """The decision with its flexibility line, and notes on what its money rests on."""
    notes = [*decision.notes]
    if bill is not None and decision.signal.price_kind is not None:
        notes.append(f"cost is by {bill.about}")
    if isinstance(bill, PriceSeries) and _leaves_gaps(decision):
        span = f"{brief_time(bill.start)} to {brief_time(bill.end)}"
        notes.append(f"the price series of {bill.name} covers {span}: no cost is known outside it")
    if terms is None or decision.expected is None or decision.savings is None:
        return replace(decision, notes=notes)
    line = _line(decision, terms, market)
    return replace(
        decision,
        notes=[*notes, *_line_notes(line)],
        savings=replace(decision.savings, flexibility_revenue_gbp=line.revenue_gbp),
        flexibility=line,
    )


def _leaves_gaps(decision: Decision) -> bool:
    """Whether a price is missing under the run or the baseline."""
    runs = [run for run in (decision.expected, decision.baseline) if run is not None]
    return any(run.price_gbp_mwh is None for run in runs)


def _line(decision: Decision, terms: Terms, market: MarketPrices | None) -> FlexibilityLine:
    run, workload = decision.expected, decision.workload
    if workload.energy_kwh is None:
        return unknown_line(terms, "without an energy there is nothing to settle")
    if not decision.baseline_segments:
        return unknown_line(terms, "without a home region there is no baseline to turn down from")
    # A job that runs elsewhere is turned down at home, and not turned up there later.
    stays = run is not None and run.place == workload.home
    planned = _pieces(decision.segments) if stays else []
    baseline = _pieces(decision.baseline_segments)
    return flexibility_line(baseline, planned, terms, market, decision.signal.price_kind)


def _pieces(segments: Sequence[Segment]) -> list[Piece]:
    return [(piece.start, piece.end, piece.energy_kwh or 0.0) for piece in segments]


def _line_notes(line: FlexibilityLine) -> Iterator[str]:
    yield f"flexibility: {line.applies}"
    if line.revenue_gbp is None and not line.why_unknown:
        yield "flexibility: no wholesale price for a half hour sold, so its revenue is unknown"
    if line.settlement.total("sold_mwh"):
        yield "flexibility: counts on a baseline that holds the job as it would have run"
    if line.has_estimates:
        yield (
            "flexibility: wholesale prices not yet known are estimated, the 28-day median of that "
            "half hour of the week"
        )
    if line.is_synthetic:
        yield "flexibility: synthetic prices: made up, not the market's"
    if line.imbalance_assumed:
        yield "flexibility: imbalance prices not yet known are taken to be the wholesale price"
    if line.terms.dfs_price_gbp_mwh >= 1000 and line.terms.market == "dfs":
        yield (
            f"flexibility: {line.terms.dfs_price_gbp_mwh:g} GBP/MWh is a historical scenario: "
            "3,000 was guaranteed in tests of 2022 to 2024, bids of 2025 and 2026 are about 175"
        )
