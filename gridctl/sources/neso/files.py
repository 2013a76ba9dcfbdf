"""Recognise the portal's files by their header, or by the fields of their first record."""

from __future__ import annotations

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
    fields = set(document.header) if not document.is_json else _first_fields(document.json)
    if document.header == _CARBON_NATIONAL:
        return Recognised("carbon_national")
    for dataset, wanted in _FIELDS:
        if wanted <= fields:
            return Recognised(dataset)
    for name, wanted in _REFERENCE.items():
        if wanted <= fields:
            return Recognised(name, is_reference=True)
    return Recognised("catalogue", is_reference=True) if "resources" in fields else None


def _first_fields(body: Any) -> set[str]:
    result = body.get("result", body) if isinstance(body, dict) else None
    if not isinstance(result, dict):
        return set()
    records = result.get("records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        return set(records[0])
    return set(result) if isinstance(result.get("resources"), list) else set()
