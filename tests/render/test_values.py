"""Single values: durations read back, numbers keep their value."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.clock import parse_duration
from gridctl.render.values import (
    compact_json,
    csv_value,
    decimals_for,
    is_numeric,
    iso_duration,
    json_value,
    shown_value,
)


@pytest.mark.parametrize(
    ("span", "spelled"),
    [
        (timedelta(), "PT0S"),
        (timedelta(hours=4), "PT4H"),
        (timedelta(days=2, minutes=30), "P2DT30M"),
        (timedelta(seconds=-0.5), "-PT0.5S"),
        (timedelta(days=1), "P1D"),
    ],
)
def test_iso_duration(span: timedelta, spelled: str) -> None:
    assert iso_duration(span) == spelled


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=999)))
def test_durations_read_back(span: timedelta) -> None:
    read = parse_duration(iso_duration(span))
    assert abs(read - span) <= timedelta(microseconds=1)


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_survive_json_and_csv(number: float) -> None:
    assert json.loads(compact_json(json_value(number))) == number
    assert json.loads(csv_value(number)) == number


@given(st.text())
def test_shown_text_is_one_printable_line(text: str) -> None:
    assert shown_value(text, "VARCHAR").isprintable()


def test_decimal_places_suit_the_column() -> None:
    assert decimals_for([1.0, 30000.0, None]) == 0
    assert decimals_for([0.25, 1.0]) == 2
    assert decimals_for([0.012]) == 4
    assert decimals_for([Decimal("1234.5")]) == 1
    assert shown_value(Decimal("0.10"), "DECIMAL(5,2)") == "0.1000"


def test_which_types_are_numbers() -> None:
    assert all(map(is_numeric, ["BIGINT", "UINTEGER", "DECIMAL(18,3)", "DOUBLE"]))
    assert not any(map(is_numeric, ["VARCHAR", "INTERVAL", "DOUBLE[]", "BOOLEAN", "UUID"]))
