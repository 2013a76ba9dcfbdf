"""Reading the catalogue, and parameters as users give them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from query.querystore import NOW

from gridctl.errors import UsageError
from gridctl.query import catalogue

NAMES = {
    "current-grid-status", "regional-compute-opportunities", "workload-optimization-opportunities",
    "latest-grid-conditions", "optimal-windows", "carbon-trend", "regional-comparison",
    "generation-mix", "demand-outlook", "price-trend", "forecast-accuracy", "negotiations",
    "schedule-audit", "savings", "api-health", "pipeline-performance", "data-freshness",
    "data-gaps", "beckn-windows", "beckn-zones", "beckn-offers", "beckn-messages",
    "flexibility-events", "demand-forecast-accuracy", "demand-vs-forecast", "negative-prices",
    "price-spread", "greenest-hours", "regional-ranking", "regional-demand",
    "embedded-generation", "carbon-forecast", "forecast-revisions", "workloads",
}  # fmt: skip


def test_every_documented_query_is_there() -> None:
    assert {query.name for query in catalogue.all_queries()} >= NAMES


@pytest.mark.parametrize("query", catalogue.all_queries(), ids=lambda q: q.name)
def test_parameters_declared_and_used_are_the_same(query: catalogue.Query) -> None:
    code = re.sub(r"--.*", "", query.sql)
    assert set(re.findall(r"\$(\w+)", code)) == {param.name for param in query.params}
    assert query.description
    assert query.needs or query.empty


def test_no_query_looks_back_more_than_a_month_unasked() -> None:
    for query in catalogue.all_queries():
        for param in query.params:
            if param.name == "hours":
                assert int(param.default or 0) <= 31 * 24


def test_find_names_the_closest() -> None:
    assert catalogue.find("Carbon_Trend").name == "carbon-trend"
    with pytest.raises(UsageError, match="did you mean carbon-trend"):
        catalogue.find("carbon-trends")
    with pytest.raises(UsageError, match="--list"):
        catalogue.find("zzz")


def _values(name: str, **given: object) -> dict[str, object]:
    return dict(catalogue.convert_params(catalogue.find(name), given, NOW))


def test_texts_and_values_mean_the_same() -> None:
    typed = _values("optimal-windows", duration="1h30m", hours="24", region="London")
    native = _values("optimal-windows", duration=timedelta(minutes=90), hours=24, region=13)
    assert typed == native == {
        "duration": timedelta(minutes=90), "hours": 24, "region": 13, "count": 5,
    }  # fmt: skip
    assert _values("savings", since="-7d") == {"since": NOW - timedelta(days=7)}
    assert _values("savings") == {"since": None}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("carbon-trend", {"hors": "1"}, r"'hors'; did you mean hours\? it takes hours, step"),
        ("carbon-trend", {"Step": "1h"}, "did you mean step"),
        ("carbon-trend", {"zzz": "1"}, "no parameter 'zzz'; it takes hours, step"),
        ("negative-prices", {"type": "apx"}, "needs one of market_index, .* got 'apx'"),
        ("workloads", {"status": "waiting"}, "needs one of pending, .* got 'waiting'"),
        ("current-grid-status", {"x": "1"}, "it takes none"),
        ("carbon-trend", {"hours": "two"}, "hours needs a whole number .* got 'two'"),
        ("carbon-trend", {"hours": "-1"}, "got '-1'"),
        ("carbon-trend", {"hours": 1.5}, "got 1.5"),
        ("carbon-trend", {"hours": True}, "got True"),
        ("carbon-trend", {"hours": "none"}, "got none"),
        ("carbon-trend", {"hours": "9" * 5000}, "whole number"),
        ("carbon-trend", {"step": "soon"}, "step: 'soon' is not a duration"),
        ("carbon-trend", {"step": "0m"}, "needs whole half hours"),
        ("carbon-trend", {"step": "20m"}, "needs whole half hours"),
        ("regional-ranking", {"step": timedelta(minutes=45)}, "needs whole half hours"),
        ("optimal-windows", {"region": "Lundon"}, "did you mean London"),
        ("savings", {"since": "whenever"}, "not a time"),
        ("savings", {"since": NOW.replace(tzinfo=None)}, "needs a time"),
    ],
)
def test_wrong_parameters_say_what_was_expected(
    name: str, given: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        _values(name, **given)


@pytest.mark.parametrize("texts", [["hours"], ["=1"], ["hours=1", "hours=2"]])
def test_wrong_assignments(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        catalogue.parse_assignments(texts)


def test_assignments_keep_what_follows_the_first_equals_sign() -> None:
    assert catalogue.parse_assignments(["a=b=c", "d="]) == {"a": "b=c", "d": ""}
