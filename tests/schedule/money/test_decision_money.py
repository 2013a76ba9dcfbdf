"""A decision's bill and its flexibility line, from stored prices to what is printed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest
from schedule.stored import at

from gridctl.config import load_config
from gridctl.schedule.money.asked import MoneyAsked
from gridctl.schedule.money.prices import load_market, load_prices
from gridctl.schedule.money.tariff import make_tariff

DAY = "2025-11-25T00:00Z"
ASK = (
    "schedule-workload", "--name", "train", "--energy", "5000kWh", "--duration", "4h",
    "--earliest", "2025-11-25T17:00Z", "--deadline", "2025-11-26T12:00Z",
    "--as-of", "2025-11-25T16:30Z",
)  # fmt: skip
DOCS = Path(__file__).parents[3] / "docs" / "flexibility.md"


@pytest.fixture
def filled(store):
    store.carbon(DAY, [180] * 44 + [105] * 8 + [180] * 20)
    store.prices(DAY, [95] * 44 + [45] * 8 + [95] * 20, kind="day_ahead_auction")
    return store


def answer(gridctl, *words):
    ran = gridctl(*ASK, *words, "-f", "json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def last_row(store, table="workload_schedules", column="decision_factors"):
    (value,) = store.execute(f"SELECT {column} FROM {table} ORDER BY created_at DESC LIMIT 1")[0]
    return value


def test_the_example_of_the_documents(filled, gridctl):
    ran = gridctl(*ASK, "--flexibility", "p415")
    block = DOCS.read_text().split("prints\n\n```text\n")[1].split("```")[0]
    assert [line for line in block.splitlines() if line not in ran.out.splitlines()] == []
    assert max(map(len, ran.out.splitlines())) <= 80
    document = answer(gridctl, "--flexibility", "p415")
    assert document["savings"] == {
        "carbon_kg": 375.0, "carbon_pct": pytest.approx(41.666667), "cost_gbp": 250.0,
        "flexibility_revenue_gbp": 380.0,
    }  # fmt: skip
    line = document["flexibility"]
    assert (line["gross_gbp"], line["revenue_gbp"], line["total_gbp"]) == (475.0, 380.0, 630.0)
    assert line["supplier_pot_gbp"] == pytest.approx(5 * 98.53)
    assert "the difference between the hours is the bill saving" in line["applies"]
    assert sum(row["deviation_mwh"] for row in line["half_hours"]) == 0
    assert len(line["half_hours"]) == 16


def test_the_revenue_is_recorded_and_the_request_can_be_asked_again(filled, gridctl):
    answer(gridctl, "--flexibility", "dfs", "--dfs-price", "3000")
    assert last_row(filled, column="flexibility_revenue_gbp") == pytest.approx(12_000)
    assert last_row(filled, "compute_workloads", "flexibility_revenue_gbp") == pytest.approx(12_000)
    line = json.loads(last_row(filled))["flexibility"]
    assert (line["market"], line["revenue_gbp"]) == ("dfs", 12_000.0)
    assert "half_hours" not in line
    request = json.loads(last_row(filled, "compute_workloads", "metadata"))["request"]
    assert MoneyAsked.from_request(request["money"]) == MoneyAsked(None, "dfs", 3000.0)


def test_without_a_market_there_is_no_line(filled, gridctl):
    document = answer(gridctl)
    assert "flexibility" not in document
    assert document["savings"]["flexibility_revenue_gbp"] is None
    assert last_row(filled, column="flexibility_revenue_gbp") is None


def test_the_setting_is_the_default_and_none_switches_it_off(filled, gridctl, monkeypatch):
    monkeypatch.setenv("GRIDCTL_FLEXIBILITY_MARKET", "p415")
    assert answer(gridctl)["flexibility"]["market"] == "p415"
    assert "flexibility" not in answer(gridctl, "--flexibility", "none")


def test_it_never_steers(filled, gridctl):
    with_line = answer(
        gridctl, "--flexibility", "dfs", "--dfs-price", "3000", "--objective", "cost"
    )
    without = answer(gridctl, "--objective", "cost")
    assert with_line["segments"] == without["segments"]


def test_a_flat_tariff_saves_nothing_and_p415_still_earns(filled, gridctl, monkeypatch):
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    monkeypatch.setenv("GRIDCTL_TARIFF_RATE_GBP_MWH", "250")
    document = answer(gridctl, "--flexibility", "p415")
    assert document["expected"]["cost_gbp"] == 1250.0
    assert document["savings"]["cost_gbp"] == 0.0
    assert document["savings"]["flexibility_revenue_gbp"] == 380.0
    assert document["flexibility"]["applies"].startswith("the bill is its own tariff")
    factors = json.loads(last_row(filled))
    assert factors["signal"]["price_kind"] == "tariff:flat"
    assert factors["tariff_sha256"] == make_tariff("flat", rate_gbp_mwh=250.0).sha256


def test_a_pass_through_bill_counts_the_difference_once(filled, gridctl, monkeypatch):
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "pass_through")
    monkeypatch.setenv("GRIDCTL_TARIFF_ADDER_GBP_MWH", "60")
    monkeypatch.setenv("GRIDCTL_TARIFF_LOSS_PCT", "10")
    document = answer(gridctl, "--flexibility", "p415")
    assert document["baseline"]["cost_gbp"] == pytest.approx(5 * (95 * 1.1 + 60))
    assert document["savings"]["cost_gbp"] == pytest.approx(5 * 50 * 1.1)
    assert document["flexibility"]["revenue_gbp"] == 380.0
    assert (
        "the difference between the hours is the bill saving" in document["flexibility"]["applies"]
    )


def test_time_of_use_moves_the_cheapest_hour(filled, gridctl, monkeypatch):
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "time_of_use")
    monkeypatch.setenv("GRIDCTL_TARIFF_RATE_GBP_MWH", "300")
    monkeypatch.setenv("GRIDCTL_TARIFF_BANDS", "02:30-06:30 90")
    document = answer(gridctl, "--objective", "cost")
    assert document["start"] == "2025-11-26T02:30:00Z"
    assert document["expected"]["cost_gbp"] == 450.0


def hourly(tmp_path, hours=24):
    path = tmp_path / "bill.csv"
    rows = [f"2025-11-{25 + h // 24}T{h % 24:02}:00Z,{100 + h}" for h in range(16, 16 + hours)]
    path.write_text("\n".join(["timestamp,price_gbp_mwh", *rows]) + "\n")
    return path


def test_a_series_goes_before_the_tariff(filled, gridctl, monkeypatch, tmp_path):
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "flat")
    monkeypatch.setenv("GRIDCTL_TARIFF_RATE_GBP_MWH", "250")
    path = hourly(tmp_path)
    document = answer(gridctl, "--price-series", path)
    assert document["baseline"]["cost_gbp"] == pytest.approx(5 * (117 + 118 + 119 + 120) / 4)
    assert document["signal"]["has_estimates"] is False
    factors = json.loads(last_row(filled))
    assert factors["signal"]["price_kind"] == "series"
    assert factors["tariff_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert any("its 1h prices repeated over half hours" in note for note in factors["notes"])
    request = json.loads(last_row(filled, "compute_workloads", "metadata"))["request"]
    assert MoneyAsked.from_request(request["money"]).price_series == path


def test_a_series_that_ends_is_not_planned_past(filled, gridctl, tmp_path):
    short = hourly(tmp_path, hours=4)  # to 20:00, before a run of four hours from 17:00 would end
    assert answer(gridctl, "--price-series", short)["expected"]["cost_gbp"] is None
    notes = json.loads(last_row(filled))["notes"]
    assert any("covers 2025-11-25T16:00Z to 2025-11-25T20:00Z" in note for note in notes)
    ran = gridctl(*ASK, "--price-series", short, "--objective", "cost")
    assert (ran.code, ran.out) == (6, "")
    assert "needs a price" in ran.err
    assert "--price-series that covers" in ran.err


def test_bad_money_is_refused_before_anything_is_written(filled, gridctl, monkeypatch, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("timestamp,price_gbp_mwh\n2025-11-25T17:00Z,1\n2025-11-25T16:00Z,2\n")
    for words, code, message in [
        (("--price-series", bad), 5, "row 3"),
        (("--price-series", tmp_path / "none.csv"), 5, "cannot be read"),
        (("--flexibility", "cusc"), 2, "flexibility"),
        (("--dfs-price", "3000"), 2, "only with the market dfs"),
        (("--flexibility", "dfs", "--dfs-price", "nan"), 2, "DFS price"),
    ]:
        ran = gridctl(*ASK, *words)
        assert (ran.code, ran.out) == (code, "")
        assert message in ran.err
        assert len(ran.err.splitlines()) == 1
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "cheap")
    assert gridctl(*ASK).code == 2
    assert filled.execute("SELECT count(*) FROM compute_workloads") == [(0,)]


def test_estimates_stay_estimates(store, gridctl, monkeypatch):
    store.carbon(DAY, [180] * 44 + [105] * 8 + [180] * 20)
    store.prices("2025-11-18T00:00Z", [95] * 44 + [45] * 8 + [95] * 20)  # the week before
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "pass_through")
    monkeypatch.setenv("GRIDCTL_TARIFF_ADDER_GBP_MWH", "5")
    document = answer(gridctl, "--flexibility", "p415")
    assert document["signal"]["has_estimates"] is True
    assert document["baseline"]["cost_gbp"] == 500.0
    assert document["flexibility"]["has_estimates"] is True
    notes = json.loads(last_row(store))["notes"]
    assert any("flexibility: wholesale prices not yet known are estimated" in n for n in notes)


def test_made_up_prices_are_labelled_through_a_pass_through(filled, gridctl, monkeypatch):
    filled.execute("UPDATE wholesale_prices SET source = 'synthetic'")
    monkeypatch.setenv("GRIDCTL_TARIFF_KIND", "pass_through")
    refused = answer(gridctl, "--flexibility", "p415")
    assert refused["expected"]["cost_gbp"] is None
    assert refused["savings"]["flexibility_revenue_gbp"] is None
    allowed = answer(gridctl, "--flexibility", "p415", "--allow-synthetic")
    assert allowed["signal"]["is_synthetic"] is True
    assert allowed["flexibility"]["is_synthetic"] is True


def test_short_delivery_settles_at_the_imbalance_price_or_says_what_it_assumed(
    filled, gridctl, monkeypatch
):
    monkeypatch.setenv("GRIDCTL_FLEXIBILITY_DELIVERY_FACTOR", "0.6")
    assumed = answer(gridctl, "--flexibility", "p415")
    assert assumed["flexibility"]["revenue_gbp"] == pytest.approx(0.8 * 0.6 * 475)
    assert any("taken to be the wholesale" in n for n in json.loads(last_row(filled))["notes"])
    assert "60% measured" in gridctl(*ASK, "--flexibility", "p415").out
    filled.prices(DAY, [125] * 72, kind="system_price")
    later = [word.replace("2025-11-25T16:30Z", "2025-11-28T00:00Z") for word in ASK]
    ran = gridctl(*later, "--flexibility", "p415", "-f", "json")
    assert json.loads(ran.out)["flexibility"]["revenue_gbp"] == pytest.approx(180)


def test_a_move_to_another_region_turns_down_at_home_only(store, gridctl):
    store.carbon(DAY, [200] * 72, region=13)
    store.carbon(DAY, [20] * 72, region=1)
    store.prices(DAY, [95] * 72, kind="day_ahead_auction")
    moved = answer(gridctl, "--region", "London", "--region", "1", "--flexibility", "p415")
    assert moved["action"] == "shift_region"
    assert moved["start"] == "2025-11-25T17:00:00Z"
    assert moved["savings"]["flexibility_revenue_gbp"] == 380.0
    homeless = answer(gridctl, "--region", "any", "--flexibility", "p415")
    assert homeless["savings"]["flexibility_revenue_gbp"] is None


def test_running_when_asked_earns_nothing(filled, gridctl):
    document = answer(gridctl, "--not-deferrable", "--flexibility", "p415")
    assert document["savings"]["flexibility_revenue_gbp"] == 0.0
    assert "nothing turned down" in gridctl(*ASK, "--not-deferrable", "--flexibility", "p415").out


def test_too_little_for_dfs_is_said(filled, gridctl):
    words = [word.replace("5000kWh", "100kWh") for word in ASK]
    ran = gridctl(*words, "--flexibility", "dfs")
    assert "flexibility (DFS)         0.00 GBP  less than the 0.1 MW that DFS buys" in ran.out


def test_no_energy_and_no_price_are_unknown_not_nothing(store, gridctl):
    store.carbon(DAY, [180] * 44 + [105] * 8 + [180] * 20)
    assert answer(gridctl, "--flexibility", "p415")["savings"]["flexibility_revenue_gbp"] is None
    assert "unknown" in gridctl(*ASK, "--flexibility", "p415").out
    words = [word for word in ASK if word not in ("--energy", "5000kWh")]
    ran = gridctl(*words, "--flexibility", "dfs", "-f", "json")
    assert json.loads(ran.out)["savings"]["flexibility_revenue_gbp"] is None


def test_a_rejected_job_has_no_line(filled, gridctl):
    ran = gridctl(*ASK, "--max-carbon", "5", "--flexibility", "p415", "-f", "json")
    assert ran.code == 1
    assert json.loads(ran.out)["savings"] is None


def test_retail_prices_are_never_passed_through(store):
    store.prices(DAY, [300] * 4, kind="agile_retail", region=13)
    store.prices(DAY, [100] * 4, kind="day_ahead_auction")
    store.prices(DAY, [120] * 4, kind="system_price")
    first = int(at(DAY).timestamp())
    slots = range(first, first + 4 * 1800, 1800)
    bill = make_tariff("pass_through", adder_gbp_mwh=1.0)
    with duckdb.connect(str(store.path), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        prices = load_prices(con, [13], slots, at(DAY), allow_synthetic=False, bill=bill)
        market = load_market(con, slots, at("2025-11-25T01:00Z"), allow_synthetic=False)
    assert [price.value for price in prices.cells[13]] == [101.0] * 4
    assert prices.kind == "tariff:pass_through"
    assert [price.value for price in market.wholesale] == [100.0] * 4
    # The imbalance price is known once its half hour is over.
    assert [price.value for price in market.imbalance][:2] == [120.0, 120.0]
    assert all(price.value != 120.0 or price.estimated for price in market.imbalance[2:])


def test_money_from_python(filled):
    from gridctl.schedule import schedule_workload
    from gridctl.schedule.job.workload import from_request, make_workload

    workload = make_workload({
        "energy_kwh": 5000.0, "power_kw": 1250.0, "earliest": at("2025-11-25T17:00Z"),
    })  # fmt: skip
    assert from_request(workload.request()) == workload
    decision = schedule_workload(
        load_config(), workload, as_of=at("2025-11-25T16:30Z"), dry_run=True,
        money=MoneyAsked(flexibility="p415"),
    )  # fmt: skip
    assert decision.flexibility.revenue_gbp == pytest.approx(380)
