"""Read pages of unit rates. The region is not in them: it is in the URL, or in the file's name."""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import Any

from gridctl.clock import HALF_HOUR, settlement_of
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload
from gridctl.sources.base import load_json
from gridctl.sources.octopus.pages import results_of
from gridctl.sources.octopus.tariff import find_tariff
from gridctl.sources.records import BadRecord, Record, Row, collect, instant, number, slot

_TABLE = "wholesale_prices"
_PENCE_PER_KWH = 10.0  # GBP/MWh
# Some rates depend on how one pays; Agile's do not, and state nothing.
_PAYMENTS = (None, "DIRECT_DEBIT")


def parse(payload: Payload) -> Parsed:
    """Rates WITHOUT VAT in GBP/MWh for the region whose tariff code stands in the location.

    Raises :class:`DataError` when there is none, or the answer is no page of rates.
    """
    if payload.dataset != "agile":
        raise DataError(f"octopus has no dataset {payload.dataset!r}")
    results = results_of(load_json(payload.body))
    tariff = find_tariff(payload.location)
    if tariff is None:
        raise DataError(
            "rates do not say of which region they are: give the file the name of their Agile "
            "tariff, such as E-1R-AGILE-24-10-01-C.json"
        )
    return collect(_TABLE, sorted(results, key=_payment_rank), _Rates(tariff.region.number).read)


def _payment_rank(record: Any) -> int:
    """First what holds for everybody, then direct debit, then the rest."""
    payment = record.get("payment_method") if isinstance(record, dict) else None
    return next((rank for rank, known in enumerate(_PAYMENTS) if payment == known), len(_PAYMENTS))


class _Rates:
    """Reads one record after another, one price for each half hour."""

    def __init__(self, region_number: int) -> None:
        self.region_number = region_number
        self.seen: dict[datetime, tuple[int, float]] = {}  # payment rank and price

    def read(self, record: Record) -> list[Row] | str:
        start = slot(record.get("valid_from"))
        until = record.get("valid_to")
        # Tariffs with day and night rates, or one rate for good, are not Agile.
        if until is None or instant(until) - start != HALF_HOUR:
            raise BadRecord("rate_not_for_half_hour")
        pence = number(record.get("value_exc_vat"))
        rank = _payment_rank(record)
        if pence is None:
            return "half hour without a rate"
        price = round(pence * _PENCE_PER_KWH, 6)
        if not isfinite(price):
            raise BadRecord("not_a_number")
        if rank == len(_PAYMENTS):
            return "rate for another way of paying"
        if start in self.seen:
            return self._again(start, rank, price)
        self.seen[start] = rank, price
        day, period = settlement_of(start)
        row = {
            "price_type": "agile_retail",
            "timestamp": start,
            "region_number": self.region_number,
            "price_gbp_mwh": price,
            "settlement_date": day,
            "settlement_period": period,
        }
        return [(_TABLE, row)]

    def _again(self, start: datetime, rank: int, price: float) -> str:
        first_rank, first_price = self.seen[start]
        if rank > first_rank:
            return "rate for another way of paying"
        if price != first_price:
            raise BadRecord("two_rates_for_one_half_hour")
        return "repeated half hour"
