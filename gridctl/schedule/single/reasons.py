"""Why, in plain English and with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gridctl.clock import format_duration, iso
from gridctl.regions import region_by_number
from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.signals.signal import Place, Signal
from gridctl.schedule.single.decision import Action
from gridctl.schedule.single.outcome import Outcome

LOCATION_BASED = "location-based average intensity, operational electricity only; not an offset"
FORECAST_ENDS = "forecast ends at"
AT_RISK = "planned at risk"
LAST_REVISION = (
    "the stored forecast is its last revision, issue time unknown: better than was known then"
)


def brief_time(instant: datetime) -> str:
    """``2025-11-25T09:30Z``, with seconds only when there are some."""
    return iso(instant).replace(":00Z", "Z")


def boundary(signal: Signal) -> str:
    """What the intensity counts, and what it does not."""
    if signal.file is not None:
        return f"intensity as given in {signal.file}, operational electricity only; not an offset"
    return f"{LOCATION_BASED} ({signal.geography})"


def place_name(place: Place) -> str:
    return "Great Britain" if place is None else region_by_number(place).name


def figure(value: float) -> str:
    """Three significant digits or so: 92, 9.3, 0.42."""
    return f"{value:.0f}" if abs(value) >= 20 else f"{value:.3g}"


def accepted(
    action: Action,
    workload: Workload,
    chosen: Outcome,
    baseline: Outcome,
    broken: Sequence[Cap],
) -> str:
    """What was chosen, what it brings against running when asked, which caps hold.

    ``broken`` are the caps that running when asked would break.
    """
    parts = [f"{_move(action, chosen, baseline)}: {_numbers(workload, chosen, baseline)}"]
    parts += _shape(chosen, baseline)
    if not workload.deferrable:
        parts.append("it may not be deferred")
    elif action == "schedule":
        parts.append("no other start in the window is better")
    elif broken:
        parts.append("when asked it would not keep to " + _all(broken))
    if workload.caps:
        where = "in every half hour" if workload.cap_mode == "slot" else "on average over the run"
        verb = "holds" if len(workload.caps) == 1 else "hold"
        parts.append(f"{_all(workload.caps)} {verb} {where}")
    return "; ".join(parts)


def rejected(
    workload: Workload,
    window: tuple[datetime, datetime],
    alone: Sequence[Cap],
    lowest: Outcome | None,
    alternatives: Sequence[Outcome],
) -> str:
    """Which bound rules every start out, and the nearest that would do."""
    first, last = brief_time(window[0]), brief_time(window[1])
    is_fixed = first == last or not workload.deferrable
    span = f"at {first}" if is_fixed else f"between {first} and {last}"
    free = workload.deferrable and (workload.may_pause or workload.curve)
    start = "no choice of half hours" if free else "no start"
    how = "in every half hour" if workload.cap_mode == "slot" else "on average"
    if len(alone) == 1:
        text = f"infeasible: {start} {span} keeps {_all(alone)} {how}"
    elif alone:
        either = " or ".join(cap_text(cap) for cap in alone)
        text = f"infeasible: {start} {span} keeps {either} {how}"
    else:
        text = (
            f"infeasible: each bound can be kept by itself, but {start} {span} keeps "
            f"{_all(workload.caps)} together {how}"
        )
    if not workload.deferrable:
        text += "; it may not be deferred"
    if lowest is not None and lowest.carbon_intensity is not None:
        best = (
            "the run of least carbon averages" if workload.curve else "the lowest mean to be had is"
        )
        text += f"; {best} {figure(lowest.carbon_intensity)} g/kWh from {brief_time(lowest.start)}"
        text += _elsewhere(workload, lowest)
    if alternatives:
        text += f"; it would work with {alternatives[0].relaxes}"
        text += _elsewhere(workload, alternatives[0])
    return text


def _elsewhere(workload: Workload, run: Outcome) -> str:
    return "" if run.place == workload.home else f" in {place_name(run.place)}"


def cap_text(cap: Cap) -> str:
    """``cap 150 g/kWh``, ``at least 40 % renewable``, ``at most 80 GBP/MWh``."""
    if cap.name == "max_carbon":
        return f"cap {cap.limit:g} g/kWh"
    if cap.name == "min_renewable":
        return f"at least {cap.limit:g} % renewable"
    return f"at most {cap.limit:g} GBP/MWh"


def _all(caps: Sequence[Cap]) -> str:
    return " and ".join(cap_text(cap) for cap in caps)


def _move(action: Action, chosen: Outcome, baseline: Outcome) -> str:
    when = brief_time(chosen.start)
    shift = chosen.start - baseline.start
    if shift > timedelta(0):
        moved = f"deferred {format_duration(shift)} to {when}"
    elif shift < timedelta(0):
        moved = f"brought forward {format_duration(-shift)} to {when}"
    else:
        moved = f"at {when}"
    if action == "schedule" and (chosen.pauses or chosen.servers):
        return f"starts when asked, {moved}"
    if action == "schedule":
        return f"runs when asked, {moved}"
    if action == "defer":
        return moved
    there = f"moved to {place_name(chosen.place)}"
    if baseline.place is not None:
        there = f"moved from {place_name(baseline.place)} to {place_name(chosen.place)}"
    return f"{there}, {moved}"


def _shape(chosen: Outcome, baseline: Outcome) -> list[str]:
    """Pauses, servers, and energy that restarts or a move add."""
    texts = []
    done = brief_time(chosen.end)
    if chosen.pauses:
        times = "once" if chosen.pauses == 1 else f"{chosen.pauses} times"
        texts.append(f"paused {times}, done by {done}")
    elif chosen.servers:
        texts.append(f"done by {done}")
    if chosen.servers:
        fewest, most = chosen.servers
        count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        text = f"at {count} server{'s' if most > 1 else ''}"
        if chosen.energy_kwh is not None and baseline.energy_kwh is not None:
            text += f", {figure(chosen.energy_kwh)} kWh"
            if baseline.servers and baseline.servers != chosen.servers:
                text += f" instead of {figure(baseline.energy_kwh)} at {baseline.servers[0]}"
        texts.append(text)
    if chosen.restart_kwh:
        texts.append(f"restarts draw {figure(chosen.restart_kwh)} kWh, counted in")
    if chosen.migration_kwh:
        texts.append(f"the move draws {figure(chosen.migration_kwh)} kWh, counted in")
    return texts


def _numbers(workload: Workload, chosen: Outcome, baseline: Outcome) -> str:
    texts = []
    word = "expected" if chosen.place == baseline.place else "estimated"
    if workload.objective != "cost":
        texts.append(_against(chosen.carbon_intensity, baseline.carbon_intensity, "g/kWh"))
    if workload.objective != "carbon":
        texts.append(_against(chosen.price_gbp_mwh, baseline.price_gbp_mwh, "GBP/MWh"))
    return f"{word} {' and '.join(texts)} on average"


def _against(chosen: float | None, baseline: float | None, unit: str) -> str:
    if chosen is None:
        return f"unknown {unit}"
    text = f"{figure(chosen)} {unit}"
    if baseline is None or abs(chosen - baseline) < 1e-9:
        return text
    text += f" instead of {figure(baseline)}"
    if baseline > 0 and chosen >= 0:  # of a change of sign no percentage makes sense
        text += f" ({100 * (chosen - baseline) / baseline:+.0f} %)"
    return text
