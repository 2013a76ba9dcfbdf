"""Recognise the files by their columns, whichever season spelled them."""

from __future__ import annotations

from typing import Any

from gridctl.sources.base import Document, Recognised

# Columns that tell a dataset, by generation: from April 2026 and archive, then 2022/23.
SIGNS = {
    "utilisation": (
        {"DFS Unit ID", "Utilisation Price GBP per MWh", "Status"},
        {"DFS Provider", "Unit", "DFS Volume", "Price", "Status"},
    ),
    "summary": (
        {"DFS Procured MW", "DFS Provider Bids Accepted Total Cost GBP"},
        {"DFS Procured", "Bids Accepted Total Cost"},
    ),
    "requirement": (
        {"Service Requirement MW", "Guaranteed Acceptance Price GBP per MWh"},
        {"DFS Required MW", "Guaranteed Acceptance Price GBP per MWh"},
        {"From GMT", "To GMT", "DFS Required MW"},
    ),
}


def recognise(document: Document) -> Recognised | None:
    """The dataset of a saved file, or ``None`` when it is not of this service."""
    fields = _first_fields(document.json) if document.is_json else set(document.header)
    dataset = dataset_of(fields)
    return Recognised(dataset) if dataset else None


def dataset_of(fields: set[str]) -> str | None:
    """The dataset whose columns these are."""
    for dataset, generations in SIGNS.items():
        if any(signs <= fields for signs in generations):
            return dataset
    return None


def _first_fields(body: Any) -> set[str]:
    """The columns of the first record of a datastore answer."""
    result = body.get("result") if isinstance(body, dict) else None
    records = result.get("records") if isinstance(result, dict) else None
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return set()
    return {name.strip() for name in records[0]}
