"""Finite room: jobs begin in the order in which they want to, when there is room for them."""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass

import numpy as np

from gridctl.errors import UsageError
from gridctl.schedule.kernels.contiguous import EDGE, Floats
from gridctl.units import parse_power_kw


@dataclass(frozen=True)
class Capacity:
    """Room for so many ``jobs`` at once, or for so many ``kw``; the other is ``None``."""

    jobs: int | None = None
    kw: float | None = None

    @property
    def room(self) -> float:
        return float(self.jobs if self.jobs is not None else self.kw or 0.0)

    def sizes(self, power_kw: Floats) -> Floats:
        """What each job takes of the room."""
        return np.ones(len(power_kw)) if self.jobs is not None else power_kw

    def __str__(self) -> str:
        return f"{self.jobs:,} jobs at once" if self.jobs is not None else f"{self.kw:g} kW"


def parse_capacity(text: str) -> Capacity:
    """``50`` jobs at once, or ``100kW``. Raises :class:`UsageError`."""
    bare = text.strip()
    if re.fullmatch(r"\d+", bare):
        if int(bare) == 0:
            raise UsageError("a capacity of no job runs nothing; write 50 (jobs) or 100kW")
        return Capacity(jobs=int(bare))
    if not re.search(r"[a-zA-Z]", bare):
        raise UsageError(f"{text!r} is not a capacity; write 50 (jobs at once) or 100kW")
    return Capacity(kw=parse_power_kw(bare))


def queued(wanted: Floats, duration: Floats, size: Floats, room: float) -> Floats:
    """When each job starts, first come first served by the start it wants; nobody overtakes.

    NaN for a job that wants no start, or is larger than the room. Goes over events, not slots.
    """
    start = np.full(len(wanted), np.nan)
    some = np.flatnonzero(np.isfinite(wanted) & (size <= room * (1 + EDGE)))
    order = some[np.argsort(wanted[some], kind="stable")]
    running: list[tuple[float, float]] = []
    free, now = room, -np.inf
    for job in order.tolist():
        now = max(now, float(wanted[job]))
        needs = float(size[job])
        while running and (running[0][0] <= now + EDGE or free < needs - EDGE * room):
            end, given = heapq.heappop(running)
            free += given
            now = max(now, end) if end > now + EDGE else now
        start[job] = now
        free -= needs
        heapq.heappush(running, (now + float(duration[job]), needs))
    return start


def idle_share(start: Floats, duration: Floats, size: Floats, room: float, slots: int) -> Floats:
    """Along the slots (n), the share of the room that stands idle."""
    used = np.zeros(slots + 1)
    some = np.isfinite(start)
    begin, end = start[some], start[some] + duration[some]
    for at, sign in ((begin, 1.0), (end, -1.0)):
        # a step at t adds to its own slot the part after t, and to all later ones the whole
        slot = np.minimum(np.floor(at).astype(np.int64), slots)
        part = np.where(slot < slots, slot + 1 - at, 1.0)
        used += np.bincount(slot, sign * size[some] * part, slots + 1)
        after = np.bincount(np.minimum(slot + 1, slots), sign * size[some] * (1 - part), slots + 1)
        used += after
    return np.clip(1.0 - np.cumsum(used)[:slots] / room, 0.0, 1.0)
