"""A plan as it is told: each job's decision, what it comes to, how full the sites are, the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from gridctl.clock import iso
from gridctl.schedule.signals.signal import Place
from gridctl.schedule.single.decision import Decision
from gridctl.schedule.single.outcome import Segment, plain, region_dict, segment_dict


@dataclass(frozen=True)
class PlannedPiece:
    """Part of a job inside one half hour in one place."""

    segment: Segment
    place: Place
    power_kw: float

    def as_dict(self) -> dict[str, Any]:
        """A segment of the decision's JSON, with its region and power."""
        return {
            **segment_dict(self.segment),
            "region": region_dict(self.place),
            "power_kw": plain(self.power_kw),
        }


def starts_of(pieces: Sequence[PlannedPiece]) -> int:
    """How many times a job of these pieces, in time order, starts."""
    segments = [piece.segment for piece in pieces]
    return bool(pieces) + sum(b.start > a.end for a, b in pairwise(segments))


@dataclass(frozen=True)
class PlannedJob:
    """One job: the decision (rejected when it does not fit), its pieces, and what would let it
    in: ``relaxes`` is empty for a job that is in."""

    decision: Decision
    pieces: tuple[PlannedPiece, ...]
    relaxes: tuple[str, ...] = ()

    @property
    def starts(self) -> int:
        """How many times it starts."""
        return starts_of(self.pieces)

    def as_dict(self) -> dict[str, Any]:
        """The job in the JSON of a plan: as one decision, with name, priority and relaxations."""
        document = self.decision.as_dict()
        document.pop("signal")
        document.pop("alternatives")
        workload = self.decision.workload
        document["segments"] = [piece.as_dict() for piece in self.pieces]
        return {
            "name": workload.name, "priority": workload.priority,
            "power_kw": plain(workload.power_kw), **document, "relaxes": list(self.relaxes),
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
            "capacity_kw": plain(self.capacity_kw),
            "energy_kwh": plain(self.energy_kwh),
            "peak_kw": plain(self.peak_kw),
            "utilisation_pct": plain(self.utilisation_pct),
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
                "name": self.objective, "unit": self.unit, "value": plain(self.value),
                "bound": plain(self.bound), "gap_pct": plain(self.gap_pct),
                "method": self.method,
            },
            "totals": {
                "jobs": totals.jobs, "planned": totals.planned,
                "left_out": totals.jobs - totals.planned,
                "energy_kwh": plain(totals.energy_kwh),
                "carbon_kg": plain(totals.carbon_kg), "cost_gbp": plain(totals.cost_gbp),
                "baseline_carbon_kg": plain(totals.baseline_carbon_kg),
                "baseline_cost_gbp": plain(totals.baseline_cost_gbp),
            },
            "window": {"start": iso(self.start), "end": iso(self.end)},
            "sites": [site.as_dict() for site in self.sites],
            "jobs": [job.as_dict() for job in self.jobs],
            "signal": first.as_dict()["signal"],
            "notes": list(self.notes),
        }  # fmt: skip
