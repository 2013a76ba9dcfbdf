"""Assets: stored once, kept while referred to, and their bounds hold for what runs on them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.stored import Store

from gridctl import clock
from gridctl.config import load_config
from gridctl.errors import UsageError
from gridctl.ops.assets import with_bounds
from gridctl.schedule.job.workload import make_workload
from gridctl.store.assets import Asset
from gridctl.store.connect import init

DAY = "2023-11-25T00:00Z"
NOW = datetime(2023, 11, 25, tzinfo=UTC)
ASK = (
    "schedule-workload", "--duration", "4h", "--as-of", "2023-11-24T23:30Z", "--earliest", DAY,
    "-f", "json",
)  # fmt: skip


@pytest.fixture
def store() -> Store:
    """Two regions: London at 100 g but for 50 g from 12:00, North Scotland at 20 g."""
    path = load_config().database
    init(path, timedelta(seconds=5))
    store = Store(path)
    store.carbon(DAY, [100] * 24 + [50] * 8 + [100] * 16, region=13)
    store.carbon(DAY, [20] * 48, region=1)
    return store


def add(gridctl: Any, name: str, *words: object) -> Any:
    return gridctl("asset", "add", name, "--type", "hpc", *words)


def test_added_listed_shown(store: Store, gridctl: Any) -> None:
    ran = add(gridctl, "dgx", "--region", "EC1", "--power", "0.5MW", "--idle-power", 50,
              "--max-deferral", "24h", "--max-carbon", 150, "--min-renewable", 20)  # fmt: skip
    assert (ran.code, ran.out, ran.err) == (0, "", "added dgx\n")
    [row] = json.loads(gridctl("asset", "show", "dgx", "-f", "json").out)
    assert row == {
        "name": "dgx", "type": "hpc", "region": "London", "rated_kw": 500.0, "idle_kw": 50.0,
        "max_deferral_h": 24.0, "max_carbon": 150.0, "min_renewable": 20.0, "active": True,
        "workloads": 0,
    }  # fmt: skip
    assert json.loads(gridctl("asset", "list", "-f", "json").out) == [row]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--region", "Narnia"), "no region"),
        (("--power", "0kW"), "more than zero"),
        (("--power", "5kW", "--idle-power", "6kW"), "above the rated"),
        (("--max-carbon", "nan"), "out of range"),
        (("--max-carbon", "inf"), "out of range"),
        (("--min-renewable", 101), "out of range"),
        (("--max-deferral", "soon"), "not a duration"),
    ],
)
def test_values_that_cannot_be(store: Store, gridctl: Any, words: Any, message: str) -> None:
    ran = add(gridctl, "dgx", *words)
    assert ran.code == 2
    assert message in ran.err
    assert store.execute("SELECT count(*) FROM compute_assets") == [(0,)]


def test_names(store: Store, gridctl: Any) -> None:
    add(gridctl, "dgx")
    again = add(gridctl, "dgx")
    assert (again.code, "already" in again.err) == (2, True)
    assert add(gridctl, " ").code == 2
    ran = gridctl("asset", "show", "dgk")
    assert (ran.code, "did you mean dgx?" in ran.err) == (2, True)
    assert gridctl(*ASK, "--asset", "dgk").code == 2
    assert gridctl("asset", "add", "x", "--type", "toaster").code == 2


def test_kept_while_referred_to(store: Store, gridctl: Any) -> None:
    add(gridctl, "dgx", "--region", 13)
    add(gridctl, "idle")
    assert gridctl(*ASK, "--asset", "dgx").code == 0
    ran = gridctl("asset", "remove", "dgx")
    assert ran.code == 1
    assert "1 workload refers to it" in ran.err
    assert "--deactivate" in ran.err
    assert gridctl("asset", "remove", "dgx", "--deactivate").code == 0
    assert gridctl("asset", "remove", "idle").code == 0
    assert json.loads(gridctl("asset", "list", "-f", "json").out) == []
    assert len(json.loads(gridctl("asset", "list", "--all", "-f", "json").out)) == 1
    ran = gridctl(*ASK, "--asset", "dgx")
    assert (ran.code, "put out of use" in ran.err) == (2, True)
    assert gridctl("asset", "activate", "dgx").code == 0
    assert gridctl(*ASK, "--asset", "dgx").code == 0


def test_its_region_is_home(store: Store, gridctl: Any) -> None:
    add(gridctl, "dgx", "--region", 13)
    add(gridctl, "north", "--region", 1)
    at_home = json.loads(gridctl(*ASK, "--asset", "dgx").out)
    assert at_home["region"]["name"] == "London"
    assert at_home["start"] == "2023-11-25T12:00:00Z"
    moved = json.loads(gridctl(*ASK, "--asset", "dgx", "--region", "assets").out)
    assert (moved["action"], moved["region"]["number"]) == ("shift_region", 1)
    assert moved["baseline"]["carbon_intensity"] == 100
    [(name, region)] = store.execute(
        """SELECT DISTINCT asset_name, metadata ->> '$.request.home' FROM compute_workloads
           JOIN compute_assets AS asset ON asset.id = asset_id"""
    )
    assert (name, region) == ("dgx", "13")
    no_home = json.loads(gridctl(*ASK, "--region", "assets").out)
    assert no_home["region"]["number"] == 1


def test_region_assets_without_any(store: Store, gridctl: Any) -> None:
    ran = gridctl(*ASK, "--region", "assets")
    assert (ran.code, "no active asset has a region" in ran.err) == (2, True)


def test_its_bounds_hold(store: Store, gridctl: Any) -> None:
    add(gridctl, "dgx", "--region", 13, "--power", 500, "--max-deferral", "2h", "--max-carbon", 90)
    ran = gridctl(*ASK, "--asset", "dgx")
    assert ran.code == 1
    assert "cap 90 g/kWh" in json.loads(ran.out)["reason"]
    for energy in ("2001kWh", "5MWh"):
        over = gridctl(*ASK, "--asset", "dgx", "--energy", energy)
        assert over.code == 2
        assert "above the rated 500 kW" in over.err
    add(gridctl, "patient", "--region", 13, "--max-deferral", "3h")
    ran = json.loads(gridctl(*ASK, "--asset", "patient").out)
    assert ran["start"] == "2023-11-25T00:00:00Z"
    [(deadline,)] = store.execute(
        """SELECT latest_completion::VARCHAR FROM compute_workloads
           WHERE status <> 'infeasible'"""
    )
    assert deadline.startswith("2023-11-25 07:00:00")


def test_an_asset_that_defers_nothing_runs_now(store: Store, gridctl: Any) -> None:
    add(gridctl, "impatient", "--max-deferral", "0h")
    now = clock.now()
    store.carbon(clock.iso(clock.floor_half_hour(now)), [100, 90, 80, 70, 60, 50],
                 issued=clock.iso(now - timedelta(hours=1)))  # fmt: skip
    ran = gridctl("schedule-workload", "--duration", "1h", "--asset", "impatient", "-f", "json")
    assert ran.code == 0, ran.err
    start = datetime.fromisoformat(json.loads(ran.out)["start"])
    assert timedelta(0) <= start - now < timedelta(minutes=2)


limits = st.one_of(st.none(), st.integers(0, 100))


@settings(max_examples=80)
@given(limits, limits, limits, limits, limits, st.integers(1, 60))
def test_the_stricter_of_two_bounds_rules(
    cap: Any, own_cap: Any, share: Any, deferral: Any, own_deadline: Any, hours: int
) -> None:
    asset = Asset(
        name="a", asset_type="hpc", max_carbon=cap, min_renewable=share, max_deferral_hours=deferral
    )
    given = {"duration": timedelta(hours=hours), "max_carbon": own_cap, "min_renewable": 50}
    if own_deadline is not None:
        given["deadline"] = NOW + timedelta(hours=own_deadline)
    bound = with_bounds(asset, {k: v for k, v in given.items() if v is not None}, NOW)
    caps = [value for value in (cap, own_cap) if value is not None]
    assert bound.get("max_carbon") == min(caps, default=None)
    assert bound["min_renewable"] == max(50, share or 0)
    ends = [own_deadline] if own_deadline is not None else []
    ends += [deferral + hours] if deferral is not None else []
    expected = NOW + timedelta(hours=min(ends)) if ends else None
    assert bound.get("deadline") == expected


def test_power_above_the_rating_however_it_is_given() -> None:
    asset = Asset(name="a", asset_type="hpc", rated_power_kw=10.0)
    with_bounds(asset, {"power_kw": 10.0, "duration": timedelta(hours=1)}, NOW)
    with_bounds(asset, {"duration": timedelta(hours=1)}, NOW)
    for given_power in ({"power_kw": 10.1}, {"energy_kwh": 10.1}):
        with pytest.raises(UsageError, match="above the rated 10 kW of a"):
            with_bounds(asset, {"duration": timedelta(hours=1), **given_power}, NOW)


def test_a_profile_keeps_to_the_rating_and_the_deferral() -> None:
    asset = Asset(name="a", asset_type="hpc", rated_power_kw=10.0, max_deferral_hours=2.0)
    profile = ((1.0, 2.0), (0.5, 12.0), (1.5, 2.0))  # 12 kW at most, 4 kW on average
    with pytest.raises(UsageError, match="12 kW is above the rated 10 kW of a"):
        with_bounds(asset, {"power_profile": profile}, NOW)
    bound = with_bounds(asset, {"power_profile": ((1.0, 2.0), (2.0, 9.0))}, NOW)
    assert bound["deadline"] == NOW + timedelta(hours=2 + 3)


def test_an_elastic_job_keeps_to_the_rating_and_the_deferral() -> None:
    asset = Asset(name="a", asset_type="hpc", rated_power_kw=2.0, max_deferral_hours=2.0)
    job = {"curve": ((1, 1.0, 1.0), (2, 1.5, 2.0), (4, 3.0, 4.0)), "duration": timedelta(hours=6)}
    bound = with_bounds(asset, job, NOW)
    assert bound["max_power_kw"] == 2.0
    assert make_workload(bound).curve == ((0, 0.0, 0.0), (1, 1.0, 1.0), (2, 1.5, 2.0))
    # On two servers it lasts 4 h, so a start after 02:00 misses this.
    assert bound["deadline"] == NOW + timedelta(hours=2 + 4)
    assert with_bounds(asset, {**job, "max_power_kw": 1.0}, NOW)["max_power_kw"] == 1.0


def test_a_stored_rating_holds_for_a_profile(store: Store, gridctl: Any) -> None:
    add(gridctl, "dgx", "--region", 13, "--power", 10, "--max-deferral", "3h")
    ask = ("schedule-workload", "--as-of", "2023-11-24T23:30Z", "--earliest", DAY, "-f", "json",
           "--asset", "dgx", "--profile")  # fmt: skip
    over = gridctl(*ask, "1h:5kW,1h:11kW")
    assert (over.code, "11 kW is above the rated 10 kW of dgx" in over.err) == (2, True)
    start = json.loads(gridctl(*ask, "1h:5kW,1h:10kW").out)["start"]
    assert start <= "2023-11-25T03:00:00Z"
