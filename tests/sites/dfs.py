"""The portal's Demand Flexibility packages: a catalogue, downloads behind a redirect, rows.

An archive stands beside each current file with nearly the same name. Every resource has one event,
on the day before ``now``; archives have one in December 2024.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sites.site import Asked, Reply, csv_reply, json_reply

_MOST_ROWS = 32_000
_CLOCKS = ("Event ID", "Event Type", "Event Tag", "Delivery Date", "From_Local", "To_Local",
           "From_UTC", "To_UTC")  # fmt: skip
_AREAS = ("North Scotland", "London", "Other", "Total")
# Package -> resources: id, name, dataset, generation.
PACKAGES: dict[str, list[tuple[str, str, str, str]]] = {
    "demand-flexibility": [
        ("f5605e2b-b677-424c-8df7-d0ce4ee03cef", "DFS Service Requirement (Archive 2025/2026)",
         "requirement", "archive"),
        ("cc36fff5-5f6f-4fde-8932-c935d982ecd8", "DFS Utilisation Report (Archive 2025/2026)",
         "utilisation", "archive"),
        ("25698259-0b66-42f0-ac59-ef0df5245812",
         "DFS Utilisation Report Summary (Archive 2025/2026)", "summary", "archive"),
        ("3635fd80-49d7-4d02-964d-cc8c08d50302", "DFS Service Requirement", "requirement",
         "current"),
        ("705e573c-ddac-4675-b410-82916b35c4fe", "DFS Utilisation Report Summary", "summary",
         "current"),
        ("3ebf77d7-05df-466e-a023-dc45a90efeea", "DFS Utilisation Report", "utilisation",
         "current"),
    ],
    "demand-flexibility-service-live-events": [
        ("4e87244e-2479-4e6e-84c2-698dffaca41f", "DFS Utilisation Report - LIVE", "utilisation",
         "first"),
        ("011f1a15-f63f-4a95-b1eb-453e5ffcd176", "Utilisation Report Summary - LIVE", "summary",
         "first"),
    ],
}  # fmt: skip


class DemandFlexibility:
    """``modified`` is when the files last changed. ``lost`` are ids that no answer knows."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.modified = now - timedelta(hours=3)
        self.lost: set[str] = set()

    def reply(self, asked: Asked) -> Reply | None:
        action = asked.path.removeprefix("/api/3/action/")
        named = asked.params.get("id") or asked.params.get("resource_id") or ""
        if action == "package_show" and named in PACKAGES:
            resources = [self._entry(named, r, asked.host) for r in self._held(named)]
            return _result({"name": named, "resources": resources})
        resource = self._find(named)
        if resource and action == "resource_show":
            return _result(self._entry(self._package(named), resource, asked.host))
        if resource and action == "datastore_search":
            return self._rows(resource, asked)
        return self._file(asked)

    def _file(self, asked: Asked) -> Reply | None:
        """A download answers with a redirect to an object store with a signature in its URL."""
        words = asked.path.strip("/").split("/")
        resource = self._find(words[3]) if len(words) == 6 and words[0] == "dataset" else None
        if resource:
            there = f"{asked.host}/dfs-store/{resource[0]}/{words[5]}?X-Signature=abc"
            return Reply(b"", 302, {"Location": there})
        if words[0] == "dfs-store" and len(words) == 3 and asked.params.get("X-Signature"):
            resource = self._find(words[1])
            return csv_reply(self.table(resource[2], resource[3])) if resource else None
        return None

    def _rows(self, resource: tuple[str, str, str, str], asked: Asked) -> Reply:
        """The datastore spells days as ISO does, whatever the file does."""
        records = list(csv.DictReader(io.StringIO(self.table(resource[2], resource[3]))))
        for number, record in enumerate(records, 1):
            day, month, year = record["Delivery Date"].split("/")
            record["Delivery Date"] = f"{year}-{month}-{day}"
            record["_id"] = str(number)
        limit = min(int(asked.params.get("limit", 100)), _MOST_ROWS)
        offset = int(asked.params.get("offset", 0))
        page = records[offset : offset + limit]
        return _result({"records": page, "total": len(records), "limit": limit, "offset": offset})

    def _held(self, package: str) -> list[tuple[str, str, str, str]]:
        return [r for r in PACKAGES[package] if r[0] not in self.lost]

    def _find(self, resource_id: str) -> tuple[str, str, str, str] | None:
        held = (r for package in PACKAGES for r in self._held(package))
        return next((r for r in held if r[0] == resource_id), None)

    def _package(self, resource_id: str) -> str:
        return next(p for p in PACKAGES if resource_id in {r[0] for r in PACKAGES[p]})

    def _entry(
        self, package: str, resource: tuple[str, str, str, str], host: str
    ) -> dict[str, Any]:
        file = f"dfs-{resource[2]}-live.csv" if resource[3] == "first" else f"dfs-{resource[2]}.csv"
        return {
            "id": resource[0],
            "name": resource[1],
            "format": "CSV",
            "url": f"{host}/dataset/{package}/resource/{resource[0]}/download/{file}",
            "last_modified": f"{self.modified:%Y-%m-%dT%H:%M:%S.%f}",
        }

    def table(self, dataset: str, generation: str) -> str:
        """The CSV of a dataset as that generation spells it, with CRLF at the ends of lines."""
        made = {"current": self._current, "archive": _archive, "first": _first}[generation](dataset)
        out = io.StringIO()
        csv.writer(out).writerows(made)
        return out.getvalue()

    def _current(self, dataset: str) -> list[list[Any]]:
        start = (self.now - timedelta(days=1)).astimezone(UTC).replace(
            hour=16, minute=0, second=0, microsecond=0
        )  # fmt: skip
        clocks = [_clocks(start + i * timedelta(minutes=30)) for i in range(2)]
        event = [9001, "Downwards", "Energy"]
        if dataset == "requirement":
            head = [*_CLOCKS, "Service Requirement MW", "Service Requirement Type",
                    "Guaranteed Acceptance Price GBP per MWh", "Zonal Cap"]  # fmt: skip
            return [head, *([*event, *c, 400, "Live", 0, "Z1:0,Z2:400"] for c in clocks)]
        if dataset == "utilisation":
            head = [*_CLOCKS, "Registered DFS Participant", "DFS Unit ID", "Zone",
                    "DFS Procured MW", "Service Requirement Type",
                    "Utilisation Price GBP per MWh", "Status"]  # fmt: skip
            bids = [("ACME-01-Z2", 2, 8.0, 120.0, "Accepted"), ("ZETA-01-Z1", 1, 5.0, 300.0,
                    "Rejected")]  # fmt: skip
            return [head, *([*event, *c, "A FIRM", unit, zone, mw, "Live", price, status]
                            for c in clocks for unit, zone, mw, price, status in bids)]  # fmt: skip
        head = [*_CLOCKS, "Service Requirement Type", "Service Requirement MW",
                "DFS Procured MW", "DFS Provider Bids Accepted Total Cost GBP",
                "Settled Volume MW", "Settled Cost GBP"]  # fmt: skip
        return [head, *([*event, *c, "Live", 400, 8.0, 480.0, "", ""] for c in clocks)]


def _clocks(start: datetime) -> list[str]:
    end = start + timedelta(minutes=30)
    local = [t.astimezone(ZoneInfo("Europe/London")) for t in (start, end)]
    return [f"{local[0]:%d/%m/%Y}", *(f"{t:%H:%M}" for t in (*local, start, end))]


def _archive(dataset: str) -> list[list[Any]]:
    when = [f"{date(2024, 12, 10):%d/%m/%Y}", "17:00", "17:30"]
    if dataset == "requirement":
        head = ["Delivery Date", "From", "To", "Service Requirement MW",
                "Service Requirement Type", "Guaranteed Acceptance Price GBP per MWh"]  # fmt: skip
        return [head, [*when, 300, "Live", 0]]
    if dataset == "utilisation":
        head = ["Delivery Date", "Registered DFS Participant", "DFS Unit ID", "DFS Volume MW",
                "From", "To", "Service Requirement Type", "Utilisation Price GBP per MWh",
                "Status", *_AREAS]  # fmt: skip
        return [head, [when[0], "A FIRM", "ACME-01", 4, *when[1:], "Live", 210, "Accepted",
                       1, 3, 0, 4]]  # fmt: skip
    head = ["Delivery Date", "From", "To", "Service Requirement Type", "Service Requirement MW",
            "DFS Procured MW", "DFS Provider Bids Accepted Total Cost GBP"]  # fmt: skip
    return [head, [*when, "Live", 300, 4, 420]]


def _first(dataset: str) -> list[list[Any]]:
    if dataset == "utilisation":
        head = ["Date", "DFS Provider", "Unit", "DFS Volume", "From", "To", "Price", "Status"]
        return [head, ["24/01/2023", "AFirm", "ACME-A-1", 7, "17:00", "17:30", 3000, "Accepted"]]
    head = ["Date", "From", "To", "DFS Required", "DFS Procured", "Bids Accepted Total Cost "]
    return [head, ["24/01/2023", "17:00", "17:30", 90, 7, 10500]]


def _result(result: dict[str, Any]) -> Reply:
    return json_reply({"help": "", "success": True, "result": result})
