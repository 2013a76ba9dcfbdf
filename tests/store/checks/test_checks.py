"""Each check finds a fault that was put there, and nothing in a store without faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.upkeepstore import NOW, START, Upkept

from gridctl.clock import HALF_HOUR, iso
from gridctl.config import load_config
from gridctl.model import natural_id
from gridctl.store import migrate
from gridctl.store.checks import CHECKS, ERROR, WARNING, Asked, Finding, finding_of, run_checks
from gridctl.store.checks.gaps import CHECK as GAPS
from gridctl.store.upsert import column_types

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT_NOON = f"timestamp = TIMESTAMPTZ '{iso(NOON)}'"
NATIONAL, REGIONAL = "carbon_intensity_national", "carbon_intensity_regional"
MIX = "generation_mix_national"


def found(upkept: Upkept, now: datetime = NOW) -> list[Finding]:
    with upkept.opened() as con:
        types = column_types(con)
        return run_checks(con, Asked(upkept.config, now, types), types, (ERROR, WARNING))


def summary(findings: list[Finding]) -> list[tuple[Any, ...]]:
    return [(f.check, f.table, f.region_number, f.count) for f in findings]


def test_a_store_without_faults_has_no_findings(upkept: Upkept) -> None:
    assert found(upkept) == []


def test_an_empty_store_has_no_findings() -> None:
    with duckdb.connect() as con:
        migrate.upgrade(con, load_config().database)
        types = column_types(con)
        asked = Asked(load_config(), NOW, types)
        assert run_checks(con, asked, types, (ERROR, WARNING)) == []


FAULTS = {
    "duplicate_key": (
        f"""INSERT INTO {MIX} BY NAME
            SELECT * REPLACE (uuid() AS id) FROM {MIX} WHERE {AT_NOON}""",
        [("duplicate_key", MIX, None, 1), ("wrong_id", MIX, None, 1)],
    ),
    "wrong_id": (
        f"UPDATE {REGIONAL} SET id = uuid() WHERE {AT_NOON} AND region_number = 3",
        [("wrong_id", REGIONAL, 3, 1)],
    ),
    "broken_rule": (
        f"UPDATE demand_actual_national SET national_demand_mw = 99 WHERE {AT_NOON}",
        [("broken_rule", "demand_actual_national", None, 1)],
    ),
    "wrong_region": (
        f"""UPDATE {REGIONAL} SET region_id = region('London')
            WHERE {AT_NOON} AND region_number = 3""",
        [("wrong_region", REGIONAL, 3, 1)],
    ),
    "settlement_period": (
        f"""UPDATE demand_actual_national SET settlement_period = settlement_period + 1
            WHERE {AT_NOON}""",
        [("settlement_period", "demand_actual_national", None, 1)],
    ),
    "gap": (
        f"DELETE FROM {REGIONAL} WHERE {AT_NOON} AND region_number = 3",
        [("gap", REGIONAL, 3, 1)],
    ),
    "mix_sum": (
        f"UPDATE {MIX} SET solar_pct = solar_pct + 0.7 WHERE {AT_NOON}",
        [("mix_sum", MIX, None, 1)],
    ),
    "intensity_against_mix": (
        f"""UPDATE {REGIONAL} SET forecast_gco2_kwh = 500
            WHERE {AT_NOON} AND region_number = 1""",
        [("intensity_against_mix", REGIONAL, 1, 1)],
    ),
    "forecast_against_actual": (
        f"""UPDATE {NATIONAL} SET forecast_gco2_kwh = actual_gco2_kwh + 101 WHERE {AT_NOON}""",
        [
            ("forecast_against_actual", NATIONAL, None, 1),
            ("regional_against_national", REGIONAL, None, 1),
        ],
    ),
    "regional_against_national": (
        f"""UPDATE {NATIONAL} SET forecast_gco2_kwh = 999
            WHERE {AT_NOON} OR timestamp > '{iso(NOW)}'""",
        [
            ("forecast_against_actual", NATIONAL, None, 1),
            ("regional_against_national", REGIONAL, None, 13),
        ],
    ),
    "synthetic_beside_real": (
        "UPDATE wholesale_prices SET source = 'elexon' WHERE price_type = 'market_index'",
        None,
    ),
    "unknown_payload": (
        f"UPDATE {MIX} SET payload_id = uuid() WHERE {AT_NOON}",
        [("unknown_payload", MIX, None, 1)],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_nothing_else(upkept: Upkept, fault: str) -> None:
    statement, expected = FAULTS[fault]
    upkept.execute(statement)
    if expected is None:
        made_up = upkept.execute(
            "SELECT count(*) FROM wholesale_prices WHERE source = 'synthetic'"
        )[0][0]
        expected = [(fault, "wholesale_prices", None, made_up)]
    findings = found(upkept)
    assert summary(findings) == expected
    assert all(finding.example for finding in findings)


def test_every_check_has_a_fault_here() -> None:
    alone = {"future_actual", "orphan"}
    assert set(FAULTS) | alone == {check.name for check in CHECKS}


def test_an_actual_of_a_half_hour_to_come_is_an_error(upkept: Upkept) -> None:
    earlier = NOW - timedelta(hours=3)
    findings = found(upkept, earlier)
    assert {f.check for f in findings} == {"future_actual"}
    assert {f.table: f.region_number for f in findings if f.table != "demand_regional"} == {
        NATIONAL: None,
        "demand_actual_national": None,
        "wholesale_prices": None,
    }
    assert all(f.severity == ERROR and f.first and f.first > earlier for f in findings)


def test_a_demand_forecast_far_off_is_told(upkept: Upkept) -> None:
    upkept.execute(
        """INSERT INTO demand_forecast_national BY NAME
           SELECT natural_id('demand_forecast_national',
                             'day_ahead|' || strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ')) AS id,
                  'day_ahead' AS forecast_type, timestamp, source, fetched_at, payload_id,
                  national_demand_mw + CASE WHEN timestamp = TIMESTAMPTZ '2026-05-01T12:00:00Z'
                                            THEN 7001 ELSE 6999 END AS national_demand_mw
           FROM demand_actual_national
           WHERE timestamp NOT IN (SELECT timestamp FROM demand_forecast_national
                                   WHERE forecast_type = 'day_ahead')"""
    )
    assert summary([f for f in found(upkept) if f.check == "forecast_against_actual"]) == [
        ("forecast_against_actual", "demand_forecast_national", None, 1)
    ]


def test_a_row_off_the_half_hour_breaks_a_rule(upkept: Upkept) -> None:
    upkept.execute(f"UPDATE {MIX} SET timestamp = timestamp + INTERVAL 7 MINUTE WHERE {AT_NOON}")
    findings = {(f.check, f.what.split(":")[0]) for f in found(upkept) if f.table == MIX}
    assert findings == {
        ("broken_rule", "rows that break half_hour_edge"),
        ("wrong_id", "rows whose id is not the one of their natural key"),
        ("gap", "half hours missing, in 1 gap"),
    }


def test_a_row_that_refers_to_nothing_is_an_orphan(upkept: Upkept) -> None:
    upkept.without_constraints("offers")
    upkept.execute(
        "UPDATE offers SET compute_window_id = uuid()",
        """INSERT INTO compute_workloads (id, workload_name, scheduled_region_id)
           VALUES (uuid(), 'lost', uuid())""",
    )
    assert summary(found(upkept)) == [
        ("orphan", "compute_workloads", None, 1),
        ("orphan", "offers", None, upkept.count("offers")),
    ]


def test_regions_far_from_the_nation_on_the_whole(upkept: Upkept) -> None:
    """All regions but the cleanest are raised: the nation is still among them, their mean is not
    near it."""
    upkept.execute(
        f"""UPDATE {REGIONAL} SET forecast_gco2_kwh = forecast_gco2_kwh + 200
            WHERE {AT_NOON} AND region_number > 1"""
    )
    [finding] = [f for f in found(upkept) if f.check == "regional_against_national"]
    assert (finding.count, finding.first) == (1, NOON)
    assert "mean" in finding.what


def test_limits_are_those_of_the_settings(upkept: Upkept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDCTL_LIMITS_DEMAND_MAX", "10001")
    strict = Upkept(load_config())
    assert {f.check for f in found(strict)} == {"broken_rule"}


@pytest.fixture(scope="module")
def regional() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        migrate.upgrade(con, load_config().database)
        yield con


@settings(max_examples=40, deadline=None)
@given(present=st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=2, max_size=2))
def test_gaps_are_what_a_set_lacks(
    regional: duckdb.DuckDBPyConnection, present: list[set[int]]
) -> None:
    regional.execute(f"DELETE FROM {REGIONAL}")
    regional.executemany(
        f"""INSERT INTO {REGIONAL} (id, region_number, region_id, timestamp, source, fetched_at,
                                    payload_id)
            VALUES (uuid(), ?, ?, ?, 'carbon-intensity', now(), uuid())""",
        [
            [number, natural_id("uk_regions", number), START + slot * HALF_HOUR]
            for number, slots in enumerate(present, start=1)
            for slot in slots
        ],
    )
    missing = [sorted(set(range(min(s), max(s) + 1)) - s) for s in present]
    asked = Asked(load_config(), NOW, column_types(regional))
    findings = [finding_of(GAPS, REGIONAL, f) for f in GAPS.find(regional, REGIONAL, asked)]
    told = {
        number: f
        for f in findings
        for number in ([1, 2] if f.region_number is None else [f.region_number])
    }
    assert set(told) == {number for number, m in enumerate(missing, start=1) if m}
    assert sum(f.count for f in findings) == sum(map(len, missing))
    for number, finding in told.items():
        lacking = missing[number - 1]
        assert finding.first == START + lacking[0] * HALF_HOUR
        assert finding.last == START + lacking[-1] * HALF_HOUR
