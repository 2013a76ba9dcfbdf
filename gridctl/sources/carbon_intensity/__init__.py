"""The Carbon Intensity API of Great Britain: national, 14 regions, and the generation mix.

Data by NESO under CC BY 4.0. No key, no published rate limit; answers change every half hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.sources.base import Dataset
from gridctl.sources.carbon_intensity.bodies import parse
from gridctl.sources.carbon_intensity.calls import history, latest
from gridctl.sources.carbon_intensity.files import recognise

NAME = "carbon-intensity"
SETTING = "carbon_intensity"
MIN_INTERVAL = timedelta(milliseconds=100)  # ours: the publisher states none
HORIZON = timedelta(hours=48)
HALF_HOURLY = timedelta(minutes=30)
DATASETS = (
    Dataset(
        "intensity",
        HALF_HOURLY,
        datetime(2017, 9, 12, tzinfo=UTC),
        "national carbon intensity, forecast and actual",
    ),
    Dataset(
        "generation", HALF_HOURLY, datetime(2018, 5, 11, tzinfo=UTC), "national generation mix"
    ),
    Dataset(
        "regional",
        HALF_HOURLY,
        datetime(2018, 9, 17, tzinfo=UTC),
        "forecast intensity and generation mix of the 14 regions",
    ),
)

__all__ = [
    "DATASETS",
    "HORIZON",
    "MIN_INTERVAL",
    "NAME",
    "SETTING",
    "history",
    "latest",
    "parse",
    "recognise",
]
