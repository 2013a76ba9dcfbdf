"""Octopus Agile: a retail tariff that follows the day-ahead auction, by half hour and region.

Prices are stored WITHOUT VAT, in GBP/MWh (the API has p/kWh), so that they compare with wholesale
ones. No key is needed for them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.sources.base import Dataset, Source
from gridctl.sources.octopus.bodies import parse
from gridctl.sources.octopus.calls import follow, history, latest, not_ready
from gridctl.sources.octopus.files import recognise

SOURCE = Source(
    name="octopus",
    setting="octopus",
    about="Agile retail prices of chosen regions",
    licence="published by Octopus Energy without a stated data licence: for own use",
    datasets=(
        Dataset(
            "agile",
            timedelta(minutes=30),  # tomorrow's appear once, some time after 16:00 local
            datetime(2018, 2, 21, tzinfo=UTC),  # the first Agile product is AGILE-18-02-21
            "Agile unit rates by region without VAT, GBP/MWh",
        ),
    ),
    tables=("wholesale_prices",),
    latest=latest,
    history=history,
    follow=follow,
    parse=parse,
    recognise=recognise,
    not_ready=not_ready,
    horizon=timedelta(hours=36),
    paces={"": timedelta(milliseconds=500)},  # ours: bursts are met with an HTML page and a 403
)
