"""What a simulation is to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from gridctl.errors import UsageError
from gridctl.schedule.job import kinds
from gridctl.schedule.kernels.elastic import Curve, make_curve
from gridctl.schedule.simulate.capacity import Capacity
from gridctl.schedule.simulate.forecasts import ForecastKind
from gridctl.schedule.simulate.jobs import Waiting

IN_ONE_PIECE = ("run-now", "threshold", "lowest-slot", "optimal", "oracle")
POLICIES = (*IN_ONE_PIECE[:-1], "interruptible", "elastic", "oracle")


@dataclass(frozen=True)
class Settings:
    """Policies in the order they are to be shown, and everything that bears on them.

    ``threshold_gco2_kwh`` is what counts as clean, else the ``quantile`` of the place's whole
    signal. ``block_days`` is the length of the bootstrap's blocks.
    """

    policies: tuple[str, ...] = ()
    forecast: ForecastKind = field(default_factory=lambda: ForecastKind("perfect"))
    seed: int = 0
    waiting: Waiting = field(default_factory=Waiting)
    known_length: bool = True
    threshold_gco2_kwh: float | None = None
    quantile: float = 0.3
    curve: Curve | None = None
    capacity: Capacity | None = None
    idle_power_kw: float = 0.0
    block_days: int = 7


def check_settings(settings: Settings) -> Settings:
    """The settings with their policies filled in. Raises :class:`UsageError` for what clashes.

    None named means all that can be run: ``elastic`` needs a curve, and with a capacity only
    jobs in one piece can queue.
    """
    possible = [
        policy for policy in POLICIES
        if (policy != "elastic" or settings.curve is not None)
        and (settings.capacity is None or policy in IN_ONE_PIECE)
    ]  # fmt: skip
    for policy in settings.policies:
        if policy not in POLICIES:
            raise UsageError(f"there is no policy {policy!r}; there are {', '.join(POLICIES)}")
        if policy not in possible and settings.capacity is not None:
            raise UsageError(
                f"{policy} cannot be replayed with --capacity: only jobs in one piece can queue, "
                "and its jobs pause"
            )
        if policy not in possible:
            raise UsageError("elastic needs the servers' curve: --elastic-curve FILE")
    if not 0 <= settings.quantile <= 1:
        raise UsageError(f"a quantile lies between 0 and 1, not {settings.quantile:g}")
    threshold = settings.threshold_gco2_kwh
    if threshold is not None and not isfinite(threshold):
        raise UsageError(f"a threshold is a finite number of g/kWh, not {threshold:g}")
    if settings.idle_power_kw and settings.capacity is None:
        raise UsageError("idle power is that of finite room: give --capacity too")
    if settings.block_days < 1:
        raise UsageError(f"blocks are of one day or more, not {settings.block_days}")
    chosen = tuple(dict.fromkeys(settings.policies)) or tuple(possible)
    return Settings(**{**settings.__dict__, "policies": chosen})


def trace_curve(levels: kinds.Curve) -> Curve:
    """A measured curve of (servers, work per second, kW) for jobs of a trace.

    Their length and power are those on the fewest servers, so both are multiples of what these do
    and draw. Raises :class:`UsageError` for a level that is no use.
    """
    usable = kinds.usable_curve(levels, None, None)
    _, throughput, power = next(level for level in usable if level[1] > 0)
    _, does, draws = np.array(usable, dtype=np.float64).T
    return make_curve(does / throughput, draws / power)
