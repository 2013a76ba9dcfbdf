"""What deviations earn: sums, signs, and nothing for nothing."""

from __future__ import annotations

import doctest
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.config import load_config
from gridctl.errors import UsageError
from gridctl.schedule.money.flexibility import Terms, half_hourly_kwh, settle, terms_of

DOCS = Path(__file__).parents[3] / "docs" / "flexibility.md"
P415 = Terms("p415")
DFS = Terms("dfs")
COLUMNS = ("deviation_mwh", "sold_mwh", "delivered_mwh", "trade_gbp", "imbalance_gbp",
           "operator_gbp", "supplier_pot_gbp")  # fmt: skip

KWH = st.floats(0, 5000)
PRICE = st.floats(-100, 500)
HALF_HOURS = st.lists(st.tuples(KWH, KWH, PRICE, PRICE), min_size=1, max_size=12)
TERMS = st.builds(
    Terms, st.sampled_from(["p415", "dfs"]), st.floats(0, 1), st.floats(0, 1), st.just(0.0),
    st.floats(0, 3000), st.floats(0, 1), st.floats(0, 200), st.booleans(),
)  # fmt: skip


def settled(half_hours, terms, **options):
    baseline, metered, wholesale, imbalance = zip(*half_hours, strict=True)
    return settle(
        baseline,
        metered,
        terms,
        wholesale_gbp_mwh=wholesale,
        imbalance_gbp_mwh=imbalance,
        **options,
    )


def test_the_worked_example_of_the_documents():
    ran = doctest.testfile(str(DOCS), module_relative=False)
    assert ran.attempted >= 8
    assert ran.failed == 0


@settings(max_examples=150, deadline=None)
@given(HALF_HOURS, TERMS)
def test_like_the_formulas_one_by_one(half_hours, terms):
    gross = operator = 0.0
    for baseline, metered, wholesale, imbalance in half_hours:
        change = (baseline - metered) / 1000
        if terms.market == "dfs":
            accepted = change if change >= 0.5 * terms.dfs_minimum_mw * (1 - 1e-9) else 0.0
            paid = terms.dfs_price_gbp_mwh * max(0.0, min(terms.delivery_factor * change, accepted))
        else:
            ahead = change if change > 0 or terms.turn_up else 0.0
            paid = ahead * wholesale + (terms.delivery_factor * ahead - ahead) * imbalance
        gross += paid
        operator += terms.operator_share * paid
    found = settled(half_hours, terms)
    assert found.total("gross_gbp") == pytest.approx(gross, abs=1e-6)
    assert found.total("operator_gbp") == pytest.approx(operator, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(HALF_HOURS, TERMS)
def test_deviations_add_up_to_the_energy_not_used(half_hours, terms):
    found = settled(half_hours, terms)
    unused = sum(row[0] for row in half_hours) - sum(row[1] for row in half_hours)
    assert found.total("deviation_mwh") == pytest.approx(unused / 1000, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(HALF_HOURS, TERMS)
def test_no_deviation_no_revenue(half_hours, terms):
    found = settled([(b, b, w, i) for b, _, w, i in half_hours], terms)
    assert [found.total(name) for name in COLUMNS] == [0.0] * len(COLUMNS)


@settings(max_examples=100, deadline=None)
@given(HALF_HOURS, st.floats(0, 1), st.floats(0, 1))
def test_turn_up_mirrors_turn_down(half_hours, share, factor):
    terms = Terms("p415", share, factor, turn_up=True)
    one = settled(half_hours, terms)
    other = settled([(m, b, w, i) for b, m, w, i in half_hours], terms)
    for name in COLUMNS:
        assert one.total(name) == pytest.approx(-other.total(name), abs=1e-9)


def test_use_above_the_baseline_is_not_traded_as_a_rule():
    found = settled([(0, 5000, 45, 45)], P415)
    assert found.total("deviation_mwh") == -5
    assert found.total("gross_gbp") == 0
    assert settled([(0, 5000, 45, 45)], replace(P415, turn_up=True)).total("gross_gbp") == -225
    assert settled([(0, 5000, 45, 45)], replace(DFS, turn_up=True)).total("gross_gbp") == 0


def test_short_delivery_is_bought_at_the_imbalance_price():
    # 2 MWh sold at 100, 1.5 delivered, and half a MWh short at 300.
    found = settled([(4000, 2500, 100, 300)], P415, sold_mwh=[2.0])
    assert found.total("trade_gbp") == 200
    assert found.total("imbalance_gbp") == pytest.approx(-150)
    assert found.total("operator_gbp") == pytest.approx(40)
    assert found.total("supplier_pot_gbp") == pytest.approx(1.5 * 98.53)
    spill = settled([(4000, 1000, 100, 50)], P415, sold_mwh=[2.0])
    assert spill.total("imbalance_gbp") == pytest.approx(50)
    worse = settled([(4000, 5000, 100, 300)], P415, sold_mwh=[2.0])
    assert worse.total("gross_gbp") == pytest.approx(200 - 900)


def test_dfs_pays_as_bid_for_no_more_than_accepted():
    paid = [(1000, 400, 95, 95)]
    assert settled(paid, DFS, sold_mwh=[0.5]).total("gross_gbp") == pytest.approx(0.5 * 175)
    assert settled(paid, DFS, sold_mwh=[0.8]).total("gross_gbp") == pytest.approx(0.6 * 175)
    assert settled([(400, 1000, 95, 95)], DFS, sold_mwh=[0.5]).total("gross_gbp") == 0
    historical = replace(DFS, dfs_price_gbp_mwh=3000.0, operator_share=1.0)
    assert settled(paid, historical).total("operator_gbp") == pytest.approx(1800)


def test_dfs_takes_nothing_below_its_minimum():
    assert settled([(100, 51, 95, 95)], DFS).total("sold_mwh") == 0
    assert settled([(100, 50, 95, 95)], DFS).total("sold_mwh") == pytest.approx(0.05)


def test_a_fee_is_taken_per_mwh_sold():
    found = settled([(5000, 0, 95, 95)], replace(P415, fee_gbp_mwh=10.0))
    assert found.total("operator_gbp") == pytest.approx(380 - 50)


@pytest.mark.parametrize("missing", [(nan, 0, 95, 95), (5000, nan, 95, 95), (5000, 0, nan, 95)])
def test_what_is_missing_is_not_zero(missing):
    found = settled([(5000, 0, 95, 95), missing], P415)
    assert found.total("operator_gbp") is None
    if missing[2] == missing[2]:
        assert settled([missing], DFS, sold_mwh=[1.0]).total("operator_gbp") is None


def test_prices_of_half_hours_without_a_sale_are_not_needed():
    assert settled([(5000, 0, 95, nan), (0, 5000, nan, nan)], P415).total("gross_gbp") == 475
    assert settle([5000], [0], DFS).total("gross_gbp") == 875


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="zip"):
        settle([1, 2], [1], P415)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 20_000), st.floats(0, 1000)),
                max_size=4))  # fmt: skip
def test_spreading_energy_like_second_by_second(pieces):
    slots = range(0, 63_000, 1800)
    spans = [(float(start), float(start + length), kwh) for start, length, kwh in pieces]
    found = half_hourly_kwh(spans, slots)
    want = [0.0] * len(slots)
    for start, length, kwh in pieces:
        for second in range(start, start + length, 100):
            step = min(100, start + length - second)
            edge = 1800 - second % 1800
            here = min(step, edge)
            want[second // 1800] += kwh * here / length
            if step > here:
                want[second // 1800 + 1] += kwh * (step - here) / length
    assert found == pytest.approx(want, abs=1e-6)
    assert sum(found) == pytest.approx(sum(kwh for _, _, kwh in pieces), abs=1e-6)


def test_terms_from_the_settings():
    config = load_config(environ={"GRIDCTL_FLEXIBILITY_OPERATOR_SHARE": "0.7"})
    assert terms_of(config, "none") is None
    assert terms_of(config, "p415").operator_share == 0.7
    assert terms_of(config, "dfs").dfs_price_gbp_mwh == 175
    assert terms_of(config, "dfs", 3000.0).dfs_price_gbp_mwh == 3000


@pytest.mark.parametrize(
    ("market", "price", "environ", "message"),
    [
        ("cusc", None, {}, "none, p415 or dfs"),
        ("p415", 3000.0, {}, "only with the market dfs"),
        ("dfs", nan, {}, "the DFS price"),
        ("dfs", -1.0, {}, "the DFS price"),
        ("p415", None, {"GRIDCTL_FLEXIBILITY_OPERATOR_SHARE": "80"}, "operator_share"),
        ("p415", None, {"GRIDCTL_FLEXIBILITY_DELIVERY_FACTOR": "nan"}, "delivery_factor"),
        ("p415", None, {"GRIDCTL_FLEXIBILITY_FEE_GBP_MWH": "-1"}, "fee_gbp_mwh"),
        ("none", None, {"GRIDCTL_FLEXIBILITY_SCRP_GBP_MWH": "inf"}, "scrp_gbp_mwh"),
    ],
)
def test_terms_out_of_range(market, price, environ, message):
    with pytest.raises(UsageError, match=message):
        terms_of(load_config(environ=environ), market, price)
