"""A job to place: how much, how long, when and where it may run, and what it must keep to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from gridctl.clock import LONGEST, check_year, format_duration, iso
from gridctl.errors import UsageError

Objective = Literal["carbon", "cost", "balanced"]
CapMode = Literal["slot", "mean"]

OBJECTIVES = ("carbon", "cost", "balanced")
CAP_MODES = ("slot", "mean")
WORKLOAD_TYPES = ("ai_training", "inference", "batch_processing", "real_time")

_AGREEMENT = 1e-3  # energy = power x duration, as people round them
_TIMES = ("earliest", "deadline", "start")


@dataclass(frozen=True)
class Cap:
    """A bound on a series: an upper one, or with ``sign`` -1 a lower one."""

    name: str
    series: Literal["carbon", "renewable", "price"]
    limit: float
    unit: str
    decimals: int
    sign: int = 1

    def text(self, value: float) -> str:
        """A bound that ``value`` keeps, rounded away from it: ``142 g/kWh``."""
        scale = 10**self.decimals
        # A value that is whole but for a rounding error is not pushed to the next step.
        steps = math.ceil(self.sign * value * scale - 1e-6)
        return f"{self.sign * steps / scale:g} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What is asked for. Make one with :func:`make_workload`, which checks it.

    Times are UTC; ``None`` for ``earliest`` means now, for ``deadline`` the forecast's end, for
    ``start`` (when it would run anyway) the earliest. ``regions`` empty means Great Britain as a
    whole; ``home`` is where the baseline runs, ``None`` for the national signal or, with regions,
    for no home at all. ``asset`` is the name of a stored one. ``carbon_price`` is GBP per tonne,
    ``None`` for the configured one.
    """

    name: str = "workload"
    duration: timedelta
    energy_kwh: float | None = None
    power_kw: float | None = None
    earliest: datetime | None = None
    deadline: datetime | None = None
    start: datetime | None = None
    max_carbon: float | None = None
    min_renewable: float | None = None
    max_price: float | None = None
    cap_mode: CapMode = "slot"
    regions: tuple[int, ...] = ()
    home: int | None = None
    deferrable: bool = True
    interruptible: bool = False
    objective: Objective = "carbon"
    carbon_price: float | None = None
    workload_type: str = "batch_processing"
    priority: int = 50
    asset: str | None = None

    @property
    def places(self) -> tuple[int | None, ...]:
        """Where it may run, home first."""
        if not self.regions:
            return (None,)
        return tuple(sorted(self.regions, key=lambda region: region != self.home))

    @property
    def hours(self) -> float:
        return self.duration / timedelta(hours=1)

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The bounds that were given."""
        found = []
        if self.max_carbon is not None:
            found.append(Cap("max_carbon", "carbon", self.max_carbon, "g/kWh", 0))
        if self.min_renewable is not None:
            found.append(Cap("min_renewable", "renewable", self.min_renewable, "%", 1, -1))
        if self.max_price is not None:
            found.append(Cap("max_price", "price", self.max_price, "GBP/MWh", 2))
        return tuple(found)

    def request(self) -> dict[str, Any]:
        """Everything that was asked, in JSON's types; :func:`from_request` rebuilds it."""
        asked = {f.name: getattr(self, f.name) for f in fields(self)}
        asked["duration"] = self.duration.total_seconds()
        asked["regions"] = list(self.regions)
        for key in _TIMES:
            asked[key] = asked[key].isoformat() if asked[key] else None
        return asked


def from_request(request: Mapping[str, Any]) -> Workload:
    """The workload of a recorded :meth:`Workload.request`."""
    known = {f.name for f in fields(Workload)}
    given = {key: value for key, value in request.items() if key in known}
    given["duration"] = timedelta(seconds=given["duration"])
    given["regions"] = tuple(given["regions"])
    for key in _TIMES:
        given[key] = datetime.fromisoformat(given[key]) if given[key] else None
    return Workload(**given)


def make_workload(given: Mapping[str, Any]) -> Workload:
    """A checked workload from the fields that were given; ``None`` counts as not given.

    Raises :class:`UsageError` for values that are no use or contradict each other.
    """
    present = {key: value for key, value in given.items() if value is not None}
    _check_numbers(present)
    for key in present.keys() & set(_TIMES):
        check_year(present[key])
    three = (present.pop(key, None) for key in ("energy_kwh", "duration", "power_kw"))
    energy, duration, power = _complete(*three)
    workload = Workload(duration=duration, energy_kwh=energy, power_kw=power, **present)
    if workload.earliest is not None:
        check_window(workload, workload.earliest)
    return workload


def check_window(workload: Workload, earliest: datetime) -> None:
    """Raise :class:`UsageError` unless the job fits between ``earliest`` and its deadline."""
    pinned = workload.start or earliest
    if not workload.deferrable and pinned < earliest:
        raise UsageError(
            f"not deferrable, but a start at {iso(pinned)} is before the earliest, {iso(earliest)}"
        )
    deadline = workload.deadline
    if deadline is None:
        return
    if deadline <= earliest:
        raise UsageError(
            f"the deadline {iso(deadline)} is not after the earliest start {iso(earliest)}"
        )
    if deadline - earliest < workload.duration:
        raise UsageError(
            f"a job of {format_duration(workload.duration)} does not fit between {iso(earliest)} "
            f"and {iso(deadline)}, which is {format_duration(deadline - earliest)}"
        )
    if not workload.deferrable and pinned + workload.duration > deadline:
        raise UsageError(
            f"not deferrable, but a start at {iso(pinned)} misses the deadline {iso(deadline)}"
        )


def with_carbon_price(workload: Workload, default: float) -> Workload:
    """The workload with the configured carbon price where none was given."""
    if workload.carbon_price is not None:
        return workload
    return replace(workload, carbon_price=default)


def _check_numbers(present: Mapping[str, Any]) -> None:
    for key in ("energy_kwh", "power_kw"):
        if key in present and not (math.isfinite(present[key]) and present[key] > 0):
            raise UsageError(f"{key} must be more than zero and finite, not {present[key]:g}")
    for key in ("max_carbon", "carbon_price"):
        if key in present and not (math.isfinite(present[key]) and present[key] >= 0):
            raise UsageError(f"{key} must be a number from 0, not {present[key]:g}")
    if "max_price" in present and not math.isfinite(present["max_price"]):
        raise UsageError("max_price must be a finite number of GBP/MWh")
    if "min_renewable" in present and not 0 <= present["min_renewable"] <= 100:
        raise UsageError(f"min_renewable is per cent, 0 to 100, not {present['min_renewable']:g}")
    for key, allowed in (("objective", OBJECTIVES), ("cap_mode", CAP_MODES),
                         ("workload_type", WORKLOAD_TYPES)):  # fmt: skip
        if key in present and present[key] not in allowed:
            raise UsageError(f"{key} must be one of {', '.join(allowed)}, not {present[key]!r}")
    if not 0 <= present.get("priority", 0) <= 100:
        raise UsageError(f"priority must be from 0 to 100, not {present['priority']}")


def _complete(
    energy: float | None, duration: timedelta | None, power: float | None
) -> tuple[float | None, timedelta, float | None]:
    """Any two give the third; all three must agree."""
    if duration is None:
        if energy is None or power is None:
            raise UsageError("how long does it run? give --duration, or --energy and --power")
        if energy / power > LONGEST / timedelta(hours=1):
            raise UsageError(f"{energy:g} kWh at {power:g} kW takes more than a hundred years")
        return energy, timedelta(seconds=max(1, round(3600 * energy / power))), power
    if not timedelta(0) < duration <= LONGEST:
        raise UsageError("the duration must be more than zero, and at most a hundred years")
    hours = duration / timedelta(hours=1)
    if energy is None:
        return (None if power is None else power * hours), duration, power
    if power is None:
        return energy, duration, energy / hours
    if not math.isclose(power * hours, energy, rel_tol=_AGREEMENT):
        raise UsageError(
            f"{power:g} kW for {format_duration(duration)} is {power * hours:g} kWh, not the "
            f"{energy:g} kWh given; leave one of energy, duration and power out"
        )
    return energy, duration, power
