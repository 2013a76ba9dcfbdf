"""gridctl from Python, as a notebook uses it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gridctl
from gridctl.api import Grid
from gridctl.errors import DatabaseError, SignalError, UsageError
from gridctl.schedule.job.workload import make_workload

NOON = datetime(2025, 11, 25, 12, tzinfo=UTC)
SPAN = ("--from", "2025-11-24T00:00Z", "--to", "2025-11-27T00:00Z")
DRY: Any = {"as_of": NOON, "dry_run": True, "allow_synthetic": True}


@pytest.fixture
def grid(gridctl: Any, config: Any) -> Grid:  # the command line fills what Python reads
    assert gridctl("fetch", "synthetic", *SPAN).code == 0
    return Grid(config)


def test_open_needs_no_database(tmp_path: Path) -> None:
    grid = gridctl.open(tmp_path / "none.duckdb")
    assert repr(grid) == f"<Grid {tmp_path / 'none.duckdb'}>"
    for ask in (grid.status, grid.signal, lambda: grid.query("carbon-trend")):
        with pytest.raises(DatabaseError, match="no database"):
            ask()
    assert list(tmp_path.iterdir()) == []


def test_fetch_makes_the_database(tmp_path: Path) -> None:
    grid = gridctl.open(tmp_path / "grid.duckdb")
    grid.fetch("synthetic", ahead=timedelta(hours=6))
    assert grid.sql("SELECT count(*) AS n FROM carbon_intensity_national").dicts()[0]["n"] > 0


def test_an_answer_in_three_shapes(grid: Grid) -> None:
    answer = grid.query("carbon-trend", hours=2, as_of=NOON)
    assert answer.arrow().num_rows == len(answer.df()) == len(answer.dicts()) == len(answer.rows)
    assert str(answer.df()["timestamp"].dt.tz) == "UTC"
    assert answer.dicts()[0]["is_synthetic"] is True


@pytest.mark.parametrize("when", ["2025-11-25T12:00Z", "2025-11-25 12:00", NOON])
def test_a_moment_may_be_text(grid: Grid, when: Any) -> None:
    assert grid.status(as_of=when).at == NOON
    trend = grid.query("carbon-trend", hours=2, as_of=when)
    assert trend.rows == grid.query("carbon-trend", hours=2, as_of=NOON).rows


@pytest.mark.parametrize("when", [NOON.replace(tzinfo=None), "noonish", 12, NOON.date()])
def test_what_is_no_moment_is_refused(grid: Grid, when: Any) -> None:
    for ask in (grid.status, grid.signal):
        with pytest.raises(UsageError):
            ask(as_of=when)


def test_the_signal_is_by_half_hour_and_says_where_it_is_from(grid: Grid) -> None:
    signal = grid.signal(as_of=NOON, start="2025-11-25T10:00Z", end="+6h", allow_synthetic=True)
    frame = signal.df()
    assert list(frame["timestamp"]) == list(
        pd.date_range("2025-11-25T10:00Z", periods=16, freq="30min")
    )
    assert frame["carbon_gco2_kwh"].between(1, 600).all()
    assert set(frame["carbon_provenance"]) == {"synthetic"}
    assert frame["is_synthetic"].all()
    assert any("as known at 2025-11-25T12:00:00Z" in note for note in signal.notes)


def test_a_signal_of_a_region_by_any_name(grid: Grid) -> None:
    one, other = (
        grid.signal(name, as_of=NOON, allow_synthetic=True, end="+2h") for name in ("London", 13)
    )
    assert one.rows == other.rows != grid.signal(as_of=NOON, allow_synthetic=True, end="+2h").rows


def test_what_may_not_be_planned_on_is_missing_and_says_why(grid: Grid) -> None:
    signal = grid.signal(as_of=NOON, end="+2h")
    assert signal.df()["carbon_gco2_kwh"].isna().all()
    said = [row["carbon_provenance"] for row in signal.dicts()]
    assert set(said) == {"missing: synthetic, and not allowed", "missing: not yet known"}
    count = said.count("missing: not yet known")
    assert f"carbon missing in {count} of 4 half hours: not yet known" in signal.notes
    with pytest.raises(UsageError, match="is not after"):
        grid.signal(as_of=NOON, end="-1h")


def test_a_signal_written_down_is_planned_on_alike(
    grid: Grid, gridctl: Any, tmp_path: Path
) -> None:
    signal = grid.signal(as_of=NOON, end="+30h", allow_synthetic=True)
    file = tmp_path / "signal.csv"
    signal.df().to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    ask = ("schedule-workload", "--duration", "3h", "--deadline", "2025-11-26T17:00Z", "--as-of",
           "2025-11-25T12:00Z", "--dry-run", "-f", "start")  # fmt: skip
    from_file = gridctl(*ask, "--signal", file)
    from_store = gridctl(*ask, "--allow-synthetic")
    assert from_file.code == from_store.code == 0
    assert from_file.out == from_store.out


def test_a_job_in_keywords_is_the_job_of_the_command_line(grid: Grid, gridctl: Any) -> None:
    decision = grid.schedule(
        name="training", energy_kwh=np.float64(5000), duration="4h",
        deadline="2025-11-26T18:00Z", region=["London", "any"], **DRY,
    )  # fmt: skip
    ran = gridctl("schedule-workload", "--name", "training", "--energy", "5MWh", "--duration", "4h",
                  "--deadline", "2025-11-26T18:00Z", "--region", "London", "--region", "any",
                  "--as-of", "2025-11-25T12:00Z", "--dry-run", "--allow-synthetic",
                  "-f", "start")  # fmt: skip
    start = decision.start_to_the_minute()
    assert start is not None
    assert ran.out == f"{start.astimezone():%Y-%m-%dT%H:%M:%S}\n"
    assert repr(decision) == f"<Decision: training: {decision.reason}>"


def test_keywords_and_a_workload_decide_alike(grid: Grid) -> None:
    end = NOON + timedelta(hours=30)
    power = [(1, 200.0), (2, 50)]
    by_word = grid.schedule(power_profile=power, deadline=end, region="London", **DRY)
    made = make_workload({"power_profile": tuple(power), "deadline": end, "regions": (13,),
                          "home": 13})  # fmt: skip
    assert by_word.as_dict() == grid.schedule(made, **DRY).as_dict()
    for other in ({"duration": "4h"}, {"region": "London"}, {"asset": "x"}):
        with pytest.raises(UsageError, match="not both"):
            grid.schedule(made, **other, **DRY)


def test_a_decision_is_recorded_unless_dry(grid: Grid) -> None:
    job: Any = {"duration": timedelta(hours=1), "energy_kwh": 10, "deadline": "+9h"}
    kept: Any = {"as_of": NOON, "allow_synthetic": True}
    count = "SELECT count(*) AS n FROM compute_workloads"
    grid.schedule(**job, **kept, dry_run=True)
    assert grid.sql(count).rows == [(0,)]
    assert grid.schedule(**job, **kept).workload_id is not None
    assert grid.sql(count).rows == [(1,)]


def test_made_up_data_is_refused_unless_asked_for(grid: Grid) -> None:
    with pytest.raises(SignalError, match="synthetic"):
        grid.schedule(duration="1h", as_of=NOON, dry_run=True)


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"energy": 5}, "did you mean energy_kwh"),
        ({"x" * 40: 5}, "known: name"),
        ({"energy_kwh": "5MWh"}, "energy_kwh: a number is wanted, not '5MWh'"),
        ({"energy_kwh": float("nan")}, "energy_kwh"),
        ({"energy_kwh": True}, "energy_kwh"),
        ({"duration": 4}, "duration: a timedelta is wanted"),
        ({"duration": "soon"}, "duration: 'soon' is not a duration"),
        ({"deadline": NOON.replace(tzinfo=None)}, "deadline: a time with a zone"),
        ({"deadline": "tomorrowish"}, "deadline: 'tomorrowish'"),
        ({"power_profile": 3}, "power_profile"),
        ({"power_profile": [(1, 2), (3,)]}, "power_profile: item 2"),
        ({"interruptible": "yes"}, "interruptible: true or false"),
        ({"priority": 1.5}, "priority: a whole number"),
        ({"duration": "1h", "region": "Mars"}, "Mars"),
        ({"duration": "1h", "asset": "none"}, "none"),
        ({"name": None}, "how long does it run"),
    ],
)
def test_a_job_that_makes_no_sense_is_one_line(grid: Grid, job: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        grid.schedule(**job, **DRY)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_status_says_in_short_what_it_holds(grid: Grid) -> None:
    assert repr(grid.status(as_of=NOON)).startswith("<Overview of 2025-11-25 12:00 UTC: ")
    assert repr(grid.status(as_of=NOON)).endswith(" g/kWh, synthetic>")
    later = grid.status(as_of="2026-06-01T00:00Z")
    assert repr(later) == "<Overview of 2026-06-01 00:00 UTC: nothing known>"


def test_types_are_shipped() -> None:
    assert (Path(gridctl.__file__).parent / "py.typed").is_file()
