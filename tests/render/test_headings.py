"""Units beside names, and headings in as few lines as fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridctl.config import Config
from gridctl.query.catalogue import all_queries
from gridctl.query.run import run_named
from gridctl.render.headings import heading, most_lines, unit_of, width_in, wrapped
from gridctl.store.connect import open_writer

_IN_NAMES = ("_mw", "_mwh", "_kwh", "_pct", "_kg", "_gbp", "_hours", "_minutes", "_seconds")
_BESIDE = {  # in a column of its own: price_currency and price_unit, or unit
    "beckn_price_value", "price_value", "value", "change",
}  # fmt: skip

NAMES = st.text("ab_", min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("carbon_intensity", "g/kWh"),
        ("best_carbon_intensity", "g/kWh"),
        ("renewable_mix", "%"),
        ("demand_mw", None),
        ("intensity", None),
        ("rank", None),
    ],
)
def test_the_unit_of_a_name(name: str, unit: str | None) -> None:
    assert unit_of(name) == unit
    assert heading(name) == (name if unit is None else f"{name} ({unit})")


def test_every_measure_of_every_query_says_its_unit(config: Config) -> None:
    with open_writer(config.database, config["store.lock_timeout"]):
        pass
    measures = {
        name
        for query in all_queries()
        for name, kind in run_named(config, query.name).columns
        if kind == "DOUBLE"
    }
    assert "carbon_intensity" in measures
    silent = {n for n in measures if not n.endswith(_IN_NAMES) and unit_of(n) is None}
    assert {n for n in silent if "hours" not in n.split("_")} <= _BESIDE


@given(NAMES, st.integers(1, 40))
def test_wrapping_loses_nothing_and_is_no_wider_than_it_must(name: str, width: int) -> None:
    lines = wrapped(name, width)
    assert "".join(lines) == name
    assert all(len(line) <= max(width, width_in(name, 99)) for line in lines)


@given(NAMES, st.integers(1, 9))
def test_the_least_width_is_enough_and_one_less_is_not(name: str, lines: int) -> None:
    width = width_in(name, lines)
    assert len(wrapped(name, width)) <= max(lines, most_lines(name))
    narrowest = width_in(name, len(name))
    if width > narrowest:
        assert len(wrapped(name, width)) <= lines < len(wrapped(name, width - 1))
