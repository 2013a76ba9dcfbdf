"""NESO's files: what its clocks mean, what is no measurement, and how files are found."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.neso import IDS, Neso, slots
from upstream import Upstream

from gridctl.errors import DataError
from gridctl.landing import Landing
from gridctl.model import CATALOGUE, Parsed, Payload, Request, Window
from gridctl.sources.neso import SOURCE
from gridctl.sources.neso.cardinal import Point, half_hours, point

AS_OF = datetime(2026, 10, 8, 9, tzinfo=UTC)


def parse(dataset: str, text: str, issued: datetime | None = None) -> Parsed:
    return SOURCE.parse(Payload(UUID(int=1), "neso", dataset, text.encode(), AS_OF, issued))


def column(parsed: Parsed, table: str, name: str) -> list[Any]:
    return next(batch.columns[name] for batch in parsed.batches if batch.table == table)


def actual(parsed: Parsed, name: str) -> list[Any]:
    return column(parsed, "demand_actual_national", name)


@pytest.mark.parametrize(
    ("spelled", "start"),
    [
        ("2025-06-01", datetime(2025, 5, 31, 23, tzinfo=UTC)),
        ("01-Jun-25", datetime(2025, 5, 31, 23, tzinfo=UTC)),
        ("01-JUN-2025", datetime(2025, 5, 31, 23, tzinfo=UTC)),
        ("2025-01-01", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_settlement_days_are_local_in_every_spelling(spelled: str, start: datetime) -> None:
    parsed = parse(
        "historic_demand", f"SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,TSD\n{spelled},1,20000,21000\n"
    )
    assert actual(parsed, "timestamp") == [start]


@pytest.mark.parametrize("spelled", ["06/05/2025x", "2025/06/01", "32-Jan-25", "2025-02-30", ""])
def test_a_date_that_would_have_to_be_guessed_is_rejected(spelled: str) -> None:
    parsed = parse(
        "historic_demand", f"SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,TSD\n{spelled},1,20000,21000\n"
    )
    assert [reject.rule for reject in parsed.rejects] == ["date_unreadable"]


def test_zeros_and_forecast_rows_are_no_measurements() -> None:
    parsed = parse(
        "demand_update",
        "SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,FORECAST_ACTUAL_INDICATOR,TSD\n"
        "2026-10-08,1,21000,A,23000\n2026-10-08,2,0,A,500\n2026-10-08,3,0,F,0\n",
    )
    assert actual(parsed, "national_demand_mw") == [21000.0]
    assert sum(parsed.dropped.values()) == 2


@pytest.mark.parametrize(
    ("day", "count"), [(date(2025, 3, 30), 46), (date(2025, 10, 26), 50), (date(2024, 2, 29), 48)]
)
def test_days_of_the_clock_changes_have_their_periods_and_no_other(day: date, count: int) -> None:
    lines = "".join(f"{day},{p},20000,21000\n" for p in range(1, 52))
    parsed = parse("historic_demand", f"SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,TSD\n{lines}")
    assert actual(parsed, "timestamp") == slots(day)
    assert len(parsed.rejects) == 51 - count


def test_the_label_of_two_to_fourteen_days_is_the_end_of_its_period() -> None:
    parsed = parse(
        "two_to_fourteen_day",
        "DATE,CTIME,GDATETIME,NATIONALDEMAND\n2026-10-10,30,2026-10-09T23:30:00,20660\n",
    )
    starts = column(parsed, "demand_forecast_national", "timestamp")
    assert starts == [datetime(2026, 10, 9, 23, tzinfo=UTC)]  # 00:00 local


def test_embedded_generation_goes_by_settlement_period_not_by_its_label() -> None:
    head = (
        "DATE_GMT,TIME_GMT,SETTLEMENT_DATE,SETTLEMENT_PERIOD,"
        "EMBEDDED_WIND_FORECAST,EMBEDDED_SOLAR_FORECAST\n"
    )
    parsed = parse(
        "embedded", f"{head}2024-01-26T00:00:00,12:00,2024-01-26T00:00:00,24,900,0\n", AS_OF
    )
    assert column(parsed, "demand_forecast_national", "timestamp") == [
        datetime(2024, 1, 26, 11, 30, tzinfo=UTC)
    ]
    assert column(parsed, "demand_forecast_national", "embedded_solar_generation_mw") == [0.0]


def test_issue_times_of_the_archive_follow_the_british_clock() -> None:
    body = {
        "records": [
            {
                "SETTLEMENT_DATE": "2026-06-11T00:00:00",
                "SETTLEMENT_PERIOD": 1,
                "EMBEDDED_WIND_FORECAST": 1228,
                "EMBEDDED_SOLAR_FORECAST": 0,
                "Forecast_Datetime": "2026-06-10T08:12:17",
            }
        ]
    }
    parsed = parse("embedded", json.dumps(body))
    assert (
        column(parsed, "forecast_vintages", "issued_at")
        == [datetime(2026, 6, 10, 7, 12, 17, tzinfo=UTC)] * 2
    )


# -- cardinal points


def test_a_day_of_cardinal_points_becomes_its_half_hours() -> None:
    target = date(2026, 10, 9)
    found = [
        point(target, {"FORECASTDEMAND": mw, "CP_ST_TIME": a, "CP_END_TIME": b})
        for mw, a, b in (
            (21000, 30, 30),
            (18000, 430, 730),
            (30000, 1900, 2000),
            (22000, 2400, 2400),
        )
    ]
    made = half_hours([p for p in found if p])
    assert [start for start, *_ in made] == slots(target)
    assert made[0] == (datetime(2026, 10, 8, 23, tzinfo=UTC), 21000, False)  # exact
    assert made[-1][1:] == (22000, False)
    assert all(is_made for *_, is_made in made[1:-1])
    assert min(demand for _, demand, _ in made) == 18000
    assert max(demand for _, demand, _ in made) == 30000


@given(
    heights=st.lists(st.floats(10_000, 60_000), min_size=2, max_size=14),
    gaps=st.lists(st.integers(1, 20), min_size=13, max_size=13),
)
def test_the_curve_passes_through_its_points_and_never_beyond_its_neighbours(
    heights: list[float], gaps: list[int]
) -> None:
    at, points = AS_OF, []
    for height, gap in zip(heights, gaps, strict=False):
        points.append(Point(at, height, True))
        at += gap * timedelta(minutes=30)
    made = {start: demand for start, demand, _ in half_hours(points)}
    for p in points:
        assert made[p.at] == pytest.approx(p.demand_mw, abs=0.06)
    for left, right in pairwise(points):
        between = [made[t] for t in made if left.at <= t <= right.at]
        low, high = sorted((left.demand_mw, right.demand_mw))
        assert all(low - 0.06 <= value <= high + 0.06 for value in between)
        rises = [b - a for a, b in pairwise(between)]
        assert all(r >= -0.11 for r in rises) or all(r <= 0.11 for r in rises)  # monotone


def test_a_day_issued_twice_is_two_vintages_and_the_later_row() -> None:
    head = "DAYSAHEAD,TARGETDATE,FORECASTDEMAND,CP_ST_TIME,CP_END_TIME,FORECAST_TIMESTAMP\n"
    lines = "".join(
        f"1,2018-03-28,{mw},{at},{at},2018-03-27T{issued}Z\n"
        for issued, mw in (("08:50:31", 27000), ("08:52:30", 28000))
        for at in (30, 200)
    )
    parsed = parse("day_ahead_history", head + lines)
    assert set(column(parsed, "demand_forecast_national", "national_demand_mw")) == {28000.0}
    assert column(parsed, "forecast_vintages", "issued_at") == [
        datetime(2018, 3, 27, 7, 50, 31, tzinfo=UTC),
        datetime(2018, 3, 27, 7, 52, 30, tzinfo=UTC),
    ]


# -- finding files


def catalogue(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"success": True, "result": {"resources": entries}}).encode()


def entry(name: str, known: str, changed: str = "2026-10-08T08:00:00") -> dict[str, Any]:
    url = f"https://api.neso.energy/dataset/p/resource/{known}/download/f.csv"
    return {"id": known, "name": name, "url": url, "last_modified": changed}


ASK = Request("neso", CATALOGUE, "/api/3/action/package_show", {"id": "p"}, serves="embedded")


def test_a_resource_is_found_by_name_then_by_id_never_in_an_archive() -> None:
    named = catalogue(
        entry("Embedded Solar and Wind Forecast Archive 2019", IDS["embedded"]),
        entry("Embedded Solar and Wind Forecast", "new-id"),
    )
    [request] = SOURCE.follow(ASK, named, {})
    assert request.version == "new-id@2026-10-08T08:00:00"
    assert (request.dataset, request.pace, request.is_forecast) == ("embedded", "download", True)
    renamed = catalogue(entry("Embedded Forecast", IDS["embedded"]))
    assert "/resource/db6c038f" in SOURCE.follow(ASK, renamed, {})[0].path
    with pytest.raises(DataError, match="embedded-wind-and-solar-forecasts has no resource"):
        SOURCE.follow(ASK, catalogue(entry("Archive 2025", IDS["embedded"])), {})


@pytest.mark.parametrize(
    "body", [b'"Bad request - Action name not known"', b"{}", b"<html>", b'{"success":false}', b"["]
)
def test_an_answer_that_is_no_package_is_refused(body: bytes) -> None:
    with pytest.raises(DataError):
        SOURCE.follow(ASK, body, {})


def test_history_takes_the_years_it_touches_in_local_time() -> None:
    years = catalogue(*(entry(f"Historic Demand Data {y}", f"id-{y}") for y in (2023, 2024, 2025)))
    window = Window(datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    [ask] = SOURCE.history("historic_demand", window, {})
    [download] = SOURCE.follow(ask, years, {})
    assert "id-2024" in download.path
    assert download.window == window


# -- end to end


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Any:
    now = datetime.now(UTC)
    with Upstream(now, [Neso(now)]) as server:
        monkeypatch.setenv("GRIDCTL_NESO_URL", server.url)
        monkeypatch.setitem(SOURCE.paces, "", timedelta(0))  # type: ignore[index]
        yield server


def count(gridctl: Any, sql: str) -> Any:
    return json.loads(gridctl("query", "--sql", f"SELECT {sql}", "-f", "json").out)["rows"]


def test_the_present_is_fetched_once_and_then_only_when_it_changed(
    portal: Upstream, gridctl: Any
) -> None:
    ran = gridctl("fetch", "neso", "-f", "json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["sources"][0]["status"] == "ok"
    [row] = count(gridctl, "count(*) AS n FROM demand_forecast_national WHERE demand_mw > 0")
    assert row["n"] >= 13 * 48
    [row] = count(gridctl, "min(grid_stress_score) AS low FROM demand_actual_national")
    assert row["low"] > 0
    [row] = count(gridctl, "count(DISTINCT region_number) AS n FROM demand_regional")
    assert row["n"] == 14
    files = [path for path in portal.paths if "/download/" in path]
    assert len(files) == 4
    again = json.loads(gridctl("fetch", "neso", "-f", "json").out)["sources"][0]
    assert [path for path in portal.paths if "/download/" in path] == files
    assert again["records_fetched"] == 0
    portal.site(Neso).changed += timedelta(minutes=30)
    assert gridctl("fetch", "neso").code == 0
    assert len([path for path in portal.paths if "/download/" in path]) == 8


def test_history_is_resumable_by_year(portal: Upstream, gridctl: Any) -> None:
    span = ("--from", "2024-03-01T00:00Z", "--to", "2024-12-01T00:00Z")
    assert gridctl("fetch", "neso", *span).code == 0
    [row] = count(gridctl, "count(*) AS n FROM demand_actual_national")
    assert row["n"] == 366 * 48
    [row] = count(gridctl, "count(*) AS n FROM forecast_vintages WHERE series = 'demand'")
    assert row["n"] == 30
    asked = len(portal.paths)
    assert gridctl("fetch", "neso", *span).code == 0
    assert len(portal.paths) == asked


def test_a_renamed_resource_is_found_by_its_id_and_a_retired_one_is_told(
    portal: Upstream, gridctl: Any
) -> None:
    portal.site(Neso).names["embedded"] = "Embedded, renamed"
    assert gridctl("fetch", "neso").code == 0
    portal.site(Neso).retired.add(IDS["embedded"])
    ran = gridctl("fetch", "neso")
    assert ran.code == 4
    assert "has no resource 'Embedded Solar and Wind Forecast' any more" in ran.err


def test_when_the_catalogue_is_down_its_last_answer_serves(
    portal: Upstream, gridctl: Any, tmp_path: Path
) -> None:
    assert gridctl("fetch", "neso").code == 0
    from upstream import status

    portal.fault_for = lambda asked: status(404) if "package_show" in asked.path else None
    ran = gridctl("fetch", "neso", "-f", "json")
    assert ran.code == 0, ran.err
    assert "going by its last good answer" in ran.err
    assert Landing(tmp_path / "grid.duckdb").counts_by_state()["failed"] == 4


def test_recorded_files(real_data: Path, gridctl: Any) -> None:
    ran = gridctl("store", "load", *sorted((real_data / "neso").iterdir()), "-f", "json")
    assert ran.code == 0, ran.err
    by_name = {row["file"]: row for row in json.loads(ran.out)}
    assert by_name["historic_demand_2025.csv"]["inserted"] == 17520
    assert by_name["demand_data_update_20261008_slice.csv"]["inserted"] == 5
    assert {row["status"] for row in by_name.values()} == {"loaded", "reference"}
    [row] = count(
        gridctl,
        """count(*) FILTER (settlement_date = '2025-03-30') AS spring,
           count(*) FILTER (settlement_date = '2025-10-26') AS autumn,
           min(timestamp) FILTER (year(settlement_date) = 2025) AS first,
           min(timestamp) FILTER (settlement_date = '2025-06-01') AS june
           FROM demand_actual_national""",
    )
    assert (row["spring"], row["autumn"]) == (46, 50)
    assert row["first"] == "2025-01-01T00:00:00Z"
    assert row["june"] == "2025-05-31T23:00:00Z"


def test_the_archive_of_14_days_ahead_is_a_vintage_an_issue(
    upstream: Any, gridctl: Any, tmp_path: Path
) -> None:
    ran = gridctl("fetch", "neso", "--from", "2024-07-01T00:00Z", "--to", "2024-07-20T00:00Z")
    assert ran.code == 0, ran.err
    with duckdb.connect(str(tmp_path / "grid.duckdb"), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        issues = con.execute(
            """SELECT issued_at, first_timestamp, len(forecast_values)
               FROM forecast_vintages WHERE series = 'demand_two_to_fourteen_day'
                 AND issued_at < TIMESTAMPTZ '2025-01-01' ORDER BY issued_at"""
        ).fetchall()
        rows = con.execute(
            """SELECT count(*), count(DISTINCT forecast_issued_at)
               FROM demand_forecast_national WHERE forecast_type = 'two_to_fourteen_day'
                 AND timestamp < TIMESTAMPTZ '2024-07-31 23:00+00'"""
        ).fetchall()
    assert len(issues) == 30
    assert issues[0] == (
        datetime(2024, 7, 1, 7, 45, tzinfo=UTC),
        datetime(2024, 7, 2, 23, 0, tzinfo=UTC),
        13 * 48,
    )
    # Of each day the newest issue: 3 to 31 July are in the archive two days ahead.
    assert rows == [(29 * 48, 29)]
