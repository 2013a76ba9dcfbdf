"""Beckn discovery: a reader that takes what the dialects say, and keeps out what says nothing."""

import base64
import copy
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.beckn import DIALECTS, Beckn, item, offer, on_discover
from upstream import Upstream

import gridctl.sources
from gridctl.config import Config, load_config
from gridctl.errors import DataError, UsageError
from gridctl.fetch.runner import Plan, fetch
from gridctl.model import Parsed, Payload, Request, natural_id
from gridctl.regions import all_regions
from gridctl.sources.base import open_document
from gridctl.sources.beckn import SOURCE, places
from gridctl.sources.beckn.times import agrees_with_duration, first_day, window_times
from gridctl.sources.beckn.windows import point_of
from gridctl.sources.records import BadRecord
from gridctl.store.files import load_files

NOW = datetime(2026, 5, 6, 12, 10, 3, 250_000, tzinfo=UTC)
SEEN = NOW.replace(microsecond=0)
CONTEXT = {
    "version": "2.0.0",
    "action": "on_discover",
    "domain": "beckn.one:DEG:compute-energy:1.0",
    "timestamp": "2026-05-06T12:10:02.100Z",
    "message_id": "m-on",
    "transaction_id": "t",
    "bap_id": "bap.example",
    "bpp_id": "bpp.example",
}
OPTIONS = {
    "url": "http://x",
    "path": "discover",
    "search": "windows",
    "bap_id": "bap.example",
    "bap_uri": "http://bap.example",
    "key_id": "",
    "key_file": "",
}
ASKED = {"context": {**CONTEXT, "action": "discover", "message_id": "m"}, "message": {}}


def payload(document: Any, asked: Any = None) -> Payload:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    sent = json.dumps(asked).encode() if asked is not None else None
    return Payload(uuid.uuid4(), "beckn", "discover", raw, NOW, request=sent)


def parse(document: Any, asked: Any = None) -> Parsed:
    return SOURCE.parse(payload(document, asked))


def window(**parts: Any) -> dict[str, Any]:
    """A good item; ``grid``, ``window``, ``capacity`` and ``item`` change its parts."""
    made = item("w", "Cambridge", "TEST-E1", "10:00:00Z", "14:00:00Z", 120, 80)
    attributes = made["beckn:itemAttributes"]
    attributes["beckn:gridParameters"] |= parts.get("grid", {})
    attributes["beckn:timeWindow"] |= parts.get("window", {})
    attributes["beckn:capacityParameters"] |= parts.get("capacity", {})
    return made | parts.get("item", {})


def catalog(*items: Any, offers: Any = (), **parts: Any) -> dict[str, Any]:
    return {
        "beckn:id": "c",
        "beckn:validity": {"schema:startDate": "2026-05-06T00:00:00Z"},
        "beckn:provider": {"beckn:id": "p", "beckn:descriptor": {"schema:name": "Provider"}},
        "beckn:items": list(items),
        "beckn:offers": list(offers),
        **parts,
    }


def listed(*catalogs: Any) -> Parsed:
    return parse({"context": CONTEXT, "message": {"catalogs": list(catalogs)}})


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


# -- rows


def test_an_item_becomes_a_zone_a_window_a_snapshot_and_its_offer() -> None:
    parsed = listed(catalog(window(), offers=[offer("o", ["w"], "0.102", "GBP")]))
    assert [b.table for b in parsed.batches] == [  # each refers to the one before it
        "grid_zones", "compute_windows", "grid_snapshots", "offers", "beckn_transactions",
    ]  # fmt: skip
    [zone], [made] = rows(parsed, "grid_zones"), rows(parsed, "compute_windows")
    [snapshot], [price] = rows(parsed, "grid_snapshots"), rows(parsed, "offers")
    assert (zone["zone_id"], zone["locality"]) == ("TEST-E1|Cambridge", "Cambridge")
    assert zone["region_id"] == str(natural_id("uk_regions", 10))
    assert (zone["latitude"], zone["longitude"]) == (52.2, 0.13)  # GeoJSON says longitude first
    assert made["grid_zone_id"] == str(natural_id("grid_zones", zone["zone_id"]))
    assert (made["provider_id"], made["provider_name"]) == ("p", "Provider")
    assert (made["capacity_mw"], made["reservation_required"]) == (2.5, False)
    assert snapshot["snapshot_timestamp"] == SEEN
    assert snapshot["compute_window_id"] == str(natural_id("compute_windows", "w"))
    assert snapshot["window_start"] == datetime(2026, 5, 6, 10, tzinfo=UTC)
    assert (snapshot["renewable_mix"], snapshot["carbon_intensity"]) == (80, 120)
    assert (snapshot["catalog_id"], snapshot["transaction_id"]) == ("c", "t")
    assert (price["price_value"], price["price_currency"]) == (0.102, "GBP")
    assert (price["price_unit"], price["price_stability"]) == ("per_kWh", "stable")
    assert (price["compute_window_id"], price["provider_id"]) == (
        snapshot["compute_window_id"],
        "p",
    )
    assert parsed.used == 3  # item, offer, message


def test_all_catalogs_are_read_and_what_is_not_british_is_kept_as_it_is() -> None:
    parsed = parse(on_discover({**CONTEXT, "message_id": "m"}, NOW))
    assert [row["item_id"] for row in rows(parsed, "compute_windows")] == [
        "w-cam", "w-man", "w-edi", "w-edi-day", "w-ams",
    ]  # fmt: skip
    zones = {row["locality"]: row for row in rows(parsed, "grid_zones")}
    assert len(zones) == 4  # both windows at Edinburgh share one
    assert (zones["Amsterdam"]["country"], zones["Amsterdam"]["region_id"]) == ("NL", None)
    assert [(o["offer_id"], o["item_id"], o["price_currency"]) for o in rows(parsed, "offers")] == [
        ("o-cam", "w-cam", "GBP"),
        ("o-cam-late", "w-cam", "GBP"),
        ("o-north", "w-man", "GBP"),
        ("o-north", "w-edi", "GBP"),
        ("o-ams", "w-ams", "EUR"),
    ]
    night = next(r for r in rows(parsed, "grid_snapshots") if r["item_id"] == "w-edi")
    assert night["window_end"] == datetime(2026, 5, 7, 4, tzinfo=UTC)
    assert {r["provider_id"] for r in rows(parsed, "compute_windows")} == {"prov-gb", "prov-nl"}
    assert parsed.rejects == []


@pytest.mark.parametrize(
    ("own", "of_catalog", "expected"),
    [
        ({"beckn:id": "q", "beckn:descriptor": {"schema:name": "Q"}}, {}, ("q", "Q")),
        ({"beckn:id": "p"}, {}, ("p", "Provider")),  # the catalogue names it
        ("q", {}, ("q", None)),
        (None, {}, ("p", "Provider")),
        (None, {"beckn:provider": None, "beckn:providerId": "r"}, ("r", None)),
        (None, {"beckn:provider": None}, (None, None)),
    ],
)
def test_the_provider_is_the_items_own_else_the_catalogs(
    own: Any, of_catalog: dict[str, Any], expected: tuple[str, str]
) -> None:
    [row] = rows(
        listed(catalog(window(item={"beckn:provider": own}), **of_catalog)), "compute_windows"
    )
    assert (row["provider_id"], row["provider_name"]) == expected


@pytest.mark.parametrize("places_", ["object", "array", "two"])
def test_places_are_one_or_several(places_: str) -> None:
    one = window()["beckn:availableAt"][0]
    apart = [{"geo": one["geo"]}, {"address": one["address"]}]
    at = {"object": one, "array": [one], "two": apart}[places_]
    [zone] = rows(listed(catalog(window(item={"beckn:availableAt": at}))), "grid_zones")
    assert (zone["locality"], zone["latitude"]) == ("Cambridge", 52.2)


def test_what_has_no_column_is_kept_as_json() -> None:
    made = window(grid={"gridInertia": "low"}, window={"duration": "PT4H"}, capacity={"x": [1]})
    made["beckn:rateable"] = False
    [row] = rows(listed(catalog(made, **{"beckn:tags": ["t"]})), "grid_snapshots")
    extra = json.loads(row["extra"])
    assert extra["grid"] == {"gridInertia": "low"}
    assert extra["window"] == {"duration": "PT4H"}
    assert extra["capacity"] == {"x": [1]}
    assert extra["item"] == {"beckn:rateable": False}
    assert extra["catalog"]["beckn:tags"] == ["t"]
    assert extra["catalog"]["beckn:validity"] == {"schema:startDate": "2026-05-06T00:00:00Z"}


def test_plain_keys_are_read_as_prefixed_ones() -> None:
    document = {"context": CONTEXT, "message": {"catalogs": [catalog(window())]}}
    plain = json.loads(json.dumps(document).replace("beckn:", "").replace("schema:", ""))
    camel = {"transactionId": "t", "messageId": "m-on", "bapId": "bap.example"}
    plain["context"] = {"action": "on_discover", **camel}
    [row], [before] = (rows(parse(d), "grid_snapshots") for d in (plain, document))
    assert {**row, "extra": None} == {**before, "extra": None}
    assert rows(parse(plain), "beckn_transactions")[0]["bap_id"] == "bap.example"


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"grid": {"carbonIntensity": None}}, "carbon_intensity_missing"),
        ({"grid": {"renewableMix": None}}, "renewable_mix_missing"),
        ({"grid": {"renewableMix": 100.5}}, "renewable_mix_range"),
        ({"grid": {"renewableMix": -1}}, "renewable_mix_range"),
        ({"grid": {"carbonIntensity": "much"}}, "not_a_number"),
        ({"grid": {"carbonIntensity": True}}, "not_a_number"),
        ({"grid": {"carbonIntensityUnit": "lb/MWh"}}, "unit_unknown"),
        ({"grid": {"renewableMixUnit": "fraction"}}, "unit_unknown"),
        ({"capacity": {"availableCapacity": -0.1}}, "capacity_negative"),
        ({"capacity": {"capacityUnit": "MVA"}}, "unit_unknown"),
        ({"window": {"start": None}}, "time_unreadable"),
        ({"window": {"start": "soon"}}, "time_unreadable"),
        ({"window": {"end": "25:00:00Z"}}, "time_unreadable"),
        ({"window": {"start": "10:00:00"}}, "time_without_zone"),
        ({"window": {"start": "9999-12-31T23:00:00Z"}}, "time_unreadable"),
        ({"window": {"end": "2026-05-01T00:00:00Z"}}, "window_ends_before_it_starts"),
        ({"item": {"beckn:id": " "}}, "item_without_id"),
        ({"item": {"beckn:id": ["w"]}}, "item_without_id"),
    ],
)
def test_windows_that_say_too_little_are_rejected_and_their_offers_left_out(
    parts: dict[str, Any], rule: str
) -> None:
    good = window(item={"beckn:id": "good"})
    offers = [offer("o", ["w"], "0.1", "GBP"), offer("o-good", ["good", "w"], "0.2", "GBP")]
    if parts.get("item"):
        offers = offers[1:]
    parsed = listed(catalog(window(**parts), good, offers=offers))
    assert rules(parsed) == [(rule, None)]
    assert [row["item_id"] for row in rows(parsed, "grid_snapshots")] == ["good"]
    assert [(o["offer_id"], o["item_id"]) for o in rows(parsed, "offers")] == [("o-good", "good")]
    assert sum(parsed.dropped.values()) == len(offers) - 1


@pytest.mark.parametrize(("unit", "mw"), [("kW", 0.9), ("MW", 900.0), ("GW", 900_000.0)])
def test_capacity_is_in_megawatts(unit: str, mw: float) -> None:
    made = window(capacity={"availableCapacity": 900, "capacityUnit": unit})
    [row] = rows(listed(catalog(made)), "grid_snapshots")
    assert row["available_capacity_mw"] == pytest.approx(mw)


def test_a_capacity_not_stated_is_missing_not_zero() -> None:
    made = window()
    del made["beckn:itemAttributes"]["beckn:capacityParameters"]
    parsed = listed(catalog(made))
    [row] = rows(parsed, "compute_windows")
    assert (row["capacity_mw"], row["reservation_required"]) == (None, None)


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (offer("o", ["elsewhere"], "0.1", "GBP"), "offer_of_no_item"),
        (offer("o", [], "0.1", "GBP"), "offer_of_no_item"),
        (offer("o", ["w"], "cheap", "GBP"), "not_a_number"),
        ({**offer("o", ["w"], "1", "GBP"), "beckn:price": None}, "price_missing"),
        ({**offer("o", ["w"], "1", "GBP"), "beckn:id": None}, "offer_without_id"),
        ("text", "record_shape"),
    ],
)
def test_bad_offers(made: Any, rule: str) -> None:
    good = {**offer("good", ["w"], "0", "GBP"), "beckn:price": {"price": 0.3, "currency": "GBP"}}
    parsed = listed(catalog(window(), offers=[made, good]))
    assert rules(parsed) == [(rule, None)]
    assert [o["price_value"] for o in rows(parsed, "offers")] == [0.3]


def test_what_is_listed_twice_counts_once() -> None:
    again = offer("o", ["w"], "0.5", "GBP")
    parsed = listed(catalog(window(), offers=[again, again]), catalog(window()))
    assert rules(parsed) == [("item_listed_twice", None), ("offer_listed_twice", None)]
    assert len(rows(parsed, "grid_snapshots")) == 1


def test_odd_places_and_durations_cost_a_field_not_the_window() -> None:
    at = {"geo": {"type": "Point", "coordinates": [0.1, 95]}, "address": {}}
    made = window(item={"beckn:availableAt": at}, window={"duration": "PT5H"})
    parsed = listed(catalog(made))
    assert rules(parsed) == [
        ("position_unreadable", "latitude"),
        ("duration_disagrees", "duration"),
    ]
    [zone] = rows(parsed, "grid_zones")
    assert (zone["latitude"], zone["region_id"], zone["zone_name"]) == (None, None, "Cambridge")


def test_a_zone_without_codes_is_named_by_its_place_and_one_without_either_is_none() -> None:
    no_code = {"gridZone": None, "gridArea": None}
    one = listed(catalog(window(grid=no_code)))
    assert rows(one, "grid_zones")[0]["zone_id"] == "GB|Cambridge"
    none = listed(catalog(window(grid=no_code, item={"beckn:availableAt": None})))
    assert rows(none, "grid_zones") == []
    assert rows(none, "compute_windows")[0]["grid_zone_id"] is None


def test_items_of_other_domains_are_left_out_on_purpose() -> None:
    other = {"beckn:id": "f", "beckn:itemAttributes": {"@type": "beckn:DemandFlexibilityResource"}}
    parsed = listed(catalog(other, other, offers=[offer("o", ["f"], "8", "INR")]))
    assert parsed.dropped == {
        "item of another kind than compute windows": 2,
        "offer of an item that is left out": 1,
    }
    assert [b.table for b in parsed.batches] == ["beckn_transactions"]


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, [[]], True])
@pytest.mark.parametrize("place", ["catalog", "items", "offers", "item", "attributes", "message"])
def test_oddities_never_break_the_reader(odd: Any, place: str) -> None:
    made = window()
    document: dict[str, Any] = {"context": CONTEXT, "message": {"catalogs": [catalog(made)]}}
    listing = document["message"]["catalogs"]
    match place:
        case "catalog":
            listing.append(odd)
        case "items" | "offers":
            listing[0][f"beckn:{place}"] = odd
        case "item":
            listing[0]["beckn:items"].append(odd)
        case "attributes":
            made["beckn:itemAttributes"] = odd
        case "message":
            document["message"] = odd
    try:
        parsed = parse(document)
    except DataError as refused:
        said = str(refused)
    else:
        said = "read"
        assert len(rows(parsed, "beckn_transactions")) == 1
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("depth", [200, 300, 1000])
@pytest.mark.parametrize("place", ["error", "x", "context"])
def test_deep_nesting_is_read_or_refused(depth: int, place: str) -> None:
    made = window(grid={"x": "DEEP"} if place == "x" else {})
    document = {"context": CONTEXT, "message": {"catalogs": [catalog(made)]}}
    text = json.dumps(document if place == "x" else {**document, place: "DEEP"})
    body = text.replace('"DEEP"', "[" * depth + "]" * depth).encode()
    try:
        said = str(len(rows(parse(body), "grid_snapshots")))
    except DataError as refused:
        said = str(refused)
    if depth > 250:
        assert "deep" in said or "JSON" in said


# -- times


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("10:00:00Z", "14:00:00Z", 4),
        ("20:00:00Z", "04:00:00Z", 8),
        ("00:00:00Z", "00:00:00Z", 24),
        ("00:00Z", "24:00Z", 24),
        ("18:00:00Z", "24:00:00Z", 6),
        ("10:00:00+01:00", "14:00:00+01:00", 4),
        ("2026-05-08T10:00:00Z", "2026-05-08T14:00:00Z", 4),
        ("2026-05-08T22:00:00Z", "04:00:00Z", 6),
    ],
)
def test_windows_are_dated(start: str, end: str, hours: float) -> None:
    found = window_times({"start": start, "end": end}, date(2026, 5, 6))
    assert found[1] - found[0] == timedelta(hours=hours)
    expected = date(2026, 5, 8) if start.startswith("2026") else date(2026, 5, 6)
    assert found[0].date() == expected
    assert agrees_with_duration({"duration": f"PT{hours}H"}, *found)
    assert not agrees_with_duration({"duration": f"PT{hours + 1}H"}, *found)


@given(st.times(), st.times(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_window_of_times_of_day_lasts_up_to_a_day(start: Any, end: Any, day: date) -> None:
    found = window_times({"start": f"{start.isoformat()}Z", "end": f"{end.isoformat()}Z"}, day)
    assert timedelta(0) < found[1] - found[0] <= timedelta(days=1)
    assert found[0].date() == day
    assert found[1].timetz().replace(tzinfo=None) == end


@pytest.mark.parametrize("duration", [None, 4, "P", "PT", "four hours", "P1Y", "-PT4H"])
def test_a_duration_that_cannot_be_read_says_nothing(duration: Any) -> None:
    assert agrees_with_duration({"duration": duration}, NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("validity", "day"),
    [
        ({"schema:startDate": "2025-11-17T00:00:00Z"}, date(2025, 11, 17)),
        ({"schema:startDate": "2025-11-17T23:30:00-02:00"}, date(2025, 11, 18)),
        ({"startDate": "2025-11-17"}, date(2025, 11, 17)),
        ({"schema:startDate": "2025-11-17T00:00:00"}, NOW.date()),
        ({"schema:startDate": 5}, NOW.date()),
        ({}, NOW.date()),
        (None, NOW.date()),
    ],
)
def test_the_day_of_a_catalog(validity: Any, day: date) -> None:
    assert first_day(validity, NOW) == day


def test_a_window_without_any_time() -> None:
    with pytest.raises(BadRecord, match="time_unreadable"):
        window_times(None, NOW.date())


# -- places


@pytest.mark.parametrize(
    ("locality", "country", "point", "region"),
    [
        ("Cambridge", "GB", (52.2, 0.12), 10),
        ("cambridge ", None, None, 10),
        ("London, UK", "United Kingdom", None, 13),
        ("Manchester", "GB", None, 3),
        ("Birmingham", "GB", None, 8),
        ("Edinburgh", "GB", None, 2),
        ("Glasgow", "GB", None, 2),
        ("Bristol", "GB", None, 11),
        ("Liverpool", "GB", None, 6),
        ("Leeds", "GB", None, 5),
        ("Newcastle", "GB", None, 4),
        ("Cardiff", "GB", None, 7),
        ("Brighton", "GB", None, 14),
        ("Aberdeen", "GB", None, 1),
        ("Nottingham", "GB", None, 9),
        ("Reading", "GB", None, 12),
        ("Newcastle", "GB", (53.01, -2.23), 8),  # under Lyme: the point tells
        ("Cambridge", "US", (42.37, -71.1), None),
        ("Birmingham", None, (33.5, -86.8), None),  # in Alabama
        ("East England", "GB", None, None),  # a region's name is no place
        ("Nowhere", "GB", (51.9, 0.9), 10),
        ("Nowhere", "GB", (59.9, -6.5), None),  # at sea, far from any town
        (None, None, (48.9, 2.3), None),
        (None, None, None, None),
    ],
)
def test_regions_of_places(
    locality: str | None,
    country: str | None,
    point: tuple[float, float] | None,
    region: int | None,
) -> None:
    assert places.region_of(locality, country, point) == region


def test_every_town_lies_in_the_country_and_not_far_from_the_middle_of_its_region() -> None:
    assert set(places._TOWNS) == {region.number for region in all_regions()}
    for region in all_regions():
        for name, point in places._TOWNS[region.number].items():
            assert places.region_of(name, "GB", point) == region.number, name
            far = places.distance_km(point, (region.latitude, region.longitude))
            assert far < (380 if region.number == 1 else 160), name


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distance_is_symmetric_and_bounded(a: float, b: float, c: float, d: float) -> None:
    there, back = places.distance_km((a, b), (c, d)), places.distance_km((c, d), (a, b))
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20_016


@pytest.mark.parametrize(
    ("geo", "point"),
    [
        ({"type": "Point", "coordinates": [0.12, 52.2]}, (52.2, 0.12)),
        ({"type": "Point", "coordinates": [0.12, 52.2, 10]}, (52.2, 0.12)),
        ({"type": "Polygon", "coordinates": [[[0, 52], [1, 52], [1, 53], [0, 53], [0, 52]]]},
         (52.5, 0.5)),
        ({"type": "Polygon", "coordinates": []}, None),
        ({"type": "Polygon", "coordinates": [5]}, None),
        ({"type": "Polygon", "coordinates": [[]]}, None),
        ({"type": "Point", "coordinates": [181, 0]}, None),
        ({"type": "Point", "coordinates": ["0", 52]}, None),
        ({"type": "Point", "coordinates": [True, 52]}, None),
        ({"type": "Point"}, None),
        ({"type": "Sphere", "coordinates": [0, 52]}, None),
        ("POINT(0 52)", None),
        (None, None),
    ],
)  # fmt: skip
def test_points(geo: Any, point: Any) -> None:
    assert point_of(geo) == point


# -- messages


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name.startswith("ack")])
def test_an_acknowledgement_is_noted_and_nothing_else(dialect: str) -> None:
    parsed = parse(DIALECTS[dialect], ASKED)
    assert [b.table for b in parsed.batches] == ["beckn_transactions"]
    [row] = rows(parsed, "beckn_transactions")
    assert (row["transaction_id"], row["message_id"], row["action"]) == ("t", "m", "discover")
    assert (row["status"], row["http_status"]) == ("ACK", 200)
    assert json.loads(row["request_payload"]) == ASKED
    assert json.loads(row["response_payload"]) == DIALECTS[dialect]


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("nack-v1", "30001: provider not found"),
        ("nack-adapter", "SCH_INVALID_FORMAT: bad timestamp"),
        ("nack-candidate", "NO_RESULTS_FOUND: nothing found"),
        ("nack-long-term", "30004: item not found"),
        ("error-in-200", "service unavailable"),
    ],
)
def test_a_refusal_is_told_in_its_own_words(dialect: str, words: str) -> None:
    body = json.dumps(DIALECTS[dialect]).encode()
    with pytest.raises(DataError, match=words):
        SOURCE.follow(Request("beckn", "discover", "/discover"), body, OPTIONS)
    with pytest.raises(DataError, match=words):
        parse(DIALECTS[dialect], ASKED)
    found = SOURCE.recognise(open_document(body))
    assert found is None if dialect == "error-in-200" else found is not None and found.problem


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "HTML"),
        (b"[]", "is an object"),
        (b"{}", "neither a Beckn message"),
        (b'{"context":5}', "neither a Beckn message"),
        (b'{"context":{"action":"on_select"},"message":{}}', "answered 'on_select'"),
        (b'{"context":{"action":"discover"},"message":{}}', "answered 'discover'"),
        (b'{"message":{"ack":{"status":"NACK"}}}', "without a reason"),
    ],
)
def test_what_is_no_answer_to_discover(body: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        SOURCE.follow(Request("beckn", "discover", "/discover"), body, OPTIONS)


def test_an_answer_without_catalogs_or_without_an_exchange() -> None:
    with pytest.raises(DataError, match="list of catalogs"):
        parse({"context": CONTEXT, "message": {}})
    with pytest.raises(DataError, match="which exchange"):
        parse({"context": {"action": "on_discover"}, "message": {"catalogs": []}})
    with pytest.raises(DataError, match="which exchange"):
        parse(DIALECTS["ack-v1"])


def test_the_ids_of_an_exchange_are_those_that_were_sent() -> None:
    parsed = parse({"context": CONTEXT, "message": {"catalogs": [catalog(window())]}}, ASKED)
    [row], [snapshot] = rows(parsed, "beckn_transactions"), rows(parsed, "grid_snapshots")
    assert (row["transaction_id"], row["message_id"]) == ("t", "m")
    assert (snapshot["transaction_id"], snapshot["message_id"]) == ("t", "m")
    assert (row["status"], row["bpp_id"]) == ("completed", "bpp.example")
    assert row["timestamp"] == datetime(2026, 5, 6, 12, 10, 2, 100_000, tzinfo=UTC)


@pytest.mark.parametrize("action", ["select", "init", "confirm", "update", "status", "rating"])
def test_steps_of_a_journey_are_noted_each_in_its_column(action: str) -> None:
    order = {"order": {"beckn:id": "1", "beckn:orderStatus": "CONFIRMED"}}
    for named in (action, f"on_{action}"):
        document = {"context": {**CONTEXT, "action": named}, "message": order}
        found = SOURCE.recognise(open_document(json.dumps(document).encode()))
        assert found is not None
        assert (found.dataset, found.problem) == ("messages", None)
        [row] = rows(parse(document), "beckn_transactions")
        filled, empty = "request_payload", "response_payload"
        if named.startswith("on_"):
            filled, empty = empty, filled
        assert (row["action"], json.loads(row[filled]), row[empty]) == (action, document, None)
        assert row["status"] == ("CONFIRMED" if named.startswith("on_") else None)


@pytest.mark.parametrize(
    "document",
    [
        {"data": []},
        {"context": "x"},
        {"context": {"action": "discover"}},
        {"status": "ok"},
        {"error": {"code": "400 Bad Request", "message": "no"}},
        {"result": {"records": []}},
        [1],
    ],
)
def test_strangers_are_not_recognised(document: Any) -> None:
    assert SOURCE.recognise(open_document(json.dumps(document).encode())) is None


# -- calls


def test_discover_asks_by_text_under_fresh_ids() -> None:
    [request], [again] = (SOURCE.latest(NOW, timedelta(hours=48), OPTIONS) for _ in range(2))
    assert (request.path, request.dataset) == ("/discover", "discover")
    assert request.body is not None
    assert again.body is not None
    document = json.loads(request.body)
    assert b": " not in request.body.replace(b"grid: ", b"")  # compact: these bytes are signed
    context = document["context"]
    assert context["timestamp"] == "2026-05-06T12:10:03.250Z"
    assert (context["version"], context["action"], context["ttl"]) == ("2.0.0", "discover", "PT30S")
    assert (context["bap_id"], context["bap_uri"]) == ("bap.example", "http://bap.example")
    assert document["message"] == {"text_search": "windows"}
    ids = [json.loads(r.body or b"")["context"] for r in (request, again)]
    assert len({c[name] for c in ids for name in ("message_id", "transaction_id")}) == 4
    assert SOURCE.headers(request, NOW, OPTIONS) == {}


def test_it_says_what_keeps_it_from_asking(tmp_path: Path) -> None:
    assert SOURCE.not_ready(OPTIONS) is None
    assert "beckn.url" in (SOURCE.not_ready({**OPTIONS, "url": ""}) or "")
    keyed = {**OPTIONS, "key_file": str(tmp_path / "key")}
    assert "beckn.key_id" in (SOURCE.not_ready(keyed) or "")
    assert "No such file" in (SOURCE.not_ready({**keyed, "key_id": "k"}) or "")
    with pytest.raises(UsageError, match="No such file"):
        SOURCE.headers(Request("beckn", "discover", "/", body=b"{}"), NOW, keyed)


# -- against a discovery service


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Upstream, Beckn]]:
    monkeypatch.setitem(gridctl.sources.SOURCES, SOURCE.name, SOURCE)
    site = Beckn(NOW)
    with Upstream(NOW, [site]) as server:
        monkeypatch.setenv("GRIDCTL_BECKN_URL", server.url)
        monkeypatch.setenv("GRIDCTL_FETCH_ATTEMPTS", "1")
        yield server, site


def query(config: Config, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(config.database), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return con.execute(sql).fetchall()


def test_windows_are_fetched_and_stored(service: tuple[Upstream, Beckn]) -> None:
    _, site = service
    config = load_config()
    report = fetch(config, ["beckn"], Plan(), NOW)
    assert report.sources[0].error is None
    assert query(
        config,
        """SELECT locality, region_number, window_name, carbon_intensity, price_value,
                  price_currency
           FROM grid_snapshots s JOIN compute_windows w ON w.id = s.compute_window_id
           JOIN grid_zones z ON z.id = w.grid_zone_id LEFT JOIN uk_regions r ON r.id = z.region_id
           LEFT JOIN offers o USING (compute_window_id) ORDER BY ALL""",
    ) == [
        ("Amsterdam", None, "Amsterdam window", 240, 0.071, "EUR"),
        ("Cambridge", 10, "Cambridge window", 110, 0.097, "GBP"),
        ("Cambridge", 10, "Cambridge window", 110, 0.118, "GBP"),
        ("Edinburgh", 2, "Edinburgh window", 20, 0.061, "GBP"),
        ("Edinburgh", 2, "Edinburgh window", 31, None, None),
        ("Manchester", 3, "Manchester window", 95, 0.061, "GBP"),
    ]
    sent = site.messages[0]["context"]
    assert query(
        config,
        """SELECT transaction_id, message_id, action, status, http_status,
                  json_extract_string(request_payload, '$.message.text_search'),
                  json_extract_string(response_payload, '$.context.action')
           FROM beckn_transactions""",
    ) == [
        (sent["transaction_id"], sent["message_id"], "discover", "completed", 200,
         "Grid flexibility windows", "on_discover"),
    ]  # fmt: skip
    [(cheapest,)] = query(
        config,
        "SELECT beckn_price_value FROM latest_grid_conditions WHERE locality = 'Cambridge'",
    )
    assert cheapest == 0.097


def test_an_acknowledgement_and_a_refusal_over_the_wire(service: tuple[Upstream, Beckn]) -> None:
    _, site = service
    config = load_config()
    site.answers = "ack-adapter"
    assert fetch(config, ["beckn"], Plan(), NOW).sources[0].error is None
    site.answers = "nack-candidate"
    report = fetch(config, ["beckn"], Plan(), NOW)
    assert "NO_RESULTS_FOUND: nothing found" in (report.sources[0].error or "")
    assert query(config, "SELECT status FROM beckn_transactions") == [("ACK",)]
    assert query(config, "SELECT count(*) FROM grid_snapshots") == [(0,)]


def test_a_signed_call_verifies_and_an_unsigned_one_is_turned_away(
    service: tuple[Upstream, Beckn], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cryptography", reason="signing needs the optional cryptography package")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    _, site = service
    seed = bytes(range(7, 39))
    key = Ed25519PrivateKey.from_private_bytes(seed)
    site.public_key = key.public_key().public_bytes_raw()
    report = fetch(load_config(), ["beckn"], Plan(), NOW)
    assert "401" in (report.sources[0].error or "")
    assert site.messages == []
    path = tmp_path / "key.b64"
    path.write_bytes(base64.b64encode(seed))
    path.chmod(0o600)
    monkeypatch.setenv("GRIDCTL_BECKN_KEY_FILE", str(path))
    monkeypatch.setenv("GRIDCTL_BECKN_KEY_ID", "key-1")
    config = load_config()
    assert fetch(config, ["beckn"], Plan(), NOW).sources[0].error is None
    assert len(site.messages) == 1
    landed = config.database.parent
    secret = base64.b64encode(seed)
    assert not any(
        secret in file.read_bytes() for file in landed.iterdir() if file != path and file.is_file()
    )


def test_a_request_and_its_answer_with_one_id_are_one_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gridctl.sources.SOURCES, SOURCE.name, SOURCE)
    request = copy.deepcopy(ASKED)
    answer = {"context": {**CONTEXT, "message_id": "m"}, "message": {"catalogs": []}}
    files = [tmp_path / "answer.json", tmp_path / "request.json"]
    for file, document in zip(files, (answer, request), strict=True):
        file.write_text(json.dumps(document))
    config = load_config()
    assert [r.status for r in load_files(config, files, NOW)] == ["loaded", "loaded"]
    [(sent, received, status)] = query(
        config, "SELECT request_payload, response_payload, status FROM beckn_transactions"
    )
    assert json.loads(sent) == request
    assert json.loads(received) == answer
    assert status == "completed"


# -- recorded messages


def test_recorded_messages_all_load(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gridctl.sources.SOURCES, SOURCE.name, SOURCE)
    files = sorted((real_data / "beckn").rglob("*.json"))
    assert len(files) > 40
    config = load_config()
    results = load_files(config, files, NOW)
    assert {r.status for r in results} == {"loaded", "reference"}
    assert sum(r.status == "reference" for r in results) == 1
    assert sum(r.rejected for r in results) == 0
    assert query(
        config,
        """SELECT locality, region_number FROM grid_zones z
           LEFT JOIN uk_regions r ON r.id = z.region_id WHERE country = 'GB' ORDER BY 1""",
    ) == [("Cambridge", 10), ("Manchester", 3)]
    assert query(config, "SELECT count(*) FROM grid_snapshots") == [(8,)]
    assert query(
        config,
        """SELECT window_start, window_end FROM grid_snapshots
           WHERE window_end - window_start = INTERVAL 8 HOUR AND item_id LIKE '%losangeles%'""",
    ) == [
        (datetime(2025, 11, 19, 20, tzinfo=UTC), datetime(2025, 11, 20, 4, tzinfo=UTC)),
    ]
    actions = query(config, "SELECT DISTINCT action FROM beckn_transactions ORDER BY 1")
    assert [a for (a,) in actions] == [
        "confirm", "discover", "init", "rating", "select", "status", "support", "update",
    ]  # fmt: skip
