"""A job to place: how much, how long, when and where it may run, and what it must keep to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from gridctl.clock import LONGEST, check_year, format_duration, iso
from gridctl.errors import UsageError
from gridctl.schedule.job import kinds

Objective = Literal["carbon", "cost", "balanced"]
CapMode = Literal["slot", "mean"]

OBJECTIVES = ("carbon", "cost", "balanced")
CAP_MODES = ("slot", "mean")
WORKLOAD_TYPES = ("ai_training", "inference", "batch_processing", "real_time")

_AGREEMENT = 1e-3  # energy = power x duration, as people round them
_MOST = 1e12  # kWh or kW: more than the world makes in a year
_TIMES = ("earliest", "deadline", "start")
_TABLES = ("power_profile", "curve")


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

    ``power_profile`` is (hours, kW) piece by piece; ``curve`` of an elastic job (servers, units of
    work per second, kW), idle first, with ``work`` in those units; its energy and duration are
    those at the fewest servers. ``migration_energy_kwh`` is drawn on top when it leaves its home.
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
    min_run: timedelta | None = None
    restart_energy_kwh: float | None = None
    max_pauses: int | None = None
    power_profile: kinds.Profile | None = None
    curve: kinds.Curve | None = None
    work: float | None = None
    max_servers: int | None = None
    max_power_kw: float | None = None
    migration_energy_kwh: float | None = None
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
    def own_kwh(self) -> float:
        """The energy of the job itself; of one of unknown energy, at 1 kW."""
        return self.hours if self.energy_kwh is None else self.energy_kwh

    @property
    def work_units(self) -> float:
        """What an elastic job has to do."""
        return self.work or 0.0

    @property
    def shortest(self) -> timedelta:
        """The least time it takes: of an elastic job at its greatest throughput."""
        if not self.curve:
            return self.duration
        seconds = self.work_units / max(throughput for _, throughput, _ in self.curve)
        return timedelta(microseconds=math.floor(seconds * 1e6))

    @property
    def may_pause(self) -> bool:
        """A job that runs as asked is not paused either."""
        return self.interruptible and self.deferrable

    @property
    def limits_pauses(self) -> bool:
        """Whether pauses have a price or a limit."""
        limits = (self.min_run, self.restart_energy_kwh, self.max_pauses)
        return any(limit is not None for limit in limits)

    @property
    def most_pieces(self) -> int | None:
        """How many pieces it may be cut into; ``None`` where the minimum run says enough."""
        if self.max_pauses is None:
            return None
        most = self.max_pauses + 1
        return None if self.min_run and most >= self.duration // self.min_run else most

    def moved_kwh(self, place: int | None) -> float:
        """What running there adds to its own energy: nothing at home, or with no home."""
        away = self.home is not None and place != self.home
        return (self.migration_energy_kwh or 0.0) if away else 0.0

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
        asked["min_run"] = self.min_run.total_seconds() if self.min_run else None
        for key in _TABLES:
            asked[key] = [list(row) for row in asked[key]] if asked[key] else None
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
    if given.get("min_run"):
        given["min_run"] = timedelta(seconds=given["min_run"])
    for key in _TABLES:
        if given.get(key):
            given[key] = tuple(tuple(row) for row in given[key])
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
    kinds.check_kind(present)
    present |= _sizes(present)
    kinds.check_pauses(present, present["duration"])
    _check_power(present)
    workload = Workload(**present)
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
    if deadline - earliest < workload.shortest:
        raise UsageError(
            f"a job of {format_duration(workload.shortest)} does not fit between {iso(earliest)} "
            f"and {iso(deadline)}, which is {format_duration(deadline - earliest)}"
        )
    if not workload.deferrable and pinned + workload.shortest > deadline:
        raise UsageError(
            f"not deferrable, but a start at {iso(pinned)} misses the deadline {iso(deadline)}"
        )


def with_carbon_price(workload: Workload, default: float) -> Workload:
    """The workload with the configured carbon price where none was given."""
    if workload.carbon_price is not None:
        return workload
    return replace(workload, carbon_price=default)


def _sizes(present: Mapping[str, Any]) -> dict[str, Any]:
    """Energy, duration and average power, as far as they are known, by the kind of job."""
    given = [present.get(key) for key in ("energy_kwh", "duration", "power_kw")]
    if profile := present.get("power_profile"):
        energy, length = kinds.profile_totals(profile)
        kinds.check_agreement(present, energy, length)
        power = energy / (length / timedelta(hours=1))
        return {"energy_kwh": energy, "duration": length, "power_kw": power}
    if present.get("curve"):
        if given[0] is not None or given[2] is not None:
            raise UsageError("the elastic curve gives the power: leave energy and power out")
        limits = present.get("max_servers"), present.get("max_power_kw")
        curve = kinds.usable_curve(present["curve"], *limits)
        work, energy, length = kinds.single_work(curve, present.get("work"), given[1])
        return {"curve": curve, "work": work, "energy_kwh": energy, "duration": length}
    known, length, average = _complete(*given)
    return {"energy_kwh": known, "duration": length, "power_kw": average}


def _check_power(present: Mapping[str, Any]) -> None:
    """Raise :class:`UsageError` for too much power, or for extra energy beside an unknown one."""
    pieces = present.get("power_profile") or ((0.0, present.get("power_kw") or 0.0),)
    peak, limit = max(power for _, power in pieces), present.get("max_power_kw")
    if limit is not None and not present.get("curve") and peak > limit * (1 + _AGREEMENT):
        raise UsageError(f"the job draws {peak:g} kW, more than the {limit:g} kW it may")
    for key in ("restart_energy_kwh", "migration_energy_kwh"):
        if present.get(key) and present["energy_kwh"] is None:
            raise UsageError(f"{key} is weighed against the job's own energy: give --energy too")


def _check_numbers(present: Mapping[str, Any]) -> None:
    for key in ("energy_kwh", "power_kw", "max_power_kw"):
        if key in present and not 0 < present[key] <= _MOST:
            raise UsageError(f"{key} must be more than zero, at most {_MOST:g}: {present[key]:g}")
    for key in ("max_carbon", "carbon_price", "restart_energy_kwh", "migration_energy_kwh"):
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
