"""Recognise saved pages of rates by their content."""

from __future__ import annotations

from gridctl.sources.base import Document, Recognised
from gridctl.sources.octopus.pages import error_text

# Hourly means that others derived from Agile: the half-hourly prices cannot be had back from them.
_HOURLY_MEANS = ("datetime", "Electricity Pricing [£/kWh]")


def recognise(document: Document) -> Recognised | None:
    """The dataset of a saved page, or ``None`` when it is not from this API."""
    if not document.is_json:
        is_means = document.header == _HOURLY_MEANS
        return Recognised("hourly-means", is_reference=True) if is_means else None
    body = document.json
    problem = error_text(body)
    if problem is not None and len(body) == 1:
        return Recognised("error", problem=problem)
    results = body.get("results") if isinstance(body, dict) else None
    first = results[0] if isinstance(results, list) and results else None
    if isinstance(first, dict) and {"value_exc_vat", "valid_from"} <= first.keys():
        return Recognised("agile")
    return None
