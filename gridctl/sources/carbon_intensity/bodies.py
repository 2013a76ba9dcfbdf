"""Read the API's answers and saved copies of them into rows.

Tolerant where the API is known to vary (``data`` a list or an object, ``{}`` for nothing), strict
about every value: what cannot be read is rejected by record or by field, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from gridctl.clock import HALF_HOUR, parse_wire_time
from gridctl.errors import DataError
from gridctl.model import Batch, Parsed, Payload, Reject
from gridctl.regions import all_regions, same_name
from gridctl.sources.base import csv_records, load_json
from gridctl.sources.vintage import Forecast, vintage_batch

FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
_AGGREGATES = range(15, 19)  # England, Scotland, Wales, GB: derived, not regions
_NUMBERS = frozenset((int, float))  # exactly: a bool is no number
_MAX_RECORD = 2000  # characters of a rejected record that are kept

_NATIONAL = (
    "timestamp",
    "forecast_gco2_kwh",
    "actual_gco2_kwh",
    "intensity_index",
    "forecast_issued_at",
)
_REGIONAL = (
    "region_number",
    "timestamp",
    "forecast_gco2_kwh",
    "intensity_index",
    "forecast_issued_at",
)
_MIX = tuple(f"{fuel}_pct" for fuel in FUELS)
_FUEL_AND_SHARE = itemgetter("fuel", "perc")
_IN_ORDER = itemgetter(*FUELS)


def parse(payload: Payload) -> Parsed:
    """Read a body or a CSV copy of the dataset it was landed as.

    Raises :class:`DataError` when it is no JSON or CSV, is an error body, or has another shape.
    """
    if payload.dataset == "vintages":
        return _Reader(payload).vintages(csv_records(payload.body))
    if payload.body.lstrip()[:1] not in (b"{", b"[", b"<", b""):
        return _Reader(payload).national(map(_as_period, csv_records(payload.body)))
    records = _records(load_json(payload.body))
    reader = _Reader(payload)
    match payload.dataset:
        case "intensity":
            return reader.national(records)
        case "generation":
            return reader.generation(records)
        case "regional":
            return reader.regional(records)
    raise DataError(f"carbon-intensity has no dataset {payload.dataset!r}")


def error_text(body: Any) -> str | None:
    """The message of an error body, ``None`` when it is not one. ``code`` is a text like
    ``"400 Bad Request"``."""
    error = body.get("error") if isinstance(body, dict) else None
    if error is None:
        return None
    if not isinstance(error, dict):
        return str(error)
    return " ".join(f"{error.get('code', 'error')}: {error.get('message', '')}".split())


def _records(body: Any) -> list[Any]:
    """The list under ``data``; one object stands for a list of one, and ``{}`` is empty."""
    problem = error_text(body)
    if problem is not None:
        raise DataError(f"the API answered with an error: {problem}")
    if body == {}:
        return []
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, dict):
        return [data]
    if not isinstance(data, list):
        raise DataError("the body has no list or object under 'data'")
    return data


def _as_period(row: dict[str, Any]) -> dict[str, Any]:
    """A CSV row in the shape of an API period. A blank is null; a bad number stays text, and is
    rejected as the API's would be."""
    start, end = row.get("from") or row.get("from_utc"), row.get("to") or row.get("to_utc")
    forecast = row.get("forecast") or row.get("forecast_gco2_kwh")
    actual = row.get("actual") or row.get("actual_gco2_kwh")
    return {
        "from": start,
        "to": end,
        "intensity": {
            "forecast": _csv_number(forecast),
            "actual": _csv_number(actual),
            "index": row.get("index") or None,
        },
    }


def _csv_number(text: str | None) -> Any:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


class _Reader:
    """Collects the rows, rejects and drops of one payload."""

    def __init__(self, payload: Payload) -> None:
        self.issued_at = payload.issued_at
        self.parsed = Parsed()
        self._times: dict[Any, datetime | None] = {}  # each label recurs for every region

    # -- datasets

    def national(self, records: Any) -> Parsed:
        table = "carbon_intensity_national"
        rows: list[tuple[Any, ...]] = []
        for record in records:
            start = self.period_start(table, record)
            intensity = record.get("intensity") if start else None
            if start is None:
                continue
            if not isinstance(intensity, dict):
                self.reject(table, "record_shape", record)
                continue
            forecast = self.number(table, record, intensity, "forecast", "forecast_gco2_kwh")
            actual = self.number(table, record, intensity, "actual", "actual_gco2_kwh")
            if intensity.get("forecast") is None and intensity.get("actual") is None:
                self.parsed.drop("period without any value")
                continue
            index = self.index(table, record, intensity)
            rows.append((start, forecast, actual, index, self.issue_of(start)))
        self.add(table, _NATIONAL, rows)
        self.add_vintages(
            Forecast("carbon_intensity", None, start, value, issued_at)
            for start, value, *_, issued_at in rows
            if issued_at
        )
        return self.parsed

    def generation(self, records: Any) -> Parsed:
        table = "generation_mix_national"
        rows = []
        for record in records:
            start = self.period_start(table, record)
            shares = self.mix(table, record, record.get("generationmix")) if start else None
            if shares:
                rows.append((start, *shares))
        self.add(table, ("timestamp", *_MIX), rows)
        return self.parsed

    def regional(self, records: Any) -> Parsed:
        intensities: list[tuple[Any, ...]] = []
        mixes: list[tuple[Any, ...]] = []
        names = {region.number: region.short_name for region in all_regions()}
        table = "carbon_intensity_regional"
        for region, period, start in self.region_periods(records):
            number, name = region.get("regionid"), region.get("shortname")
            if type(number) is not int or not 1 <= number <= _AGGREGATES[-1]:
                self.reject_region("unknown_region", region, period)
            elif number in _AGGREGATES:
                self.parsed.drop("aggregate region (15 to 18)", 2)
            elif name != names[number] and not same_name(str(name), names[number]):
                self.reject_region("region_id_and_name_disagree", region, period)
            else:
                self._regional_row(number, start, period, intensities, mixes)
        self.add(table, _REGIONAL, intensities)
        self.add("generation_mix_regional", ("region_number", "timestamp", *_MIX), mixes)
        self.add_vintages(
            Forecast("carbon_intensity", number, start, value, issued_at)
            for number, start, value, *_, issued_at in intensities
            if issued_at
        )
        return self.parsed

    def vintages(self, records: Any) -> Parsed:
        """Forecasts saved with the time each was issued: ``issued_at, from, value``."""
        table = "forecast_vintages"
        forecasts = []
        for record in records:
            issued = self.time(record.get("issued_at"))
            start = self.time(record.get("from"))
            value = _csv_number(record.get("forecast_gco2_kwh"))
            if issued is None or start is None or not isinstance(value, float | None):
                self.reject(table, "record_shape", record)
            elif start + HALF_HOUR <= issued:
                self.parsed.drop("slot already over when issued")
            else:
                forecasts.append(Forecast("carbon_intensity", None, start, value, issued))
                self.parsed.used += 1
        self.add_vintages(forecasts)
        return self.parsed

    # -- parts of a record

    def region_periods(
        self, records: Any
    ) -> Iterator[tuple[dict[str, Any], dict[str, Any], datetime]]:
        """Region, period and its start, from either nesting: regions in periods, or the reverse."""
        table = "carbon_intensity_regional"
        for record in records:
            nested = record.get("regions", record.get("data")) if isinstance(record, dict) else None
            if not isinstance(nested, list):
                self.reject(table, "record_shape", record)
                continue
            period_start = self.period_start(table, record) if "regions" in record else None
            if "regions" in record and period_start is None:
                continue
            for part in nested:
                start = period_start or self.period_start(table, part)
                if not isinstance(part, dict):
                    if period_start:
                        self.reject(table, "record_shape", part)
                elif start is not None:
                    yield (part if period_start else record), part, start

    def _regional_row(
        self,
        number: int,
        start: datetime,
        period: dict[str, Any],
        intensities: list[tuple[Any, ...]],
        mixes: list[tuple[Any, ...]],
    ) -> None:
        table = "carbon_intensity_regional"
        intensity = period.get("intensity")
        if not isinstance(intensity, dict):
            self.reject(table, "record_shape", period)
        elif intensity.get("forecast") is None:
            self.parsed.drop("period without any value")
        else:
            value = self.number(table, period, intensity, "forecast", None)
            if value is not None:
                index = self.index(table, period, intensity)
                intensities.append((number, start, value, index, self.issue_of(start)))
        if "generationmix" not in period:
            self.parsed.drop("period without generation mix")
            return
        shares = self.mix("generation_mix_regional", period, period["generationmix"])
        if shares:
            mixes.append((number, start, *shares))

    def period_start(self, table: str, record: Any) -> datetime | None:
        """The start of a period that lasts half an hour; otherwise it is rejected."""
        if not isinstance(record, dict):
            self.reject(table, "record_shape", record)
            return None
        start, end = self.time(record.get("from")), self.time(record.get("to"))
        if start is None or end is None:
            self.reject(table, "time_unreadable", record)
            return None
        if end - start != HALF_HOUR:
            self.reject(table, "period_not_half_hour", record)
            return None
        return start

    def time(self, label: Any) -> datetime | None:
        try:
            return self._times[label]
        except (KeyError, TypeError):
            pass
        try:
            instant = parse_wire_time(label)
        except (ValueError, TypeError, OverflowError):
            return None
        self._times[label] = instant
        return instant

    def number(
        self, table: str, record: Any, values: dict[str, Any], key: str, field: str | None
    ) -> float | None:
        value = values.get(key)
        if value is None or type(value) is int or type(value) is float:
            return value
        self.reject(table, "not_a_number", record, field)
        return None

    def index(self, table: str, record: Any, intensity: dict[str, Any]) -> str | None:
        value = intensity.get("index")
        if value is None or type(value) is str:
            return value
        self.reject(table, "not_a_text", record, "intensity_index")
        return None

    def mix(self, table: str, record: Any, parts: Any) -> tuple[float, ...] | None:
        """The nine shares in the order of ``FUELS``; ``None`` when the record is rejected."""
        try:
            shares = dict(map(_FUEL_AND_SHARE, parts))
            mix: tuple[float, ...] = _IN_ORDER(shares)
        except (KeyError, TypeError):
            self.reject(table, "mix_incomplete", record)
            return None
        if len(shares) > len(FUELS):
            self.reject(table, "unknown_fuel", record, "generationmix")
        if not _NUMBERS.issuperset(map(type, mix)):
            self.reject(table, "not_a_number", record)
            return None
        return mix

    def issue_of(self, start: datetime) -> datetime | None:
        """When the forecast of a slot was issued; unknown for slots already over by then."""
        return self.issued_at if self.issued_at and start + HALF_HOUR > self.issued_at else None

    # -- collecting

    def add(self, table: str, columns: tuple[str, ...], rows: list[Any]) -> None:
        if rows:
            self.parsed.used += len(rows)
            values = map(list, zip(*rows, strict=True))
            self.parsed.batches.append(Batch(table, dict(zip(columns, values, strict=True))))

    def add_vintages(self, forecasts: Iterable[Forecast]) -> None:
        batch = vintage_batch(forecasts)
        if batch is not None:
            self.parsed.batches.append(batch)

    def reject_region(self, rule: str, region: Any, period: Any) -> None:
        """Keep out what is said of a region: its intensity and its mix, two records."""
        self.reject("carbon_intensity_regional", rule, [region, period])
        self.parsed.drop("generation mix of a rejected record")

    def reject(self, table: str, rule: str, record: Any, field: str | None = None) -> None:
        text = orjson.dumps(record, default=str).decode()
        self.parsed.rejects.append(Reject(table, rule, text[:_MAX_RECORD], field))
