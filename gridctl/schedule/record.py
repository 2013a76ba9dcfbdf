"""Write a decision to the audit trail: a workload, and a row chained to the one before it.

``row_hash`` is the SHA-256, in hexadecimal, of the previous row's hash (nothing for the first row)
followed by the row as canonical JSON: every column but ``row_hash``, ``created_at`` and
``updated_at``, sorted by name, without spaces, UTF-8, not escaped to ASCII; times in UTC as
``2025-11-25T14:00:00.000000Z``, UUIDs as text, JSON columns as the values they hold. So a change
to any row, or its removal, shows in all that follow.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gridctl.model import natural_id
from gridctl.schedule.decision import Decision, alternative_dict, segments_list
from gridctl.schedule.signal import Place, provenance_counts
from gridctl.schedule.workload import Workload

_JSON_COLUMNS = ("segments", "decision_factors")
_UNHASHED = ("row_hash", "created_at", "updated_at")


def record(
    con: Any,
    decision: Decision,
    request: Workload,
    *,
    as_of: datetime | None,
    allow_synthetic: bool,
) -> Decision:
    """Insert the decision in one transaction; the decision with the ids of its rows.

    ``con`` is a writing connection. ``request`` is the workload as it was asked for, kept in
    ``metadata.request`` so that it can be decided again.
    """
    asked = {
        **request.request(),
        "as_of": as_of.isoformat() if as_of else None,
        "allow_synthetic": allow_synthetic,
    }
    return record_all(con, [Entry(decision, asked)])[0]


@dataclass(frozen=True)
class Entry:
    """A decision to record, the request it answers, and columns of the audit row that replace
    those made from the decision."""

    decision: Decision
    asked: Mapping[str, Any]
    columns: Mapping[str, Any] = field(default_factory=dict)


def record_all(con: Any, entries: Sequence[Entry]) -> list[Decision]:
    """Insert decisions in their order, all in one transaction; each with the ids of its rows."""
    con.execute("BEGIN")
    try:
        previous = con.execute(
            "SELECT sequence, row_hash FROM workload_schedules ORDER BY sequence DESC LIMIT 1"
        ).fetchall()
        sequence, last_hash = previous[0] if previous else (0, None)
        recorded = []
        for entry in entries:
            sequence += 1
            decision, last_hash = _append(con, entry, sequence, last_hash)
            recorded.append(decision)
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
    return recorded


def _append(con: Any, entry: Entry, sequence: int, prev_hash: str | None) -> tuple[Decision, str]:
    workload_id, decision_id = str(uuid.uuid4()), str(uuid.uuid4())
    decision = replace(entry.decision, workload_id=workload_id, decision_id=decision_id)
    _insert(con, "compute_workloads", _workload_row(decision, entry.asked))
    row = {**_schedule_row(decision, sequence, prev_hash), **entry.columns}
    digest = row_hash(row)
    _insert(con, "workload_schedules", {**row, "row_hash": digest})
    return decision, digest


def row_hash(row: Mapping[str, Any]) -> str:
    """The hash of a ``workload_schedules`` row, as written or as read back from the database."""
    content = {key: _plain(key, value) for key, value in row.items() if key not in _UNHASHED}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(((row["prev_hash"] or "") + text).encode()).hexdigest()


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, uuid.UUID):
        return str(value)
    if key in _JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    return value


def _insert(con: Any, table: str, row: Mapping[str, Any]) -> None:
    columns = ", ".join(row)
    places = ", ".join("?" for _ in row)
    con.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(row.values()))


def _workload_row(decision: Decision, asked: Mapping[str, Any]) -> dict[str, Any]:
    workload, run = decision.workload, decision.expected
    status = "infeasible"
    if run is not None:
        status = "deferred" if run.start > decision.baseline.start else "scheduled"
    return {
        "id": decision.workload_id,
        "workload_name": workload.name,
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
        "scheduled_start": run.start if run else None,
        "scheduled_end": run.end if run else None,
        "scheduled_region_id": _region_id(run.place) if run else None,
        "status": status,
        "cost_gbp": run.cost_gbp if run else None,
        "carbon_emitted_kg": run.carbon_kg if run else None,
        "metadata": json.dumps({"request": asked}, ensure_ascii=False),
    }


def _schedule_row(decision: Decision, sequence: int, prev_hash: str | None) -> dict[str, Any]:
    run, baseline = decision.expected, decision.baseline
    carbon, renewable, price = _now_values(decision)
    return {
        "id": decision.decision_id,
        "sequence": sequence,
        "workload_id": decision.workload_id,
        "decision_timestamp": decision.decided_at,
        "action": decision.action,
        "original_start": baseline.start,
        "new_start": run.start if run else None,
        "new_end": run.end if run else None,
        "segments": json.dumps(segments_list(decision)),
        "region_id": _region_id(run.place) if run else None,
        "reason": decision.reason,
        "carbon_intensity_at_decision": carbon,
        "renewable_mix_at_decision": renewable,
        "price_at_decision_gbp_mwh": price,
        "expected_carbon_kg": run.carbon_kg if run else None,
        "expected_cost_gbp": run.cost_gbp if run else None,
        "baseline_carbon_kg": baseline.carbon_kg,
        "baseline_cost_gbp": baseline.cost_gbp,
        "flexibility_revenue_gbp": None,
        "agent_id": None,
        "decision_factors": json.dumps(_factors(decision), ensure_ascii=False),
        "prev_hash": prev_hash,
    }


def _now_values(decision: Decision) -> tuple[float | None, ...]:
    """The signal in the half hour of the decision, where it is among those read."""
    signal, at = decision.signal, decision.decided_at
    slot = int(signal.offset_of(at) // 1)
    if not 0 <= slot < len(signal.carbon.values):
        return None, None, None
    values = (float(s.values[slot]) for s in (signal.carbon, signal.renewable, signal.price))
    return tuple(value if value == value else None for value in values)


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
            "known_at": decision.decided_at.isoformat(),
            "price_kind": signal.price_kind,
            "carbon": provenance_counts(signal.carbon, window),
            "renewable": provenance_counts(signal.renewable, window),
            "price": provenance_counts(signal.price, window),
        },
        "alternatives": [alternative_dict(other) for other in decision.alternatives],
        "notes": list(decision.notes),
    }


def _window_end(decision: Decision) -> datetime:
    ends = decision.summary.ends_at or decision.signal.start
    return min(decision.workload.deadline or ends, ends)


def _region_id(place: Place) -> str | None:
    return None if place is None else str(natural_id("uk_regions", place))
