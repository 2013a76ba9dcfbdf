"""What bounds cost, against trying every start; and the sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.stored import HALF_HOUR, at

from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.signals.signal import Provenance, Reading, Series, Signal
from gridctl.schedule.single import explain_words as words
from gridctl.schedule.single.decide import decide
from gridctl.schedule.single.explain import explain

NOW = at("2025-10-25T22:00Z")  # the clocks go back that night
HOUR = timedelta(hours=1)


def series(values):
    return Series.of(
        [Reading() if v is None else Reading(v, Provenance.FORECAST, "test") for v in values]
    )


def signal(carbon, *, price=None, renewable=None, place=None):
    blank = [None] * len(carbon)
    return Signal(
        place, NOW, NOW, series(carbon), series(renewable or blank), series(price or blank),
        "wholesale",
    )  # fmt: skip


def found_in(signals, **given):
    if not isinstance(signals, dict):
        signals = {signals.place: signals}
    wider = given.pop("wider", None)
    decision = decide(make_workload({"duration": HOUR} | given), signals, NOW)
    return decision, {finding.about: finding for finding in explain(decision, signals, wider)}


def least_mean(values, first, last, slots, cap):
    """The least mean of any run of whole slots within [first, last), by trying every one."""
    means = [
        sum(values[start : start + slots]) / slots
        for start in range(first, min(last, len(values)) - slots + 1)
        if all(v is not None and v <= cap for v in values[start : start + slots])
    ]
    return min(means, default=None)


@st.composite
def cases(draw):
    count = draw(st.integers(8, 20))
    cell = st.one_of(st.integers(10, 30).map(float), st.integers(10, 30).map(float), st.none())
    values = draw(st.lists(cell, min_size=count, max_size=count))
    first = draw(st.integers(0, 4))
    slots = draw(st.integers(1, 3))
    last = draw(st.integers(first + slots, count))
    return values, first, last, slots, float(draw(st.integers(12, 32)))


@given(cases())
@settings(max_examples=300, deadline=None)
def test_a_bound_costs_what_trying_every_start_without_it_would_save(case):
    values, first, last, slots, cap = case
    known = [i for i, v in enumerate(values) if v is not None]
    if not known or known[-1] + 1 < first + slots:
        return
    ends, none = known[-1] + 1, float("inf")
    chosen = least_mean(values, first, last, slots, cap)
    if chosen is None or least_mean(values, first, min(last, ends), slots, none) is None:
        return
    decision, found = found_in(
        signal(values), duration=slots * HALF_HOUR, max_carbon=cap,
        earliest=NOW + first * HALF_HOUR, deadline=NOW + last * HALF_HOUR,
    )  # fmt: skip
    assert decision.expected.carbon_intensity == pytest.approx(chosen)
    without = {
        "max_carbon": (first, last, slots, none, (first, last, slots, cap + 1)),
        "deadline": (first, ends, slots, cap, (first, min(last + 2, ends), slots, cap)),
        "earliest": (0, last, slots, cap, (max(first - 2, 0), last, slots, cap)),
    }
    for about, (*relaxed, looser) in without.items():
        saving = chosen - least_mean(values, *relaxed)
        if saving < 1e-6 or (about == "deadline" and ends <= last):
            assert about not in found
            continue
        assert found[about].costs.carbon_intensity == pytest.approx(saving)
        assert found[about].costs.carbon_kg is None
        step = chosen - least_mean(values, *looser)
        assert found[about].step_saves.carbon_intensity == pytest.approx(step, abs=1e-9)


def test_amounts_the_objective_first_and_the_marginal_price():
    _, found = found_in(
        signal([100, 121, 40, 130, 110, 110], price=[50, 50, 60, 60, 20, 20]),
        energy_kwh=1000.0, max_carbon=120.0, deadline=NOW + 3 * HOUR,
    )  # fmt: skip
    cap = found["max_carbon"]
    assert cap.costs.carbon_kg == pytest.approx(110 - 80.5)
    assert cap.costs.cost_gbp == pytest.approx(20 - 55)
    assert cap.text == (
        "the cap of 120 g/kWh costs 30 kg (37 %) and saves 35.00 GBP: without it the job would "
        "start at 2025-10-25T22:30Z, at 80 g/kWh; 1 g/kWh more would save 30 kg and cost 35.00 GBP"
    )


def test_a_step_that_changes_nothing_says_so_and_so_do_bounds_that_do_not_bind():
    _, found = found_in(
        signal([100, 100, 200, 40, 40, 40]),
        max_carbon=300.0, deadline=NOW + HOUR,
    )  # fmt: skip
    assert found["deadline"].text.endswith("; an hour more would change nothing")
    assert found["deadline"].step_saves.carbon_intensity == 0
    assert found["costs_nothing"].text == "the cap of 300 g/kWh costs nothing"
    assert found["costs_nothing"].costs is None


def test_not_being_deferrable_and_lower_bounds_have_prices():
    _, found = found_in(
        signal([100, 100, 50, 50, 20, 20], renewable=[50, 50, 60, 60, 39, 39]),
        deferrable=False, deadline=NOW + 3 * HOUR,
    )  # fmt: skip
    assert found["not_deferrable"].costs.carbon_intensity == pytest.approx(80)
    assert "deadline" not in found
    _, found = found_in(
        signal([100, 100, 50, 50, 20, 20], renewable=[50, 50, 60, 60, 39, 39]), min_renewable=40.0
    )
    assert found["min_renewable"].step == "1 % less"
    assert found["min_renewable"].step_saves.carbon_intensity == pytest.approx(30)


def test_balanced_counts_both_and_cost_counts_money():
    ask = {"energy_kwh": 1000.0, "carbon_price": 100.0, "max_price": 60.0}
    grid = signal([300, 300, 50, 50], price=[60, 60, 70, 70])
    _, found = found_in(grid, objective="balanced", **ask)
    assert found["max_price"].costs.cost_gbp == pytest.approx(-10)
    assert found["max_price"].costs.carbon_kg == pytest.approx(250)
    assert found["max_price"].text == (
        "the limit of 60 GBP/MWh costs 15.00 GBP with carbon at 100 GBP/t (saves 10.00 GBP and "
        "costs 250 kg): without it the job would start at 2025-10-25T23:00Z, at 50 g/kWh and "
        "70 GBP/MWh; 1 GBP/MWh more would change nothing"
    )
    _, found = found_in(grid, objective="balanced", **(ask | {"max_price": 69.0}))
    assert found["max_price"].text.endswith(
        "; 1 GBP/MWh more would save 15.00 GBP with carbon at 100 GBP/t"
    )
    decision, _ = found_in(grid, objective="balanced", **(ask | {"max_price": 90.0}))
    (other,) = [f for f in explain(decision, {None: grid}) if f.about == "alternative"]
    assert other.text == (
        "starting at 2025-10-25T22:00Z would mean 15.00 GBP more with carbon at 100 GBP/t: "
        "10.00 GBP less (-14 %) and 250 kg more (+500 %)"
    )
    _, found = found_in(grid, objective="cost", **ask)
    assert "max_price" not in found


def regions():
    return {
        13: signal([200, 200, 180, 180], place=13),
        10: signal([150, 150, 190, 190], place=10),
        1: signal([20, 20, 20, 20], place=1),
    }


def test_leaving_home_and_keeping_to_some_regions():
    named = {place: regions()[place] for place in (13, 10)}
    everywhere = {place: replace(regions()[1], place=place) for place in range(1, 15)} | regions()
    _, found = found_in(named, regions=(13, 10), home=13, energy_kwh=10.0, wider=everywhere)
    assert found["home"].costs.carbon_kg == pytest.approx(-0.3)
    assert found["home"].text.startswith("moving to East England saves 0.3 kg (17 %): at home")
    assert found["regions"].costs.carbon_kg == pytest.approx(1.3)
    assert found["regions"].text.startswith("keeping to London and East England costs 1.3 kg")
    _, found = found_in(named, regions=(13, 10), home=13)
    assert "regions" not in found


def test_a_tariff_is_not_compared_with_wholesale_prices():
    retail = replace(signal([200] * 4, price=[100] * 4, place=13), price_kind="agile_retail")
    wider = {13: signal([200] * 4, price=[9] * 4, place=13)}
    wider |= {place: replace(wider[13], place=place) for place in range(1, 15)}
    _, found = found_in({13: retail}, regions=(13,), home=13, objective="cost", wider=wider)
    assert "regions" not in found


def test_why_not_the_next_best():
    decision, _ = found_in(
        signal([100, 100, 110, 110, 100, 100], price=[50, 50, 40, 40, 50, 50]), energy_kwh=1000.0
    )
    texts = [f.text for f in explain(decision, {None: decision.signal}) if f.about == "alternative"]
    assert texts[0] == (
        "starting at 2025-10-26T00:00Z would come to the same; of equals the earlier is taken"
    )
    worse = replace(decision.alternatives[0], carbon_kg=110.0, cost_gbp=40.0)
    (other,) = explain(replace(decision, alternatives=[worse]), {None: decision.signal})
    assert other.text.endswith("would mean 10 kg more (+10 %) and 10.00 GBP less (-20 %)")
    assert other.costs.carbon_kg == pytest.approx(-10)


def test_a_rejected_request_names_what_dropping_one_bound_allows():
    decision, found = found_in(signal([200, 200, 180, 180, 40, 40]), max_carbon=50.0,
                               deadline=NOW + 2 * HOUR)  # fmt: skip
    assert decision.expected is None
    assert found["max_carbon"].text == (
        "without the cap of 50 g/kWh the job would start at 2025-10-25T23:00Z, at 180 g/kWh"
    )
    assert found["deadline"].other.start == NOW + 2 * HOUR
    assert found["deadline"].costs is None
    both = found_in(signal([200, 200], renewable=[10, 10]), max_carbon=50.0, min_renewable=50.0)
    assert both[1] == {}


def test_a_window_that_is_over_is_explained_as_what_would_have_been_best():
    grid = signal([100, 100, 50, 50, 20, 20] + [90] * 12)
    workload = make_workload({"duration": HOUR, "earliest": NOW, "deadline": NOW + 2 * HOUR})
    decision = decide(workload, {None: grid}, NOW + 5 * HOUR)
    first = explain(decision, {None: grid})[0]
    assert (first.about, first.other.start) == ("deadline", NOW + 2 * HOUR)


def test_no_slack_reaches_into_the_past():
    grid = signal([10, 10, 100, 100, 90, 90])
    workload = make_workload({"duration": HOUR, "earliest": NOW + HOUR + HALF_HOUR})
    decision = decide(workload, {None: grid}, NOW + HOUR)
    assert {finding.about for finding in explain(decision, {None: grid})} == {"costs_nothing"}
    grid = signal([10, 10, 50, 100, 100, 100])
    earliest = explain(decide(workload, {None: grid}, NOW + HOUR), {None: grid})[0]
    assert earliest.costs.carbon_intensity == pytest.approx(25)
    assert earliest.step_saves.carbon_intensity == pytest.approx(25)


def test_a_bound_that_cannot_be_judged_is_not_mentioned():
    _, found = found_in(signal([100] * 4), deadline=NOW + 9 * HOUR)
    assert found.keys() == {"alternative"}
    late = replace(signal([100] * 8), start=NOW + 2 * HOUR)
    _, found = found_in(late, earliest=NOW + 3 * HOUR, deadline=NOW + 4 * HOUR)
    assert found["costs_nothing"].text == "the deadline 2025-10-26T02:00Z costs nothing"


def test_a_step_to_a_run_no_better_saves_nothing():
    _, found = found_in(
        signal([100, 100, 60, 60, 60, 60, 10, 10], price=[9, 9, 50, 50, 20, 20, 9, 9]),
        energy_kwh=100.0, earliest=NOW + 2 * HOUR, deadline=NOW + 3 * HOUR, min_renewable=None,
    )  # fmt: skip
    assert found["deadline"].step_saves.carbon_kg == pytest.approx(5)
    grid = signal([10, 10, 60, 60, 90, 90, 60, 60], price=[9, 9, 20, 20, 50, 50, 50, 50])
    workload = make_workload(
        {"duration": HOUR, "energy_kwh": 100.0, "earliest": NOW + 2 * HOUR}
    )  # an hour sooner there is as much carbon and another price
    decision = decide(workload, {None: grid}, NOW)
    earliest = explain(decision, {None: grid})[0]
    assert earliest.costs.carbon_kg == pytest.approx(5)
    assert earliest.step_saves.cost_gbp == 0
    assert earliest.text.endswith("; an hour sooner would change nothing")


def test_a_home_without_data_is_no_comparison():
    blind = {13: signal([None] * 4, place=13), 1: signal([20] * 4, place=1)}
    decision, found = found_in(blind, regions=(13, 1), home=13)
    assert decision.action == "shift_region"
    assert "home" not in found


def test_words_for_ties_shares_and_many_regions():
    assert words.keeping_to([13, 10]) == "keeping to London and East England"
    assert words.keeping_to([1, 2, 3, 4]) == "keeping to the 4 regions named"
    _, found = found_in(
        {13: signal([50] * 2, place=13), 1: signal([50] * 2, place=1)}, regions=(13, 1), home=13
    )
    assert found["alternative"].text == (
        "starting at 2025-10-25T22:00Z in North Scotland would come to the same"
    )
    _, found = found_in(signal([1000, 1000, 999, 999]), deadline=NOW + HOUR, energy_kwh=1.0)
    assert "costs 0.001 kg: without" in found["deadline"].text
    _, found = found_in(signal([0.01, 0.01, 0, 0, 9, 9]), deadline=NOW + HOUR, energy_kwh=1e6)
    assert "costs 10 kg: without" in found["deadline"].text


def test_no_percentage_of_zero_or_below():
    _, found = found_in(signal([10, 10, -5, -5, 0, 0]), deadline=NOW + HOUR, energy_kwh=1000.0)
    assert "(" not in found["deadline"].text
