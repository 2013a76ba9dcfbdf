"""Values as publishers write them, and records that are beyond reading."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gridctl.sources.records import BadRecord, as_text, collect, day, number, settlement


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12", 12.0),
        (" 12.5 ", 12.5),
        ("-3e2", -300.0),
        (".5", 0.5),
        ("", None),
        (None, None),
        (7, 7.0),
    ],
)
def test_numbers(raw: Any, value: float | None) -> None:
    assert number(raw) == value


@pytest.mark.parametrize(
    "raw", ["NaN", "inf", "1e999", "1,2", "٣", True, [], {}, 10**400, float("nan"), "\x1f1\x00"]
)
def test_what_is_no_number(raw: Any) -> None:
    with pytest.raises(BadRecord, match="not_a_number"):
        number(raw)


@pytest.mark.parametrize(
    "raw", ["2026-03-04", "2026-03-04T00:00:00", "04-Mar-26", "04-MAR-2026", "04/03/2026", 20260304]
)
def test_days(raw: Any) -> None:
    assert day(raw) == date(2026, 3, 4)


@pytest.mark.parametrize("raw", ["2026-13-01", "3/4/26", "04-Mrz-26", "1066-10-14", "", None, 3.5])
def test_what_is_no_day(raw: Any) -> None:
    with pytest.raises(BadRecord, match="date_unreadable"):
        day(raw)


@pytest.mark.parametrize("period", [0, 49, -1, 1.5, None, 10**30])
def test_what_is_no_settlement_period(period: Any) -> None:
    with pytest.raises(BadRecord, match="settlement_period"):
        settlement("2026-03-04", period)


def test_a_record_nested_beyond_reason_is_rejected_all_the_same() -> None:
    deep: Any = []
    for _ in range(3000):
        deep = [deep]
    assert as_text(deep)
    parsed = collect("wholesale_prices", [deep, {"a": 1}], lambda record: "left out")
    assert [reject.rule for reject in parsed.rejects] == ["record_shape"]
    assert parsed.dropped == {"left out": 1}
