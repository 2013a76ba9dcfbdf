"""The Carbon Intensity API of Great Britain: national, 14 regions, and the generation mix.

Data by NESO under CC BY 4.0. No key, no published rate limit; answers change every half hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.sources.base import Dataset, Source
from gridctl.sources.carbon_intensity.bodies import parse
from gridctl.sources.carbon_intensity.calls import history, latest
from gridctl.sources.carbon_intensity.files import recognise

_HALF_HOURLY = timedelta(minutes=30)

SOURCE = Source(
    name="carbon-intensity",
    setting="carbon_intensity",
    about="carbon intensity and generation mix, national and of the 14 regions",
    licence="CC BY 4.0: carbon intensity data by National Energy System Operator",
    datasets=(
        Dataset(
            "intensity",
            _HALF_HOURLY,
            datetime(2017, 9, 12, tzinfo=UTC),
            "national carbon intensity, forecast and actual",
        ),
        Dataset(
            "generation", _HALF_HOURLY, datetime(2018, 5, 11, tzinfo=UTC), "national generation mix"
        ),
        Dataset(
            "regional",
            _HALF_HOURLY,
            datetime(2018, 9, 17, tzinfo=UTC),
            "forecast intensity and generation mix of the 14 regions",
        ),
    ),
    tables=(
        "carbon_intensity_national",
        "carbon_intensity_regional",
        "generation_mix_national",
        "generation_mix_regional",
        "forecast_vintages",
    ),
    latest=latest,
    history=history,
    parse=parse,
    recognise=recognise,
    paces={"": timedelta(milliseconds=100)},  # ours: the publisher states none
    at_once=4,
)
