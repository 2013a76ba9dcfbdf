"""Recognise saved bodies and CSV copies of the API by their content."""

from __future__ import annotations

from typing import Any

from gridctl.sources.base import Document, Recognised
from gridctl.sources.carbon_intensity.bodies import error_text

# Header of a CSV -> dataset. The names are those of public copies of the API's answers.
CSV_HEADERS = {
    ("from", "to", "forecast", "actual", "index"): "intensity",
    ("from_utc", "to_utc", "forecast_gco2_kwh", "actual_gco2_kwh", "index"): "intensity",
    ("issued_at", "from", "forecast_gco2_kwh"): "vintages",
}
_INDEX_BANDS = ("year", "very_low_max", "low_max", "moderate_max", "high_max")


def recognise(document: Document) -> Recognised | None:
    """The dataset of a saved file, or ``None`` when it is not from this API."""
    if not document.is_json:
        if document.header == _INDEX_BANDS:
            return Recognised("index-bands", is_reference=True)
        dataset = CSV_HEADERS.get(document.header)
        return Recognised(dataset) if dataset else None
    body = document.json
    if not isinstance(body, dict):
        return None
    problem = error_text(body)
    if problem is not None:
        return Recognised("error", problem=problem)
    return _from_data(body.get("data"))


def _from_data(data: Any) -> Recognised | None:
    record = data[0] if isinstance(data, list) and data else data
    if not isinstance(record, dict):
        return None
    if "regions" in record or "regionid" in record:
        return Recognised("regional")
    if "generationmix" in record:
        return Recognised("generation")
    if "intensity" in record and "from" in record:
        return Recognised("intensity")
    if {"Biomass", "Coal", "Wind"} <= record.keys():
        return Recognised("factors", is_reference=True)
    return None
