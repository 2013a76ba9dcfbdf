"""A price series from a file: its step, its half hours, and what is refused."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime, timedelta
from math import isnan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridctl.errors import DataError
from gridctl.schedule.money.price_file import PriceSeries, read_price_file

START = datetime.fromisoformat("2026-03-02T00:00Z")


def slot(text):
    return int(datetime.fromisoformat(text).timestamp())


def write(tmp_path, *lines, header="timestamp,price_gbp_mwh"):
    path = tmp_path / "prices.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def series(minutes, prices):
    return PriceSeries("p", "", START, timedelta(minutes=minutes), tuple(prices))


def test_half_hours_as_they_stand(tmp_path):
    path = write(tmp_path, "2026-03-02T00:00Z,80", "2026-03-02T00:30Z,-5.5", "",
                 "2026-03-02T02:00+01:00,90")  # fmt: skip
    found = read_price_file(path)
    assert found.prices_gbp_mwh == (80, -5.5, 90)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.price_at(slot("2026-03-02T00:30Z")) == -5.5
    assert isnan(found.price_at(slot("2026-03-01T23:30Z")))
    assert isnan(found.price_at(slot("2026-03-02T01:30Z")))
    assert "repeated" not in found.about


def test_hours_are_repeated_and_minutes_averaged(tmp_path):
    hourly = series(60, [80, 40])
    clocks = ("00:00", "00:30", "01:00", "01:30")
    assert [hourly.price_at(slot(f"2026-03-02T{c}Z")) for c in clocks] == [80, 80, 40, 40]
    assert "its 1h prices repeated" in hourly.about
    quarters = series(15, [10, 30, 100, 200, 7])
    assert quarters.price_at(slot("2026-03-02T00:00Z")) == 20
    assert quarters.price_at(slot("2026-03-02T00:30Z")) == 150
    assert isnan(quarters.price_at(slot("2026-03-02T01:00Z")))  # only half of it is covered
    assert "mean of its 15m prices" in quarters.about


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([1, 5, 6, 10, 15, 30, 60, 90, 240]), st.data())
def test_like_adding_up_each_minute(minutes, data):
    count = data.draw(st.integers(1, 40))
    prices = data.draw(st.lists(st.integers(-100, 500), min_size=count, max_size=count))
    found = series(minutes, prices)
    for half_hour in range(-1, 12):
        covered = [
            prices[minute // minutes] if 0 <= minute // minutes < count else float("nan")
            for minute in range(half_hour * 30, half_hour * 30 + 30)
        ]
        want = sum(covered) / 30
        got = found.price_at(int(START.timestamp()) + 1800 * half_hour)
        assert got == pytest.approx(want, nan_ok=True)


def test_over_a_clock_change(tmp_path):
    rows = [f"2025-10-26T0{h}:00:00+0{o}:00,{p}" for h, o, p in
            ((0, 1, 1), (1, 1, 2), (1, 0, 3), (2, 0, 4))]  # fmt: skip
    found = read_price_file(write(tmp_path, *rows))
    assert [found.price_at(slot(f"2025-10-26T0{h}:30Z")) for h in (0, 1, 2)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["2026-03-02T00:00Z,80", "2026-03-02T00:00Z,81"], "row 3.*the same time"),
        (["2026-03-02T00:30Z,80", "2026-03-02T00:00Z,81"], "row 3.*before the row above"),
        (
            ["2026-03-02T00:00Z,80", "2026-03-02T00:30Z,1", "2026-03-02T02:00Z,1"],
            "row 4 comes 1h30m",
        ),
        (["2026-03-02T00:00Z,80", "2026-03-02T00:30Z,nan"], "row 3: price_gbp_mwh is 'nan'"),
        (["2026-03-02T00:00Z,80", "2026-03-02T00:30Z,"], "row 3: price_gbp_mwh is ''"),
        (["2026-03-02T00:00Z,inf"], "row 2"),
        (["2026-03-02T00:00Z,1e9", "2026-03-02T00:30Z,1"], "row 2.*no price"),
        (["2026-03-02T00:00,80"], "row 2.*zone"),
        (["yesterday,80"], "row 2.*zone"),
        (["2026-03-02T00:00Z"], "row 2 has 1 columns, the header 2"),
        (["2026-03-02T00:00Z,80"], "at least two rows"),
        ([], "no rows"),
        (["2026-03-02T00:00Z,80", "2026-03-02T00:45Z,1"], "the step is 45m"),
        (["2026-03-02T00:10Z,80", "2026-03-02T00:40Z,1"], "edge"),
    ],
)
def test_bad_files_name_the_row(tmp_path, lines, message):
    path = write(tmp_path, *lines)
    with pytest.raises(DataError, match=message) as caught:
        read_price_file(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_headers_and_no_file(tmp_path):
    with pytest.raises(DataError, match=r"no column price_gbp_mwh; is it 'price_gbp_kwh'"):
        read_price_file(write(tmp_path, "x,1", header="timestamp,price_gbp_kwh"))
    with pytest.raises(DataError, match="twice"):
        read_price_file(write(tmp_path, "x,1,2", header="timestamp,price_gbp_mwh,price_gbp_mwh"))
    with pytest.raises(DataError, match="cannot be read"):
        read_price_file(tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot be read"):
        read_price_file(tmp_path)
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="UTF-8"):
        read_price_file(binary)
    binary.write_bytes(b"")
    with pytest.raises(DataError, match="no column timestamp"):
        read_price_file(binary)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(
    st.binary(max_size=60),
    st.text('0123456789-:TZ,.\n"e+ ', max_size=60).map(
        lambda text: f"timestamp,price_gbp_mwh\n2026-03-02T00:00Z,1\n{text}".encode()
    ),
))  # fmt: skip
def test_any_bytes_are_a_series_or_refused_in_a_line(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        assert len(read_price_file(path).prices_gbp_mwh) >= 2
