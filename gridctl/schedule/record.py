"""Write a decision down: the workload, and the row of the audit trail that says why."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gridctl.model import natural_id
from gridctl.schedule import audit
from gridctl.schedule.basis import Basis
from gridctl.schedule.job.workload import Workload
from gridctl.schedule.signals.signal import Place, provenance_counts
from gridctl.schedule.single.decision import Decision, objective_dict, segments_list, stress_dict
from gridctl.schedule.single.outcome import alternative_dict
from gridctl.store.transaction import transaction


def record(con: Any, decision: Decision, request: Workload, basis: Basis) -> Decision:
    """Insert the decision in one transaction; the decision with the ids of its rows.

    ``con`` is a writing connection. ``request`` is the workload as it was asked for, and ``basis``
    what it rests on: both are kept in ``metadata.request`` so that it can be decided again.
    """
    return record_all(con, [Entry(decision, {**request.request(), **basis.request()})])[0]


@dataclass(frozen=True)
class Entry:
    """A decision to record, the request it answers, and columns of the audit row that replace
    those made from the decision."""

    decision: Decision
    asked: Mapping[str, Any]
    columns: Mapping[str, Any] = field(default_factory=dict)

    def numbered(self) -> Entry:
        """The entry with new ids for its rows."""
        workload_id, decision_id = str(uuid.uuid4()), str(uuid.uuid4())
        named = replace(self.decision, workload_id=workload_id, decision_id=decision_id)
        return replace(self, decision=named)


def record_all(con: Any, entries: Sequence[Entry]) -> list[Decision]:
    """Insert decisions in their order, all in one transaction; each with the ids of its rows."""
    entries = [entry.numbered() for entry in entries]
    with transaction(con):
        for entry in entries:
            audit.insert(con, "compute_workloads", _workload_row(entry.decision, entry.asked))
        audit.append(con, [{**schedule_row(e.decision), **e.columns} for e in entries])
    return [entry.decision for entry in entries]


def _workload_row(decision: Decision, asked: Mapping[str, Any]) -> dict[str, Any]:
    workload = decision.workload
    return {
        "id": decision.workload_id,
        "workload_name": workload.name,
        "asset_id": natural_id("compute_assets", workload.asset) if workload.asset else None,
        "workload_type": workload.workload_type,
        "priority": workload.priority,
        "estimated_duration_hours": workload.hours,
        "estimated_energy_kwh": workload.energy_kwh,
        "max_carbon_intensity_gco2_kwh": workload.max_carbon,
        "min_renewable_pct": workload.min_renewable,
        "is_deferrable": workload.deferrable,
        "is_interruptible": workload.interruptible,
        "earliest_start": workload.earliest,
        "latest_completion": workload.deadline,
        "requested_start": workload.start,
        **plan_columns(decision),
        "metadata": json.dumps({"request": asked}, ensure_ascii=False),
    }


def plan_columns(decision: Decision) -> dict[str, Any]:
    """The columns of ``compute_workloads`` that hold the plan in force and what it comes to."""
    run = decision.expected
    status = "infeasible"
    if run is not None:
        status = "deferred" if run.start > decision.baseline.start else "scheduled"
    return {
        "scheduled_start": run.start if run else None,
        "scheduled_end": run.end if run else None,
        "scheduled_region_id": region_id(run.place) if run else None,
        "status": status,
        "cost_gbp": run.cost_gbp if run else None,
        "carbon_emitted_kg": run.carbon_kg if run else None,
        "flexibility_revenue_gbp": _revenue(decision),
    }


def schedule_row(decision: Decision) -> dict[str, Any]:
    """The decision as a row of the audit trail, for :func:`gridctl.schedule.audit.append`."""
    run, baseline = decision.expected, decision.baseline
    carbon, renewable, price = _now_values(decision)
    return {
        "id": decision.decision_id,
        "workload_id": decision.workload_id,
        "decision_timestamp": decision.decided_at,
        "action": decision.action,
        "original_start": baseline.start,
        "new_start": run.start if run else None,
        "new_end": run.end if run else None,
        "segments": json.dumps(segments_list(decision)),
        "region_id": region_id(run.place) if run else None,
        "reason": decision.reason,
        "carbon_intensity_at_decision": carbon,
        "renewable_mix_at_decision": renewable,
        "price_at_decision_gbp_mwh": price,
        "expected_carbon_kg": run.carbon_kg if run else None,
        "expected_cost_gbp": run.cost_gbp if run else None,
        "baseline_carbon_kg": baseline.carbon_kg,
        "baseline_cost_gbp": baseline.cost_gbp,
        "flexibility_revenue_gbp": _revenue(decision),
        "agent_id": None,
        "decision_factors": json.dumps(_factors(decision), ensure_ascii=False),
    }


def _now_values(decision: Decision) -> tuple[float | None, ...]:
    """The signal in the half hour of the decision, where it is among those read."""
    signal, at = decision.signal, decision.decided_at
    slot = int(signal.offset_of(at) // 1)
    if not 0 <= slot < len(signal.carbon.values):
        return None, None, None
    values = (float(s.values[slot]) for s in (signal.carbon, signal.renewable, signal.price))
    return tuple(value if value == value else None for value in values)


def _revenue(decision: Decision) -> float | None:
    return decision.savings.flexibility_revenue_gbp if decision.savings else None


def _flexibility(decision: Decision) -> dict[str, Any] | None:
    """The line without its half hours, which follow from the segments and the prices."""
    line = decision.as_dict().get("flexibility")
    return line and {key: value for key, value in line.items() if key != "half_hours"}


def _factors(decision: Decision) -> dict[str, Any]:
    """What the decision was taken on."""
    workload, signal = decision.workload, decision.signal
    window = signal.slots_over(workload.earliest or signal.start, _window_end(decision))
    return {
        "objective": workload.objective,
        "carbon_price_gbp_t": workload.carbon_price,
        "caps": {cap.name: cap.limit for cap in workload.caps},
        "cap_mode": workload.cap_mode,
        "regions": list(workload.regions),
        "home": workload.home,
        "signal": {
            **decision.as_dict()["signal"],
            "basis": signal.basis,
            "geography": signal.geography,
            "factors": signal.factors,
            "forecast": signal.forecast,
            "risk": signal.risk,
            "known_at": decision.decided_at.isoformat(),
            "price_kind": signal.price_kind,
            "carbon": provenance_counts(signal.carbon, window),
            "renewable": provenance_counts(signal.renewable, window),
            "price": provenance_counts(signal.price, window),
        },
        "tariff_sha256": signal.tariff_sha256,
        "flexibility": _flexibility(decision),
        "objective_terms": objective_dict(decision),
        "grid_stress": stress_dict(decision),
        "alternatives": [alternative_dict(other) for other in decision.alternatives],
        "notes": list(decision.notes),
        "explanation": [finding.as_dict() for finding in decision.explanation or ()],
    }


def _window_end(decision: Decision) -> datetime:
    ends = decision.summary.ends_at or decision.signal.start
    return min(decision.workload.deadline or ends, ends)


def region_id(place: Place) -> str | None:
    """The id of a place in ``uk_regions``; ``None`` for Great Britain as a whole."""
    return None if place is None else str(natural_id("uk_regions", place))
