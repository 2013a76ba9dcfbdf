"""Recognise saved answers by the fields of their first record."""

from __future__ import annotations

from typing import Any

from gridctl.sources.base import Document, Recognised

_BY_DATASET = {
    "NDF": Recognised("national_forecast"),
    "TSDF": Recognised("transmission_forecast"),
    "MID": Recognised("market_index"),
    # Generation by fuel has no table: the mix of the Carbon Intensity API has one.
    "FUELHH": Recognised("generation_by_fuel", is_reference=True),
    "FUELINST": Recognised("generation_by_fuel", is_reference=True),
}
_BY_FIELDS = (
    ({"dataProvider", "price", "volume"}, Recognised("market_index")),
    ({"systemSellPrice", "systemBuyPrice"}, Recognised("system_price")),
    ({"initialDemandOutturn", "settlementPeriod"}, Recognised("demand_outturn")),
)


def recognise(document: Document) -> Recognised | None:
    """The dataset of a saved answer, or ``None`` when it is not from here."""
    body: Any = document.json
    records = body.get("data") if isinstance(body, dict) else body
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return None
    first = records[0]
    if {"startTime", "settlementPeriod"} <= first.keys() and first.get("dataset") is not None:
        found = _BY_DATASET.get(str(first["dataset"]))
        if found is not None:
            return found
    return next((found for fields, found in _BY_FIELDS if fields <= first.keys()), None)
