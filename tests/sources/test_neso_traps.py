"""What went wrong once when NESO's files were read or found, each by a small body."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.config import Config
from gridctl.errors import DataError
from gridctl.landing import Call, Landing
from gridctl.model import Parsed, Payload, Request, Window
from gridctl.sources import ckan
from gridctl.sources.neso import SOURCE
from gridctl.store.load import load_waiting

AS_OF = datetime(2026, 10, 8, 9, tzinfo=UTC)
POINTS = "DAYSAHEAD,TARGETDATE,FORECASTDEMAND,CP_ST_TIME,CP_END_TIME\n"
YEAR = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC))


def parse(dataset: str, text: str, location: str = "") -> Parsed:
    return SOURCE.parse(
        Payload(UUID(int=1), "neso", dataset, text.encode(), AS_OF, AS_OF, location)
    )


def column(parsed: Parsed, table: str, name: str) -> list[Any]:
    return [value for b in parsed.batches if b.table == table for value in b.columns[name]]


def demand(parsed: Parsed) -> list[Any]:
    return column(parsed, "demand_forecast_national", "national_demand_mw")


def points(*rows: tuple[object, ...]) -> str:
    return POINTS + "".join(",".join(map(str, row)) + "\n" for row in rows)


def package(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"success": True, "result": {"resources": entries}}).encode()


def entry(name: str, url: str = "https://portal/dataset/p/resource/r/download/f.csv") -> Any:
    return {"id": "r", "name": name, "url": url, "last_modified": "2026-10-08T08:00:00.985148"}


# -- issue times


def test_a_forecast_was_issued_when_the_portal_put_it_up(config: Config) -> None:
    [ask] = [r for r in SOURCE.latest(AS_OF, timedelta(days=2), {}) if r.serves == "day_ahead"]
    [download] = SOURCE.follow(ask, package(entry("Day Ahead National Demand Forecast")), {})
    text = points((1, 20261009, 21000, 30, 30), (1, 20261009, 22000, 2400, 2400))
    parsed = parse("day_ahead", text, f"http://here{download.path}")
    issued = datetime(2026, 10, 8, 8, tzinfo=UTC)
    assert column(parsed, "forecast_vintages", "issued_at") == [issued]
    assert set(column(parsed, "demand_forecast_national", "forecast_issued_at")) == {issued}


@pytest.mark.parametrize("stamp", ["2026-10-08T23:00:00", "soon", "", "0001-01-01T00:00:00+23:59"])
def test_a_stamp_that_cannot_be_right_gives_way_to_the_time_of_the_answer(stamp: str) -> None:
    text = points((1, 20261009, 21000, 30, 30))
    parsed = parse("day_ahead", text, f"http://here/f.csv#{stamp}")
    assert column(parsed, "forecast_vintages", "issued_at") in ([AS_OF], [])
    for when in column(parsed, "forecast_vintages", "issued_at"):
        assert when <= AS_OF


def test_two_forecasts_of_demand_that_answer_in_one_second_are_both_kept(config: Config) -> None:
    bodies = {
        "day_ahead": points((1, 20261009, 21000, 30, 30), (1, 20261009, 22000, 2400, 2400)),
        "two_to_fourteen_day": (
            "DATE,CTIME,GDATETIME,NATIONALDEMAND\n2026-10-10,30,2026-10-09T23:30:00,20660\n"
        ),
    }
    for n, (dataset, body) in enumerate(bodies.items()):
        when = AS_OF + timedelta(milliseconds=400 * n)
        url = f"http://here/{dataset}.csv#2026-10-08T08:{40 * n:02}:03.9"
        Landing(config.database).land(
            Call("neso", dataset, "http", url, when, when, body.encode(), when, when)
        )
    assert [(r.status, r.error) for r in load_waiting(config, AS_OF)] == [("loaded", None)] * 2


def test_the_wind_archive_states_its_issue_times_in_utc() -> None:
    text = (
        "Datetime_GMT,Date,Settlement_period,Capacity,Incentive_forecast,Forecast_Timestamp\n"
        "-,2026-10-09,1,25000,7000,2026-10-08T08:45:00\n"
    )
    issued = column(parse("wind_history", text), "forecast_vintages", "issued_at")
    assert issued == [datetime(2026, 10, 8, 8, 45, tzinfo=UTC)]


# -- cardinal points


@pytest.mark.parametrize("absurd", ["1e308", "-1e308", 99999, 5])
def test_a_point_beyond_the_limits_does_not_bend_what_is_beside_it(absurd: object) -> None:
    good = [(1, 20261009, 21000, 30, 30), (1, 20261009, 22000, 400, 400)]
    parsed = parse("day_ahead", points(*good, (1, 20261009, absurd, 200, 200)))
    assert [reject.rule for reject in parsed.rejects] == ["demand_range"]
    assert demand(parsed) == demand(parse("day_ahead", points(*good)))


@given(st.lists(st.tuples(st.floats(), st.integers(1, 48)), min_size=1, max_size=14))
def test_interpolated_demand_is_always_a_number_and_every_point_is_counted(
    drawn: list[tuple[float, int]],
) -> None:
    clock = [f"{n * 30 // 60}{n * 30 % 60:02}" for _, n in drawn]
    rows = [(1, 20261009, mw, at, at) for (mw, _), at in zip(drawn, clock, strict=True)]
    parsed = parse("day_ahead", points(*rows))
    assert all(math.isfinite(value) for value in demand(parsed))
    assert parsed.used + len(parsed.rejects) + sum(parsed.dropped.values()) == len(rows)


def test_two_values_for_one_time_are_not_settled_in_silence() -> None:
    parsed = parse("day_ahead", points((1, 20261009, 21000, 30, 30), (1, 20261009, 22000, 30, 30)))
    assert [reject.rule for reject in parsed.rejects] == ["duplicate_with_other_value"]


@pytest.mark.parametrize(
    ("ahead", "kinds"),
    [
        ([1], {"day_ahead"}),
        ([2], {"two_day_ahead"}),
        ([7], {"seven_day_ahead"}),
        ([2, 3, 7, 14], {"two_to_fourteen_day"}),
    ],
)
def test_the_type_of_a_forecast_follows_from_all_days_of_its_file(
    ahead: list[int], kinds: set[str]
) -> None:
    rows = [(n, f"202610{8 + n:02}", 21000, at, at) for n in ahead for at in (30, 2400)]
    parsed = parse("day_ahead", points(*rows))
    assert set(column(parsed, "demand_forecast_national", "forecast_type")) == kinds
    kept = {"day_ahead": {"demand"}, "two_to_fourteen_day": {"demand_two_to_fourteen_day"}}
    assert set(column(parsed, "forecast_vintages", "series")) == kept.get(min(kinds), set())
    assert parsed.rejects == []


# -- finding files


@pytest.mark.parametrize(
    "names",
    [[], ["Historic Demand Data 2024"], ["Archive of 2025"], ["Note on Historic Demand Data 2025"]],
)
def test_a_package_without_the_year_is_told(names: list[str]) -> None:
    [ask] = SOURCE.history("historic_demand", YEAR, {})
    with pytest.raises(DataError, match="historic-demand-data has no demand of 2025"):
        SOURCE.follow(ask, package(*map(entry, names)), {})


@pytest.mark.parametrize("url", ["http://[bad/f.csv", "", 5, "f.csv", "mailto:x"])
def test_a_url_that_cannot_be_asked_is_told(url: Any) -> None:
    [ask] = SOURCE.history("historic_demand", YEAR, {})
    with pytest.raises(DataError):
        SOURCE.follow(ask, package(entry("Historic Demand Data 2025", url)), {})


def test_a_page_of_words_is_no_file_and_a_failed_download_leads_to_the_rows() -> None:
    download = Request("neso", "embedded", "/f.csv", pace=ckan.DOWNLOAD)
    with pytest.raises(DataError, match="HTML"):
        SOURCE.follow(download, b"<!DOCTYPE html>", {})
    [rows] = SOURCE.standby(download, {})
    assert (rows.pace, rows.is_forecast) == (ckan.DATASTORE, True)


def test_a_year_is_found_without_its_package_by_the_ids_that_are_known() -> None:
    [ask] = SOURCE.history("historic_demand", YEAR, {})
    [one] = SOURCE.standby(ask, {})
    assert one.params == {"id": "b2bde559-3455-4021-b179-dfe60c0337b0"}
    described = {"success": True, "result": entry("Historic Demand Data 2025")}
    [download] = SOURCE.follow(one, json.dumps(described).encode(), {})
    assert download.window == YEAR
    unknown = Window(datetime(2012, 1, 1, tzinfo=UTC), datetime(2012, 2, 1, tzinfo=UTC))
    assert SOURCE.standby(SOURCE.history("historic_demand", unknown, {})[0], {}) == []


def test_archives_of_forecasts_are_not_read_in_pages_that_would_cut_an_issue() -> None:
    [ask] = SOURCE.history("wind_history", YEAR, {})
    [one] = SOURCE.standby(ask, {})
    assert one.window == YEAR
    assert SOURCE.standby(one, {}) == []


@pytest.mark.parametrize(
    ("rows", "total", "offset"),
    [(10_000, 25_000, "10000"), (602, 602, None), (0, 25_000, None), (100, None, "100")],
)
def test_pages_end_where_the_portal_says_or_without_rows(
    rows: int, total: int | None, offset: str | None
) -> None:
    ask = Request("neso", "demand_update", "/api/3/action/datastore_search", pace=ckan.DATASTORE)
    result = {"records": [{}] * rows, "total": total, "_links": {"next": "/api/3/more"}}
    body = json.dumps({"success": True, "result": result}).encode()
    more = SOURCE.follow(ask, body, {})
    assert [request.params["offset"] for request in more] == ([] if offset is None else [offset])


# -- values


def test_nothing_measured_in_the_old_years_is_missing_and_the_rest_goes_in() -> None:
    text = "SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,TSD,EMBEDDED_WIND_GENERATION\n"
    parsed = parse("historic_demand", f"{text}01-JAN-2005,1,38631,NA,NA\n")
    assert column(parsed, "demand_actual_national", "national_demand_mw") == [38631]
    assert column(parsed, "demand_actual_national", "transmission_system_demand_mw") == [None]
    assert parsed.rejects == []


def test_regional_rows_that_are_no_records_are_refused() -> None:
    with pytest.raises(DataError):
        parse("carbon_regional", '{"records":[5]}')
