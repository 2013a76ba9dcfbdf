"""What one record of each Elexon dataset says of its half hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from gridctl.clock import EARLIEST, floor_half_hour, parse_wire_time, settlement_of

Record = Mapping[str, Any]
_PROVIDER = "APXMIDP"


class Refused(Exception):
    """The record cannot be right. ``str()`` is the rule it breaks."""


class LeftOut(Exception):
    """The record is fine, but holds nothing to store. ``str()`` is why."""


@dataclass(frozen=True)
class Row:
    """``values`` by column for one half hour; of two rows, the one with the later version holds."""

    start: datetime
    version: datetime
    values: dict[str, Any]


def market_index(record: Record) -> Row:
    """The APX price. A negative or zero price with volume behind it is real."""
    start, settled = _half_hour(record)
    price, volume = _number(record, "price"), _number(record, "volume")
    if volume == 0:
        raise LeftOut("no trade: volume is zero")
    if record.get("dataProvider") != _PROVIDER:
        raise LeftOut("price of another provider")
    if price is None or volume is None:
        raise LeftOut("not published yet")
    return Row(start, EARLIEST, _price("market_index", price, volume, settled))


def system_price(record: Record) -> Row:
    """The single imbalance price. Later settlement runs replace earlier ones."""
    start, settled = _half_hour(record)
    sell, buy = _number(record, "systemSellPrice"), _number(record, "systemBuyPrice")
    if sell is None and buy is None:
        raise LeftOut("not published yet")
    if sell != buy:
        raise Refused("sell_and_buy_price_differ")
    version = _time(record.get("createdDateTime")) or EARLIEST
    return Row(start, version, _price("system_price", sell, None, settled))


def national_forecast(record: Record) -> Row:
    """NDF: national demand."""
    return _forecast(record, "national_demand_mw")


def transmission_forecast(record: Record) -> Row:
    """TSDF: demand on the transmission system, station load and exports included."""
    return _forecast(record, "transmission_system_demand_mw")


def outturn(record: Record) -> Row:
    """Both measures of initial demand outturn; one of them may still be missing."""
    return _actual(record, "initialDemandOutturn", "initialTransmissionSystemDemandOutturn")


def national_outturn(record: Record) -> Row:
    """INDO: national demand alone."""
    return _actual(record, "demand", None)


def transmission_outturn(record: Record) -> Row:
    """ITSDO: transmission system demand alone."""
    return _actual(record, None, "demand")


@dataclass(frozen=True)
class Kind:
    """What becomes of the records with one of Elexon's dataset codes."""

    table: str
    read: Callable[[Record], Row]
    is_forecast: bool = False


KINDS = {
    "MID": Kind("wholesale_prices", market_index),
    "DISEBSP": Kind("wholesale_prices", system_price),
    "NDF": Kind("demand_forecast_national", national_forecast, is_forecast=True),
    "TSDF": Kind("demand_forecast_national", transmission_forecast, is_forecast=True),
    "INDO+ITSDO": Kind("demand_actual_national", outturn),
    "INDO": Kind("demand_actual_national", national_outturn),
    "ITSDO": Kind("demand_actual_national", transmission_outturn),
}


def _forecast(record: Record, column: str) -> Row:
    start, _ = _half_hour(record)
    issued, demand = _time(record.get("publishTime")), _number(record, "demand")
    if issued is None:
        raise Refused("time_unreadable")
    if record.get("boundary", "N") != "N":
        raise LeftOut("boundary other than national")
    if demand is None:
        raise LeftOut("not published yet")
    values = {
        "forecast_type": "day_ahead",
        column: demand,
        "is_interpolated": False,
        "forecast_issued_at": issued,
    }
    return Row(start, issued, values)


def _actual(record: Record, national: str | None, transmission: str | None) -> Row:
    start, settled = _half_hour(record)
    columns = {"national_demand_mw": national, "transmission_system_demand_mw": transmission}
    demand = {column: _number(record, key) for column, key in columns.items() if key}
    if all(value is None for value in demand.values()):
        raise LeftOut("not published yet")
    version = _time(record.get("publishTime")) or EARLIEST
    return Row(start, version, {**demand, **_settlement(settled)})


def _price(
    price_type: str, price: float | None, volume: float | None, settled: tuple[date, int]
) -> dict[str, Any]:
    values = {"price_type": price_type, "price_gbp_mwh": price, "volume_mwh": volume}
    return {**values, **_settlement(settled)}


def _settlement(settled: tuple[date, int]) -> dict[str, Any]:
    return {"settlement_date": settled[0], "settlement_period": settled[1]}


def _half_hour(record: Record) -> tuple[datetime, tuple[date, int]]:
    """The UTC start, once settlement date (local) and period are seen to mean the same."""
    start = _time(record.get("startTime"))
    if start is None:
        raise Refused("time_unreadable")
    if start != floor_half_hour(start):
        raise Refused("half_hour_edge")
    settled = settlement_of(start)
    period = record.get("settlementPeriod")
    if type(period) is not int or (record.get("settlementDate"), period) != (
        settled[0].isoformat(),
        settled[1],
    ):
        raise Refused("start_and_settlement_disagree")
    return start, settled


def _time(label: Any) -> datetime | None:
    try:
        return parse_wire_time(label)
    except (ValueError, TypeError, OverflowError):
        return None


def _number(record: Record, key: str) -> float | None:
    value = record.get(key)
    if value is None:
        return None
    if type(value) not in (int, float) or not isfinite(value):
        raise Refused("not_a_number")
    return float(value)
