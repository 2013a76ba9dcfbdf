"""What becomes of a signal under each outlook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.skill.made import MONDAY, history, moment, truth

from gridctl.errors import UsageError
from gridctl.schedule.signals.outlook import Outlook, outlook_of
from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.signals.signal import Provenance, Reading, Series, Signal
from gridctl.schedule.skill.history import History
from gridctl.schedule.skill.improve import improve, wants_synthetic

BEFORE = 6  # slots of the signal that are over


def erring(slot, step):
    """Twenty too high, and a wave of its own that goes on for weeks."""
    return 20 + 15 * np.sin(slot / 31)


def signal_at(made: History, days: float, provenance=Provenance.FORECAST) -> Signal:
    """The newest forecast of ``made`` at that moment: six slots before it, 90 after."""
    first = MONDAY + int(days * 48) - BEFORE
    issued = moment(int(days)) + 60
    newest = made.points.where(made.points.issued == issued)
    values = dict(zip(newest.slot.tolist(), newest.value.tolist(), strict=True))
    readings = [
        Reading(values[slot], provenance, "carbon-intensity", issued)
        if slot in values and slot != first + 20
        else Reading()
        for slot in range(first, first + 96)
    ]
    nothing = Series.of([Reading()] * 96)
    start = datetime.fromtimestamp(first * SLOT, UTC)
    now = datetime.fromtimestamp(moment(days), UTC)
    return Signal(None, start, now, Series.of(readings), nothing, nothing, None)


MADE = history(16, erring, every=16)
OUTLOOKS = [
    Outlook(forecast="corrected"),
    Outlook(risk=0.8),
    Outlook(forecast="corrected", risk=0.8),
]


def test_a_plain_outlook_is_the_signal_itself():
    signal = signal_at(MADE, 12.5)
    assert improve(signal, MADE, Outlook()) is signal


def test_corrected_is_nearer_the_truth_and_labelled():
    signal = signal_at(MADE, 14.5)
    better = improve(signal, MADE, OUTLOOKS[0])
    slots = MONDAY + 14 * 48 + 24 - BEFORE + np.arange(96)
    raw, now = (np.nanmean(abs(s.carbon.values - truth(slots))) for s in (signal, better))
    assert now < 0.75 * raw
    assert set(better.carbon.provenance[BEFORE:]) == {Provenance.CORRECTED, Provenance.MISSING}
    assert all(r.estimated for r in better.carbon.readings if r.provenance is Provenance.CORRECTED)
    assert (better.forecast, better.risk) == ("corrected", None)
    assert better.notes[0].startswith("forecast corrected: ")


@pytest.mark.parametrize("outlook", OUTLOOKS)
def test_what_is_over_stays_and_gaps_stay_gaps(outlook):
    signal = signal_at(MADE, 14.5)
    better = improve(signal, MADE, outlook)
    assert better.carbon.readings[:BEFORE] == signal.carbon.readings[:BEFORE]
    np.testing.assert_array_equal(np.isnan(better.carbon.values), np.isnan(signal.carbon.values))
    assert np.isnan(better.carbon.values[20])
    assert (better.carbon.values != signal.carbon.values)[BEFORE : BEFORE + 14].all()


@pytest.mark.parametrize("outlook", OUTLOOKS)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_comes_after_changes_nothing(outlook, seed):
    signal = signal_at(MADE, 12.5)
    now = signal.known_at.timestamp()
    rng = np.random.default_rng(seed)
    later = MADE.points.issued > now
    points = replace(
        MADE.points, value=np.where(later, rng.uniform(0, 500, len(later)), MADE.points.value)
    )
    known = (MADE.actuals.first + np.arange(len(MADE.actuals.values)) + 2) * SLOT <= now
    values = np.where(known, MADE.actuals.values, rng.uniform(0, 500, len(known)))
    changed = History(points, replace(MADE.actuals, values=values))
    without = MADE.known_at(now)
    wanted = improve(signal, without, outlook)
    assert wanted.notes[0].startswith(("forecast corrected", "planned at risk"))
    for other in (MADE, changed):
        found = improve(signal, other, outlook)
        np.testing.assert_array_equal(found.carbon.values, wanted.carbon.values)


def test_more_risk_aversion_more_carbon():
    signal = signal_at(MADE, 14.5)
    for forecast in ("raw", "corrected"):
        levels = [
            improve(signal, MADE, Outlook(forecast=forecast, risk=risk)).carbon.values[BEFORE:]
            for risk in (0.2, 0.5, 0.8, 0.9)
        ]
        for below, above in pairwise(levels):
            assert (below <= above)[np.isfinite(below)].all()
    assert improve(signal, MADE, OUTLOOKS[1]).carbon.provenance[BEFORE] is Provenance.ESTIMATED


def test_too_little_history_is_said_and_nothing_changes():
    signal = signal_at(MADE, 3.5)
    for outlook, words in zip(
        OUTLOOKS[:2],
        (
            "the forecast is not corrected: that needs forecasts and actuals of 7 different days, "
            "and 4 are stored",
            "risk 0.8 is off: it needs errors of 7 different days at each horizon, and "
            "6-12 h ahead has 4",
        ),
        strict=True,
    ):
        same = improve(signal, MADE, outlook)
        assert same.notes == (words,)
        assert same.carbon is signal.carbon
        assert (same.forecast, same.risk) == ("raw", None)
    both = improve(signal, MADE, OUTLOOKS[2])
    assert len(both.notes) == 2


def test_a_high_quantile_needs_more_days_than_the_correction():
    signal = signal_at(MADE, 12.5)
    half = improve(signal, MADE, Outlook(forecast="corrected", risk=0.99))
    assert (half.forecast, half.risk) == ("corrected", None)
    assert "risk 0.99 is off: it needs errors of 100 different days" in half.notes[1]


def test_at_a_risk_a_forecast_of_unknown_issue_is_left_out():
    signal = signal_at(MADE, 14.5)
    readings = list(signal.carbon.readings)
    readings[30] = Reading(1.0, Provenance.LAST_REVISION, "carbon-intensity")
    readings[2] = Reading(2.0, Provenance.LAST_REVISION, "carbon-intensity")
    signal = replace(signal, carbon=Series.of(readings))
    assert improve(signal, MADE, OUTLOOKS[0]).carbon.values[30] == 1
    careful = improve(signal, MADE, OUTLOOKS[1]).carbon
    assert np.isnan(careful.values[30])
    assert careful.values[2] == 2  # over: nothing is planned there


def test_made_up_stays_made_up():
    signal = signal_at(MADE, 14.5, Provenance.SYNTHETIC)
    assert wants_synthetic(signal)
    assert not wants_synthetic(signal_at(MADE, 14.5))
    better = improve(signal, MADE, OUTLOOKS[2])
    changed = better.carbon.values != signal.carbon.values
    kinds = {reading.provenance for reading in better.carbon.readings}
    assert changed[BEFORE]
    assert kinds == {Provenance.SYNTHETIC, Provenance.MISSING}


def test_beside_real_forecasts_made_up_ones_are_left_alone():
    signal = signal_at(MADE, 14.5)
    readings = list(signal.carbon.readings)
    readings[40] = replace(readings[40], provenance=Provenance.SYNTHETIC)
    mixed = replace(signal, carbon=Series.of(readings))
    assert not wants_synthetic(mixed)
    assert improve(mixed, MADE, OUTLOOKS[0]).carbon.readings[40] == readings[40]
    assert np.isnan(improve(mixed, MADE, OUTLOOKS[1]).carbon.values[40])


def test_nothing_ahead_to_correct_is_said():
    signal = signal_at(MADE, 14.5, Provenance.LAST_REVISION)
    same = improve(signal, MADE, OUTLOOKS[2])
    assert same.carbon is signal.carbon
    assert [note.split(": ")[1] for note in same.notes] == [
        "no forecast of known issue time lies ahead"
    ] * 2


def test_regions_have_no_actuals_to_learn_from():
    signal = replace(signal_at(MADE, 14.5), place=13)
    same = improve(signal, MADE, OUTLOOKS[2])
    assert same.notes == (
        "corrected forecast and risk 0.8 is off: regional intensity has no actuals",
    )
    assert same.carbon is signal.carbon


def test_intensity_is_never_below_zero():
    made = history(16, lambda slot, step: 600 + 0 * slot)
    signal = signal_at(made, 14.5)
    low = replace(
        signal,
        carbon=Series.of([replace(r, value=r.value - 700) for r in signal.carbon.readings]),
    )
    better = improve(low, made, OUTLOOKS[2]).carbon.values
    assert np.nanmin(better[BEFORE:]) == 0


@pytest.mark.parametrize("risk", [0, 1, -0.5, 80, float("nan"), float("inf")])
def test_a_risk_is_between_nothing_and_all(risk):
    with pytest.raises(UsageError, match="risk is a quantile"):
        Outlook(risk=risk)


def test_an_outlook_is_rebuilt_from_its_record(tmp_path):
    with pytest.raises(UsageError, match="raw, corrected"):
        Outlook(forecast="best")
    for outlook in (*OUTLOOKS, Outlook(), Outlook(signal_file=tmp_path / "signal.csv")):
        assert outlook_of({"energy_kwh": 1, **outlook.request()}) == outlook
    assert outlook_of({"energy_kwh": 1}) == Outlook()
