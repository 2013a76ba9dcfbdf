"""Compute windows on offer over Beckn 2.0, as the Digital Energy Grid drafted them in 2025.

One discovery service is asked, whose address is a setting. The domain has no published schema: what
an answer must hold is ruled here.
"""

from __future__ import annotations

from datetime import timedelta

from gridctl.sources.base import Dataset, Source
from gridctl.sources.beckn.bodies import parse
from gridctl.sources.beckn.calls import follow, headers, latest, not_ready
from gridctl.sources.beckn.messages import recognise

SOURCE = Source(
    name="beckn",
    setting="beckn",
    about="compute windows with their carbon intensity, renewable mix, capacity and price",
    licence="as the discovery service and the providers it lists say",
    datasets=(
        Dataset("discover", timedelta(minutes=30), None, "windows on offer, MW, gCO2/kWh, GBP/kWh"),
    ),
    tables=("grid_zones", "compute_windows", "grid_snapshots", "offers", "beckn_transactions"),
    latest=latest,
    follow=follow,
    headers=headers,
    parse=parse,
    recognise=recognise,
    not_ready=not_ready,
    horizon=timedelta(0),  # a provider lists what it likes: there is no span to ask for
)
