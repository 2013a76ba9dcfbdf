"""Recognise the portal's files by their header, or by the fields of their first record."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from gridctl.sources.base import Document, Recognised

_REFERENCE = {
    # Revised, gap-filled estimates in MW: not what was published as the mix at the time.
    "generation_mix_history": {"DATETIME", "GAS", "COAL", "CARBON_INTENSITY", "GAS_perc"},
    # Hourly means of a derived series.
    "carbon_hourly_means": {"datetime", "Carbon Intensity [kg_CO2/kWh]"},
    # Interpolated by a third party: neither what was issued nor when.
    "day_ahead_derived": {"ISSUE_DATE", "TARGET_DATE", "TARGET_PERIOD", "DEMAND_FORECAST"},
}
_FIELDS = (
    ("day_ahead_history", {"DAYSAHEAD", "TARGETDATE", "FORECASTDEMAND", "FORECAST_TIMESTAMP"}),
    ("day_ahead", {"DAYSAHEAD", "TARGETDATE", "FORECASTDEMAND", "CP_ST_TIME"}),
    ("two_to_fourteen_day", {"GDATETIME", "NATIONALDEMAND", "CTIME"}),
    ("embedded", {"SETTLEMENT_DATE", "EMBEDDED_WIND_FORECAST", "EMBEDDED_SOLAR_FORECAST"}),
    ("demand_update", {"SETTLEMENT_DATE", "ND", "TSD", "FORECAST_ACTUAL_INDICATOR"}),
    ("historic_demand", {"SETTLEMENT_DATE", "ND", "TSD", "EMBEDDED_WIND_GENERATION"}),
    ("wind_history", {"Settlement_period", "Incentive_forecast", "Forecast_Timestamp"}),
    ("carbon_regional", {"datetime", "North Scotland", "London", "South Wales"}),
)
_CARBON_NATIONAL = ("datetime", "forecast", "actual", "index")


def recognise(document: Document) -> Recognised | None:
    """The dataset of a saved file, or ``None`` when it is not from the portal."""
    record = _first_record(document)
    if document.header == _CARBON_NATIONAL:
        return Recognised("carbon_national")
    for dataset, wanted in _FIELDS:
        if wanted <= record.keys():
            return Recognised(_archive(record) if dataset == "day_ahead_history" else dataset)
    for name, wanted in _REFERENCE.items():
        if wanted <= record.keys():
            return Recognised(name, is_reference=True)
    return Recognised("catalogue", is_reference=True) if "resources" in record else None


def _archive(record: Mapping[str, Any]) -> str:
    """The archives of one day ahead and of 2 to 14 have the same columns."""
    is_one_day = str(record["DAYSAHEAD"]).strip() in ("", "1")
    return "day_ahead_history" if is_one_day else "two_to_fourteen_day_history"


def _first_record(document: Document) -> Mapping[str, Any]:
    """The fields of the first record; of a CSV without one, those of its header."""
    if document.is_json:
        return _first_of(document.json)
    return dict(zip_longest(document.header, document.first[: len(document.header)], fillvalue=""))


def _first_of(body: Any) -> Mapping[str, Any]:
    result = body.get("result", body) if isinstance(body, dict) else None
    if not isinstance(result, dict):
        return {}
    records = result.get("records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        return records[0]
    return result if isinstance(result.get("resources"), list) else {}
