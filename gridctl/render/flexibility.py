"""Flexibility for people: a decision's money line by line, baselines, settled days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridctl.clock import HALF_HOUR, LONDON, settlement_start
from gridctl.render.layout import Column
from gridctl.render.tables import write_rows
from gridctl.schedule.money.line import FlexibilityLine, added
from gridctl.schedule.single.decision import Decision

if TYPE_CHECKING:
    from gridctl.schedule.money.baseline import Baseline
    from gridctl.schedule.money.settle_day import SettledDay

_NAMES = {"p415": "flexibility (P415)", "dfs": "flexibility (DFS)"}


def money_lines(decision: Decision) -> str:
    """The bill saving, the flexibility line, their sum; empty when no market was asked for."""
    line, savings = decision.flexibility, decision.savings
    if line is None or savings is None:
        return ""
    rows = [
        ("bill saving", savings.cost_gbp, ""),
        (_NAMES[line.terms.market], line.revenue_gbp, _inputs(line)),
        ("together", added(savings.cost_gbp, line.revenue_gbp), ""),
    ]
    return "\n".join(
        f"  {label:<20}{_gbp(amount):>14}  {inputs}".rstrip() for label, amount, inputs in rows
    )


def _inputs(line: FlexibilityLine) -> str:
    """What makes the line: the volume, its price, the share; short delivery and fee if any."""
    sold, price, terms = line.settlement.total("sold_mwh"), line.price_gbp_mwh, line.terms
    if line.why_unknown or sold is None:
        return ""
    if not sold:
        turned_down = any(row.deviation_mwh > 0 for row in line.settlement.half_hours)
        least = f"less than the {terms.dfs_minimum_mw:g} MW that DFS buys"
        return least if turned_down else "nothing turned down"
    text = f"{sold:.4g} MWh" + ("" if price is None else f" at {price:.2f} GBP/MWh")
    if terms.delivery_factor < 1:
        text += f", {terms.delivery_factor:.0%} measured"
    text += f", share {terms.operator_share:g}"
    return text + (f", fee {terms.fee_gbp_mwh:g}" if terms.fee_gbp_mwh else "")


def _gbp(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f} GBP"


def write_baseline(baseline: Baseline, format: str, output: Path | None = None) -> None:
    """One row per half hour of the day; in JSON the days it rests on before them."""
    columns: list[Column] = [
        ("start", "TIMESTAMPTZ"), ("local", "VARCHAR"),
        ("baseline_kwh", "DOUBLE"), ("metered_kwh", "DOUBLE"), ("deviation_kwh", "DOUBLE"),
    ]  # fmt: skip
    first = settlement_start(baseline.day, 1)
    rows: list[tuple[Any, ...]] = []
    for index, (kwh, metered) in enumerate(zip(baseline.kwh, baseline.metered_kwh, strict=True)):
        start = first + index * HALF_HOUR
        local = f"{start.astimezone(LONDON):%H:%M}"
        rows.append((start, local, *(_known(v) for v in (kwh, metered, kwh - metered))))
    write_rows(columns, rows, format, output, _baseline_meta(baseline))


def write_settled_day(settled: SettledDay, format: str, output: Path | None = None) -> None:
    """One row per half hour in which something was sold; in JSON the totals before them.

    A table shows trade and imbalance as their sum, to fit 80 columns.
    """
    columns: list[Column] = [
        (name, "TIMESTAMPTZ" if name == "start" else "DOUBLE")
        for name in ("start", "baseline_kwh", "metered_kwh", "sold_mwh", "price_gbp_mwh",
                     "trade_gbp", "imbalance_gbp", "gross_gbp", "operator_gbp")
    ]  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for index, row in enumerate(settled.settlement.half_hours):
        if row.sold_mwh:
            values = (
                settled.baseline.kwh[index], settled.baseline.metered_kwh[index], row.sold_mwh,
                settled.price_gbp_mwh(index), row.trade_gbp, row.imbalance_gbp, row.gross_gbp,
                row.operator_gbp,
            )  # fmt: skip
            start = datetime.fromtimestamp(settled.slots[index], UTC)
            rows.append((start, *(_known(value) for value in values)))
    if format == "table":
        shown = (0, 1, 2, 3, 4, 7, 8)
        columns = [columns[index] for index in shown]
        rows = [tuple(row[index] for index in shown) for row in rows]
    write_rows(columns, rows, format, output, _settled_meta(settled))


def settled_sentence(settled: SettledDay) -> str:
    """The totals in a line, for stderr."""
    total = settled.settlement.total
    sold, gross, operator = (total(n) for n in ("sold_mwh", "gross_gbp", "operator_gbp"))
    name = settled.terms.market.upper()
    if sold == 0:
        return f"{name}: nothing was turned down, so nothing is earned"
    if operator is None or gross is None or sold is None:
        return f"{name}: a reading or a price of a half hour sold is missing, so the sum is unknown"
    text = (
        f"{name}: {sold:.4g} MWh sold, {gross:,.2f} GBP gross, {operator:,.2f} GBP the operator's"
    )
    pot = total("supplier_pot_gbp")
    if pot:
        text += f" (suppliers' pot, not part of it: {pot:,.2f} GBP)"
    return text


def _baseline_meta(baseline: Baseline) -> dict[str, Any]:
    return {
        "day": baseline.day.isoformat(),
        "method": "BL01",
        "sufficient": baseline.is_sufficient,
        "days": [day.isoformat() for day in baseline.days],
        "adjustment_kwh": baseline.adjustment_kwh,
    }


def _settled_meta(settled: SettledDay) -> dict[str, Any]:
    total = settled.settlement.total
    names = ("sold_mwh", "delivered_mwh", "trade_gbp", "imbalance_gbp", "gross_gbp",
             "operator_gbp", "supplier_pot_gbp")  # fmt: skip
    return {
        **_baseline_meta(settled.baseline),
        "market": settled.terms.market,
        "operator_share": settled.terms.operator_share,
        "totals": {name: total(name) for name in names},
        "notes": list(settled.notes),
    }


def _known(value: float) -> float | None:
    return value if value == value else None
