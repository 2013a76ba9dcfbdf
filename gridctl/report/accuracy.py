"""How far the carbon forecasts were off, by how far ahead they looked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gridctl.query import catalogue
from gridctl.query.engine import ask
from gridctl.report.period import Period

_NAME = "forecast-accuracy"


@dataclass(frozen=True)
class Horizon:
    """Errors of ``count`` half hours at one distance, g/kWh; ``bias`` is forecast less actual."""

    name: str
    count: int
    bias: float
    mean_absolute: float
    root_mean_square: float


@dataclass(frozen=True)
class Accuracy:
    """The horizons from near to far, the last revision at the end."""

    horizons: list[Horizon]
    is_synthetic: bool
    empty: str | None


def read_accuracy(con: Any, period: Period) -> Accuracy:
    """The query ``forecast-accuracy`` over the period, on a connection that is as of its end."""
    query = catalogue.find(_NAME)
    hours = math.ceil((period.at - period.start) / timedelta(hours=1))
    rows = ask(con, query.sql, {"hours": hours, "by": "horizon", "region": None}, None).dicts()
    horizons = [
        Horizon(row["horizon"], row["n"], row["bias_gco2_kwh"], row["mae_gco2_kwh"],
                row["rmse_gco2_kwh"])
        for row in rows
    ]  # fmt: skip
    empty = None if horizons else "no forecast beside an actual yet: run gridctl fetch regularly"
    return Accuracy(horizons, any(row["is_synthetic"] for row in rows), empty)
