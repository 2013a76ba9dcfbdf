"""A plan as it is told: each job's decision, what it comes to, how full the sites are, the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridctl.clock import iso
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.outcome import region_dict


@dataclass(frozen=True)
class Piece:
    """Part of a job inside one half hour in one place. g/kWh, per cent, GBP/MWh."""

    start: datetime
    end: datetime
    place: Place
    power_kw: float
    energy_kwh: float
    carbon_intensity: float | None
    renewable_pct: float | None
    price_gbp_mwh: float | None

    def as_dict(self) -> dict[str, Any]:
        """A segment of the decision's JSON, with its region and power."""
        return {
            "start": iso(self.start),
            "end": iso(self.end),
            "energy_kwh": round_off(self.energy_kwh),
            "carbon_intensity": round_off(self.carbon_intensity),
            "renewable_pct": round_off(self.renewable_pct),
            "price_gbp_mwh": round_off(self.price_gbp_mwh),
            "region": region_dict(self.place),
            "power_kw": round_off(self.power_kw),
        }


@dataclass(frozen=True)
class PlannedJob:
    """One job: the decision (rejected when it does not fit), its pieces, and what would let it
    in: ``relaxes`` is empty for a job that is in."""

    decision: Decision
    pieces: tuple[Piece, ...]
    relaxes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The job in the JSON of a plan: as one decision, with name, priority and relaxations."""
        document = self.decision.as_dict()
        document.pop("signal")
        document.pop("alternatives")
        workload = self.decision.workload
        document["segments"] = [piece.as_dict() for piece in self.pieces]
        return {
            "name": workload.name, "priority": workload.priority,
            "power_kw": round_off(workload.power_kw), **document, "relaxes": list(self.relaxes),
        }  # fmt: skip


@dataclass(frozen=True)
class Site:
    """How full one place is, over the half hours of the plan. ``capacity_kw`` is the highest
    limit, ``None`` for none; ``full`` counts the half hours at their limit."""

    place: Place
    capacity_kw: float | None
    energy_kwh: float
    peak_kw: float
    utilisation_pct: float | None
    full: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "region": region_dict(self.place),
            "capacity_kw": round_off(self.capacity_kw),
            "energy_kwh": round_off(self.energy_kwh),
            "peak_kw": round_off(self.peak_kw),
            "utilisation_pct": round_off(self.utilisation_pct),
            "full_half_hours": self.full,
        }


@dataclass(frozen=True)
class Totals:
    """Sums over the jobs that are in; ``None`` where one of them is unknown. kg and GBP."""

    jobs: int
    planned: int
    energy_kwh: float
    carbon_kg: float | None
    cost_gbp: float | None
    baseline_carbon_kg: float | None
    baseline_cost_gbp: float | None


@dataclass(frozen=True)
class Report:
    """The whole plan. ``value`` and ``bound`` of the objective in ``unit``, over the jobs in it."""

    jobs: tuple[PlannedJob, ...]
    sites: tuple[Site, ...]
    totals: Totals
    objective: str
    unit: str
    value: float
    bound: float
    gap_pct: float
    method: str
    start: datetime
    end: datetime
    notes: tuple[str, ...]

    @property
    def left_out(self) -> Sequence[PlannedJob]:
        """The jobs that do not fit."""
        return [job for job in self.jobs if job.decision.expected is None]

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of ``gridctl schedule plan``."""
        totals, first = self.totals, self.jobs[0].decision
        return {
            "objective": {
                "name": self.objective, "unit": self.unit, "value": round_off(self.value),
                "bound": round_off(self.bound), "gap_pct": round_off(self.gap_pct),
                "method": self.method,
            },
            "totals": {
                "jobs": totals.jobs, "planned": totals.planned,
                "left_out": totals.jobs - totals.planned,
                "energy_kwh": round_off(totals.energy_kwh),
                "carbon_kg": round_off(totals.carbon_kg), "cost_gbp": round_off(totals.cost_gbp),
                "baseline_carbon_kg": round_off(totals.baseline_carbon_kg),
                "baseline_cost_gbp": round_off(totals.baseline_cost_gbp),
            },
            "window": {"start": iso(self.start), "end": iso(self.end)},
            "sites": [site.as_dict() for site in self.sites],
            "jobs": [job.as_dict() for job in self.jobs],
            "signal": first.as_dict()["signal"],
            "notes": list(self.notes),
        }  # fmt: skip


def round_off(value: float | None) -> float | None:
    """Six decimals, as in single decisions."""
    return None if value is None else round(value, 6)
