"""Which calls to make: a package once, then those of its files that changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gridctl.errors import DataError
from gridctl.model import CATALOGUE, Request, Window
from gridctl.sources import ckan
from gridctl.sources.base import Options
from gridctl.sources.ckan import Resource

_NAME = "dfs"
_PACKAGE = "demand-flexibility"
_MAIN = "utilisation"  # the dataset that the package stands for: one call brings all three
_END = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Season:
    """The files that hold one span of delivery days."""

    start: datetime
    end: datetime
    resources: tuple[Resource, ...]

    def overlap(self, window: Window) -> Window | None:
        """What of a window lies in the season."""
        start, end = max(self.start, window.start), min(self.end, window.end)
        return Window(start, end) if start < end else None


def _season(start: datetime, end: datetime, package: str, *files: tuple[str, str, str]) -> Season:
    return Season(
        start, end, tuple(Resource(dataset, package, (name,), id_) for dataset, name, id_ in files)
    )


_CURRENT = _season(
    datetime(2026, 4, 1, tzinfo=UTC),
    _END,
    _PACKAGE,
    ("requirement", "DFS Service Requirement", "3635fd80-49d7-4d02-964d-cc8c08d50302"),
    ("utilisation", "DFS Utilisation Report", "3ebf77d7-05df-466e-a023-dc45a90efeea"),
    ("summary", "DFS Utilisation Report Summary", "705e573c-ddac-4675-b410-82916b35c4fe"),
)
_FIRST_WINTER = datetime(2022, 11, 1, tzinfo=UTC), datetime(2023, 11, 1, tzinfo=UTC)
_SEASONS = (
    _season(
        *_FIRST_WINTER,
        "demand-flexibility-service-live-events",
        (
            "requirement",
            "DFS Service Requirement - LIVE",
            "663f3f82-fec8-4c9a-a837-df5db8690a6f",
        ),
        ("utilisation", "DFS Utilisation Report - LIVE", "4e87244e-2479-4e6e-84c2-698dffaca41f"),
        ("summary", "Utilisation Report Summary - LIVE", "011f1a15-f63f-4a95-b1eb-453e5ffcd176"),
    ),
    _season(
        *_FIRST_WINTER,
        "demand-flexibility-service-test-events",
        (
            "requirement",
            "DFS Service Requirement - TEST",
            "000066dc-aa75-4bec-a5a2-9c935b1873d2",
        ),
        ("utilisation", "DFS Utilisation Report - TEST", "fc466b76-6823-4dd9-8b4a-aab464e0e77b"),
        ("summary", "Utilisation Report Summary - TEST", "e4804faf-92be-43d0-a1ec-3e52a50f9666"),
    ),
    _season(
        datetime(2023, 11, 1, tzinfo=UTC),
        datetime(2024, 11, 1, tzinfo=UTC),
        "demand-flexibility-service",
        ("requirement", "DFS Service Requirements", "7914dd99-fe1c-41ba-9989-5784531c58bb"),
        ("utilisation", "DFS Utilisation Report", "ed7019b0-32b7-425c-a2fb-5ba9e32733fb"),
        ("summary", "DFS Utilisation Report Summary", "71a9cb04-8935-4e3a-bdd6-17f6fff0a7c6"),
    ),
    _season(
        datetime(2024, 11, 1, tzinfo=UTC),
        _CURRENT.start,
        _PACKAGE,
        (
            "requirement",
            "DFS Service Requirement (Archive 2025/2026)",
            "f5605e2b-b677-424c-8df7-d0ce4ee03cef",
        ),
        (
            "utilisation",
            "DFS Utilisation Report (Archive 2025/2026)",
            "cc36fff5-5f6f-4fde-8932-c935d982ecd8",
        ),
        (
            "summary",
            "DFS Utilisation Report Summary (Archive 2025/2026)",
            "25698259-0b66-42f0-ac59-ef0df5245812",
        ),
    ),
    _CURRENT,
)


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """The package of the current season; :func:`follow` asks for its files."""
    return [ckan.ask_package(_NAME, _PACKAGE, _MAIN)]


def history(dataset: str, window: Window, options: Options) -> list[Request]:
    """The packages of the seasons that the window touches."""
    packages = dict.fromkeys(
        resource.package for resource, _ in _within(dataset, window, package=None)
    )
    return [ckan.ask_package(_NAME, package, dataset, window) for package in packages]


def follow(request: Request, body: bytes, options: Options) -> list[Request]:
    """The files that a package lists and that are wanted of it; of rows, the ones after these.

    A file that the package lost is asked for by its known id. Raises :class:`DataError` when none
    of the files is there.
    """
    if request.dataset != CATALOGUE:
        return ckan.next_rows(request, body) if request.pace == ckan.DATASTORE else []
    entries = ckan.entries_of(body)
    requests, lost = [], []
    for resource, window in _wanted(request):
        try:
            entry = ckan.pick(entries, resource)
        except DataError as missing:
            lost.append((resource, missing))
        else:
            requests.append(ckan.download(_NAME, resource.dataset, entry, window=window))
    if lost and not requests:
        raise lost[0][1]
    return requests + [ckan.ask_resource(_NAME, resource) for resource, _ in lost]


def standby(request: Request, options: Options) -> list[Request]:
    """What to ask when a call failed: the resources by their known ids, then their rows."""
    if request.dataset != CATALOGUE:
        return []
    ask = ckan.ask_resource if request.path.endswith("package_show") else ckan.ask_rows
    return [ask(_NAME, resource) for resource, _ in _wanted(request)]


def _wanted(request: Request) -> list[tuple[Resource, Window | None]]:
    """The resources that a catalogue call was about, with the span of history each will cover."""
    named = request.params["id"]
    if request.path.endswith("resource_show"):
        every = [resource for season in _SEASONS for resource in season.resources]
        return [(resource, None) for resource in every if resource.known_id == named]
    if request.window is None:
        return [(resource, None) for resource in _CURRENT.resources]
    return list(_within(request.served, request.window, package=named))


def _within(
    dataset: str, window: Window, package: str | None
) -> list[tuple[Resource, Window | None]]:
    found: list[tuple[Resource, Window | None]] = []
    for season in _SEASONS:
        overlap = season.overlap(window)
        found += [
            (resource, overlap)
            for resource in season.resources
            if overlap and resource.dataset == dataset and package in (None, resource.package)
        ]
    return found
