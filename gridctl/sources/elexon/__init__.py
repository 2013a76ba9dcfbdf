"""Elexon Insights: prices and demand of the balancing mechanism. No key.

Contains BMRS data (c) Elexon Limited copyright and database right: the licence asks for these
words. Rate limits are not published.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.sources.base import Dataset, Source
from gridctl.sources.elexon.bodies import parse
from gridctl.sources.elexon.calls import follow, history, latest
from gridctl.sources.elexon.files import recognise

_HALF_HOURLY = timedelta(minutes=30)

SOURCE = Source(
    name="elexon",
    setting="elexon",
    about="market index and system price, day-ahead demand, demand outturn",
    licence="Contains BMRS data (c) Elexon Limited copyright and database right",
    datasets=(
        Dataset(
            "market_index",
            _HALF_HOURLY,
            datetime(2018, 1, 1, tzinfo=UTC),
            "short-term traded price (APX), GBP/MWh",
        ),
        Dataset(
            "system_price",
            _HALF_HOURLY,
            datetime(2018, 1, 1, tzinfo=UTC),
            "price that settles imbalance, GBP/MWh",
        ),
        Dataset("national_forecast", _HALF_HOURLY, None, "day-ahead national demand (NDF), MW"),
        Dataset(
            "transmission_forecast",
            _HALF_HOURLY,
            None,
            "day-ahead transmission system demand (TSDF), MW",
        ),
        Dataset(
            "demand_outturn",
            _HALF_HOURLY,
            datetime(2018, 1, 1, tzinfo=UTC),
            "initial demand outturn, MW",
        ),
    ),
    tables=(
        "wholesale_prices",
        "demand_forecast_national",
        "demand_actual_national",
        "demand_regional",
        "forecast_vintages",
    ),
    latest=latest,
    history=history,
    follow=follow,
    parse=parse,
    recognise=recognise,
    paces={"": timedelta(milliseconds=200)},  # ours: the publisher states none
    at_once=4,
)
