"""Which calls to make: the package first, then the file that it lists."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from gridctl.clock import LONDON
from gridctl.errors import DataError
from gridctl.model import CATALOGUE, Request, Window
from gridctl.sources import ckan
from gridctl.sources.base import Options
from gridctl.sources.ckan import Resource
from gridctl.sources.records import midnight

_NAME = "neso"
_HISTORIC = "historic_demand"
_HISTORIC_PACKAGE = "historic-demand-data"
_YEAR = re.compile(r"(?:historic )?demand ?data[ _]?(20\d\d)", re.ASCII | re.IGNORECASE)
# For when the package cannot be read. The other years' ids are not known here.
_YEAR_IDS = {
    2009: "ed8a37cb-65ac-4581-8dbc-a3130780da3a",
    2019: "dd9de980-d724-415a-b344-d8ae11321432",
    2023: "bf5ab335-9b40-4ea4-b93a-ab4af7bce003",
    2024: "f6d02c0f-957b-48cb-82ee-09003f2ba759",
    2025: "b2bde559-3455-4021-b179-dfe60c0337b0",
    2026: "8a4a771c-3929-4e56-93ad-cdf13219dea5",
}
_LATEST = (
    Resource(
        "day_ahead",
        "1-day-ahead-demand-forecast",
        ("Day Ahead National Demand Forecast", "Day Ahead Demand Forecast"),
        "aec5601a-7f3e-4c4c-bf56-d8e4184d3c5b",
        is_forecast=True,
    ),
    Resource(
        "two_to_fourteen_day",
        "2-14-days-ahead-national-demand-forecast",
        ("2-14 Days Ahead Half Hourly Forecast",),
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
        "two_to_fourteen_day_history",
        "2-14-days-ahead-national-demand-forecast",
        ("Historic 2-14 Day Ahead Demand Forecasts",),
        "4dd712a2-ee2c-455d-a9c0-9d3564c80fa0",
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
        return [ckan.ask_package(_NAME, _HISTORIC_PACKAGE, dataset, window)]
    resource = _RESOURCES[dataset]
    return [ckan.ask_package(_NAME, resource.package, dataset, window)]


def follow(request: Request, body: bytes, options: Options) -> list[Request]:
    """The files that a package lists and that are wanted of it; of rows, the ones after these.

    Raises :class:`DataError` when the package lacks them.
    """
    if request.pace == ckan.DATASTORE:
        return ckan.next_rows(request, body) if request.path.endswith("_search") else []
    if request.dataset != CATALOGUE:
        if body.lstrip()[:1] in (b"<", b""):
            raise DataError("an HTML page, or nothing, instead of a CSV")
        return []
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
    """What to ask when a call failed: the resource by its known id, then its rows.

    Not the rows of the archives of forecasts: a page may end within an issue, and the next one
    would then replace the first half of it by the second.
    """
    if request.served == _HISTORIC:
        return _standby_years(request)
    resource = _RESOURCES.get(request.served)
    if resource is None or request.pace == ckan.DATASTORE:
        return []
    if request.path.endswith("package_show"):
        return [ckan.ask_resource(_NAME, resource, request.window)]
    return [ckan.ask_rows(_NAME, resource)] if resource in _LATEST else []


def _standby_years(request: Request) -> list[Request]:
    """The years by their known ids. None when one is unknown: then the failure has to be told."""
    if request.window is None or not request.path.endswith(("package_show", "resource_show")):
        return []
    years = _years_of(request.window)
    if request.path.endswith("package_show"):
        if not _YEAR_IDS.keys() >= set(years):
            return []
        return [
            ckan.ask_resource(_NAME, _year(year), _within(request.window, year)) for year in years
        ]
    return [ckan.ask_rows(_NAME, _year(year), request.window) for year in years]


def _years(request: Request, entries: list[dict[str, object]]) -> list[Request]:
    """One download for each year that the window touches and the package has.

    Raises :class:`DataError` when it has none of them.
    """
    window = request.window
    wanted = _years_of(window) if window else []
    requests = []
    for entry in entries:
        found = _YEAR.fullmatch(str(entry.get("name", "")).strip())
        if window and found and int(found[1]) in wanted:
            within = _within(window, int(found[1]))
            requests.append(ckan.download(_NAME, _HISTORIC, entry, window=within))
    if not requests:
        spelled = ", ".join(map(str, wanted)) or "any year"
        raise DataError(f"package {_HISTORIC_PACKAGE} has no demand of {spelled}")
    return requests


def _year(year: int) -> Resource:
    names = (f"Historic Demand Data {year}",)
    return Resource(_HISTORIC, _HISTORIC_PACKAGE, names, _YEAR_IDS[year])


def _years_of(window: Window) -> list[int]:
    """The years of local time that a window touches."""
    first = window.start.astimezone(LONDON).year
    last = (window.end - timedelta(microseconds=1)).astimezone(LONDON).year
    return list(range(first, last + 1))


def _within(window: Window, year: int) -> Window:
    start, end = (midnight_of(year + step) for step in (0, 1))
    return Window(max(window.start, start), min(window.end, end))


def midnight_of(year: int) -> datetime:
    """The start of a year, which in Great Britain is UTC's."""
    return midnight(datetime(year, 1, 1).date())
