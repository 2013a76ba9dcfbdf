"""The Demand Flexibility Service: three generations of columns, two clocks, paid as bid."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.dfs import DemandFlexibility
from upstream import Upstream

import gridctl.sources
from gridctl.clock import HALF_HOUR, LONDON
from gridctl.config import Config, load_config
from gridctl.errors import DataError
from gridctl.fetch.runner import Plan, fetch
from gridctl.landing import Landing
from gridctl.model import CATALOGUE, Parsed, Payload, Window
from gridctl.sources.base import open_document
from gridctl.sources.dfs import SOURCE, calls
from gridctl.sources.dfs.times import clock, half_hours, service_window
from gridctl.sources.records import BadRecord
from gridctl.store.files import load_files

NOW = datetime(2026, 7, 15, 9, 10, tzinfo=UTC)
EVENT = {"Event ID": "7", "Event Type": "Downwards", "Event Tag": "Energy"}
CLOCKS = {
    "Delivery Date": "14/07/2026",
    "From_Local": "18:00",
    "To_Local": "18:30",
    "From_UTC": "17:00",
    "To_UTC": "17:30",
}
OLD_CLOCKS = {"Delivery Date": "10/12/2024", "From": "17:00", "To": "17:30"}
BID = {"DFS Unit ID": "U-1", "Zone": "6", "DFS Procured MW": "3.5",
       "Utilisation Price GBP per MWh": "141.5", "Status": "Accepted"}  # fmt: skip
SUMMARY = {"Service Requirement Type": "Live", "DFS Procured MW": "5.8",
           "DFS Provider Bids Accepted Total Cost GBP": "562.48"}  # fmt: skip
REQUIREMENT = {"Service Requirement MW": "500", "Service Requirement Type": "Live",
               "Guaranteed Acceptance Price GBP per MWh": "0"}  # fmt: skip


def parse(dataset: str, *records: Any, location: str = "") -> Parsed:
    body = {"success": True, "result": {"records": list(records)}}
    return parse_body(dataset, json.dumps(body).encode(), location)


def parse_body(dataset: str, body: bytes, location: str = "") -> Parsed:
    return SOURCE.parse(Payload(uuid.uuid4(), "dfs", dataset, body, NOW, location=location))


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    assert len(parsed.batches) <= 1
    return [
        dict(zip(batch.columns, values, strict=True))
        for batch in parsed.batches
        for values in zip(*batch.columns.values(), strict=True)
    ]


def rules(parsed: Parsed) -> list[str]:
    return [reject.rule for reject in parsed.rejects]


# -- times


@pytest.mark.parametrize(
    ("day", "local", "utc", "start"),
    [
        ("14/07/2026", "18:00-18:30", "17:00-17:30", "2026-07-14T17:00Z"),
        ("2026-01-14", "18:00-18:30", "18:00-18:30", "2026-01-14T18:00Z"),
        # In summer the first local hour of a day lies on the UTC day before.
        ("14/07/2026", "00:00-00:30", "23:00-23:30", "2026-07-13T23:00Z"),
        ("14/07/2026", "00:30-01:00", "23:30-00:00", "2026-07-13T23:30Z"),
        ("14/07/2026", "23:30-00:00", "22:30-23:00", "2026-07-14T22:30Z"),
        ("14/01/2026", "23:30-24:00", "23:30-24:00", "2026-01-14T23:30Z"),
        # The clocks go back on 2026-10-25: 01:00 local comes twice, UTC tells them apart.
        ("25/10/2026", "01:00-01:30", "00:00-00:30", "2026-10-25T00:00Z"),
        ("25/10/2026", "01:00-01:30", "01:00-01:30", "2026-10-25T01:00Z"),
        ("25/10/2026", "01:30-01:00", "00:30-01:00", "2026-10-25T00:30Z"),
        # They go forward on 2026-03-29: 00:30 is followed by 02:00.
        ("29/03/2026", "00:30-02:00", "00:30-01:00", "2026-03-29T00:30Z"),
    ],
)
def test_both_clocks_of_a_local_delivery_day(day: str, local: str, utc: str, start: str) -> None:
    names = ("From_Local", "To_Local", "From_UTC", "To_UTC")
    record = dict(zip(names, f"{local}-{utc}".split("-"), strict=True), **{"Delivery Date": day})
    found, end = service_window(record)
    assert found == datetime.fromisoformat(start)
    assert end == found + HALF_HOUR


@pytest.mark.parametrize(
    "changed",
    [
        {"From_UTC": "18:00", "To_UTC": "18:30"},
        {"From_UTC": "16:30"},
        {"To_UTC": "18:00"},
        {"To_Local": "19:00"},
        {"Delivery Date": "14/01/2026"},
    ],
)
def test_clocks_that_disagree_are_rejected(changed: dict[str, str]) -> None:
    assert rules(parse("utilisation", {**EVENT, **CLOCKS, **BID, **changed})) == [
        "local_and_utc_disagree"
    ]


@given(
    st.datetimes(datetime(2023, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 20),
)
def test_any_window_survives_being_spelled_on_both_clocks(start: datetime, slots: int) -> None:
    start = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    end = start + slots * HALF_HOUR
    local = [t.astimezone(LONDON) for t in (start, end)]
    record = {
        "Delivery Date": f"{local[0]:%d/%m/%Y}",
        "From_Local": f"{local[0]:%H:%M}",
        "To_Local": f"{local[1]:%H:%M}",
        "From_UTC": f"{start:%H:%M}",
        "To_UTC": f"{end:%H:%M:%S}",
    }
    assert service_window(record) == (start, end)
    slots_found = half_hours(start, end)
    assert (slots_found[0], len(slots_found)) == (start, slots)


def test_local_times_alone_serve_unless_the_clocks_skip_or_repeat_them() -> None:
    record = {"Delivery Date": "14/07/2026", "From_Local": "23:30", "To_Local": "00:30"}
    start = datetime(2026, 7, 14, 22, 30, tzinfo=UTC)
    assert service_window(record) == (start, start + 2 * HALF_HOUR)
    for day in ("25/10/2026", "29/03/2026"):
        with pytest.raises(BadRecord, match="local_time_ambiguous"):
            service_window({"Delivery Date": day, "From_Local": "01:00", "To_Local": "02:00"})


@pytest.mark.parametrize("raw", ["25:00", "12:60", "24:30", "noon", "17", "17:00:30", None, 17, []])
def test_what_is_no_clock_time(raw: Any) -> None:
    with pytest.raises(BadRecord, match="time_unreadable"):
        clock(raw)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"From": "17:10", "To": "17:40"}, "half_hour_edge"),
        ({"To": "17:45"}, "window_not_half_hours"),
        ({"To": "17:00"}, "window_not_half_hours"),
        ({"Delivery Date": "12/31/2024"}, "date_unreadable"),
        ({"Delivery Date": "1/2/2024"}, "date_unreadable"),
        ({"Delivery Date": "31/02/2024"}, "date_unreadable"),
        ({"Delivery Date": None}, "date_unreadable"),
    ],
)
def test_bad_days_and_windows(changed: dict[str, Any], rule: str) -> None:
    assert rules(parse("utilisation", {**OLD_CLOCKS, **BID, **changed})) == [rule]


# -- rows


def test_a_bid_is_paid_as_bid_and_keeps_its_status() -> None:
    rejected = {**BID, "DFS Unit ID": "U-2", "Status": "REJECTED", "DFS Procured MW": "32.4"}
    parsed = parse("utilisation", {**EVENT, **CLOCKS, **BID}, {**EVENT, **CLOCKS, **rejected})
    one, other = rows(parsed)
    assert one == {
        "service_type": "dfs",
        "record_type": "bid",
        "event_id": "7",
        "timestamp": datetime(2026, 7, 14, 17, tzinfo=UTC),
        "zone": "6",
        "provider_unit": "U-1",
        "direction": "turn_down",
        "price_gbp_mwh": 141.5,
        "volume_mw": 3.5,
        "status": "accepted",
    }
    # Its MW were offered, not procured; only the status says so.
    assert (other["volume_mw"], other["status"]) == (32.4, "rejected")


def test_turn_up_is_kept_apart_from_turn_down() -> None:
    up = {**EVENT, "Event ID": "8", "Event Type": "Upwards"}
    parsed = parse("summary", {**EVENT, **CLOCKS, **SUMMARY}, {**up, **CLOCKS, **SUMMARY})
    assert [(row["event_id"], row["direction"]) for row in rows(parsed)] == [
        ("7", "turn_down"),
        ("8", "turn_up"),
    ]
    sideways = {**EVENT, "Event Type": "Sideways"}
    assert rules(parse("summary", {**sideways, **CLOCKS, **SUMMARY})) == ["direction_unknown"]


def test_the_mean_price_paid_is_cost_by_energy() -> None:
    [row] = rows(parse("summary", {**EVENT, **CLOCKS, **SUMMARY}))
    assert (row["price_gbp_mwh"], row["volume_mw"], row["cost_gbp"]) == (193.96, 5.8, 562.48)
    assert row["status"] == "live"


@pytest.mark.parametrize(("volume", "cost"), [("0.0", "0.0"), ("0", "5"), ("", "5"), ("3", "")])
def test_nothing_procured_has_no_price(volume: str, cost: str) -> None:
    record = {**EVENT, **CLOCKS, **SUMMARY, "DFS Procured MW": volume}
    record["DFS Provider Bids Accepted Total Cost GBP"] = cost
    for row in rows(parse("summary", record)):
        assert row["price_gbp_mwh"] is None


@given(st.floats(0.1, 1e5), st.floats(0, 1e9), st.integers(1, 12))
def test_cost_adds_up_whatever_the_length_of_the_window(mw: float, cost: float, n: int) -> None:
    end = datetime(2024, 12, 10, 12, tzinfo=UTC) + n * HALF_HOUR
    times = {"Delivery Date": "10/12/2024", "From": "12:00", "To": f"{end:%H:%M}"}
    values = {"DFS Procured MW": mw, "DFS Provider Bids Accepted Total Cost GBP": cost}
    found = rows(parse("summary", {**times, **SUMMARY, **values}))
    assert len(found) == n
    assert sum(row["cost_gbp"] for row in found) == pytest.approx(cost)
    for row in found:
        assert row["price_gbp_mwh"] == pytest.approx(2 * row["cost_gbp"] / mw, abs=0.006)


def test_a_long_requirement_is_one_row_for_each_half_hour() -> None:
    longer = {**CLOCKS, "To_Local": "20:00", "To_UTC": "19:00"}
    parsed = parse("requirement", {**EVENT, **longer, **REQUIREMENT})
    found = rows(parsed)
    assert [f"{row['timestamp']:%H:%M}" for row in found] == ["17:00", "17:30", "18:00", "18:30"]
    assert {row["event_id"] for row in found} == {"7"}
    assert {row["volume_mw"] for row in found} == {500.0}
    assert parsed.used == 1


def test_a_guaranteed_price_of_zero_is_none() -> None:
    paid = {**REQUIREMENT, "Guaranteed Acceptance Price GBP per MWh": "3000"}
    one, other = rows(parse("requirement", {**EVENT, **CLOCKS, **REQUIREMENT},
                            {**OLD_CLOCKS, **paid}))  # fmt: skip
    assert (one["price_gbp_mwh"], other["price_gbp_mwh"]) == (None, 3000.0)
    assert (one["status"], other["direction"]) == ("live", "turn_down")


def test_an_older_event_is_named_by_its_window_in_all_three_files() -> None:
    found = [
        rows(parse(dataset, {**OLD_CLOCKS, **values}))[0]
        for dataset, values in (
            ("requirement", REQUIREMENT),
            ("utilisation", BID),
            ("summary", SUMMARY),
        )
    ]
    assert {row["event_id"] for row in found} == {"2024-12-10T17:00Z"}


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("https://x/live/download/utilisation-report-summary-live2501231600.csv", "live"),
        ("https://x/live/download/utilisation-report-summary-test280320231300.csv", "test"),
        ("dfs_summary_LIVE_2022_23.csv", "live"),
        ("latest.csv", None),
        ("delivery.csv", None),
    ],
)
def test_files_of_2022_tell_live_from_test_by_name_and_end_a_header_in_a_space(
    location: str, status: str | None
) -> None:
    body = (
        b"Date,From,To,DFS Required,DFS Procured ,Bids Accepted Total Cost,Settled Cost \n"
        b"24/01/2023,16:30,17:00,274,288,432000,400000\n"
    )
    [row] = rows(parse_body("summary", body, location))
    assert (row["status"], row["price_gbp_mwh"]) == (status, 3000.0)
    assert row["timestamp"] == datetime(2023, 1, 24, 16, 30, tzinfo=UTC)


def test_a_row_with_a_cell_too_few_or_too_many_is_rejected_by_itself() -> None:
    head = "Delivery Date,From,To,DFS Required MW,Guaranteed Acceptance Price GBP per MWh\r\n"
    good = "10/12/2024,17:00,17:30,300,0\r\n"
    short, long = "10/12/2024,17:00,300,0\r\n", "10/12/2024,17:00,17:30,300,0,more\r\n"
    parsed = parse_body("requirement", (head + short + good + long).encode())
    assert rules(parsed) == ["record_shape", "record_shape"]
    assert len(rows(parsed)) == 1


@pytest.mark.parametrize("value", ["n/a", True, [1], "NaN", {}, "1,200"])
def test_what_is_no_number_is_rejected(value: Any) -> None:
    parsed = parse("utilisation", {**OLD_CLOCKS, **BID, "DFS Procured MW": "3"},
                   {**OLD_CLOCKS, **BID, "DFS Procured MW": value})  # fmt: skip
    assert rules(parsed) == ["not_a_number"]
    assert parsed.used == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>busy</html>", "HTML"),
        (b"", "empty body"),
        (b'{"success":false,"error":{"message":"Not found"}}', "Not found"),
        (b'"Bad request - Action name not known: x"', "neither JSON nor CSV"),
        (b"a,b\n1,2\n", "columns"),
        (b'{"result":{"records":[{"ND":1}]}}', "columns"),
        (b'{"result":', "cut short"),
    ],
)
def test_bodies_of_no_use(body: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse_body("summary", body)


def test_one_kind_of_file_is_not_read_as_another() -> None:
    with pytest.raises(DataError, match="columns"):
        parse("utilisation", {**OLD_CLOCKS, **SUMMARY})
    with pytest.raises(DataError, match="no dataset"):
        parse("bids", {**OLD_CLOCKS, **BID})


# -- calls


def requested(dataset: str, start: datetime, end: datetime) -> list[str]:
    return [r.params["id"] for r in SOURCE.history(dataset, Window(start, end), {})]


def test_one_call_lists_all_three_files_and_history_asks_the_packages_of_its_seasons() -> None:
    [request] = SOURCE.latest(NOW, timedelta(hours=48), {})
    assert (request.dataset, request.served) == (CATALOGUE, "utilisation")
    assert request.params == {"id": "demand-flexibility"}
    winter = datetime(2023, 1, 10, tzinfo=UTC), datetime(2023, 1, 30, tzinfo=UTC)
    assert requested("summary", *winter) == [
        "demand-flexibility-service-live-events",
        "demand-flexibility-service-test-events",
    ]
    assert requested("summary", datetime(2024, 9, 1, tzinfo=UTC), NOW) == [
        "demand-flexibility-service",
        "demand-flexibility",
    ]


def test_seasons_leave_no_gap_between_them() -> None:
    seasons = sorted({(s.start, s.end) for s in calls._SEASONS})
    assert seasons[0][0] == SOURCE.datasets[0].first_data
    assert all(one[1] == other[0] for one, other in pairwise(seasons))


def test_a_failed_catalogue_is_replaced_by_known_ids_and_those_by_rows() -> None:
    [request] = SOURCE.latest(NOW, timedelta(hours=48), {})
    by_id = SOURCE.standby(request, {})
    assert [r.served for r in by_id] == ["requirement", "utilisation", "summary"]
    assert all(r.dataset == CATALOGUE and r.path.endswith("resource_show") for r in by_id)
    [by_rows] = SOURCE.standby(by_id[0], {})
    assert (by_rows.dataset, by_rows.pace) == ("requirement", "datastore")
    assert SOURCE.standby(by_rows, {}) == []


def test_archives_are_never_taken_for_the_current_file() -> None:
    [request] = SOURCE.latest(NOW, timedelta(hours=48), {})
    archive = {"id": "3ebf77d7-05df-466e-a023-dc45a90efeea", "url": "https://x/a.csv",
               "name": "DFS Utilisation Report (Archive 2026/2027)"}  # fmt: skip
    successor = {"id": "new", "url": "https://x/dataset/p/n.csv", "name": "DFS Utilisation Report",
                 "last_modified": "2027-05-01T10:00:00"}  # fmt: skip
    body = json.dumps({"success": True, "result": {"resources": [archive, successor]}}).encode()
    download, *lost = SOURCE.follow(request, body, {})
    assert (download.path, download.version) == ("/dataset/p/n.csv", "new@2027-05-01T10:00:00")
    assert (download.dataset, download.pace) == ("utilisation", "download")
    assert [r.served for r in lost] == ["requirement", "summary"]
    nothing = json.dumps({"success": True, "result": {"resources": [archive]}}).encode()
    with pytest.raises(DataError, match="no resource"):
        SOURCE.follow(request, nothing, {})


# -- against the portal


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Upstream, DemandFlexibility]]:
    portal = DemandFlexibility(NOW)
    with Upstream(NOW, [portal]) as server:
        monkeypatch.setenv("GRIDCTL_NESO_URL", server.url)
        monkeypatch.setenv("GRIDCTL_FETCH_ATTEMPTS", "1")
        impatient = replace(SOURCE, paces=dict.fromkeys(SOURCE.paces, timedelta(0)))
        monkeypatch.setitem(gridctl.sources.SOURCES, SOURCE.name, impatient)
        yield server, portal


Ask = Callable[[str], list[tuple[Any, ...]]]


def query(config: Config) -> Ask:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(config.database), read_only=True) as con:
            con.execute("SET TimeZone = 'UTC'")
            return con.execute(sql).fetchall()

    return ask


def test_current_files_come_through_a_redirect_and_are_not_asked_for_again(
    site: tuple[Upstream, DemandFlexibility],
) -> None:
    server, portal = site
    config = load_config()
    report = fetch(config, ["dfs"], Plan(), NOW)
    assert report.sources[0].error is None
    assert sum("dfs-store" in path for path in server.paths) == 3
    assert not any("f5605e2b" in path for path in server.paths)
    ask = query(config)
    assert ask(
        "SELECT record_type, count(*), sum(volume_mw) FROM flexibility_prices GROUP BY 1 ORDER BY 1"
    ) == [("bid", 4, 26.0), ("requirement", 2, 800.0), ("summary", 2, 16.0)]
    assert ask("SELECT DISTINCT price_gbp_mwh FROM flexibility_prices WHERE cost_gbp = 480") == [
        (120.0,)
    ]
    before = len(server.paths)
    fetch(config, ["dfs"], Plan(), NOW + timedelta(hours=1))
    assert len(server.paths) == before + 1  # the catalogue alone: its files have not changed
    portal.modified = NOW
    fetch(config, ["dfs"], Plan(), NOW + timedelta(hours=2))
    assert sum("dfs-store" in path for path in server.paths) == 6
    assert ask("SELECT count(*) FROM flexibility_prices") == [(8,)]


def test_history_brings_the_archive_and_is_remembered(
    site: tuple[Upstream, DemandFlexibility],
) -> None:
    server, _ = site
    config = load_config()
    window = Window(datetime(2024, 12, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    fetch(config, ["dfs"], Plan(history=window, with_forecast=False), NOW)
    found = query(config)(
        "SELECT record_type, event_id, price_gbp_mwh FROM flexibility_prices ORDER BY 1"
    )
    event = "2024-12-10T17:00Z"
    assert found == [("bid", event, 210.0), ("requirement", event, None), ("summary", event, 210.0)]
    before = len(server.paths)
    fetch(config, ["dfs"], Plan(history=window, with_forecast=False), NOW)
    assert len(server.paths) == before
    assert Landing(config.database).memory.spans("dfs", "summary") == [window]


def test_a_retired_id_is_asked_for_by_itself_and_its_failure_told(
    site: tuple[Upstream, DemandFlexibility],
) -> None:
    _, portal = site
    portal.lost = {"705e573c-ddac-4675-b410-82916b35c4fe"}
    config = load_config()
    report = fetch(config, ["dfs"], Plan(), NOW)
    assert report.sources[0].error
    assert query(config)("SELECT DISTINCT record_type FROM flexibility_prices ORDER BY 1") == [
        ("bid",),
        ("requirement",),
    ]


# -- recorded files


@pytest.mark.parametrize(
    ("file", "dataset", "count"),
    [
        ("dfs_service_requirement_2026_slice.csv", "requirement", 2),
        ("dfs_utilisation_2026_slice.csv", "utilisation", 14),
        ("dfs_utilisation_summary_2026_slice.csv", "summary", 22),
        ("dfs_utilisation_summary_2023_24.csv", "summary", 32),
        ("dfs_summary_live_2022_23.csv", "summary", 5),
    ],
)
def test_recorded_files(
    real_data: Path, monkeypatch: pytest.MonkeyPatch, file: str, dataset: str, count: int
) -> None:
    monkeypatch.setitem(gridctl.sources.SOURCES, SOURCE.name, SOURCE)
    path = real_data / "neso_dfs" / file
    recognised = SOURCE.recognise(open_document(path.read_bytes()))
    assert recognised is not None
    assert recognised.dataset == dataset
    config = load_config()
    [loaded] = load_files(config, [path], NOW)
    assert (loaded.status, loaded.inserted, loaded.rejected) == ("loaded", count, 0)


def test_recorded_prices(real_data: Path) -> None:
    path = real_data / "neso_dfs" / "dfs_utilisation_summary_2026_slice.csv"
    found = rows(parse_body("summary", path.read_bytes(), path.name))
    empty = [row for row in found if row["volume_mw"] == 0]
    assert empty
    assert all(row["price_gbp_mwh"] is None for row in empty)
    shared = [row["timestamp"] for row in found if row["event_id"] in ("117", "118")]
    assert len(shared) > len(set(shared))  # two events in one half hour
    up = {row["event_id"] for row in found if row["direction"] == "turn_up"}
    assert up == {"120"}
