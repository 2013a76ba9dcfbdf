"""The traps of the Carbon Intensity API, each by a small body."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.carbon_intensity import FUELS, NAMES

from gridctl.clock import HALF_HOUR
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload, Window
from gridctl.sources import carbon_intensity
from gridctl.sources.base import open_document
from gridctl.sources.carbon_intensity import calls

T0 = datetime(2026, 5, 5, 23, 30, tzinfo=UTC)


def payload(dataset: str, body: Any, issued_at: datetime | None = None) -> Payload:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Payload(uuid.uuid4(), "carbon-intensity", dataset, raw, T0, issued_at)


def parse(dataset: str, body: Any, issued_at: datetime | None = None) -> Parsed:
    return carbon_intensity.parse(payload(dataset, body, issued_at))


def period(start: datetime = T0, **parts: Any) -> dict[str, Any]:
    end = start + HALF_HOUR
    return {"from": f"{start:%Y-%m-%dT%H:%MZ}", "to": f"{end:%Y-%m-%dT%H:%MZ}", **parts}


def national(start: datetime = T0, **values: Any) -> dict[str, Any]:
    return period(start, intensity={"forecast": 100, "actual": 90, "index": "low", **values})


def mix(**shares: float) -> list[dict[str, Any]]:
    return [{"fuel": fuel, "perc": shares.get(fuel, 0)} for fuel in FUELS]


def rows(parsed: Parsed, table: str) -> list[dict[str, Any]]:
    batch = next((b for b in parsed.batches if b.table == table), None)
    if batch is None:
        return []
    return [
        dict(zip(batch.columns, values, strict=True))
        for values in zip(*batch.columns.values(), strict=True)
    ]


def rules(parsed: Parsed) -> list[tuple[str, str | None]]:
    return [(reject.rule, reject.field) for reject in parsed.rejects]


# -- calls


def test_history_asks_by_the_end_of_periods() -> None:
    window = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    [request] = calls.history("intensity", window, {})
    # Ends from 00:01 to 00:00 the next day, inclusive: the slots that start in the window.
    assert request.path == "/intensity/2026-03-01T00:01Z/2026-03-02T00:00Z"


def test_generation_history_never_straddles_new_year() -> None:
    window = Window(datetime(2022, 12, 25, tzinfo=UTC), datetime(2023, 1, 5, tzinfo=UTC))
    paths = [request.path for request in calls.history("generation", window, {})]
    assert paths == [
        "/generation/2022-12-25T00:00Z/2023-01-01T00:00Z",
        "/generation/2023-01-01T00:00Z/2023-01-05T00:00Z",
    ]


@given(
    st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 48 * 400),
    st.booleans(),
)
def test_chunks_cover_the_window_and_never_overlap(
    start: datetime, slots: int, split_years: bool
) -> None:
    start = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    window = Window(start, start + slots * HALF_HOUR)
    pieces = list(calls.chunks(window, split_years=split_years))
    assert pieces[0].start == window.start
    assert pieces[-1].end == window.end
    assert all(one.end == other.start for one, other in pairwise(pieces))
    assert all(timedelta(0) < p.end - p.start <= calls.CHUNK for p in pieces)
    if split_years:
        assert all((p.end - timedelta(seconds=1)).year == p.start.year for p in pieces)


@pytest.mark.parametrize(("hours", "span"), [(6, "fw24h"), (24, "fw24h"), (36, "fw48h")])
def test_forecasts_are_asked_for_a_minute_past_the_edge(hours: int, span: str) -> None:
    now = datetime(2026, 5, 6, 12, 17, 45, tzinfo=UTC)
    requests = calls.latest(now, timedelta(hours=hours), {})
    forecasts = [request for request in requests if request.is_forecast]
    assert [r.path for r in forecasts] == [
        f"/intensity/2026-05-06T12:01Z/{span}",
        f"/regional/intensity/2026-05-06T12:01Z/{span}",
    ]


# -- national


def test_national_forecast_actual_and_index() -> None:
    parsed = parse("intensity", {"data": [national()]})
    [row] = rows(parsed, "carbon_intensity_national")
    assert (row["timestamp"], row["forecast_gco2_kwh"], row["actual_gco2_kwh"]) == (T0, 100, 90)
    assert row["intensity_index"] == "low"
    assert row["forecast_issued_at"] is None


@pytest.mark.parametrize("body", [{}, {"data": []}])
def test_nothing_to_return_is_empty_not_an_error(body: Any) -> None:
    parsed = parse("intensity", body)
    assert parsed.batches == []
    assert parsed.rejects == []


def test_data_may_be_one_object() -> None:
    parsed = parse("generation", {"data": period(generationmix=mix(wind=100))})
    assert len(rows(parsed, "generation_mix_national")) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"code": "400 Bad Request", "message": "a\r\nvalid date"}}, "400 Bad Request"),
        ({"error": "down"}, "down"),
        (b'{"data":[{"from":"2026', "cut short"),
        (b"<html>busy</html>", "HTML"),
        (b"", "empty body"),
        (b"   ", "empty body"),
        ({"data": "x"}, "no list"),
        ([], "no list"),
        (b"\xff\xfe\x00", "neither"),
    ],
)
def test_bodies_of_no_use(body: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse("intensity", body)


def test_unknown_actuals_stay_missing_and_a_period_without_values_is_dropped() -> None:
    later = T0 + HALF_HOUR
    parsed = parse(
        "intensity", {"data": [national(actual=None), national(later, forecast=None, actual=None)]}
    )
    [row] = rows(parsed, "carbon_intensity_national")
    assert row["actual_gco2_kwh"] is None
    assert parsed.dropped == {"period without any value": 1}


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        ("text", "record_shape"),
        (None, "record_shape"),
        ({"from": "x", "to": "y", "intensity": {}}, "time_unreadable"),
        (
            {"from": "2026-01-01T00:00", "to": "2026-01-01T00:30", "intensity": {}},
            "time_unreadable",
        ),
        ({"from": 5, "to": [], "intensity": {}}, "time_unreadable"),
        ({**national(), "to": "2026-05-06T01:00Z"}, "period_not_half_hour"),
        (period(intensity=7), "record_shape"),
    ],
)
def test_bad_records_are_rejected_and_the_rest_goes_in(record: Any, rule: str) -> None:
    parsed = parse("intensity", {"data": [record, national()]})
    assert rules(parsed) == [(rule, None)]
    assert len(rows(parsed, "carbon_intensity_national")) == 1


@pytest.mark.parametrize("value", ["98", True, [1], {"a": 1}])
def test_a_field_that_is_no_number_is_rejected_and_the_row_stays(value: Any) -> None:
    parsed = parse("intensity", {"data": [national(forecast=value)]})
    assert rules(parsed) == [("not_a_number", "forecast_gco2_kwh")]
    [row] = rows(parsed, "carbon_intensity_national")
    assert (row["forecast_gco2_kwh"], row["actual_gco2_kwh"]) == (None, 90)


# -- vintages


def test_a_forecast_becomes_a_vintage_without_slots_already_over() -> None:
    starts = [T0 - HALF_HOUR, T0, T0 + 2 * HALF_HOUR]
    body = {"data": [national(start, forecast=100 + i) for i, start in enumerate(starts)]}
    parsed = parse("intensity", body, issued_at=T0 + timedelta(minutes=1))
    [vintage] = rows(parsed, "forecast_vintages")
    assert vintage["first_timestamp"] == T0
    assert vintage["forecast_values"] == [101, None, 102]  # the slot that is absent is a gap
    issues = [row["forecast_issued_at"] for row in rows(parsed, "carbon_intensity_national")]
    assert issues == [None, T0 + timedelta(minutes=1), T0 + timedelta(minutes=1)]


def test_saved_vintages_state_their_own_issue_times() -> None:
    csv = (
        b"issued_at,from,forecast_gco2_kwh\n"
        b"2023-03-14T03:31Z,2023-03-14T03:30Z,69\n2023-03-14T03:31Z,2023-03-14T04:00Z,72\n"
        b"2023-03-14T12:01Z,2023-03-14T12:00Z,50\n2023-03-14T12:01Z,2023-03-14T04:00Z,1\n"
        b"2023-03-14T12:01Z,oops,1\n"
    )
    parsed = parse("vintages", csv)
    assert [row["forecast_values"] for row in rows(parsed, "forecast_vintages")] == [[69, 72], [50]]
    assert parsed.dropped == {"slot already over when issued": 1}
    assert rules(parsed) == [("record_shape", None)]


# -- regional


def region(number: int = 13, name: str = "London", forecast: Any = 172) -> dict[str, Any]:
    return {
        "regionid": number,
        "dnoregion": "x",
        "shortname": name,
        "intensity": {"forecast": forecast, "index": "high"},
        "generationmix": mix(gas=60, wind=40),
    }


def test_regions_nested_in_periods() -> None:
    regions = [region(n, name) for n, name in enumerate(NAMES, 1)]
    parsed = parse("regional", {"data": [period(regions=regions)]})
    assert [row["region_number"] for row in rows(parsed, "carbon_intensity_regional")] == list(
        range(1, 15)
    )
    assert len(rows(parsed, "generation_mix_regional")) == 14
    assert parsed.dropped == {"aggregate region (15 to 18)": 8}


@pytest.mark.parametrize("as_list", [True, False])
def test_periods_nested_in_a_region(as_list: bool) -> None:
    inner = region()
    data = {
        "regionid": 13,
        "dnoregion": "x",
        "shortname": "London",
        "data": [period(intensity=inner["intensity"], generationmix=inner["generationmix"])],
    }
    parsed = parse("regional", {"data": [data] if as_list else data})
    [row] = rows(parsed, "carbon_intensity_regional")
    assert (row["region_number"], row["timestamp"], row["forecast_gco2_kwh"]) == (13, T0, 172)
    assert len(rows(parsed, "generation_mix_regional")) == 1


def test_a_zero_regional_forecast_is_genuine() -> None:
    parsed = parse("regional", {"data": [period(regions=[region(1, "North Scotland", 0)])]})
    assert rows(parsed, "carbon_intensity_regional")[0]["forecast_gco2_kwh"] == 0


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (region(12, "London"), "region_id_and_name_disagree"),
        (region(99, "Atlantis"), "unknown_region"),
        (region(True, "North Scotland"), "unknown_region"),
        (region("13", "London"), "unknown_region"),
        ("London", "record_shape"),
    ],
)
def test_bad_regions_are_rejected(record: Any, rule: str) -> None:
    parsed = parse("regional", {"data": [period(regions=[record, region()])]})
    assert rules(parsed) == [(rule, None)]
    assert len(rows(parsed, "carbon_intensity_regional")) == 1


def test_and_and_ampersand_are_one_name() -> None:
    parsed = parse(
        "regional", {"data": [period(regions=[region(6, "North Wales and Merseyside")])]}
    )
    assert parsed.rejects == []


# -- mix


def test_shares_by_fuel() -> None:
    shares = mix(biomass=6.5, imports=22.3, gas=13.5, nuclear=16.5, hydro=1, wind=40.2)
    parsed = parse("generation", {"data": [period(generationmix=shares)]})
    [row] = rows(parsed, "generation_mix_national")
    assert (row["wind_pct"], row["solar_pct"]) == (40.2, 0)


@pytest.mark.parametrize(
    ("shares", "rule", "stored"),
    [
        (mix(wind=100)[:-1], "mix_incomplete", 0),
        ([{"fuel": "wind"}], "mix_incomplete", 0),
        (None, "mix_incomplete", 0),
        ([*mix(wind=100)[:-1], {"fuel": "wind", "perc": "40"}], "not_a_number", 0),
        ([*mix(wind=100), {"fuel": "storage", "perc": 1}], "unknown_fuel", 1),
    ],
)
def test_bad_mixes(shares: Any, rule: str, stored: int) -> None:
    parsed = parse("generation", {"data": [period(generationmix=shares)]})
    assert [reject.rule for reject in parsed.rejects] == [rule]
    assert len(rows(parsed, "generation_mix_national")) == stored


# -- conservation

_values = st.one_of(
    st.none(), st.integers(-10, 20000), st.floats(), st.text(max_size=3), st.booleans()
)
_records = st.one_of(
    _values,
    st.builds(lambda f, a, i: national(forecast=f, actual=a, index=i), _values, _values, _values),
    st.builds(lambda label: {**national(), "from": label}, _values),
)


@given(st.lists(_records, max_size=8))
def test_every_record_is_stored_rejected_or_dropped(records: list[Any]) -> None:
    text = json.dumps({"data": records})
    if "NaN" in text or "Infinity" in text:
        with pytest.raises(DataError):
            parse("intensity", text.encode())
        return
    parsed = parse("intensity", text.encode())
    stored = len(rows(parsed, "carbon_intensity_national"))
    whole_rejects = sum(reject.field is None for reject in parsed.rejects)
    assert stored + whole_rejects + sum(parsed.dropped.values()) == len(records)


# -- recognition


@pytest.mark.parametrize(
    ("body", "dataset"),
    [
        ({"data": [national()]}, "intensity"),
        ({"data": [period(generationmix=mix())]}, "generation"),
        ({"data": [period(regions=[])]}, "regional"),
        ({"data": {"regionid": 1, "data": []}}, "regional"),
        (b"from,to,forecast,actual,index\n", "intensity"),
        (b"\xef\xbb\xbffrom,to,forecast,actual,index\r\n", "intensity"),
        (b"issued_at,from,forecast_gco2_kwh\n", "vintages"),
    ],
)
def test_saved_files_are_recognised_by_content(body: Any, dataset: str) -> None:
    found = carbon_intensity.recognise(open_document(payload("", body).body))
    assert found is not None
    assert found.dataset == dataset
    assert found.problem is None


@pytest.mark.parametrize("body", [{"data": []}, {}, [1], {"data": [1]}, b"a,b\n1,2\n"])
def test_strangers_are_not_recognised(body: Any) -> None:
    assert carbon_intensity.recognise(open_document(payload("", body).body)) is None
