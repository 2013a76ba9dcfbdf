"""A signal from a CSV: what is read, what is refused, and half hours of any step."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.stored import at

from gridctl.clock import HALF_HOUR, floor_half_hour
from gridctl.errors import DataError, UsageError
from gridctl.model import Window
from gridctl.schedule.signals.given import signals_of_file
from gridctl.schedule.signals.outlook import Outlook
from gridctl.schedule.signals.signal import Provenance
from gridctl.schedule.signals.signal_file import SignalFile, half_hourly, read_signal_file

HEAD = "timestamp,carbon_gco2_kwh"
DAY = "2026-03-29T00:00Z"


def read(tmp_path, *lines):
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_signal_file(path)


def test_all_columns_in_any_order_gaps_and_a_byte_order_mark(tmp_path):
    file = read(
        tmp_path,
        "\ufeffprice_gbp_mwh, Carbon_gCO2_kWh ,note,timestamp,renewable_pct",
        "-5,100,a,2026-03-29T00:00:00Z,40",
        ",,b,2026-03-29T01:00:00+00:00,",
        "",
        '"61.5",120.5,c,2026-03-29T03:00+01:00,50',
    )
    assert (file.name, file.start, file.step) == ("mine.csv", at(DAY), timedelta(hours=1))
    assert file.end == at("2026-03-29T03:00Z")
    np.testing.assert_array_equal(file.carbon, [100, np.nan, 120.5])
    np.testing.assert_array_equal(file.renewable, [40, np.nan, 50])
    np.testing.assert_array_equal(file.price, [-5, np.nan, 61.5])
    bare = read(tmp_path, HEAD, f"{DAY},1", "2026-03-29T00:05Z,2")
    assert (bare.renewable, bare.price, bare.step) == (None, None, timedelta(minutes=5))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no column timestamp, carbon_gco2_kwh; it has nothing"),
        (["time,carbon_gco2_kwh", "1,2"], "no column timestamp; it has time, carbon_gco2_kwh"),
        (["timestamp,price_gbp_mwh"], "no column carbon_gco2_kwh"),
        ([HEAD], "holds no row; two at least"),
        ([HEAD, f"{DAY},1"], "holds one row; two at least"),
        ([HEAD, f"{DAY},", "2026-03-29T00:30Z,"], "carbon_gco2_kwh is empty in every row"),
        ([HEAD, "2026-03-29T00:00,1"], "row 2: '2026-03-29T00:00' is no time with a zone"),
        ([HEAD, f"{DAY},1", "tomorrow,2"], "row 3: 'tomorrow' is no time"),
        ([HEAD, f"{DAY},1", f"{DAY},2"], "row 3: 2026-03-29T00:00:00Z is there twice"),
        ([HEAD, f"{DAY},1", "2026-03-28T00:00Z,2"], "row 3: .* comes before the row above"),
        (
            [HEAD, f"{DAY},1", "2026-03-29T00:30Z,2", "2026-03-29T01:30Z,3"],
            "row 4: 2026-03-29T01:30:00Z is 1h after the row above it, where the step is 30m",
        ),
        ([HEAD, f"{DAY},nan", "2026-03-29T00:30Z,1"], "row 2: carbon_gco2_kwh is 'nan', not a"),
        ([HEAD, f"{DAY},1", "2026-03-29T00:30Z,inf"], "row 3: .* from -50 to 5000"),
        ([HEAD, f"{DAY},120 g", "2026-03-29T00:30Z,1"], "row 2: .* is '120 g'"),
        ([HEAD, f"{DAY},1,5", "2026-03-29T00:30Z,1"], "row 2: 3 cells, where the header has 2"),
        ([HEAD + ",renewable_pct", f"{DAY},1,101"], "row 2: renewable_pct is '101'"),
    ],
)
def test_what_is_wrong_is_named_with_its_row(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, *lines)


def test_a_file_that_is_no_csv(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(DataError, match=r"mine\.csv is no CSV"):
        read_signal_file(path)
    with pytest.raises(DataError, match="No such file"):
        read_signal_file(tmp_path / "none.csv")


def slowly(file, instant):
    """The mean over 30 minutes, minute by minute."""
    minutes = []
    for minute in range(30):
        step = (instant + timedelta(minutes=minute) - file.start) // file.step
        inside = 0 <= step < len(file.carbon)
        minutes.append(file.carbon[step] if inside else np.nan)
    return np.mean(minutes)


@settings(max_examples=60)
@given(
    st.sampled_from([1, 2, 3, 5, 6, 10, 15, 30, 60, 90, 1440]),
    st.integers(0, 40),
    st.lists(st.one_of(st.floats(0, 500), st.just(np.nan)), min_size=2, max_size=70),
)
def test_half_hours_hold_the_means_of_the_minutes(minutes, late, values):
    step = timedelta(minutes=minutes)
    start = at(DAY) + (late * step if minutes < 30 else late * HALF_HOUR)
    file = SignalFile("mine.csv", start, step, np.array(values), None, np.array(values))
    even, said = half_hourly(file)
    assert (even.step, even.start) == (HALF_HOUR, floor_half_hour(start))
    assert (said is None) == (minutes == 30)
    assert even.end >= file.end > even.end - max(HALF_HOUR, step)
    wanted = [slowly(file, even.start + i * HALF_HOUR) for i in range(len(even.carbon))]
    np.testing.assert_allclose(even.carbon, wanted)
    np.testing.assert_allclose(even.price, wanted)
    assert even.renewable is None


@pytest.mark.parametrize(
    ("start", "minutes"), [(0, 45), (0, 20), (0, 7), (5, 30), (10, 60), (1, 5)]
)
def test_steps_that_do_not_fit_half_hours_are_refused(start, minutes):
    begins = at(DAY) + timedelta(minutes=start)
    file = SignalFile("mine.csv", begins, timedelta(minutes=minutes), np.ones(9))
    with pytest.raises(DataError, match=r"mine\.csv: steps of .* do not fit half hours"):
        half_hourly(file)


def test_a_window_reaches_beyond_the_file():
    file = SignalFile("mine.csv", at(DAY), HALF_HOUR, np.array([1.0, np.nan, 3.0]))
    window = Window(at("2026-03-28T23:10Z"), at("2026-03-29T03:00Z"))
    signal = signals_of_file(file, [None], window, at(DAY), Outlook())[None]
    np.testing.assert_array_equal(
        signal.carbon.values, [np.nan, np.nan, 1, np.nan, 3, np.nan, np.nan, np.nan]
    )
    assert signal.carbon.provenance.count(Provenance.GIVEN) == 2
    assert signal.ends_at == at("2026-03-29T01:30Z")
    assert np.isnan(signal.price.values).all()
    assert (signal.price_kind, signal.kind, signal.basis) == (None, "unstated", "unstated")
    assert signal.factors == "as given in mine.csv"
    far = Window(at("2027-01-01T00:00Z"), at("2027-01-02T00:00Z"))
    assert signals_of_file(file, [3], far, at(DAY), Outlook())[3].ends_at is None
    with pytest.raises(UsageError, match="one place"):
        signals_of_file(file, [3, 4], window, at(DAY), Outlook())
