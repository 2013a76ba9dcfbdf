"""The vendor's table of auctions: local clock, hours into half hours, MW into MWh."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl import sources
from gridctl.clock import HALF_HOUR, LONDON
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload
from gridctl.sources import auctions
from gridctl.sources.base import open_document

NOW = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)
HEADER = (
    "Date (WET);price_first_auction;price_second_auction;traded_volume_first_auction;"
    "traded_volume_second_auction;price_reference_forecast_first_auction"
)
UNITS = ";GBP/MWh;GBP/MWh;MW;MW;GBP/MWh"


def line(label: str, price: Any = 80.5, volume: Any = 3000) -> str:
    return f"[{label}];{price};81;{volume};5000;79"


def table(*lines: str, units: str = UNITS) -> bytes:
    return "\r\n".join((HEADER, units, *lines, "")).encode()


def parse(body: bytes) -> Parsed:
    return auctions.parse(Payload(uuid.uuid4(), "auctions", "day_ahead", body, NOW))


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    return [
        dict(zip(batch.columns, values, strict=True))
        for batch in parsed.batches
        for values in zip(*batch.columns.values(), strict=True)
    ]


def starts(parsed: Parsed) -> list[str]:
    return [f"{row['timestamp']:%d %H:%M}" for row in rows(parsed)]


def local_day(day: date) -> list[str]:
    """The labels of a day as the vendor writes them: what a clock on the wall shows each hour."""
    at = datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)
    labels = []
    while at.astimezone(LONDON).date() == day:
        labels.append(f"{at.astimezone(LONDON):%d/%m/%Y %H:%M}")
        at += timedelta(hours=1)
    return labels


def test_an_hour_is_two_half_hours_at_its_price() -> None:
    parsed = parse(table(line("12/07/2022 09:00", 65.73, 3120.4)))
    first = {
        "price_type": "day_ahead_auction",
        "timestamp": datetime(2022, 7, 12, 8, tzinfo=UTC),  # summer time; the 12th of July
        "price_gbp_mwh": 65.73,
        "volume_mwh": 1560.2,
        "settlement_date": date(2022, 7, 12),
        "settlement_period": 19,
    }
    second = {"timestamp": first["timestamp"] + HALF_HOUR, "settlement_period": 20}
    assert rows(parsed) == [first, {**first, **second}]
    assert parsed.used == 1
    assert parsed.dropped == {"line of units": 1}


def test_prices_may_be_negative_zero_or_missing_and_volumes_missing() -> None:
    parsed = parse(
        table(
            line("01/02/2022 00:00", -3.1, ""),
            line("01/02/2022 01:00", 0),
            line("01/02/2022 02:00", ""),
        )
    )
    assert [row["price_gbp_mwh"] for row in rows(parsed)] == [-3.1, -3.1, 0, 0]
    assert [row["volume_mwh"] for row in rows(parsed)] == [None, None, 1500, 1500]
    assert parsed.dropped == {"line of units": 1, "hour without a price": 1}


def test_in_autumn_the_first_of_two_equal_hours_is_summer_time() -> None:
    parsed = parse(table(*(line(label) for label in local_day(date(2021, 10, 31))[:4])))
    assert starts(parsed) == [
        "30 23:00", "30 23:30",
        "31 00:00", "31 00:30",  # 01:00 BST
        "31 01:00", "31 01:30",  # 01:00 GMT
        "31 02:00", "31 02:30",
    ]  # fmt: skip


def test_in_spring_the_skipped_hour_is_nothing_that_can_be() -> None:
    parsed = parse(table(*(line(f"28/03/2021 0{hour}:00") for hour in range(4))))
    assert starts(parsed) == [
        "28 00:00",
        "28 00:30",
        "28 01:00",
        "28 01:30",
        "28 02:00",
        "28 02:30",
    ]
    assert [reject.rule for reject in parsed.rejects] == ["hour_skipped_by_the_clocks"]


@given(st.dates(date(2015, 1, 1), date(2030, 12, 31)))
def test_every_local_day_is_covered_whole_and_once(day: date) -> None:
    parsed = parse(table(*(line(label) for label in local_day(day))))
    assert parsed.rejects == []
    made = rows(parsed)
    assert [row["settlement_period"] for row in made] == list(range(1, len(made) + 1))
    assert {row["settlement_date"] for row in made} == {day}
    assert all(
        later["timestamp"] - earlier["timestamp"] == HALF_HOUR for earlier, later in pairwise(made)
    )


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (line("13/13/2022 00:00"), "date_unreadable"),
        (line("2022-01-01 00:00"), "time_unreadable"),
        (line("01/01/2022 24:00"), "time_unreadable"),
        (line("01/01/2022 00:30"), "time_unreadable"),
        (";1;2;3;4;5", "time_unreadable"),
        (line("01/01/2022 00:00", "n/a"), "not_a_number"),
        (line("01/01/2022 00:00", "NaN"), "not_a_number"),
        (line("01/01/2022 00:00", "1e999"), "not_a_number"),
        (line("01/01/2022 00:00", 1, "x"), "not_a_number"),
        (line("01/01/2022 05:00"), "hour_repeated"),
        ("[01/01/2022 00:00];80;3000;5000;79", "record_shape"),  # a cell is gone: which one?
        ("[01/01/2022 00:00];80;81;3000;5000;79;1", "record_shape"),
    ],
)
def test_bad_lines_are_rejected_and_the_rest_goes_in(bad: str, rule: str) -> None:
    parsed = parse(table(line("01/01/2022 05:00"), bad))
    assert [(reject.rule, reject.field) for reject in parsed.rejects] == [(rule, None)]
    assert len(rows(parsed)) == 2


def test_a_copy_without_the_line_of_units_is_read() -> None:
    body = "\n".join((HEADER, line("01/01/2022 05:00"))).encode()
    assert len(rows(parse(body))) == 2


@pytest.mark.parametrize(
    ("units", "says"),
    [
        (";EUR/MWh;EUR/MWh;MW;MW;EUR/MWh", "price_first_auction is in 'EUR/MWh', not GBP/MWh"),
        (";GBP/MWh;GBP/MWh;MWh;MWh;GBP/MWh", "traded_volume_first_auction is in 'MWh', not MW"),
    ],
)
def test_other_units_are_refused(units: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parse(table(line("01/01/2022 05:00"), units=units))


@pytest.mark.parametrize("body", [b"", b"a;b\n1;2\n", b"<html>", b"\xff\xfe", b'{"data":[]}'])
def test_other_tables_are_refused(body: bytes) -> None:
    with pytest.raises(DataError):
        parse(body)


def test_there_is_nobody_to_ask() -> None:
    assert auctions.latest(NOW, timedelta(hours=48), {}) == []
    assert "gridctl store load" in auctions.not_ready({})


@pytest.mark.parametrize(
    "header", [b"a;b;c\n", b"Date (WET);price\n", b"Date (WET),system_price2\n"]
)
def test_strangers_are_not_recognised(header: bytes) -> None:
    assert auctions.recognise(open_document(header)) is None


def test_a_header_with_a_comma_is_not_parted_at_semicolons() -> None:
    assert open_document(b"a;b,c\n").header == ("a;b", "c")
    assert open_document(b"a;b;c\n1,5;2;3\n").header == ("a", "b", "c")


# -- recorded files


def test_the_recorded_auctions_are_without_gap_or_reject(real_data: Path) -> None:
    body = (real_data / "prices" / "gb_day_ahead_auctions_hourly_2021_2022.csv").read_bytes()
    found = auctions.recognise(open_document(body))
    assert found is not None
    assert found.dataset == "day_ahead"
    parsed = parse(body)
    assert parsed.rejects == []
    assert parsed.used + sum(parsed.dropped.values()) == len(body.splitlines()) - 1
    times = [row["timestamp"] for row in rows(parsed)]
    assert times[0] == datetime(2021, 1, 1, tzinfo=UTC)
    assert times[-1] == datetime(2022, 9, 12, 22, 30, tzinfo=UTC)
    assert times == [times[0] + n * HALF_HOUR for n in range(len(times))]


def test_the_recorded_system_prices_are_hourly_means_so_reference(real_data: Path) -> None:
    body = (real_data / "prices" / "gb_system_price_hourly_2021_2022.csv").read_bytes()
    found = auctions.recognise(open_document(body))
    assert found is not None
    assert found.is_reference


# -- through the commands


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.SOURCES, "auctions", auctions.SOURCE)


@pytest.mark.usefixtures("registered")
def test_a_file_loads_once(gridctl: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "auctions.csv"
    file.write_bytes(table(*(line(label) for label in local_day(date(2021, 10, 31)))))
    for status in ("loaded", "unchanged"):
        ran = gridctl("store", "load", file, "-f", "csv")
        assert ran.code == 0, ran.err
        assert f"auctions.day_ahead,{status}" in ran.out
    with duckdb.connect(str(tmp_path / "grid.duckdb"), read_only=True) as con:
        [found] = con.execute(
            """SELECT count(*), count(DISTINCT timestamp), max(settlement_period), sum(volume_mwh)
               FROM wholesale_prices WHERE price_type = 'day_ahead_auction'"""
        ).fetchall()
    assert found == (50, 50, 50, 50 * 1500)


@pytest.mark.usefixtures("registered")
def test_fetching_says_to_load_files(gridctl: Callable[..., Any]) -> None:
    ran = gridctl("fetch", "auctions")
    assert ran.code != 0
    assert "no public feed" in " ".join((ran.out + ran.err).split())
