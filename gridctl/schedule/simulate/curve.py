"""How throughput and power grow with servers, for jobs that may run on more than one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gridctl.errors import DataError
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.simulate.columns import read_columns


@dataclass(frozen=True)
class Curve:
    """What each further server adds, as a multiple of the first: ``rate`` of work, ``power``."""

    rate: Floats
    power: Floats


ONE_SERVER = Curve(np.ones(1), np.ones(1))


def read_curve(path: Path) -> Curve:
    """A measured curve from a CSV with ``nodes``, ``throughput`` and ``power``.

    Nodes count 1, 2, 3 and so on; a row for none is left aside. Each further server must add
    work, and cost at least as much power for it as the one before: then taking the cheapest
    servers first is exact. Raises :class:`DataError`, with the row, for any other curve.
    """
    columns = read_columns(path, needed=("nodes", "throughput", "power"))
    nodes, work, power = (columns.numbers(name) for name in ("nodes", "throughput", "power"))
    columns.report(np.isnan(nodes) | np.isnan(work) | np.isnan(power), "a value is missing")
    columns.raise_first()
    kept = np.flatnonzero(nodes > 0)
    columns.rows = columns.rows[kept]
    nodes, work, power = nodes[kept], work[kept], power[kept]
    if not len(nodes):
        raise DataError(f"{path} holds no row for one node or more")
    columns.report(nodes != np.arange(1, len(nodes) + 1), "nodes must count 1, 2, 3 and so on")
    more_work, more_power = np.diff(work, prepend=0.0), np.diff(power, prepend=0.0)
    columns.report(more_work <= 0, "a further node adds no throughput")
    columns.report(more_power <= 0, "a further node adds no power")
    columns.raise_first()
    cost = more_power / more_work
    columns.report(
        np.diff(cost, prepend=0.0) < -1e-9 * cost,
        "a further node takes less power for its work than the one before; elastic jobs are "
        "planned on curves that only get worse",
    )
    columns.raise_first()
    return Curve(more_work / more_work[0], more_power / more_power[0])
