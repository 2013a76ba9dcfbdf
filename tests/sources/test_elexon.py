"""Elexon's answers: one half hour told in two ways, two price providers, issues of a forecast."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.elexon import Elexon, demand, half_hour, price, slots, zulu
from upstream import Upstream, status

from gridctl import sources
from gridctl.clock import HALF_HOUR, LONDON, settlement_of, settlement_start
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload, Window
from gridctl.sources import elexon
from gridctl.sources.base import open_document
from gridctl.sources.elexon import calls

NOW = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)
T0 = datetime(2026, 5, 5, 23, 0, tzinfo=UTC)  # period 1 of the 6th: summer time
CHANGES = [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50)]
Record = dict[str, Any]


def parse(dataset: str, body: Any) -> Parsed:
    if isinstance(body, tuple):
        body = {"data": list(body)}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return elexon.parse(Payload(uuid.uuid4(), "elexon", dataset, raw, NOW))


def rows(parsed: Parsed, table: str) -> list[Record]:
    return [
        dict(zip(batch.columns, values, strict=True))
        for batch in parsed.batches
        if batch.table == table
        for values in zip(*batch.columns.values(), strict=True)
    ]


def prices(dataset: str, *records: Any) -> list[Record]:
    return rows(parse(dataset, records), "wholesale_prices")


def rules(parsed: Parsed) -> list[str]:
    return [reject.rule for reject in parsed.rejects]


def mid(start: datetime = T0, **parts: Any) -> Record:
    own = {"dataProvider": "APXMIDP", "price": 71.25, "volume": 812.4}
    return {**half_hour(start), **own, **parts}


def system(start: datetime = T0, **parts: Any) -> Record:
    own = {"systemSellPrice": 88.5, "systemBuyPrice": 88.5, "createdDateTime": zulu(NOW)}
    return {**half_hour(start), **own, **parts}


def outturn(start: datetime = T0, **parts: Any) -> Record:
    own = {"initialDemandOutturn": 25000, "initialTransmissionSystemDemandOutturn": 26400}
    return {"publishTime": zulu(start + HALF_HOUR), **half_hour(start), **own, **parts}


def forecast(start: datetime = T0, issued: datetime = T0 - HALF_HOUR, **parts: Any) -> Record:
    own = {"dataset": "NDF", "demand": 27100, "publishTime": zulu(issued), "boundary": "N"}
    return {**half_hour(start), **own, **parts}


# -- prices


def test_the_market_index_by_start_with_its_settlement_period() -> None:
    assert prices("market_index", mid()) == [
        {
            "timestamp": T0,
            "settlement_date": date(2026, 5, 6),
            "settlement_period": 1,
            "price_type": "market_index",
            "price_gbp_mwh": 71.25,
            "volume_mwh": 812.4,
        }
    ]


@pytest.mark.parametrize("number", [0, -45.2, 5999])
def test_a_zero_or_negative_price_with_volume_is_real(number: float) -> None:
    assert prices("market_index", mid(price=number))[0]["price_gbp_mwh"] == number


@pytest.mark.parametrize(
    "record",
    [
        mid(dataProvider="N2EXMIDP", price=0, volume=0),
        mid(dataProvider="N2EXMIDP", price=95, volume=20),  # it trades now and then: never averaged
        mid(price=0, volume=0),
        mid(price=None),
        mid(volume=None),
    ],
)
def test_what_is_no_price_of_the_index_is_left_out_and_counted(record: Record) -> None:
    parsed = parse("market_index", (record, mid(T0 + HALF_HOUR)))
    assert len(rows(parsed, "wholesale_prices")) == 1
    assert sum(parsed.dropped.values()) == 1
    assert parsed.rejects == []


def test_the_system_price_is_one_price() -> None:
    [row] = prices("system_price", system())
    assert (row["price_type"], row["price_gbp_mwh"]) == ("system_price", 88.5)
    two = parse("system_price", (system(systemBuyPrice=90),))
    assert len(two.rejects) == 1
    assert two.batches == []


def test_a_system_price_not_known_yet_is_left_out() -> None:
    parsed = parse("system_price", (system(systemSellPrice=None, systemBuyPrice=None),))
    assert parsed.batches == parsed.rejects == []
    assert sum(parsed.dropped.values()) == 1


# -- demand


def test_outturn_is_two_measures_and_either_may_be_missing() -> None:
    parsed = parse(
        "demand_outturn",
        (
            outturn(),
            outturn(T0 + HALF_HOUR, initialDemandOutturn=None),
            outturn(
                T0 + 2 * HALF_HOUR,
                initialDemandOutturn=None,
                initialTransmissionSystemDemandOutturn=None,
            ),
        ),
    )
    found = sorted(rows(parsed, "demand_actual_national"), key=lambda row: row["settlement_period"])
    assert [row["national_demand_mw"] for row in found] == [25000, None]
    assert [row["transmission_system_demand_mw"] for row in found] == [26400, 26400]
    assert [row["settlement_period"] for row in found] == [1, 2]
    assert sum(parsed.dropped.values()) == 1


def test_a_national_forecast_is_a_vintage_of_its_issue_too() -> None:
    issued = T0 - timedelta(minutes=14)
    parsed = parse(
        "national_forecast",
        (forecast(T0, issued, demand=27100), forecast(T0 + 2 * HALF_HOUR, issued, demand=26000)),
    )
    [first, _] = rows(parsed, "demand_forecast_national")
    assert first == {
        "forecast_type": "day_ahead",
        "timestamp": T0,
        "national_demand_mw": 27100,
        "is_interpolated": False,
        "forecast_issued_at": issued,
    }
    [vintage] = rows(parsed, "forecast_vintages")
    assert vintage["series"] == "demand"
    assert (vintage["issued_at"], vintage["first_timestamp"]) == (issued, T0)
    assert vintage["forecast_values"] == [27100, None, 26000]


def test_a_transmission_forecast_is_no_vintage_of_demand() -> None:
    parsed = parse("transmission_forecast", (forecast(dataset="TSDF"),))
    [row] = rows(parsed, "demand_forecast_national")
    assert row["transmission_system_demand_mw"] == 27100
    assert "national_demand_mw" not in row
    assert rows(parsed, "forecast_vintages") == []


def test_forecasts_of_parts_of_the_country_are_left_out() -> None:
    parsed = parse("national_forecast", (forecast(boundary="B1"), forecast(demand=None)))
    assert parsed.batches == []
    assert sum(parsed.dropped.values()) == 2


# -- time


@pytest.mark.parametrize(("day", "count"), CHANGES)
def test_days_of_46_and_50_periods(day: date, count: int) -> None:
    start = settlement_start(day, 1)
    made = prices("market_index", *(mid(start + n * HALF_HOUR) for n in range(count)))
    assert [row["settlement_period"] for row in made] == list(range(1, count + 1))
    assert {row["settlement_date"] for row in made} == {day}


@pytest.mark.parametrize(
    "parts",
    [
        {"settlementPeriod": 2},
        {"settlementDate": "2026-05-05"},
        {"settlementPeriod": 51},
        {"settlementPeriod": True},
        {"settlementPeriod": 10**18},
        {"settlementPeriod": None},
        {"settlementDate": "9999-12-31"},
        {"settlementDate": 7},
        {"startTime": "2026-05-05T23:10:00Z"},
        {"startTime": "2026-05-05T23:00:00"},
        {"startTime": "0001-01-01T00:00:00Z"},
        {"startTime": None},
        {"startTime": []},
        {"price": "dear"},
        {"price": True},
        {"volume": {}},
    ],
    ids=str,
)
def test_records_that_cannot_be_right_are_rejected_alone(parts: Record) -> None:
    parsed = parse("market_index", (mid(**parts), mid(T0 + HALF_HOUR)))
    assert len(parsed.rejects) == 1
    assert parsed.rejects[0].field is None
    assert len(rows(parsed, "wholesale_prices")) == parsed.used == 1


@pytest.mark.parametrize("record", [5, None, [], "x", {}])
def test_what_is_no_record_is_rejected(record: Any) -> None:
    assert len(parse("system_price", (record, system(T0))).rejects) == 1


_values = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 60), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3), st.just([]), st.just(zulu(T0)), st.just("2026-05-06"), st.just("N"),
)  # fmt: skip
_makers = {
    "market_index": mid,
    "system_price": system,
    "demand_outturn": outturn,
    "national_forecast": forecast,
    "transmission_forecast": forecast,
}


@given(st.sampled_from(sorted(_makers)), st.data())
def test_every_record_is_counted_once(dataset: str, data: Any) -> None:
    keys = sorted(_makers[dataset]())
    changes = st.dictionaries(st.sampled_from(keys), _values, max_size=3)
    records = data.draw(st.lists(st.one_of(_values, changes), max_size=6))
    made = [
        {**_makers[dataset](T0 + n * HALF_HOUR), **record} if isinstance(record, dict) else record
        for n, record in enumerate(records)
    ]
    parsed = parse(dataset, {"data": made})
    assert parsed.used + len(parsed.rejects) + sum(parsed.dropped.values()) == len(records)


# -- envelopes


def test_the_bare_list_of_a_stream_is_read_and_an_empty_one_is_fine() -> None:
    assert len(rows(parse("market_index", [mid()]), "wholesale_prices")) == 1
    assert parse("market_index", {"data": []}).batches == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            {"title": "One or more validation errors occurred.", "status": 400,
             "errors": {"from": ["The from field is required."]}},
            "The from field is required",
        ),
        ({"title": "Not Found", "status": 404}, "Not Found"),
        ({"data": None}, "no list under 'data'"),
        ({}, "no list under 'data'"),
        (b"7", "no object"),
        (b"<html></html>", "HTML"),
        (b'{"data":[{"start', "cut short"),
        (b"", "empty"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_in_a_line(body: Any, says: str) -> None:
    with pytest.raises(DataError, match=says) as refused:
        parse("market_index", body)
    assert len(str(refused.value).splitlines()) == 1


def test_other_datasets_are_refused() -> None:
    with pytest.raises(DataError, match="no dataset"):
        parse("imbalance", (mid(),))


# -- calls


def test_latest_asks_by_local_days_and_newest_issues() -> None:
    # 23:30 UTC in summer is already tomorrow in London.
    late = datetime(2026, 5, 6, 23, 30, tzinfo=UTC)
    asked = {
        (request.dataset, request.path.removeprefix("/bmrs/api/v1")): request.params
        for request in calls.latest(late, timedelta(hours=48), {})
    }
    prices = {path for dataset, path in asked if dataset == "system_price"}
    assert {path[-10:] for path in prices} == {"2026-05-06", "2026-05-07"}
    assert asked["national_forecast", "/datasets/NDF"] == {"format": "json"}
    assert asked["transmission_forecast", "/datasets/TSDF"] == {"format": "json"}
    days = asked["demand_outturn", "/demand/outturn"]
    assert (days["settlementDateFrom"], days["settlementDateTo"]) == ("2026-05-06", "2026-05-07")
    assert all(params["format"] == "json" for params in asked.values())
    index = asked["market_index", "/balancing/pricing/market-index"]
    assert index["dataProviders"] == "APXMIDP"
    assert not any("settlementPeriod" in name for params in asked.values() for name in params)


_starts = st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(_starts, st.integers(1, 48 * 60))
def test_outturn_is_asked_for_a_week_of_local_days_at_most(start: datetime, slots: int) -> None:
    """Also where the clock changes, and where a span of seven days touches a ninth."""
    window = Window(start, start + slots * HALF_HOUR)
    for call in calls.history("demand_outturn", window, {}):
        first, last = (
            date.fromisoformat(call.params[f"settlementDate{end}"]) for end in ("From", "To")
        )
        assert 0 <= (last - first).days < 7
        assert call.window is not None
        assert first == call.window.start.astimezone(LONDON).date()
        assert last == (call.window.end - timedelta(microseconds=1)).astimezone(LONDON).date()


@given(_starts, st.integers(1, 48 * 60), st.sampled_from(["market_index", "demand_outturn"]))
def test_spans_of_history_cover_the_window_and_are_short_enough(
    start: datetime, count: int, dataset: str
) -> None:
    start = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    window = Window(start, start + count * HALF_HOUR)
    spans = [request.window for request in calls.history(dataset, window, {})]
    found = [span for span in spans if span is not None]
    assert (found[0].start, found[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in pairwise(found))
    # Outturn is asked for by dates: a week of them has an hour more when the clocks go back.
    more = timedelta(hours=1) if dataset == "demand_outturn" else timedelta(0)
    assert all(span.end - span.start <= timedelta(days=7) + more for span in found)


@given(_starts, st.integers(1, 48 * 9))
def test_system_prices_are_asked_for_each_local_day_of_the_window(
    start: datetime, count: int
) -> None:
    start = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    window = Window(start, start + count * HALF_HOUR)
    requests = calls.history("system_price", window, {})
    asked = [request.path[-10:] for request in requests]
    touched = dict.fromkeys(settlement_of(start + n * HALF_HOUR)[0] for n in range(count))
    assert asked == [str(day) for day in touched]
    for request in requests:
        assert request.window is not None
        inside = request.window.end - timedelta(microseconds=1)
        for edge in (request.window.start, inside):
            assert str(edge.astimezone(LONDON).date()) == request.path[-10:]


# -- saved files


@pytest.mark.parametrize(
    ("body", "dataset"),
    [
        ({"data": [mid()]}, "market_index"),
        ([mid()], "market_index"),
        ({"data": [{"dataset": "MID", **mid()}]}, "market_index"),
        ({"metadata": {"datasets": ["DISEBSP"]}, "data": [system()]}, "system_price"),
        ({"data": [forecast()]}, "national_forecast"),
        ({"data": [forecast(dataset="TSDF")]}, "transmission_forecast"),
        ({"data": [outturn()]}, "demand_outturn"),
        ({"data": []}, None),
        ({"data": [5]}, None),
        ({"data": [{"from": "2026-05-05T23:00Z"}]}, None),
        ({"data": [{"dataset": ["NDF"]}]}, None),
        ({}, None),
    ],
)
def test_saved_answers_are_recognised_by_content(body: Any, dataset: str | None) -> None:
    found = elexon.recognise(open_document(json.dumps(body).encode()))
    assert (found.dataset if found else None) == dataset


RECORDED = {
    "demand_outturn_20240226.json": ("demand_actual_national", 3),
    "market_index_20240324_apx.json": ("wholesale_prices", 4),
    "ndf_20240318.json": ("demand_forecast_national", 3),
    "system_price_20260908_sp37_trimmed.json": ("wholesale_prices", 1),
    "fuelhh_20240324_sp48.json": (None, 0),
}


def test_recorded_answers_are_read_whole(real_data: Path) -> None:
    files = sorted((real_data / "elexon").glob("*.json"))
    assert {file.name for file in files} == RECORDED.keys()
    for file in files:
        table, count = RECORDED[file.name]
        found = elexon.recognise(open_document(file.read_bytes()))
        assert found is not None
        assert found.is_reference is (table is None), file
        if table is None:
            continue
        parsed = parse(found.dataset, file.read_bytes())
        assert parsed.rejects == []
        assert parsed.dropped == {}
        assert len(rows(parsed, table)) == count


# -- through the runner


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    monkeypatch.setitem(sources.SOURCES, "elexon", elexon.SOURCE)
    published = Elexon(datetime.now(UTC))
    with Upstream(published.now, [published]) as server:
        monkeypatch.setenv("GRIDCTL_ELEXON_URL", server.url)
        yield server


def stored(tmp_path: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(tmp_path / "grid.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_the_present_comes_with_both_forecasts_in_one_row(
    site: Upstream, gridctl: Callable[..., Any], tmp_path: Path
) -> None:
    ran = gridctl("fetch", "elexon")
    assert ran.code == 0, ran.err
    forecasts = stored(
        tmp_path,
        """SELECT epoch(timestamp)::BIGINT, national_demand_mw, transmission_system_demand_mw
           FROM demand_forecast_national WHERE forecast_type = 'day_ahead'""",
    )
    assert len(forecasts) >= 46
    for epoch, national, transmission in forecasts:
        slot = datetime.fromtimestamp(epoch, UTC)
        assert (national, transmission) == (demand(slot), demand(slot) + 1200)
    assert stored(tmp_path, "SELECT series FROM forecast_vintages") == [("demand",)]
    found = dict(stored(tmp_path, "SELECT price_type, count(*) FROM wholesale_prices GROUP BY ALL"))
    assert found["market_index"] >= 46
    assert found["system_price"] >= 46


@pytest.mark.parametrize(("day", "count"), [(date(2025, 3, 30), 46), (date(2025, 10, 26), 50)])
def test_history_over_a_change_of_the_clocks_is_whole_and_asked_once(
    site: Upstream, gridctl: Callable[..., Any], tmp_path: Path, day: date, count: int
) -> None:
    first, last = day - timedelta(days=4), day + timedelta(days=5)
    span = ("--from", zulu(settlement_start(first, 1)), "--to", zulu(settlement_start(last, 1)))
    ran = gridctl("fetch", "elexon", *span)
    assert ran.code == 0, ran.err
    expected = list(
        slots(settlement_start(first, 1), settlement_start(last, 1) - timedelta(microseconds=1))
    )
    for price_type, offset in (("market_index", 0), ("system_price", 5)):
        found = stored(
            tmp_path,
            f"""SELECT epoch(timestamp)::BIGINT, price_gbp_mwh FROM wholesale_prices
                WHERE price_type = '{price_type}' AND timestamp >= '{span[1]}'
                  AND timestamp < '{span[3]}' ORDER BY timestamp""",
        )
        assert found == [(slot.timestamp(), price(slot) + offset) for slot in expected]
    [(that_day, highest)] = stored(
        tmp_path,
        f"""SELECT count(*), max(settlement_period) FROM demand_actual_national
            WHERE settlement_date = '{day}'""",
    )
    assert that_day == highest == count
    asked = len(site.paths)
    assert gridctl("fetch", "elexon", *span).code == 0
    assert len(site.paths) == asked


def test_a_problem_report_is_told_in_its_words(site: Upstream, gridctl: Callable[..., Any]) -> None:
    report = {"title": "Bad Request", "status": 400, "errors": {"from": ["It is required."]}}
    site.fault_for = lambda asked: status(400, json.dumps(report).encode())
    ran = gridctl("fetch", "elexon")
    assert ran.code == 4
    assert "Bad Request" in " ".join((ran.out + ran.err).split())


def test_of_two_publications_for_one_half_hour_the_later_stands() -> None:
    parsed = parse(
        "demand_outturn",
        (
            outturn(publishTime="2026-03-04T11:00:00Z", initialDemandOutturn=25500),
            outturn(publishTime="2026-03-04T10:00:00Z", initialDemandOutturn=25000),
        ),
    )
    [row] = rows(parsed, "demand_actual_national")
    assert row["national_demand_mw"] == 25500
    assert parsed.dropped == {"superseded by a later publication": 1}
    assert parsed.rejects == []
