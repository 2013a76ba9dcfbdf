"""Read the answers: ``{"data": [...]}``, or a bare list from the streaming variants."""

from __future__ import annotations

from typing import Any

from gridctl.errors import DataError
from gridctl.model import Parsed, Payload
from gridctl.sources.base import load_json
from gridctl.sources.records import (
    BadRecord,
    Reader,
    Record,
    Row,
    collect,
    instant,
    number,
    settlement,
    slot,
    vintage,
)

_PRICES = "wholesale_prices"
_ACTUAL, _FORECAST = "demand_actual_national", "demand_forecast_national"


def parse(payload: Payload) -> Parsed:
    """Read an answer of the dataset it was landed as. Raises :class:`DataError` for any other."""
    records = data_of(load_json(payload.body))
    match payload.dataset:
        case "market_index":
            return collect(_PRICES, records, _market_index)
        case "system_price":
            return collect(_PRICES, records, _system_price)
        case "demand_outturn":
            return collect(_ACTUAL, _newest_first(records), _once(_outturn))
        case "national_forecast":
            return collect(_FORECAST, _newest_first(records), _once(_national_forecast))
        case "transmission_forecast":
            return collect(_FORECAST, _newest_first(records), _once(_transmission_forecast))
    raise DataError(f"elexon has no dataset {payload.dataset!r}")


def data_of(body: Any) -> list[Any]:
    """The records of a body. Raises :class:`DataError` with the words of an error body."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        raise DataError("the answer is no object")
    if isinstance(body.get("data"), list):
        return list(body["data"])
    if "data" not in body and ("title" in body or "errors" in body):  # RFC 7807
        words = f"{body.get('title') or ''} {body.get('errors') or ''}"
        raise DataError(f"the API answered with a problem: {' '.join(words.split())[:200]}")
    raise DataError("the answer has no list under 'data'")


def _newest_first(records: list[Any]) -> list[Any]:
    """By time of publication: of two records for one half hour the later is right."""
    return sorted(
        records,
        key=lambda r: str(r.get("publishTime") or "") if isinstance(r, dict) else "",
        reverse=True,
    )


def _once(read: Reader) -> Reader:
    """A reader that takes the first record of each half hour, and leaves out those after it."""
    taken = set()

    def read_once(record: Record) -> list[Row] | str:
        made = read(record)
        if isinstance(made, str):
            return made
        start = made[0][1]["timestamp"]
        if start in taken:
            return "superseded by a later publication"
        taken.add(start)
        return made

    return read_once


def _period(record: Record) -> dict[str, Any]:
    """Start, settlement date and period; the two ways of telling the time must agree."""
    start = slot(record.get("startTime"))
    counted, that_day, period = settlement(
        record.get("settlementDate"), record.get("settlementPeriod")
    )
    if counted != start:
        raise BadRecord("start_and_settlement_period_disagree")
    return {"timestamp": start, "settlement_date": that_day, "settlement_period": period}


def _market_index(record: Record) -> list[Row] | str:
    """One price per half hour: APX. N2EX reports zeros for want of trades in the public feed."""
    row = _period(record)
    price, volume = number(record.get("price")), number(record.get("volume"))
    if record.get("dataProvider") not in ("APXMIDP", None):
        return "another provider than APX"
    if price is None:
        return "period without price"
    if not volume:
        return "price without volume"
    row |= {"price_type": "market_index", "price_gbp_mwh": price, "volume_mwh": volume}
    return [(_PRICES, row)]


def _system_price(record: Record) -> list[Row] | str:
    """Buying and selling have had one price since 2015."""
    row = _period(record)
    sell, buy = number(record.get("systemSellPrice")), number(record.get("systemBuyPrice"))
    if sell is None and buy is None:
        return "period without price"
    if sell is not None and buy is not None and sell != buy:
        raise BadRecord("two_system_prices")
    row |= {"price_type": "system_price", "price_gbp_mwh": buy if sell is None else sell}
    return [(_PRICES, row)]


def _outturn(record: Record) -> list[Row] | str:
    row = _period(record)
    row["national_demand_mw"] = number(record.get("initialDemandOutturn"))
    row["transmission_system_demand_mw"] = number(
        record.get("initialTransmissionSystemDemandOutturn")
    )
    if row["national_demand_mw"] is None and row["transmission_system_demand_mw"] is None:
        return "period without demand"
    return [(_ACTUAL, row)]


def _national_forecast(record: Record) -> list[Row] | str:
    return _forecast(record, "national_demand_mw", "demand")


def _transmission_forecast(record: Record) -> list[Row] | str:
    return _forecast(record, "transmission_system_demand_mw", None)


def _forecast(record: Record, column: str, series: str | None) -> list[Row] | str:
    start, issued = _period(record)["timestamp"], instant(record.get("publishTime"))
    demand = number(record.get("demand"))
    if record.get("boundary") not in ("N", None):
        return "part of the country"
    if demand is None:
        return "period without demand"
    row = {
        "forecast_type": "day_ahead",
        "timestamp": start,
        column: demand,
        "is_interpolated": False,
        "forecast_issued_at": issued,
    }
    kept = vintage(series, None, start, demand, issued) if series else []
    return [(_FORECAST, row), *kept]
