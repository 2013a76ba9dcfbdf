"""Calls to a CKAN data portal: find a package's resources, download one whole, or read its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urldefrag

from gridctl.errors import DataError
from gridctl.model import CATALOGUE, Request, Window
from gridctl.sources.base import load_json, path_of

_ACTION = "/api/3/action"
DATASTORE, DOWNLOAD = "datastore", "download"  # queues: see PACES
_MOST_ROWS = 32_000  # the server gives no more at once


@dataclass(frozen=True)
class Resource:
    """A file of a package. ``names`` are those the publisher has used, ``known_id`` its id when
    this was written: names are looked for first, because ids are handed on to archives."""

    dataset: str
    package: str
    names: tuple[str, ...]
    known_id: str
    is_forecast: bool = False


def ask_package(source: str, package: str, serves: str, window: Window | None = None) -> Request:
    """The call that lists a package's resources."""
    params = {"id": package}
    return Request(source, CATALOGUE, f"{_ACTION}/package_show", params, window, serves=serves)


def ask_resource(source: str, resource: Resource, window: Window | None = None) -> Request:
    """The call that describes one resource by its id: for when its package cannot be read."""
    params = {"id": resource.known_id}
    path = f"{_ACTION}/resource_show"
    return Request(source, CATALOGUE, path, params, window, serves=resource.dataset)


def ask_rows(source: str, resource: Resource, window: Window | None = None) -> Request:
    """The call that reads a resource from the datastore: the last resort, at two a minute."""
    params = {"resource_id": resource.known_id, "limit": str(_MOST_ROWS)}
    return Request(
        source,
        resource.dataset,
        f"{_ACTION}/datastore_search",
        params,
        window,
        resource.is_forecast,
        pace=DATASTORE,
    )


def entries_of(body: bytes) -> list[dict[str, Any]]:
    """The resources that a catalogue answer describes. Raises :class:`DataError` for any other."""
    document = load_json(body)
    result = document.get("result") if isinstance(document, dict) else None
    if not isinstance(result, dict) or document.get("success") is not True:
        raise DataError(f"the portal answered without success: {_words(document)}")
    entries = result.get("resources", [result])
    if not isinstance(entries, list):
        raise DataError("the package has no list of resources")
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("url")]


def pick(entries: Sequence[dict[str, Any]], resource: Resource) -> dict[str, Any]:
    """The entry of a resource: by exact name, else by its known id unless that is an archive now.

    Raises :class:`DataError` naming the package when neither is there.
    """
    for entry in entries:
        if entry.get("name") in resource.names:
            return entry
    for entry in entries:
        is_archive = "archive" in str(entry.get("name", "")).lower()
        if entry.get("id") == resource.known_id and not is_archive:
            return entry
    wanted = resource.names[0] if resource.names else resource.known_id
    raise DataError(f"package {resource.package} has no resource {wanted!r} any more")


def download(
    source: str,
    dataset: str,
    entry: dict[str, Any],
    *,
    window: Window | None = None,
    is_forecast: bool = False,
) -> Request:
    """The call that gets a resource whole. Its version is its id and when it was last changed, so
    one that has not changed is not asked for again. A forecast's call carries that time behind a
    ``#``, which is not sent, for :func:`published`."""
    try:
        path, params = path_of(str(entry["url"]))
    except ValueError:
        path, params = "", {}
    if not path.startswith("/"):
        raise DataError(f"resource {entry.get('name')!r} has no URL that can be asked")
    pace = DATASTORE if path.startswith("/datastore/") else DOWNLOAD
    changed = entry.get("last_modified") or entry.get("created")
    version = f"{entry.get('id')}@{changed}" if changed else None
    if is_forecast and changed:
        path = f"{path}#{changed}"
    return Request(source, dataset, path, params, window, is_forecast, None, pace, version)


def published(location: str) -> datetime | None:
    """When the portal put up the file that was asked for: its ``last_modified``, in UTC."""
    label = urldefrag(location).fragment.partition("?")[0]
    try:
        return datetime.fromisoformat(label).replace(tzinfo=UTC, microsecond=0)
    except ValueError:
        return None


def next_rows(request: Request, body: bytes) -> list[Request]:
    """The call for the rows after these; none when there are no more.

    The portal links to a next page even past the last, and may give fewer rows than asked for: the
    end is where it says how many there are in all, else a page without rows.
    """
    document = load_json(body)
    rows = rows_of(document)
    if not rows or not request.path.endswith("datastore_search"):
        return []
    offset = int(request.params.get("offset", "0")) + len(rows)
    result = document.get("result", {})
    total = None if result.get("total_was_estimated") else result.get("total")
    if type(total) is int and offset >= total:
        return []
    return [replace(request, params={**request.params, "offset": str(offset)})]


def rows_of(document: Any) -> list[Any]:
    """The records of a datastore answer. Raises :class:`DataError` for any other."""
    result = document.get("result", document) if isinstance(document, dict) else None
    records = result.get("records") if isinstance(result, dict) else None
    if not isinstance(records, list):
        raise DataError(f"the answer has no records: {_words(document)}")
    return records


def _words(document: Any) -> str:
    error = document.get("error", document) if isinstance(document, dict) else document
    return " ".join(str(error).split())[:160]
