"""A gate for scripts: is the grid clean enough, or cheap enough, to go now?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from gridctl.clock import HALF_HOUR, floor_half_hour, format_duration, iso
from gridctl.errors import SignalError, UsageError
from gridctl.model import Window
from gridctl.schedule.job.workload import Cap, make_workload
from gridctl.schedule.signals.signal import Place, Provenance, Refused, Signal
from gridctl.schedule.single.outcome import region_dict
from gridctl.schedule.single.reasons import brief_time, cap_text, figure, place_name
from gridctl.schedule.single.search import series_values

if TYPE_CHECKING:
    from gridctl.config import Config

NOT_YET = 75  # EX_TEMPFAIL of sysexits.h: try again later
_AHEAD = timedelta(hours=48)
_NAMES = {"carbon": "carbon forecast", "renewable": "renewable share", "price": "price"}

Failure = Literal["error", "go", "hold"]


@dataclass(frozen=True)
class Gate:
    """What must hold in the running half hour, and how long to wait for it at most."""

    caps: Sequence[Cap]
    place: Place = None
    max_wait: timedelta | None = None
    since: datetime | None = None
    on_failure: Failure = "error"

    def is_worn_out(self, now: datetime) -> bool:
        """Whether the wait is used up, so that it goes anyway."""
        if self.max_wait is None or self.since is None:
            return False
        return now - self.since >= self.max_wait


@dataclass(frozen=True)
class Verdict:
    """Go or not. g/kWh, per cent, GBP/MWh of the running half hour; ``None`` when unknown.

    ``forced`` when it goes for another reason than that the bounds hold. ``next_go`` is the next
    half hour of the forecast in which they do.
    """

    go: bool
    forced: bool
    reason: str
    place: Place
    slot: datetime
    carbon_intensity: float | None = None
    renewable_pct: float | None = None
    price_gbp_mwh: float | None = None
    next_go: datetime | None = None
    source: str | None = None
    is_synthetic: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The document of ``gate --format json``."""
        return {
            "go": self.go,
            "forced": self.forced,
            "reason": self.reason,
            "region": region_dict(self.place),
            "slot": self.slot,
            "carbon_intensity": self.carbon_intensity,
            "renewable_pct": self.renewable_pct,
            "price_gbp_mwh": self.price_gbp_mwh,
            "next_go": self.next_go,
            "source": self.source,
            "is_synthetic": self.is_synthetic,
        }


def make_gate(
    bounds: Mapping[str, float | None],
    place: Place,
    max_wait: timedelta | None,
    since: datetime | None,
    on_failure: Failure,
) -> Gate:
    """A checked gate from ``max_carbon``, ``min_renewable`` and ``max_price``.

    Raises :class:`UsageError` without any bound, and for a wait without its beginning.
    """
    caps = make_workload({"duration": HALF_HOUR, **bounds}).caps
    if not caps:
        raise UsageError("what must hold? give --max-carbon, --min-renewable or --max-price")
    if (max_wait is None) != (since is None):
        raise UsageError(
            "--max-wait and --since go together: how long, counted from when; for instance "
            '--max-wait 6h --since "$(cat started)"'
        )
    return Gate(caps, place, max_wait, since, on_failure)


def ask(
    config: Config,
    gate: Gate,
    now: datetime,
    *,
    as_of: datetime | None = None,
    allow_synthetic: bool = False,
) -> Verdict:
    """The verdict on the present, or on the moment ``as_of`` with what was known then.

    The price is the one that is paid: the tariff's of the settings, else the stored one.

    Raises :class:`SignalError` when a bounded value is missing, stale or synthetic, and
    :class:`gridctl.errors.DatabaseError` when the database cannot be used, unless the gate says
    what to do then, or its wait is used up.
    """
    from gridctl.errors import DatabaseError
    from gridctl.schedule.basis import Basis
    from gridctl.schedule.money.asked import MoneyAsked
    from gridctl.schedule.reading import read

    moment = as_of or now
    money = MoneyAsked(flexibility="none")  # a gate sells nothing
    basis = Basis(as_of=as_of, allow_synthetic=allow_synthetic, money=money)
    window = Window(moment, moment + _AHEAD)
    try:
        signal = read(config, [gate.place], window, moment, basis).signals[gate.place]
        return judge(gate, signal, moment)
    except (SignalError, DatabaseError) as error:
        return _without_signal(gate, moment, error)


def judge(gate: Gate, signal: Signal, now: datetime) -> Verdict:
    """The verdict on the half hour that holds ``now``. Pure. Raises :class:`SignalError`."""
    slot = int(signal.offset_of(now) // 1)
    for cap in gate.caps:
        _require(signal, cap, slot)
    broken = [cap for cap in gate.caps if not _holds(signal, cap, slot)]
    go = not broken
    reason = _told(signal, gate.caps if go else broken, slot)
    ahead = _next(signal, gate, slot)
    forced = not go and gate.is_worn_out(now)
    if forced:
        reason += f"; waited {_waited(gate, now)}, so it goes anyway"
    elif not go and ahead is not None:
        reason += f"; next at {brief_time(ahead)}"
    return Verdict(
        go=go or forced,
        forced=forced,
        reason=f"{reason} ({place_name(signal.place)})",
        place=signal.place,
        slot=signal.time_of(slot),
        carbon_intensity=_value(float(signal.carbon.values[slot])),
        renewable_pct=_value(float(signal.renewable.values[slot])),
        price_gbp_mwh=_value(float(signal.price.values[slot])),
        next_go=None if go or forced else ahead,
        source=signal.carbon.readings[slot].source or None,
        is_synthetic=any(
            getattr(signal, cap.series).readings[slot].provenance is Provenance.SYNTHETIC
            for cap in gate.caps
        ),
    )


def _require(signal: Signal, cap: Cap, slot: int) -> None:
    reading = getattr(signal, cap.series).readings[slot]
    if reading.provenance is not Provenance.MISSING and math.isfinite(reading.value):
        return
    what = f"{_NAMES[cap.series]} for {place_name(signal.place)} at {iso(signal.time_of(slot))}"
    why = {
        Refused.STALE: f"the {what} is stale",
        Refused.SYNTHETIC: f"the {what} is synthetic; to use it, add --allow-synthetic",
        Refused.NOT_YET_KNOWN: f"the {what} was issued later than the moment asked about",
    }.get(reading.refused, f"no {what}")
    raise SignalError(f"{why}; run: gridctl fetch, or say --on-failure go|hold")


def _holds(signal: Signal, cap: Cap, slot: int) -> bool:
    return bool(series_values(signal, cap)[slot] <= cap.sign * cap.limit)


def _told(signal: Signal, caps: Sequence[Cap], slot: int) -> str:
    texts = []
    for cap in caps:
        reading = getattr(signal, cap.series).readings[slot]
        word = "renewable" if cap.series == "renewable" else ""
        text = f"{figure(reading.value)} {cap.unit} {word}".strip()
        if cap.series == "price" and signal.tariff_sha256 is not None:
            text += f" ({signal.price_kind})"
        if reading.estimated:
            text += " (estimated)"
        if reading.provenance is Provenance.SYNTHETIC:
            text += " (synthetic)"
        texts.append(f"{text} against {cap_text(cap)}")
    return ", ".join(texts)


def _next(signal: Signal, gate: Gate, slot: int) -> datetime | None:
    """The first later half hour in which every bound is known to hold."""
    for later in range(slot + 1, len(signal.carbon.values)):
        if all(_holds(signal, cap, later) for cap in gate.caps):  # NaN holds nothing
            return signal.time_of(later)
    return None


def _value(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _waited(gate: Gate, now: datetime) -> str:
    since = gate.since or now
    return f"{format_duration(now - since)} of {format_duration(gate.max_wait or timedelta(0))}"


def _without_signal(gate: Gate, now: datetime, error: Exception) -> Verdict:
    """What the gate says when it cannot tell; the error itself unless told otherwise."""
    slot, why = floor_half_hour(now), f"nothing known: {error}"
    if gate.is_worn_out(now):
        reason = f"{why}; waited {_waited(gate, now)}, so it goes anyway"
        return Verdict(True, True, reason, gate.place, slot)
    if gate.on_failure == "error":
        raise error
    go = gate.on_failure == "go"
    return Verdict(go, go, f"{why}; --on-failure {gate.on_failure}", gate.place, slot)
