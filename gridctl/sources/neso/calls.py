"""Which calls to make: the package first, then the file that it lists."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from gridctl.clock import LONDON
from gridctl.model import CATALOGUE, Request, Window
from gridctl.sources import ckan
from gridctl.sources.base import Options
from gridctl.sources.ckan import Resource
from gridctl.sources.records import midnight

_NAME = "neso"
_HISTORIC = "historic_demand"
_YEAR = re.compile(r"\b(20\d\d)\b", re.ASCII)
_LATEST = (
    Resource(
        "day_ahead",
        "1-day-ahead-demand-forecast",
        ("Day Ahead Demand Forecast", "1 Day Ahead Demand Forecast"),
        "aec5601a-7f3e-4c4c-bf56-d8e4184d3c5b",
        is_forecast=True,
    ),
    Resource(
        "two_to_fourteen_day",
        "2-14-days-ahead-national-demand-forecast",
        ("2-14 Day Ahead Half-Hourly Demand Forecast",),
        "7c0411cd-2714-4bb5-a408-adb065edf34d",
        is_forecast=True,
    ),
    Resource(
        "embedded",
        "embedded-wind-and-solar-forecasts",
        ("Embedded Solar and Wind Forecast",),
        "db6c038f-98af-4570-ab60-24d71ebd0ae5",
        is_forecast=True,
    ),
    Resource(
        "demand_update",
        "daily-demand-update",
        ("Demand Data Update",),
        "177f6fa4-ae49-4182-81ea-0c6b35f26ca6",
    ),
)
# Whole files with everything since 2018 in them, asked for when any of it is missing.
_HISTORY = (
    Resource(
        "day_ahead_history",
        "1-day-ahead-demand-forecast",
        ("Historic Day Ahead Demand Forecasts",),
        "9847e7bb-986e-49be-8138-717b25933fbb",
    ),
    Resource(
        "wind_history",
        "day-ahead-wind-forecast",
        ("Historic Day Ahead Wind Forecasts",),
        "7524ec65-f782-4258-aaf8-5b926c17b966",
    ),
)
_RESOURCES = {resource.dataset: resource for resource in (*_LATEST, *_HISTORY)}


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """The packages of the current files; :func:`follow` asks for those that changed."""
    return [ckan.ask_package(_NAME, r.package, r.dataset) for r in _LATEST]


def history(dataset: str, window: Window, options: Options) -> list[Request]:
    """The package with the years, or with the file of all forecasts."""
    if dataset == _HISTORIC:
        return [ckan.ask_package(_NAME, "historic-demand-data", dataset, window)]
    resource = _RESOURCES[dataset]
    return [ckan.ask_package(_NAME, resource.package, dataset, window)]


def follow(request: Request, body: bytes, options: Options) -> list[Request]:
    """The files that a package lists and that are wanted of it; of rows, the ones after these.

    Raises :class:`DataError` when the package lacks them.
    """
    if request.dataset != CATALOGUE:
        return ckan.next_rows(request, body) if request.pace == ckan.DATASTORE else []
    entries = ckan.entries_of(body)
    if request.served == _HISTORIC:
        return _years(request, entries)
    resource = _RESOURCES[request.served]
    entry = ckan.pick(entries, resource)
    return [
        ckan.download(
            _NAME,
            resource.dataset,
            entry,
            window=request.window,
            is_forecast=resource.is_forecast,
        )
    ]


def standby(request: Request, options: Options) -> list[Request]:
    """What to ask when a call failed: the resource by its known id, then its rows."""
    resource = _RESOURCES.get(request.served)
    if resource is None or request.dataset != CATALOGUE:
        return []
    if request.path.endswith("package_show"):
        return [ckan.ask_resource(_NAME, resource)]
    return [ckan.ask_rows(_NAME, resource)]


def _years(request: Request, entries: list[dict[str, object]]) -> list[Request]:
    """One download for each year of local time that the window touches and the package has."""
    window = request.window
    if window is None:
        return []
    first = window.start.astimezone(LONDON).year
    last = (window.end - timedelta(microseconds=1)).astimezone(LONDON).year
    requests = []
    for entry in entries:
        found = _YEAR.search(str(entry.get("name", "")))
        if found is None or not first <= int(found[1]) <= last:
            continue
        start, end = (midnight_of(int(found[1]) + step) for step in (0, 1))
        within = Window(max(window.start, start), min(window.end, end))
        requests.append(ckan.download(_NAME, _HISTORIC, entry, window=within))
    return requests


def midnight_of(year: int) -> datetime:
    """The start of a year, which in Great Britain is UTC's."""
    return midnight(datetime(year, 1, 1).date())
