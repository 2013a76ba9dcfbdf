"""The data portal of the National Energy System Operator: demand and its forecasts.

Whole files by download; the datastore, at two calls a minute, only when those cannot be had.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.sources.base import Dataset, Source
from gridctl.sources.ckan import DATASTORE, DOWNLOAD
from gridctl.sources.neso.bodies import parse
from gridctl.sources.neso.calls import follow, history, latest, standby
from gridctl.sources.neso.files import recognise

_HOURLY, _DAILY = timedelta(hours=1), timedelta(days=1)

SOURCE = Source(
    name="neso",
    setting="neso",
    about="demand and its forecasts, embedded wind and solar",
    licence="NESO Open Data Licence: Supported by National Energy SO Open Data",
    datasets=(
        Dataset("day_ahead", _HOURLY, None, "day-ahead demand at its cardinal points, MW"),
        Dataset("two_to_fourteen_day", _DAILY, None, "demand 2 to 14 days ahead, MW"),
        Dataset("embedded", _HOURLY, None, "embedded wind and solar forecast, MW"),
        Dataset("demand_update", _DAILY, None, "demand of this and last month, MW"),
        Dataset("historic_demand", _DAILY, datetime(2009, 1, 1, tzinfo=UTC), "demand by year, MW"),
        Dataset(
            "day_ahead_history",
            _DAILY,
            datetime(2018, 1, 1, tzinfo=UTC),
            "day-ahead demand forecasts as issued, MW",
        ),
        Dataset(
            "two_to_fourteen_day_history",
            _DAILY,
            datetime(2018, 1, 1, tzinfo=UTC),
            "demand forecasts of 2 to 14 days ahead as issued, MW",
        ),
        Dataset(
            "wind_history",
            _DAILY,
            datetime(2018, 1, 1, tzinfo=UTC),
            "day-ahead wind forecasts as issued, MW",
        ),
    ),
    tables=(
        "demand_forecast_national",
        "demand_actual_national",
        "demand_regional",
        "carbon_intensity_national",
        "carbon_intensity_regional",
        "forecast_vintages",
    ),
    latest=latest,
    history=history,
    follow=follow,
    standby=standby,
    parse=parse,
    recognise=recognise,
    horizon=timedelta(days=14),
    # The portal's own limits: one CKAN call a second, two datastore calls a minute.
    paces={
        "": timedelta(seconds=1),
        DATASTORE: timedelta(seconds=30),
        DOWNLOAD: timedelta(milliseconds=100),
    },
    at_once=4,
)
