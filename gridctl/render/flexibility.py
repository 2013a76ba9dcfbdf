"""Flexibility for people: the money of a decision line by line."""

from __future__ import annotations

from gridctl.schedule.decision import Decision
from gridctl.schedule.money.line import FlexibilityLine, added

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
    if not sold:
        return "" if line.why_unknown or sold is None else "nothing turned down"
    text = f"{sold:.4g} MWh" + ("" if price is None else f" at {price:.2f} GBP/MWh")
    if terms.delivery_factor < 1:
        text += f", {terms.delivery_factor:.0%} measured"
    text += f", share {terms.operator_share:g}"
    return text + (f", fee {terms.fee_gbp_mwh:g}" if terms.fee_gbp_mwh else "")


def _gbp(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f} GBP"
