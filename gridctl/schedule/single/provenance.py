"""What the numbers of a decision rest on: the readings looked at, and what to say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from gridctl.schedule.job.workload import Workload
from gridctl.schedule.signals.signal import Provenance, Signal
from gridctl.schedule.single import reasons
from gridctl.schedule.single.decision import SignalSummary

Looked = Sequence[tuple[Signal, Sequence[int]]]  # signals, and the slots that were compared


def summary_of(looked: Looked) -> SignalSummary:
    """Where the readings come from, how new they are, how far they go."""
    carbon = [signal.carbon.readings[slot] for signal, slots in looked for slot in slots]
    everything = [
        series.readings[slot]
        for signal, slots in looked
        for series in (signal.carbon, signal.renewable, signal.price)
        for slot in slots
    ]
    issued = [r.issued for r in carbon if r.provenance is not Provenance.MISSING]
    newest = max((moment for moment in issued if moment == moment), default=None)
    return SignalSummary(
        source=", ".join(sorted({r.source for r in carbon if r.source})) or None,
        kind=looked[0][0].kind,
        issued_at=None if newest is None else datetime.fromtimestamp(newest, UTC),
        ends_at=max((s.ends_at for s, _ in looked if s.ends_at is not None), default=None),
        is_synthetic=any(r.provenance is Provenance.SYNTHETIC for r in everything),
        has_estimates=any(reading.estimated for reading in everything),
    )


def notes_of(looked: Looked, workloads: Iterable[Workload]) -> Iterator[str]:
    """What is to be said of the readings and of the objective, each once."""
    workloads = tuple(workloads)
    if any(s.carbon.readings[slot].hindsight for s, slots in looked for slot in slots):
        yield reasons.LAST_REVISION
    if any(w.min_renewable is not None for w in workloads) and any(
        s.renewable.readings[slot].hindsight for s, slots in looked for slot in slots
    ):
        yield "the renewable share is as stored later: its forecasts are not kept"
    summary = summary_of(looked)
    if any(s.price.readings[slot].estimated for s, slots in looked for slot in slots):
        yield "prices not yet known are estimated: the 28-day median of that half hour of the week"
    if summary.is_synthetic:
        yield "synthetic data: made up, not the grid"
    for price in sorted({w.carbon_price or 0.0 for w in workloads if w.objective == "balanced"}):
        yield (
            f"carbon counted at {price:g} GBP/t, a shadow price: wholesale prices already hold the "
            "cost of emissions trading"
        )
