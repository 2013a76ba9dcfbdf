"""The Demand Flexibility Service: what was required, bid and procured, by half hour.

Files of the NESO data portal, in three generations of columns. They change only on days with a
requirement, about an hour after bidding has closed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.sources.base import Dataset, Source
from gridctl.sources.ckan import DATASTORE, DOWNLOAD
from gridctl.sources.dfs.calls import follow, history, latest, standby
from gridctl.sources.dfs.files import recognise
from gridctl.sources.dfs.rows import parse

_HOURLY = timedelta(hours=1)
_FIRST = datetime(2022, 11, 1, tzinfo=UTC)

SOURCE = Source(
    name="dfs",
    setting="neso",
    about="Demand Flexibility Service: requirements, bids, what was procured at what cost",
    licence="NESO Open Data Licence: Supported by National Energy SO Open Data",
    datasets=(
        Dataset("requirement", _HOURLY, _FIRST, "flexibility asked for, MW"),
        Dataset("utilisation", _HOURLY, _FIRST, "bids accepted and rejected, MW at GBP/MWh"),
        Dataset("summary", _HOURLY, _FIRST, "flexibility procured and its cost, MW and GBP"),
    ),
    tables=("flexibility_prices",),
    latest=latest,
    history=history,
    follow=follow,
    standby=standby,
    parse=parse,
    recognise=recognise,
    horizon=timedelta(0),  # a requirement is published a few hours ahead, or not at all
    # The portal's own limits: one CKAN call a second, two datastore calls a minute.
    paces={
        "": timedelta(seconds=1),
        DATASTORE: timedelta(seconds=30),
        DOWNLOAD: timedelta(milliseconds=100),
    },
)
