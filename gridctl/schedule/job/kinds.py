"""What the kinds of jobs need: checks of pauses, power profiles and elastic curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from gridctl.clock import LONGEST, format_duration
from gridctl.errors import UsageError

Profile = tuple[tuple[float, float], ...]  # (hours, kW), in order
Curve = tuple[tuple[int, float, float], ...]  # (servers, work per second, kW), idle first

_AGREEMENT = 1e-3
_PAUSING = {
    "min_run": "--min-run",
    "restart_energy_kwh": "--restart-energy",
    "max_pauses": "--max-pauses",
}


def check_kind(given: Mapping[str, Any]) -> None:
    """Raise :class:`UsageError` for options of different kinds of jobs given together."""
    pausing = [name for key, name in _PAUSING.items() if given.get(key) is not None]
    if given.get("interruptible"):
        pausing.insert(0, "--interruptible")
    elif pausing:
        raise UsageError(f"{pausing[0]} is for a job that may be paused: add --interruptible")
    if given.get("curve") and given.get("deferrable") is False:
        raise UsageError(
            "an elastic job chooses its hours, one that may not be deferred has none to choose: "
            "leave out --elastic or --not-deferrable"
        )
    if given.get("power_profile") and given.get("curve"):
        raise UsageError("--profile and --elastic are two kinds of jobs: give one of them")
    shaped = "--profile" if given.get("power_profile") else "--elastic"
    if pausing and (given.get("power_profile") or given.get("curve")):
        raise UsageError(f"{shaped} and {pausing[0]} do not go together: leave one of them out")
    for key, name in (("work", "--work"), ("max_servers", "--max-servers")):
        if given.get(key) is not None and not given.get("curve"):
            raise UsageError(f"{name} is for an elastic job: add --elastic FILE")
    if len(pausing) > 1 and given.get("cap_mode") == "mean" and _has_cap(given):
        raise UsageError(
            f"{pausing[1]} with --cap-mode mean cannot be planned exactly: use --cap-mode slot, "
            f"or leave {pausing[1]} out"
        )


def _has_cap(given: Mapping[str, Any]) -> bool:
    return any(given.get(key) is not None for key in ("max_carbon", "min_renewable", "max_price"))


def check_pauses(given: Mapping[str, Any], duration: timedelta) -> None:
    """Raise :class:`UsageError` for a minimum run or a pause limit that is no use."""
    min_run = given.get("min_run")
    if min_run is not None and not timedelta(0) < min_run <= duration:
        raise UsageError(
            f"a minimum run of {format_duration(min_run)} must be more than zero and not longer "
            f"than the job, {format_duration(duration)}"
        )
    if (given.get("max_pauses") or 0) < 0:
        raise UsageError(f"max_pauses must be a whole number from 0, not {given['max_pauses']}")
    limited = any(given.get(key) is not None for key in _PAUSING)
    if limited and any(span and span.microseconds for span in (min_run, duration)):
        raise UsageError(
            "with a minimum run, restart energy or pause limit the job must last whole seconds"
        )


def profile_totals(profile: Sequence[Sequence[float]]) -> tuple[float, timedelta]:
    """Energy in kWh and duration of a power profile. Raises :class:`UsageError`."""
    for number, (hours, power) in enumerate(profile, start=1):
        if not (math.isfinite(hours) and hours > 0):
            raise UsageError(f"piece {number} of the profile lasts {hours:g} h, not more than 0")
        if not (math.isfinite(power) and power >= 0):
            raise UsageError(f"piece {number} of the profile has {power:g} kW, not a power from 0")
    if any(not profile[end][1] for end in (0, -1)):
        raise UsageError("a profile begins and ends with power: leave out 0 kW at its ends")
    hours = sum(hours for hours, _ in profile)
    if hours > LONGEST / timedelta(hours=1):
        raise UsageError("the profile takes more than a hundred years")
    return sum(hours * power for hours, power in profile), timedelta(hours=hours)


def check_agreement(given: Mapping[str, Any], energy: float, duration: timedelta) -> None:
    """Raise :class:`UsageError` unless what was given beside a profile is what it comes to."""
    power = energy / (duration / timedelta(hours=1))
    for key, value, unit in (("energy_kwh", energy, "kWh"), ("power_kw", power, "kW")):
        if key in given and not math.isclose(given[key], value, rel_tol=_AGREEMENT):
            raise UsageError(
                f"the profile comes to {value:g} {unit}, not the {given[key]:g} {unit} given; "
                "leave energy, duration and power out"
            )
    if "duration" in given and abs(given["duration"] - duration) > duration * _AGREEMENT:
        raise UsageError(
            f"the profile takes {format_duration(duration)}, not the "
            f"{format_duration(given['duration'])} given; leave energy, duration and power out"
        )


def usable_curve(
    curve: Sequence[Sequence[float]], max_servers: int | None, max_power_kw: float | None
) -> Curve:
    """The curve's levels up to both limits, idle first. Raises :class:`UsageError`."""
    if max_servers is not None and max_servers < 1:
        raise UsageError(f"max_servers must be a whole number from 1, not {max_servers}")
    levels = [
        (int(servers), float(throughput), float(power))
        for servers, throughput, power in curve
        if servers > 0
        and (max_servers is None or servers <= max_servers)
        and (max_power_kw is None or power <= max_power_kw)
    ]
    for servers, throughput, power in levels:
        if not (math.isfinite(throughput) and throughput >= 0):
            raise UsageError(f"a throughput of {throughput:g} at {servers} servers is no use")
        if not (math.isfinite(power) and power > 0):
            raise UsageError(f"a power of {power:g} kW at {servers} servers is no use")
    if not any(throughput > 0 for _, throughput, _ in levels):
        raise UsageError("no number of servers within the limits does any work")
    return ((0, 0.0, 0.0), *sorted(levels))


def single_work(
    curve: Curve, work: float | None, duration: timedelta | None
) -> tuple[float, float, timedelta]:
    """Units of work, and energy and duration at the fewest servers. Raises :class:`UsageError`."""
    _, throughput, power = next(level for level in curve if level[1] > 0)
    if work is not None and not (math.isfinite(work) and work > 0):
        raise UsageError(f"work must be more than zero and finite, not {work:g}")
    if work is not None and duration is not None:
        raise UsageError("--work and --duration both say how much there is to do: give one of them")
    if work is None:
        if duration is None:
            raise UsageError(
                "how much work is it? give --work in the curve's units, or --duration, which is "
                "how long it would take at the fewest servers"
            )
        work = throughput * duration.total_seconds()
    hours = work / throughput / 3600
    if hours > LONGEST / timedelta(hours=1):
        raise UsageError("at the fewest servers the work takes more than a hundred years")
    return work, power * hours, timedelta(hours=hours)
