"""Traces, signals and curves: what is read, and the one line for what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridctl.errors import DataError, UsageError
from gridctl.schedule.simulate.signal_file import read_signal
from gridctl.schedule.simulate.trace import read_trace

HEAD = "submit_time,duration_hours,power_kw\n"
GOOD = HEAD + "2023-01-01T00:00Z,1,2\n2023-01-01T02:30:00+01:00,0.1667,3\n"


@pytest.fixture
def file(tmp_path):
    def write(text, name="file.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_a_trace(file):
    trace = read_trace(file(GOOD))
    assert trace.row.tolist() == [2, 3]
    assert trace.submit[1] - trace.submit[0] == 5400
    assert trace.duration_s.tolist() == [3600, 600]
    assert trace.power_kw.tolist() == [2, 3]
    assert np.isnan(trace.deadline).all()


def test_power_from_energy_and_the_other_columns(file):
    trace = read_trace(
        file(
            "submit_time,duration_hours,energy_kwh,requested_start,deadline,max_delay_hours,region\n"
            "2023-01-01T00:00Z,2,8,2023-01-01T01:00Z,2023-01-02T00:00Z,,London\n"
            "2023-01-01T00:00Z,2,8,,,3,\n"
        )
    )
    assert trace.power_kw.tolist() == [4, 4]
    assert trace.region.tolist() == [13, 0]
    assert trace.requested[0] - trace.submit[0] == 3600
    assert trace.max_delay_hours[1] == 3


def test_parquet_says_the_same_as_csv(file, tmp_path):
    table = pa.table(
        {
            "submit_time": pa.array([datetime(2023, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
            "duration_hours": [1.5],
            "power_kw": [2],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    trace = read_trace(tmp_path / "t.parquet")
    assert trace.submit.tolist() == [datetime(2023, 1, 1, tzinfo=UTC).timestamp()]
    assert (trace.duration_s.tolist(), trace.row.tolist()) == ([5400], [1])
    naive = pa.table(
        {"submit_time": [datetime(2023, 1, 1)], "duration_hours": [1], "power_kw": [1]}
    )
    pq.write_table(naive, tmp_path / "naive.parquet")
    with pytest.raises(DataError, match="submit_time have no zone"):
        read_trace(tmp_path / "naive.parquet")


def test_hours_and_processors(file):
    path = file("arrival_h,length_h,cpus\n0.5,0.1667,4\n")
    with pytest.raises(UsageError, match="--trace-start"):
        read_trace(path)
    trace = read_trace(path, origin=datetime(2023, 1, 1, tzinfo=UTC), kw_per_cpu=0.01)
    assert trace.submit[0] == datetime(2023, 1, 1, 0, 30, tzinfo=UTC).timestamp()
    assert (trace.duration_s[0], trace.power_kw[0]) == (600, 0.04)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2023-01-01T00:00,1,2", "row 4: submit_time: '2023-01-01T00:00' is no time with a zone"),
        ("2023-01-01,1,2", "row 4: submit_time: '2023-01-01' is no time with a zone"),
        ("2023-01-01T99:00Z,1,2", "row 4: submit_time: '2023-01-01T99:00Z' is no time with a zone"),
        ("yesterday 9 Z,1,2", "row 4: submit_time: 'yesterday 9 Z' is no time with a zone"),
        ("1066-10-14T00:00Z,1,2", "row 4: submit_time '1066-10-14T00:00Z' is"),
        (",1,2", "row 4: no time of submission"),
        ("2023-01-01T00:00Z,0,2", "row 4: the duration must be a second or more"),
        ("2023-01-01T00:00Z,-1,2", "row 4: the duration must be a second or more"),
        ("2023-01-01T00:00Z,nan,2", "row 4: no duration"),
        ("2023-01-01T00:00Z,two,2", "row 4: duration_hours is 'two', not a number"),
        ("2023-01-01T00:00Z,inf,2", "row 4: duration_hours is 'inf', not a number"),
        ("2023-01-01T00:00Z,1e-9,2", "row 4: the duration must be a second or more"),
        ("2023-01-01T00:00Z,1e9,2", "row 4: the duration is over a hundred years"),
        ("2023-01-01T00:00Z,1,1e300", "row 4: the power is more than any grid's"),
        ("2023-01-01T00:00Z,1,-2", "row 4: the power must be more than zero"),
        ("2023-01-01T00:00Z,1,", "row 4: no power"),
        ("2023-01-01T00:00Z,1,2,9", "row 4: 4 fields, not 3"),
        ("2023-01-01T00:00Z", "row 4: 1 fields, not 3"),
    ],
)
def test_a_bad_row_is_named_or_skipped_and_counted(file, row, message):
    path = file(GOOD + row + "\n2023-01-03T00:00Z,1,5\n")
    with pytest.raises(DataError) as caught:
        read_trace(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    trace = read_trace(path, skip_bad=True)
    assert trace.row.tolist() == [2, 3, 5]
    assert trace.power_kw.tolist() == [2, 3, 5]
    assert list(trace.skipped) == [4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("submit_time,power_kw\n2023-01-01T00:00Z,1\n", "no column duration_hours; it has submit"),
        ("submit_time,duration_hours\n2023-01-01T00:00Z,1\n", "no column power_kw; it has"),
        (HEAD, "holds no job"),
        ("power_kw," + GOOD, "more than one column power_kw"),
        ("", "no CSV or Parquet file"),
        (HEAD + "2023-01-01T00:00Z,0,2\n", "row 2: the duration"),
        (HEAD.strip() + ",energy_kwh\n2023-01-01T00:00Z,1,2,9\n", "do not agree"),
        (HEAD.strip() + ",region\n2023-01-01T00:00Z,1,2,Atlantis\n", "row 2: .*Atlantis"),
    ],
)
def test_a_trace_that_is_none(file, text, message):
    with pytest.raises(DataError, match=message):
        read_trace(file(text))
    with pytest.raises(DataError, match="cannot read"):
        read_trace(file(text).with_name("absent.csv"))


def signal(*rows, head="timestamp,carbon_gco2_kwh"):
    return "\n".join([head, *rows]) + "\n"


def slots(count, step=30, value="100"):
    begin = datetime(2023, 1, 1, tzinfo=UTC)
    return [f"{(begin + i * timedelta(minutes=step)).isoformat()},{value}" for i in range(count)]


def test_a_signal_with_gaps(file):
    rows = slots(40)
    rows[3] = rows[3].replace(",100", ",")
    rows[5] = rows[5].replace(",100", ",NaN")
    ground = read_signal(file(signal(*rows[:10], *rows[12:])))
    assert ground.step == timedelta(minutes=30)
    assert np.flatnonzero(np.isnan(ground.carbon)).tolist() == [3, 5, 10, 11, 40]
    assert "4 of 40 slots of the signal are missing" in ground.notes[0]
    assert ground.price is None


@pytest.mark.parametrize("step", [5, 15, 60])
def test_any_uniform_step_and_a_price(file, step):
    rows = [f"{row},50" for row in slots(9, step)]
    ground = read_signal(file(signal(*rows, head="timestamp,carbon_gco2_kwh,price_gbp_mwh")))
    assert (ground.step, ground.slots) == (timedelta(minutes=step), 9)
    assert ground.price is not None
    assert ground.price[0] == 50


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*slots(3), slots(3)[2]], "row 5: its time is there twice"),
        ([*slots(3), slots(3)[1]], "row 5: its time comes before the row above"),
        ([*slots(4), *slots(6, 45)[3:]], "row 6: steps differ"),
        ([*slots(6), *slots(9, 60)[4:]], "steps differ"),
        ([*slots(3), "2023-01-01T01:30:00,100"], "row 5: timestamp: .* is no time with a zone"),
        (
            [*slots(3), "2023-01-01T01:30:00Z,much"],
            "row 5: carbon_gco2_kwh is 'much', not a number",
        ),
        ([*slots(3), ",5"], "row 5: no timestamp"),
        (slots(1), "fewer than two"),
        (slots(4, value=""), "holds no carbon intensity"),
        ([*slots(3), "2190-01-01T00:00:00Z,1"], "slots, more than|steps differ"),
    ],
)
def test_a_signal_that_is_refused(file, rows, message):
    with pytest.raises(DataError, match=message):
        read_signal(file(signal(*rows)))


def test_differing_steps_may_be_averaged(file):
    quarter = [row.replace(",100", f",{100 + i}") for i, row in enumerate(slots(12, 15))]
    half = slots(4)
    path = file(signal(*half, *quarter[8:]))
    with pytest.raises(DataError, match="--step 30m"):
        read_signal(path)
    ground = read_signal(path, timedelta(minutes=30))
    assert ground.carbon[:6].tolist() == [100, 100, 100, 100, 108.5, 110.5]


def test_no_columns_to_know_it_by(file):
    with pytest.raises(DataError, match="no column timestamp, carbon_gco2_kwh; it has when, co2"):
        read_signal(file("when,co2\n1,2\n"))


def test_names_of_columns_as_spreadsheets_write_them(file):
    rows = [f"{row},50" for row in slots(4)]
    ground = read_signal(file(signal(*rows, head="Timestamp, Carbon_gCO2_kWh ,PRICE_GBP_MWH")))
    assert (ground.carbon[0], ground.price[0]) == (100, 50)
    assert len(read_trace(file(GOOD.replace("submit_time,", "Submit_Time ,")))) == 2
    with pytest.raises(DataError, match="more than one column timestamp"):
        read_signal(file(signal(*slots(4), head="timestamp,Timestamp")))


def test_a_wrong_unit_is_told(file):
    with pytest.raises(DataError, match="row 3: carbon_gco2_kwh is '180000', not a number from"):
        read_signal(file(signal(*slots(1), *slots(3, value="180000")[1:])))


def test_recorded_signals(real_data):
    entsoe = read_signal(real_data / "other" / "gb_ci_2020_entsoe_derived.csv")
    assert (entsoe.step, entsoe.slots) == (timedelta(minutes=30), 18576)
    assert np.isfinite(entsoe.carbon[:-1]).all()
    national = read_signal(real_data / "carbonintensity" / "national_intensity_2023.csv")
    assert national.slots == 17521
    assert int(np.isnan(national.carbon[:-1]).sum()) == 91 + 5 + 5
    hourly = read_signal(real_data / "neso" / "carbon_intensity_hourly_2020.csv")
    assert hourly.step == timedelta(hours=1)
    assert 100 < np.nanmean(hourly.carbon) < 250


def test_a_step_that_the_file_does_not_cover_whole_is_a_gap(file):
    """Half hours from 01:30 to 05:00: of the steps of two hours, 02:00 to 04:00 alone is known."""
    begin = datetime(2024, 3, 2, 1, 30, tzinfo=UTC)
    rows = [f"{(begin + i * timedelta(minutes=30)).isoformat()},{100 + i}" for i in range(7)]
    ground = read_signal(file(signal(*rows)), timedelta(hours=2))
    values = ground.carbon
    assert ground.start == datetime(2024, 3, 2, tzinfo=UTC)
    assert np.isnan(values[[0, 2]]).all()
    assert values[1] == np.mean([101, 102, 103, 104])


def test_a_step_finer_than_the_files_is_refused(file):
    with pytest.raises(DataError, match="has steps of 30m: it cannot be averaged to shorter"):
        read_signal(file(signal(*slots(9))), timedelta(minutes=15))
