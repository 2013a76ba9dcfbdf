"""Read the portal's files, as CSV or as rows of its datastore."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from gridctl.clock import HALF_HOUR, LONDON
from gridctl.errors import DataError
from gridctl.model import Batch, Parsed, Payload
from gridctl.regions import all_regions, same_name
from gridctl.sources import ckan
from gridctl.sources.base import csv_records, load_json
from gridctl.sources.neso.cardinal import Point, half_hours, point
from gridctl.sources.records import (
    BadRecord,
    Record,
    Row,
    batch_of,
    collect,
    day,
    number,
    settlement,
    slot,
    text,
    vintage,
)
from gridctl.sources.vintage import Forecast, joined, vintage_batch

_FORECAST, _ACTUAL = "demand_forecast_national", "demand_actual_national"
_ALONE = {2: "two_day_ahead", 7: "seven_day_ahead"}
_Day = tuple[datetime, date, int]  # issue time, target day, days ahead
# Where a type of demand forecast is kept as issued; the files of 2 and of 7 days are not.
_SERIES = {"day_ahead": "demand", "two_to_fourteen_day": "demand_two_to_fourteen_day"}


def parse(payload: Payload) -> Parsed:
    """Read a file of the dataset it was landed as. Raises :class:`DataError` for any other."""
    readers: dict[str, Callable[[Iterable[Any], Payload], Parsed]] = {
        "day_ahead": _cardinal_points,
        "day_ahead_history": _cardinal_points,
        "two_to_fourteen_day": _two_to_fourteen_day,
        "two_to_fourteen_day_history": _cardinal_points,
        "embedded": _embedded,
        "demand_update": _demand,
        "historic_demand": _demand,
        "wind_history": _wind,
        "carbon_national": _carbon_national,
        "carbon_regional": _carbon_regional,
    }
    reader = readers.get(payload.dataset)
    if reader is None:
        raise DataError(f"neso has no dataset {payload.dataset!r}")
    return reader(_records(payload.body), replace(payload, issued_at=_issued(payload)))


def _issued(payload: Payload) -> datetime | None:
    """When a forecast was published; when it answered, where the portal does not say."""
    stated = ckan.published(payload.location)
    return stated if stated is not None and stated <= payload.as_of else payload.issued_at


def _records(body: bytes) -> Iterable[Any]:
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        return ckan.rows_of(load_json(body))
    if start == b"<":
        raise DataError("an HTML or XML page instead of a CSV")
    return csv_records(body)


# -- demand, measured


def _demand(records: Iterable[Any], payload: Payload) -> Parsed:
    return collect(_ACTUAL, records, _demand_row)


def _demand_row(record: Record) -> list[Row] | str:
    """A settlement period; a demand of zero is no measurement, whatever the row calls itself."""
    start, that_day, period = settlement(
        record.get("SETTLEMENT_DATE"), record.get("SETTLEMENT_PERIOD")
    )
    if text(record.get("FORECAST_ACTUAL_INDICATOR")) == "F":
        return "forecast row: only its embedded generation is one"
    if "ND" not in record:
        raise BadRecord("record_shape")
    demand = _measure(record.get("ND"))
    if not demand:
        return "period without measured demand"
    row = {
        "timestamp": start,
        "national_demand_mw": demand,
        "transmission_system_demand_mw": _measure(record.get("TSD")) or None,
        "embedded_wind_generation_mw": _measure(record.get("EMBEDDED_WIND_GENERATION")),
        "embedded_solar_generation_mw": _measure(record.get("EMBEDDED_SOLAR_GENERATION")),
        "settlement_date": that_day,
        "settlement_period": period,
    }
    return [(_ACTUAL, row)]


def _measure(raw: Any) -> float | None:
    """A number of MW; the files of 2001 to 2008 say NA where nothing was measured."""
    if type(raw) is str:
        if raw.isdecimal() and raw.isascii():  # all but a few: a year has 70,000 of them
            return float(raw)
        if raw.strip() == "NA":
            return None
    return number(raw)


# -- demand, forecast


def _two_to_fourteen_day(records: Iterable[Any], payload: Payload) -> Parsed:
    return collect(_FORECAST, records, partial(_two_to_fourteen_row, payload.issued_at))


def _two_to_fourteen_row(issued: datetime | None, record: Record) -> list[Row] | str:
    """``GDATETIME`` is UTC without saying so, and names the END of the half hour."""
    label = text(record.get("GDATETIME"))
    start = slot(f"{label}Z" if label else None) - HALF_HOUR
    demand = number(record.get("NATIONALDEMAND"))
    if not demand:
        return "period without demand"
    row = _forecast_row("two_to_fourteen_day", start, issued) | {"national_demand_mw": demand}
    return [(_FORECAST, row), *vintage("demand_two_to_fourteen_day", None, start, demand, issued)]


def _cardinal_points(records: Iterable[Any], payload: Payload) -> Parsed:
    """Each target day as issued is interpolated by itself; a later issue of it comes later.

    One record makes no row of its own, so the points are read first and then made into half hours.
    """
    days: dict[_Day, list[Point]] = {}
    stated: set[datetime] = set()

    def read(record: Record) -> list[Row] | str:
        ahead = number(record.get("DAYSAHEAD"))
        if ahead is None or ahead not in range(1, 15):
            raise BadRecord("days_ahead_unknown")
        target = day(record.get("TARGETDATE"))
        issued = _local(record.get("FORECAST_TIMESTAMP")) or payload.issued_at
        found = point(target, record)
        if found is None:
            return "point without demand"
        if issued is not None:
            stated.add(issued)
        others = days.setdefault((issued or payload.as_of, target, int(ahead)), [])
        if any(p.at == found.at and p.demand_mw != found.demand_mw for p in others):
            raise BadRecord("duplicate_with_other_value")
        others.append(found)
        return []

    parsed = collect(_FORECAST, records, read)
    rows: list[dict[str, Any]] = []
    vintages: list[Batch] = []
    kinds = _kinds({ahead for *_, ahead in days})
    newest = {(target, kinds[ahead]): issue for issue, target, ahead in sorted(days)}
    # Issue by issue: an archive of 14 days ahead makes two million half hours.
    for issue, group in groupby(sorted(days), key=itemgetter(0)):
        issued = issue if issue in stated else None
        forecasts: list[Forecast] = []
        for key in group:
            slots = half_hours(days[key])
            if not slots:
                parsed.used -= len(days[key])
                parsed.drop("point without another to interpolate to", len(days[key]))
            kind = kinds[key[2]]
            # Of a day that was issued twice, the row is the later; both are vintages.
            if newest[key[1], kind] == issue:
                rows += [_interpolated_row(kind, *slot, issued) for slot in slots]
            if issued is not None and kind in _SERIES:
                forecasts += [Forecast(_SERIES[kind], None, t, mw, issued) for t, mw, _ in slots]
        vintages += [batch] if (batch := vintage_batch(forecasts)) is not None else []
    parsed.batches += [batch_of(_FORECAST, rows)] if rows else []
    parsed.batches += joined(vintages)
    return parsed


def _kinds(ahead: set[int]) -> dict[int, str]:
    """Forecast types by days ahead. The files of 2 and of 7 days hold these alone; the file of 2 to
    14 days holds them too, among others."""
    later = ahead - {1}
    kind = _ALONE.get(min(later), "") if len(later) == 1 else ""
    return {1: "day_ahead"} | dict.fromkeys(later, kind or "two_to_fourteen_day")


def _interpolated_row(
    kind: str, start: datetime, demand: float, is_made: bool, issued: datetime | None
) -> dict[str, Any]:
    row = _forecast_row(kind, start, issued)
    return row | {"national_demand_mw": demand, "is_interpolated": is_made}


def _forecast_row(kind: str, start: datetime, issued: datetime | None) -> dict[str, Any]:
    return {
        "forecast_type": kind,
        "timestamp": start,
        "is_interpolated": False,
        "forecast_issued_at": issued,
    }


def _local(raw: Any) -> datetime | None:
    """An issue time of the demand and embedded archives. It ends in Z in some, but is the British
    clock's: on 8 October 2026 the demand archive, put up at 08:00:22 UTC, held 08:36:07Z."""
    naive = _naive(raw)
    return naive and naive.replace(tzinfo=LONDON).astimezone(UTC)


def _utc(raw: Any) -> datetime | None:
    """An issue time of the wind archive, in UTC: on 8 October 2026, in summer time, it held
    08:45:00 and was put up at 08:45:11 UTC."""
    naive = _naive(raw)
    return naive and naive.replace(tzinfo=UTC)


def _naive(raw: Any) -> datetime | None:
    label = text(raw).removesuffix("Z")
    if label in ("", "NA"):
        return None
    try:
        naive = datetime.fromisoformat(label)
    except ValueError:
        raise BadRecord("time_unreadable") from None
    if naive.tzinfo is not None or not 1990 <= naive.year < 2100:
        raise BadRecord("time_unreadable")
    return naive


# -- embedded wind and solar


def _embedded(given: Iterable[Any], payload: Payload) -> Parsed:
    """The label is a period's END in UTC, so the settlement period tells the time instead."""
    records = list(given)
    first = _first_start(records)
    return collect(_FORECAST, records, partial(_embedded_row, payload.issued_at, first))


def _first_start(records: list[Any]) -> datetime | None:
    starts = []
    for record in records:
        try:
            starts.append(
                settlement(record.get("SETTLEMENT_DATE"), record.get("SETTLEMENT_PERIOD"))[0]
            )
        except (AttributeError, BadRecord):
            continue
    return min(starts, default=None)


def _embedded_row(
    given: datetime | None, first: datetime | None, record: Record
) -> list[Row] | str:
    start, that_day, _ = settlement(record.get("SETTLEMENT_DATE"), record.get("SETTLEMENT_PERIOD"))
    issued = _local(record.get("Forecast_Datetime")) or given
    wind = number(record.get("EMBEDDED_WIND_FORECAST"))
    solar = number(record.get("EMBEDDED_SOLAR_FORECAST"))
    if wind is None and solar is None:
        return "period without forecast"
    known = issued or first or start
    is_near = that_day <= known.astimezone(LONDON).date() + timedelta(days=1)
    row = _forecast_row("day_ahead" if is_near else "two_to_fourteen_day", start, issued)
    del row["is_interpolated"]  # says nothing of the demand beside it
    row |= {"embedded_wind_generation_mw": wind, "embedded_solar_generation_mw": solar}
    return [
        (_FORECAST, row),
        *vintage("embedded_wind", None, start, wind, issued),
        *vintage("embedded_solar", None, start, solar, issued),
    ]


def _wind(records: Iterable[Any], payload: Payload) -> Parsed:
    return collect("forecast_vintages", records, _wind_row)


def _wind_row(record: Record) -> list[Row] | str:
    start, *_ = settlement(record.get("Date"), record.get("Settlement_period"))
    issued = _utc(record.get("Forecast_Timestamp"))
    wind = number(record.get("Incentive_forecast"))
    if issued is None or wind is None:
        return "forecast without value or issue time"
    if start + HALF_HOUR <= issued:
        return "slot already over when issued"
    return vintage("wind", None, start, wind, issued)


# -- copies of carbon intensity


def _carbon_national(records: Iterable[Any], payload: Payload) -> Parsed:
    return collect("carbon_intensity_national", records, _carbon_national_row)


def _carbon_national_row(record: Record) -> list[Row] | str:
    start = _utc_slot(record)
    forecast, actual = number(record.get("forecast")), number(record.get("actual"))
    if forecast is None and actual is None:
        return "period without any value"
    row = {
        "timestamp": start,
        "forecast_gco2_kwh": forecast,
        "actual_gco2_kwh": actual,
        "intensity_index": text(record.get("index")) or None,
    }
    return [("carbon_intensity_national", row)]


def _carbon_regional(given: Iterable[Any], payload: Payload) -> Parsed:
    records = list(given)
    numbers = {
        column: region.number
        for column in (records[0] if records and isinstance(records[0], dict) else {})
        for region in all_regions()
        if isinstance(column, str) and same_name(column, region.short_name)
    }
    if records and len(numbers) != len(all_regions()):
        raise DataError("the file lacks some of the 14 regions")
    return collect("carbon_intensity_regional", records, partial(_carbon_regional_row, numbers))


def _carbon_regional_row(numbers: dict[str, int], record: Record) -> list[Row] | str:
    """Fourteen regions beside each other; a value below zero is genuine."""
    start = _utc_slot(record)
    values = {region: number(record.get(column)) for column, region in numbers.items()}
    rows: list[Row] = [
        (
            "carbon_intensity_regional",
            {"region_number": region, "timestamp": start, "forecast_gco2_kwh": value},
        )
        for region, value in values.items()
        if value is not None
    ]
    return rows or "period without any value"


def _utc_slot(record: Record) -> datetime:
    label = text(record.get("datetime")).replace(" ", "T")
    return slot(f"{label}Z" if label and not label.endswith("Z") else label)
