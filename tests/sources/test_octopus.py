"""Agile rates: the product on sale, pages, regions by tariff code, prices without VAT."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import upstream as faults
from hypothesis import given
from hypothesis import strategies as st
from sites.octopus import ENDED, ON_SALE, Octopus, pence
from upstream import Upstream

from gridctl import sources
from gridctl.clock import HALF_HOUR
from gridctl.errors import DataError
from gridctl.model import Parsed, Payload, Window
from gridctl.regions import all_regions
from gridctl.sources import octopus
from gridctl.sources.base import open_document
from gridctl.sources.octopus import calls
from gridctl.sources.octopus.tariff import Tariff, find_tariff

NOW = datetime(2026, 5, 6, 12, 10, tzinfo=UTC)
LONDON_FILE = "E-1R-AGILE-24-10-01-C.json"
OPTIONS = {"regions": ["London"], "product": ON_SALE}


def rate(start: str = "2026-05-25T22:30:00Z", pence: Any = 13.4286, **parts: Any) -> dict[str, Any]:
    try:
        end = f"{datetime.fromisoformat(start) + HALF_HOUR:%Y-%m-%dT%H:%M:%SZ}"
    except ValueError:
        end = "2026-05-25T23:00:00Z"
    return {
        "value_exc_vat": pence,
        "value_inc_vat": 14.1,
        "valid_from": start,
        "valid_to": end,
        "payment_method": None,
        **parts,
    }


def page(*results: Any, next: Any = None) -> dict[str, Any]:
    return {"count": len(results), "next": next, "previous": None, "results": list(results)}


def parse(body: Any, location: str = LONDON_FILE, dataset: str = "agile") -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return octopus.parse(Payload(uuid.uuid4(), "octopus", dataset, raw, NOW, None, location))


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    return [
        dict(zip(batch.columns, values, strict=True))
        for batch in parsed.batches
        for values in zip(*batch.columns.values(), strict=True)
    ]


def product(code: str, **parts: Any) -> dict[str, Any]:
    return {"code": code, "available_from": "2024-10-01T00:00:00Z", "available_to": None, **parts}


# -- rates


def test_pence_without_vat_become_pounds_per_mwh() -> None:
    [row] = rows(parse(page(rate())))
    assert row == {
        "price_type": "agile_retail",
        "timestamp": datetime(2026, 5, 25, 22, 30, tzinfo=UTC),
        "region_number": 13,
        "price_gbp_mwh": 134.286,
        "settlement_date": date(2026, 5, 25),
        "settlement_period": 48,
    }


@given(st.integers(-100_000, 1_000_000))
def test_no_digit_is_added_or_lost(ten_thousandths: int) -> None:
    [row] = rows(parse(page(rate(pence=ten_thousandths / 10_000))))
    assert row["price_gbp_mwh"] == ten_thousandths / 1000


def test_negative_and_zero_rates_are_prices() -> None:
    two = page(rate(pence=-2.5), rate("2026-05-25T22:00:00Z", 0))
    assert [row["price_gbp_mwh"] for row in rows(parse(two))] == [-25, 0]


@pytest.mark.parametrize("region", all_regions(), ids=lambda region: region.name)
def test_the_region_is_the_last_letter_of_the_tariff(region: Any) -> None:
    url = (
        f"https://api.octopus.energy/v1/products/{ENDED}/electricity-tariffs/"
        f"E-1R-{ENDED}-{region.gsp_group}/standard-unit-rates/?page_size=1500"
    )
    assert find_tariff(url) == Tariff(ENDED, region)
    [row] = rows(parse(page(rate()), url))
    assert row["region_number"] == region.number


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("agile_e-1r-agile-18-02-21-a_2019.json", "E-1R-AGILE-18-02-21-A"),
        ("E-1R-AGILE-VAR-22-10-19-P.2026-01-01.json", "E-1R-AGILE-VAR-22-10-19-P"),
        ("E-1R-AGILE-24-10-01-I.json", None),  # no such group
        ("E-1R-AGILE-24-10-01-CX.json", None),
        ("E-1R-AGILE-OUTGOING-19-05-13-C.json", None),  # paid for export
        ("E-1R-VAR-22-11-01-C.json", None),
        ("E-2R-AGILE-24-10-01-C.json", None),
        ("agile.json", None),
    ],
)
def test_tariff_codes_in_names_of_files(name: str, code: str | None) -> None:
    found = find_tariff(name)
    assert (found.code if found else None) == code


def test_rates_of_no_known_region_are_refused_with_advice() -> None:
    with pytest.raises(DataError, match=r"give the file the name .* E-1R-AGILE-24-10-01-C\.json"):
        parse(page(rate()), "saved.json")


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (rate(valid_to=None), "rate_not_for_half_hour"),
        (rate(valid_to="2026-05-26T05:30:00Z"), "rate_not_for_half_hour"),
        (rate("2026-05-25T22:10:00Z", valid_to="2026-05-25T22:40:00Z"), "half_hour_edge"),
        (rate("2026-05-25T22:30:00"), "time_unreadable"),
        (rate(valid_to="9999-12-31T23:59:59Z"), "time_unreadable"),
        (rate(valid_from=5), "time_unreadable"),
        (rate(pence=True), "not_a_number"),
        (rate(pence=1e308), "not_a_number"),
        (rate(pence=[1]), "not_a_number"),
        ("rate", "record_shape"),
    ],
)
def test_bad_rates_are_rejected_and_the_rest_goes_in(record: Any, rule: str) -> None:
    parsed = parse(page(record, rate("2026-05-25T21:00:00Z")))
    assert [(reject.rule, reject.field) for reject in parsed.rejects] == [(rule, None)]
    assert len(rows(parsed)) == parsed.used == 1


def test_a_rate_that_is_not_known_is_left_out() -> None:
    parsed = parse(page(rate(pence=None)))
    assert rows(parsed) == []
    assert parsed.dropped == {"half hour without a rate": 1}


def test_of_ways_to_pay_the_one_for_all_is_kept_else_direct_debit() -> None:
    noon = "2026-05-25T12:00:00Z"
    parsed = parse(
        page(
            rate(pence=9, payment_method="NON_DIRECT_DEBIT"),
            rate(pence=8, payment_method="DIRECT_DEBIT"),
            rate(pence=7),
            rate(noon, 6, payment_method="NON_DIRECT_DEBIT"),
            rate(noon, 5, payment_method="DIRECT_DEBIT"),
        )
    )
    assert sorted(row["price_gbp_mwh"] for row in rows(parsed)) == [50, 70]
    assert parsed.dropped == {"rate for another way of paying": 3}


def test_repeats_pass_and_contradictions_do_not() -> None:
    parsed = parse(page(rate(), rate(), rate(pence=99)))
    assert [row["price_gbp_mwh"] for row in rows(parsed)] == [134.286]
    assert parsed.dropped == {"repeated half hour": 1}
    assert [reject.rule for reject in parsed.rejects] == ["two_rates_for_one_half_hour"]


@pytest.mark.parametrize(
    ("first", "slots"), [("2026-03-29T00:00:00Z", 46), ("2026-10-24T23:00:00Z", 50)]
)
def test_a_local_day_of_46_or_50_half_hours(first: str, slots: int) -> None:
    start = datetime.fromisoformat(first)
    labels = [f"{start + n * HALF_HOUR:%Y-%m-%dT%H:%M:%SZ}" for n in range(slots)]
    made = rows(parse(page(*(rate(label) for label in labels))))
    assert [row["settlement_period"] for row in made] == list(range(1, slots + 1))
    assert len({row["settlement_date"] for row in made}) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"detail": "Not found."}, "Not found"),
        ({"count": 0}, "no list under 'results'"),
        ({"results": 1}, "no list under 'results'"),
        ([1], "no list under 'results'"),
        (b"<html>blocked</html>", "HTML"),
        (b'{"results":[{"value', "cut short"),
        (b"", "empty"),
    ],
)
def test_what_is_no_page_of_rates_is_refused(body: Any, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parse(body)


def test_other_datasets_are_refused() -> None:
    with pytest.raises(DataError, match="no dataset"):
        parse(page(rate()), dataset="go")


_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4), st.just([]), st.just("2026-05-25T22:30:00Z"), st.just("DIRECT_DEBIT"),
)  # fmt: skip


@given(
    st.lists(
        st.one_of(
            _values,
            st.builds(
                lambda a, b, c, d: {
                    "value_exc_vat": a, "valid_from": b, "valid_to": c, "payment_method": d
                },
                _values, _values, _values, _values,
            ),
            st.builds(lambda a, b: rate(pence=a, payment_method=b), _values, _values),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_every_record_is_counted_once(records: list[Any]) -> None:
    try:
        parsed = parse(page(*records))
    except DataError:
        return  # an integer of more than 64 bits is no JSON here
    assert parsed.used + len(parsed.rejects) + sum(parsed.dropped.values()) == len(records)
    assert len(rows(parsed)) == parsed.used


# -- calls


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "set octopus.regions"),
        ({"regions": [], "product": ""}, "set octopus.regions"),
        ({"regions": ["Atlantis"], "product": ""}, "no region 'Atlantis'"),
        ({"regions": ["London"], "product": "VAR-22-11-01"}, "not an Agile import product"),
        ({"regions": ["London"], "product": "AGILE-OUTGOING-19-05-13"}, "not an Agile import"),
    ],
)
def test_what_has_to_be_set_first_is_said_in_a_line(options: Any, says: str) -> None:
    line = octopus.not_ready(options)
    assert line is not None
    assert says in line
    assert "\n" not in line


def test_any_spelling_of_a_region_will_do_and_counts_once() -> None:
    options = {"regions": ["london", "_C", "13", "SW1A", "Yorkshire"], "product": ON_SALE}
    assert octopus.not_ready(options) is None
    paths = [request.path for request in calls.latest(NOW, timedelta(hours=48), options)]
    base = f"/v1/products/{ON_SALE}/electricity-tariffs/E-1R-{ON_SALE}"
    assert paths == [f"{base}-C/standard-unit-rates/", f"{base}-M/standard-unit-rates/"]


def test_latest_is_since_yesterday_with_a_zone_and_no_span_of_history() -> None:
    [request] = calls.latest(NOW, timedelta(hours=36), OPTIONS)
    assert request.params == {
        "period_from": "2026-05-05T12:00:00Z",
        "period_to": "2026-05-08T00:30:00Z",
        "page_size": "1500",
    }
    assert request.window is None


def test_history_is_cut_to_what_a_page_holds_and_covers_the_window() -> None:
    window = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 3, 15, tzinfo=UTC))
    requests = calls.history("agile", window, OPTIONS)
    spans = [request.window for request in requests if request.window]
    assert (spans[0].start, spans[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert max((span.end - span.start) / HALF_HOUR for span in spans) <= 1500


def search(options: Any = None) -> Any:
    [request] = calls.latest(NOW, timedelta(hours=36), options or {"regions": ["A"], "product": ""})
    return request


def follow(request: Any, body: Any) -> Any:
    return calls.follow(request, json.dumps(body).encode(), {"regions": ["A"], "product": ""})


def test_the_newest_agile_import_product_on_sale_is_used() -> None:
    [found] = follow(
        search(),
        page(
            product("AGILE-OUTGOING-26-01-01", available_from="2026-01-01T00:00:00Z"),
            product("AGILE-25-01-01", direction="EXPORT", available_from="2025-01-01T00:00:00Z"),
            product("AGILE-26-04-01", available_from="2026-04-01T00:00:00Z",
                    available_to="2026-05-06T12:00:00Z"),
            product("AGILE-24-10-01", available_to="2026-05-06T20:00:00Z"),
            product("AGILE-23-12-06", available_from="2023-12-06T00:00:00Z"),
            product("VAR-26-01-01"), product("AGILE-X", available_from=7), 5, None, {"code": []},
        ),
    )  # fmt: skip
    assert "/E-1R-AGILE-24-10-01-A/" in found.path


def test_the_best_product_of_earlier_pages_is_remembered() -> None:
    [second] = follow(
        search(), page(product("AGILE-24-10-01"), next="http://x/v1/products/?page=2")
    )
    assert (second.dataset, second.path, second.served) == ("catalogue", "/v1/products/", "agile")
    assert second.params == {"brand": "OCTOPUS_ENERGY", "page": "2"}
    older = product("AGILE-23-12-06", available_from="2023-12-06T00:00:00Z")
    [found] = follow(second, page(older))
    assert "AGILE-24-10-01" in found.path


def test_no_product_on_sale_is_said() -> None:
    with pytest.raises(DataError, match=r"no Agile import product .* set octopus.product"):
        follow(search(), page(product("VAR-22-11-01")))


@pytest.mark.parametrize("link", [5, [], "http://[", ""])
def test_a_link_that_is_none_is_refused(link: Any) -> None:
    [request] = calls.latest(NOW, timedelta(hours=36), OPTIONS)
    with pytest.raises(DataError, match="its link to the next page"):
        follow(request, page(rate(), next=link))


def test_a_link_elsewhere_is_followed_below_our_base_for_the_same_period() -> None:
    [request] = calls.latest(NOW, timedelta(hours=36), OPTIONS)
    [further] = follow(request, page(rate(), next="https://elsewhere.example/v1/x/?page=2"))
    assert further.path == request.path
    assert further.params == {**request.params, "page": "2"}


def test_a_link_to_the_page_itself_is_refused() -> None:
    [request] = calls.latest(NOW, timedelta(hours=36), OPTIONS)
    link = "https://x/?period_from={period_from}&period_to={period_to}&page_size={page_size}"
    with pytest.raises(DataError, match="leads back"):
        follow(request, page(rate(), next=link.format(**request.params)))


def test_only_the_newest_span_of_history_must_have_rates() -> None:
    window = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 15, tzinfo=UTC))
    older, newer = calls.history("agile", window, OPTIONS)
    assert follow(older, page()) == []
    with pytest.raises(DataError, match=r"AGILE-24-10-01-C has no rates .* octopus.product empty"):
        follow(newer, page())


# -- saved files


@pytest.mark.parametrize(
    ("body", "dataset"),
    [
        (page(rate()), "agile"),
        (page(), None),
        ({"results": [{"valid_from": 1}]}, None),
        ({"detail": "Not found.", "status": 404}, None),
        ([1], None),
    ],
)
def test_pages_are_recognised_by_content(body: Any, dataset: str | None) -> None:
    found = octopus.recognise(open_document(json.dumps(body).encode()))
    assert (found.dataset if found else None) == dataset


def test_an_error_body_is_recognised_as_one() -> None:
    found = octopus.recognise(open_document(b'{"detail":"Request was throttled."}'))
    assert found is not None
    assert found.problem == "Request was throttled."


def test_recorded_hourly_means_are_reference(real_data: Path) -> None:
    files = sorted((real_data / "octopus").glob("*.csv"))
    assert files
    for file in files:
        found = octopus.recognise(open_document(file.read_bytes()))
        assert found is not None
        assert found.is_reference, file


# -- through the runner


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Upstream, Octopus]]:
    monkeypatch.setitem(sources.SOURCES, "octopus", octopus.SOURCE)
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London,North Scotland")
    published = Octopus(datetime.now(UTC))
    with Upstream(published.now, [published]) as server:
        monkeypatch.setenv("GRIDCTL_OCTOPUS_URL", server.url)
        yield server, published


def stored(tmp_path: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(tmp_path / "grid.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


Site = tuple[Upstream, Octopus]
Run = Callable[..., Any]


def test_the_product_is_found_on_the_second_page(site: Site, gridctl: Run, tmp_path: Path) -> None:
    server, published = site
    ran = gridctl("fetch", "octopus")
    assert ran.code == 0, ran.err
    assert [path.split("?")[0] for path in server.paths] == [
        "/v1/products/",
        "/v1/products/",
        f"/v1/products/{ON_SALE}/electricity-tariffs/E-1R-{ON_SALE}-C/standard-unit-rates/",
        f"/v1/products/{ON_SALE}/electricity-tariffs/E-1R-{ON_SALE}-P/standard-unit-rates/",
    ]
    found = stored(
        tmp_path,
        """SELECT region_number, r.gsp_group, epoch(timestamp)::BIGINT, price_gbp_mwh
           FROM wholesale_prices JOIN uk_regions r USING (region_number)
           WHERE price_type = 'agile_retail' AND region_id = r.id ORDER BY timestamp""",
    )
    assert {region for region, *_ in found} == {1, 13}
    for _, letter, epoch, price in found:
        start = datetime.fromtimestamp(epoch, UTC)
        assert price == pytest.approx(pence(start, letter) * 10)
    newest = datetime.fromtimestamp(found[-1][2], UTC)
    assert newest + HALF_HOUR == published.published_until()


def test_pages_are_followed_to_the_end(
    site: Site, gridctl: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, published = site
    published.most = 40
    monkeypatch.setenv("GRIDCTL_OCTOPUS_PRODUCT", ON_SALE)
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London")
    ran = gridctl("fetch", "octopus", "--from", "2025-03-29T00:00Z", "--to", "2025-03-31T00:00Z")
    assert ran.code == 0, ran.err
    spanned = "timestamp >= '2025-03-29 00:00Z' AND timestamp < '2025-03-31 00:00Z'"
    sql = f"SELECT count(*), count(DISTINCT timestamp) FROM wholesale_prices WHERE {spanned}"
    assert stored(tmp_path, sql) == [(96, 96)]
    assert sum("period_from=2025-03-29" in path for path in server.paths) == 3


def test_a_product_that_ended_is_said_by_name(
    site: Site, gridctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDCTL_OCTOPUS_PRODUCT", ENDED)
    ran = gridctl("fetch", "octopus")
    assert ran.code == 4
    assert f"E-1R-{ENDED}-C has no rates" in ran.out + ran.err
    assert "leave octopus.product empty" in " ".join((ran.out + ran.err).split())


def test_the_one_on_sale_may_have_stopped_too(site: Site, gridctl: Run) -> None:
    site[1].is_expired = True
    assert gridctl("fetch", "octopus").code == 4


def test_an_unknown_product_is_told_with_the_answer(
    site: Site, gridctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDCTL_OCTOPUS_PRODUCT", "AGILE-77-01-01")
    ran = gridctl("fetch", "octopus")
    assert ran.code == 4
    assert "404" in ran.out + ran.err


def test_without_regions_nothing_is_asked(
    site: Site, gridctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRIDCTL_OCTOPUS_REGIONS")
    ran = gridctl("fetch", "octopus")
    assert ran.code != 0
    assert "octopus.regions" in ran.out + ran.err
    assert site[0].paths == []


LAST_MARCH = ("--from", "2025-03-29T00:00Z", "--to", "2025-03-31T00:00Z")


def test_history_is_remembered_by_region(
    site: Site, gridctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = site
    monkeypatch.setenv("GRIDCTL_OCTOPUS_PRODUCT", ON_SALE)
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London")
    assert gridctl("fetch", "octopus", *LAST_MARCH).code == 0
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London,North Scotland")
    before = len(server.paths)
    assert gridctl("fetch", "octopus", *LAST_MARCH).code == 0
    asked = server.paths[before:]
    assert asked
    assert all("-P/standard-unit-rates" in path for path in asked)


def test_a_span_of_which_a_page_is_missing_is_asked_for_again(
    site: Site, gridctl: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, published = site
    published.most = 40
    monkeypatch.setenv("GRIDCTL_OCTOPUS_PRODUCT", ON_SALE)
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London")
    server.fault_for = lambda asked: faults.status(404) if "page" in asked.params else None
    assert gridctl("fetch", "octopus", *LAST_MARCH).code == 4
    server.fault_for = lambda asked: None
    assert gridctl("fetch", "octopus", *LAST_MARCH).code == 0
    spanned = "timestamp >= '2025-03-29 00:00Z' AND timestamp < '2025-03-31 00:00Z'"
    sql = f"SELECT count(DISTINCT timestamp) FROM wholesale_prices WHERE {spanned}"
    assert stored(tmp_path, sql) == [(96,)]


def test_a_page_that_leads_on_is_asked_for_whole(
    site: Site, gridctl: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a server that answers 304 to the first page would hide those behind it."""
    server, published = site
    published.most = 40
    answer = server.reply

    def tagged(asked: Any) -> Any:
        reply = answer(asked)
        if asked.headers.get("If-None-Match") == '"same"':
            return replace(reply, body=b"", status=304)
        return replace(reply, headers={**reply.headers, "ETag": '"same"'})

    monkeypatch.setattr(server, "reply", tagged)
    monkeypatch.setenv("GRIDCTL_OCTOPUS_PRODUCT", ON_SALE)
    monkeypatch.setenv("GRIDCTL_OCTOPUS_REGIONS", "London")
    server.fault_for = lambda asked: faults.status(404) if "page" in asked.params else None
    assert gridctl("fetch", "octopus", *LAST_MARCH).code == 4
    server.fault_for = lambda asked: None
    assert gridctl("fetch", "octopus", *LAST_MARCH).code == 0
    spanned = "timestamp >= '2025-03-29 00:00Z' AND timestamp < '2025-03-31 00:00Z'"
    sql = f"SELECT count(DISTINCT timestamp) FROM wholesale_prices WHERE {spanned}"
    assert stored(tmp_path, sql) == [(96,)]
