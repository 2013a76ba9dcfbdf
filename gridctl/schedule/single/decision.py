"""What was decided, in the shape of the command line's JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from gridctl.schedule.job.workload import Workload
from gridctl.schedule.signals.signal import Signal
from gridctl.schedule.single.finding import Finding
from gridctl.schedule.single.outcome import (
    Outcome,
    Savings,
    Segment,
    Terms,
    alternative_dict,
    plain,
    region_dict,
    segment_dict,
    time_text,
)
from gridctl.schedule.single.runs import joined

if TYPE_CHECKING:
    from gridctl.schedule.money.line import FlexibilityLine

Action = Literal["schedule", "defer", "shift_region", "reject"]


@dataclass(frozen=True)
class SignalSummary:
    """What the decision rests on, over the half hours that were compared."""

    source: str | None
    kind: str
    issued_at: datetime | None
    ends_at: datetime | None
    is_synthetic: bool
    has_estimates: bool


@dataclass(frozen=True, repr=False)
class Decision:
    """An answer: ``expected`` is ``None`` when it is to reject.

    ``workload`` has its window filled in, ``signal`` is the one of the place decided on (of home
    when rejected), ``decided_at`` the moment it was decided for. The ids are those of the stored
    rows, ``None`` until it is recorded. ``notes`` say what the numbers rest on; ``explanation`` is
    ``None`` unless it was asked for. ``baseline_segments`` are those of the run when asked, none
    without a home.
    """

    action: Action
    reason: str
    expected: Outcome | None
    baseline: Outcome
    savings: Savings | None
    segments: Sequence[Segment]
    alternatives: Sequence[Outcome]
    summary: SignalSummary
    notes: Sequence[str]
    workload: Workload
    decided_at: datetime
    signal: Signal = field(repr=False, compare=False)
    workload_id: str | None = None
    decision_id: str | None = None
    baseline_segments: Sequence[Segment] = ()
    flexibility: FlexibilityLine | None = None
    explanation: Sequence[Finding] | None = None

    def __repr__(self) -> str:
        return f"<Decision: {self.workload.name}: {self.reason}>"

    @property
    def pieces(self) -> list[tuple[datetime, datetime]]:
        """Where it runs, half hours without a pause between them joined."""
        return joined((segment.start, segment.end) for segment in self.segments)

    def grid_stress(self, segments: Sequence[Segment]) -> float | None:
        """The mean grid stress (0 to 1, energy-weighted) over a run; ``None`` where not known."""
        stress = self.signal.stress
        if stress is None or not segments:
            return None
        total = weights = 0.0
        for segment in segments:
            slot = int(self.signal.offset_of(segment.start))
            hours = (segment.end - segment.start) / timedelta(hours=1)
            weight = hours if segment.energy_kwh is None else segment.energy_kwh
            total += weight * float(stress.values[slot])
            weights += weight
        return total / weights if weights and math.isfinite(total) else None

    def terms(self, run: Outcome) -> Terms:
        """The objective of ``run`` as this decision weighs it."""
        workload = self.workload
        price = {"carbon": 0.0, "cost": 0.0}.get(workload.objective, workload.carbon_price or 0.0)
        carbon_gbp = None if run.carbon_kg is None else run.carbon_kg * price / 1000
        if workload.objective == "carbon":
            return Terms(run.cost_gbp, run.carbon_kg, price, carbon_gbp, run.carbon_kg, "kg")
        known = run.cost_gbp is not None and carbon_gbp is not None
        total = (run.cost_gbp or 0.0) + (carbon_gbp or 0.0) if known else None
        if workload.objective == "cost":
            total = run.cost_gbp
        return Terms(run.cost_gbp, run.carbon_kg, price, carbon_gbp, total, "GBP")

    def start_to_the_minute(self) -> datetime | None:
        """The start for schedulers that know only minutes: up while the deadline holds, else down.

        ``None`` when it is to reject.
        """
        if self.expected is None:
            return None
        start = self.expected.start
        floor = start.replace(second=0, microsecond=0)
        if floor == start:
            return start
        ceiling = floor + timedelta(minutes=1)
        deadline = self.workload.deadline
        holds = deadline is None or ceiling + (self.expected.end - start) <= deadline
        return ceiling if holds else floor

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of ``gridctl schedule-workload --format json``.

        ``flexibility`` is there when a market was asked for.
        """
        run = self.expected
        document = {
            "workload_id": self.workload_id,
            "decision_id": self.decision_id,
            "action": self.action,
            "reason": self.reason,
            "start": time_text(run.start) if run else None,
            "end": time_text(run.end) if run else None,
            "region": region_dict(run.place) if run else None,
            "segments": [segment_dict(segment) for segment in self.segments],
            "expected": _expected(run) if run else None,
            "baseline": _baseline(self.baseline),
            "savings": _savings(self.savings) if self.savings else None,
            "alternatives": [alternative_dict(other) for other in self.alternatives],
            "signal": _summary(self.summary),
            "objective": objective_dict(self),
            "grid_stress": stress_dict(self),
            **_explained(self.explanation),
        }
        if self.flexibility is not None:
            saved = self.savings.cost_gbp if self.savings else None
            document["flexibility"] = self.flexibility.as_dict(saved)
        return document


def _explained(explanation: Sequence[Finding] | None) -> dict[str, Any]:
    if explanation is None:
        return {}
    return {"explanation": [finding.as_dict() for finding in explanation]}


def stress_dict(decision: Decision) -> dict[str, Any]:
    """The mean grid stress of the expected run and of the baseline."""
    return {
        "expected": plain(decision.grid_stress(decision.segments)),
        "baseline": plain(decision.grid_stress(decision.baseline_segments)),
    }


def objective_dict(decision: Decision) -> dict[str, Any]:
    """The objective term by term, of the expected run and of the baseline."""
    runs = {"expected": decision.expected, "baseline": decision.baseline}
    return {
        "name": decision.workload.objective,
        **{key: _terms(decision.terms(run), run) if run else None for key, run in runs.items()},
    }


def _terms(terms: Terms, run: Outcome) -> dict[str, Any]:
    return {
        "energy_kwh": plain(run.energy_kwh),
        "restart_energy_kwh": plain(run.restart_kwh),
        "migration_energy_kwh": plain(run.migration_kwh),
        "electricity_gbp": plain(terms.electricity_gbp),
        "carbon_kg": plain(terms.carbon_kg),
        "carbon_price_gbp_t": plain(terms.carbon_price_gbp_t),
        "carbon_gbp": plain(terms.carbon_gbp),
        "total": plain(terms.total),
        "unit": terms.unit,
    }


def segments_list(decision: Decision) -> list[dict[str, Any]]:
    """The segments as JSON shows them."""
    return [segment_dict(segment) for segment in decision.segments]


def _expected(run: Outcome) -> dict[str, Any]:
    return {
        "carbon_kg": plain(run.carbon_kg),
        "cost_gbp": plain(run.cost_gbp),
        "carbon_intensity": plain(run.carbon_intensity),
        "renewable_pct": plain(run.renewable_pct),
    }


def _baseline(run: Outcome) -> dict[str, Any]:
    return {
        "start": time_text(run.start),
        "carbon_kg": plain(run.carbon_kg),
        "cost_gbp": plain(run.cost_gbp),
        "carbon_intensity": plain(run.carbon_intensity),
    }


def _savings(savings: Savings) -> dict[str, Any]:
    return {
        "carbon_kg": plain(savings.carbon_kg),
        "carbon_pct": plain(savings.carbon_pct),
        "cost_gbp": plain(savings.cost_gbp),
        "flexibility_revenue_gbp": plain(savings.flexibility_revenue_gbp),
    }


def _summary(summary: SignalSummary) -> dict[str, Any]:
    return {
        "source": summary.source,
        "kind": summary.kind,
        "issued_at": time_text(summary.issued_at),
        "ends_at": time_text(summary.ends_at),
        "is_synthetic": summary.is_synthetic,
        "has_estimates": summary.has_estimates,
    }
