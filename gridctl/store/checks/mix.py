"""Shares of generation sum to 100."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import WARNING, Asked, Check, Found, bad_rows

FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
# Nine shares rounded to 0.1 are off by at most 0.45 together; recorded answers by 0.2.
_ROUNDING_PCT = 0.5
_SUM = " + ".join(f"{fuel}_pct" for fuel in FUELS)


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    # With a little to spare for tenths, which have no exact binary form.
    yield from bad_rows(
        con,
        asked,
        table,
        f"abs({_SUM} - 100) > {_ROUNDING_PCT} + 1e-6",
        f"rows whose shares do not sum to 100 within {_ROUNDING_PCT} per cent",
        example=f"'their sum is ' || round({_SUM}, 2)",
        worst=f"abs({_SUM} - 100)",
    )


CHECK = Check(
    "mix_sum", WARNING, "shares of fuels do not sum to 100 within rounding (0.5)",
    ("generation_mix_national", "generation_mix_regional"), _find,
)  # fmt: skip
