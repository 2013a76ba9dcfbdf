"""The commands for meters: a baseline, and a day settled."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gridctl.clock import LONDON, iso


@pytest.fixture
def meter(tmp_path):
    """300 kWh a half hour, 100 from 17:00 to 19:00 on 25 November 2025, a Tuesday."""
    path = tmp_path / "meter.csv"
    lines = ["timestamp,kwh"]
    moment = datetime(2025, 10, 20, tzinfo=UTC)
    while moment < datetime(2025, 11, 27, tzinfo=UTC):
        local = moment.astimezone(LONDON)
        event = f"{local:%m-%d}" == "11-25" and 17 <= local.hour < 19
        lines.append(f"{iso(moment)},{100 if event else 300}")
        moment += timedelta(minutes=30)
    path.write_text("\n".join(lines) + "\n")
    return path


def prices(tmp_path, name, value):
    path = tmp_path / name
    rows = [f"2025-11-25T{hour:02}:00Z,{value}" for hour in range(24)]
    path.write_text("\n".join(["timestamp,price_gbp_mwh", *rows]) + "\n")
    return path


def test_a_baseline(meter, gridctl):
    ran = gridctl("schedule", "baseline", meter, "--day", "2025-11-25")
    assert ran.code == 0
    assert "2025-11-25 17:00Z  17:00           300          100            200" in ran.out
    assert len(ran.out.splitlines()) == 49
    assert "mean of 10 working days, 2025-11-11 to 2025-11-24" in ran.err
    other = gridctl("schedule", "baseline", meter, "--day", "2025-11-26", "--event-day",
                    "2025-11-25", "-f", "json")  # fmt: skip
    document = json.loads(other.out)
    assert document["method"] == "BL01"
    assert "2025-11-25" not in document["days"]
    assert document["rows"][34]["baseline_kwh"] == 300
    spoilt = json.loads(
        gridctl("schedule", "baseline", meter, "--day", "2025-11-26", "-f", "json").out
    )
    assert spoilt["rows"][34]["baseline_kwh"] == 280


def test_too_little_history_delivers_nothing(meter, gridctl):
    ran = gridctl("schedule", "baseline", meter, "--day", "2025-10-22")
    assert ran.code == 0
    # The file's first day lacks its first hour: in London it is already one o'clock.
    assert "insufficient: 1 eligible working day in the 60 before" in ran.err


def settled(gridctl, meter, *words):
    ran = gridctl("schedule", "settle-flexibility", meter, "--day", "2025-11-25", "--event",
                  "17:00-19:00", *words, "-f", "json")  # fmt: skip
    assert ran.code == 0, ran.err
    return json.loads(ran.out), ran.err


def test_p415_at_the_prices_of_files(meter, gridctl, tmp_path):
    files = ("--price-series", prices(tmp_path, "w.csv", 95),
             "--imbalance-series", prices(tmp_path, "i.csv", 125))  # fmt: skip
    document, said = settled(gridctl, meter, "--market", "p415", *files)
    assert document["totals"]["sold_mwh"] == pytest.approx(0.8)
    assert document["totals"]["operator_gbp"] == pytest.approx(0.8 * 0.8 * 95)
    assert [row["start"][11:16] for row in document["rows"]] == ["17:00", "17:30", "18:00", "18:30"]
    assert "P415: 0.8 MWh sold, 76.00 GBP gross, 60.80 GBP the operator's" in said
    short, _ = settled(gridctl, meter, "--market", "p415", "--sold-mw", "0.5", *files)
    assert short["totals"]["gross_gbp"] == pytest.approx(1.0 * 95 - 0.2 * 125)


def test_p415_at_stored_prices(meter, store, gridctl):
    store.prices("2025-11-25T00:00Z", [80] * 48)
    document, said = settled(gridctl, meter, "--market", "p415", "--sold-mw", "0.5")
    assert document["totals"]["trade_gbp"] == 80
    assert document["totals"]["operator_gbp"] is None  # 0.2 MWh short, at no known price
    assert "the sum is unknown" in said
    store.prices("2025-11-25T00:00Z", [125] * 48, kind="system_price")
    document, _ = settled(gridctl, meter, "--market", "p415", "--sold-mw", "0.5")
    assert document["totals"]["gross_gbp"] == pytest.approx(80 - 25)
    store.execute("UPDATE wholesale_prices SET source = 'synthetic'")
    document, said = settled(gridctl, meter, "--market", "p415")
    assert document["totals"]["operator_gbp"] is None
    assert "synthetic prices: left out" in said
    document, said = settled(gridctl, meter, "--market", "p415", "--allow-synthetic")
    assert document["totals"]["gross_gbp"] == pytest.approx(64)
    assert "made up" in said


def test_dfs_needs_no_database(meter, gridctl):
    document, _ = settled(gridctl, meter, "--market", "dfs", "--sold-mw", "0.3")
    assert document["totals"]["gross_gbp"] == pytest.approx(0.6 * 175)
    document, _ = settled(gridctl, meter, "--market", "dfs", "--dfs-price", "3000")
    assert document["totals"]["gross_gbp"] == pytest.approx(0.8 * 3000)


def test_outside_the_event_nothing_counts(meter, gridctl):
    ran = gridctl("schedule", "settle-flexibility", meter, "--day", "2025-11-25", "--event",
                  "08:00-10:00", "--market", "dfs")  # fmt: skip
    assert ran.code == 0
    assert "nothing was turned down" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--day", "tomorrow"), 2, "no date"),
        (("--day", "0001-01-01"), 2, "outside the years"),
        (("--day", "2024-01-01"), 5, "no reading of 2024-01-01"),
        (("--day", "2025-11-25", "--event", "19:00-17:00"), 2, "ends before"),
        (("--day", "2025-11-25", "--event-day", "x"), 2, "no date"),
        (("--day", "2025-11-25", "--in-day-adjustment"), 2, "needs an event"),
        (("--day", "2025-11-25", "--sold-mw", "nan"), 2, "what was sold"),
        (("--day", "2025-11-25", "--sold-mw", "-1"), 2, "what was sold"),
        (("--day", "2025-11-25", "--dfs-price", "-1"), 2, "DFS price"),
    ],
)
def test_refused_in_a_line(meter, gridctl, words, code, message):
    ran = gridctl("schedule", "settle-flexibility", meter, "--market", "dfs", *words)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_p415_without_a_database_or_with_prices_of_another_day(meter, gridctl, tmp_path):
    ran = gridctl(
        "schedule", "settle-flexibility", meter, "--day", "2025-11-25", "--market", "p415"
    )
    assert (ran.code, ran.out) == (3, "")
    wrong = tmp_path / "p.csv"
    wrong.write_text("timestamp,price_gbp_mwh\n2025-01-01T00:00Z,1\n2025-01-01T01:00Z,1\n")
    ran = gridctl("schedule", "settle-flexibility", meter, "--day", "2025-11-25", "--market",
                  "p415", "--price-series", wrong, "--imbalance-series", wrong)  # fmt: skip
    assert (ran.code, ran.out) == (5, "")
    assert "no price of these half hours" in ran.err
