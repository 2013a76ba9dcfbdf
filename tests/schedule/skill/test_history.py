"""Which past forecasts and actuals count at a moment."""

from __future__ import annotations

import csv
import re

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.skill.made import MONDAY, history, moment
from schedule.stored import at

from gridctl.clock import LONDON
from gridctl.query.catalogue import find
from gridctl.schedule.skill.history import (
    SLOT,
    Actuals,
    bucket_of,
    horizon_name,
    load_history,
    local_slots,
)

DAY = "2023-03-14T00:00Z"


def load(store, moment, *, synthetic=False):
    with duckdb.connect(str(store.path), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return load_history(con, at(moment), synthetic=synthetic)


def test_horizons_are_those_of_the_query():
    assert bucket_of(np.array([-0.02, 0, 0.99, 1, 6, 11.9, 12, 24, 47.9, 48, 300])).tolist() == [
        0, 0, 0, 1, 2, 2, 3, 4, 4, 5, 5,
    ]  # fmt: skip
    names = re.findall(r"'(\d+[^']*(?:ahead|more))'", find("forecast-accuracy").sql)
    assert [horizon_name(bucket) for bucket in range(6)] == names


@settings(max_examples=60)
@given(st.lists(st.floats(0, 500), min_size=1, max_size=20), st.integers(-3600, 50_000))
def test_an_actual_is_known_half_an_hour_after_its_slot(values, seconds):
    actuals = Actuals(MONDAY, np.array(values))
    now = MONDAY * SLOT + seconds
    slots = np.arange(MONDAY - 2, MONDAY + len(values) + 2)
    known = actuals.known_at(now).at(slots)
    for slot, value in zip(slots.tolist(), known.tolist(), strict=True):
        inside = 0 <= slot - MONDAY < len(values) and (slot + 2) * SLOT <= now
        assert value == values[slot - MONDAY] if inside else np.isnan(value)


def test_pairs_need_both_sides_by_then():
    made = history(3, lambda slot, step: 0 * slot)
    known = made.known_at(moment(1.5))
    assert np.unique(known.points.issued).tolist() == [moment(0) + 60, moment(1) + 60]
    assert ((known.points.slot + 2) * SLOT <= moment(1.5)).all()
    assert known.days == 2
    assert made.known_at(moment(0)).days == 0


def test_local_slots_follow_the_clock():
    for text in (
        "2023-03-26T00:30Z",
        "2023-03-26T01:00Z",
        "2023-10-29T00:30Z",
        "2023-12-01T00:00Z",
    ):
        slot = int(at(text).timestamp()) // SLOT
        local = at(text).astimezone(LONDON)
        assert local_slots(np.array([slot]))[0] % 48 == local.hour * 2 + local.minute // 30


def test_only_what_the_store_knew_then(store):
    store.carbon(DAY, [1] * 4, actuals=[100, None, 102, 103])
    store.vintage("2023-03-13T23:45Z", DAY, [90, 91, None, 93])
    store.vintage("2023-03-14T01:00Z", DAY, [1, 2, 3, 4])
    store.vintage("2023-03-13T23:50Z", DAY, [7, 7, 7], region=13)
    store.vintage("2023-03-13T23:50Z", DAY, [5, 5, 5], source="synthetic")
    before = load(store, "2023-03-14T00:59Z")
    assert before.points.value.tolist() == []
    early = load(store, "2023-03-14T02:00Z")
    assert early.points.value.tolist() == [90, 1, 3]  # the fourth slot is over, but not published
    late = load(store, "2023-03-14T12:00Z")
    assert late.points.value.tolist() == [90, 93, 1, 3, 4]
    assert late.actuals.at(late.points.slot).tolist() == [100, 103, 100, 102, 103]
    assert load(store, "2023-03-14T12:00Z", synthetic=True).points.value.tolist() == []


def test_of_forecasts_close_together_the_newest_is_kept(store):
    store.carbon(DAY, [1] * 8, actuals=[100] * 8)
    for minutes in range(0, 240, 30):
        store.vintage(f"2023-03-13T{20 + minutes // 60}:{minutes % 60:02}Z", DAY, [minutes])
    assert load(store, "2023-03-14T12:00Z").points.value.tolist() == [90, 210]
    # The same at a past moment: of what had been issued by then, with the half hour's actual known.
    store.vintage("2023-03-14T01:10Z", DAY, [7])
    assert load(store, "2023-03-14T01:05Z").points.value.tolist() == [90, 210]
    assert load(store, "2023-03-14T01:10Z").points.value.tolist() == [90, 210, 7]


def test_an_empty_store_has_no_history(store):
    empty = load(store, "2023-03-14T12:00Z")
    assert (empty.days, len(empty.points.slot), len(empty.actuals.values)) == (0, 0, 0)


def test_the_real_vintages_count_as_the_query_counts_them(year_2023, real_data, gridctl):
    file = real_data / "carbonintensity" / "forecast_vintages_202303.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    issues: dict[str, list[tuple[str, float]]] = {}
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            value = float(row["forecast_gco2_kwh"])
            issues.setdefault(row["issued_at"], []).append((row["from"], value))
    for issued, values in issues.items():
        year_2023.vintage(issued, values[0][0], [value for _, value in values])
    ran = gridctl("query", "forecast-accuracy", "--as-of", "2023-04-01T00:00Z", "--format", "csv")
    rows = [row for row in csv.DictReader(ran.out.splitlines()) if "ahead" in row["horizon"]]
    known = load(year_2023, "2023-04-01T00:00Z")
    error = known.points.value - known.actuals.at(known.points.slot)
    for bucket, row in enumerate(rows):
        mine = error[known.points.bucket == bucket]
        assert (row["horizon"], int(row["n"])) == (horizon_name(bucket), len(mine))
        assert float(row["bias_gco2_kwh"]) == pytest.approx(mine.mean())
        assert float(row["rmse_gco2_kwh"]) == pytest.approx(np.sqrt((mine**2).mean()))
    assert len(error) == 1440
