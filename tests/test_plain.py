"""Single values for programs: durations read back, numbers keep their value."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.clock import parse_duration
from gridctl.plain import compact_json, csv_value, iso_duration, json_value


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
