"""Put one job where it costs least in the room that is left. The step every heuristic repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.contiguous import Bools, Floats
from gridctl.schedule.plan.oracle import start_costs
from gridctl.schedule.plan.problem import FITS, Placed, Problem, run_from


@dataclass(frozen=True)
class Option:
    """A placement of a job, and what it costs with capacity paid for."""

    cost: float
    placed: Placed


class Placer:
    """Finds placements of single jobs at fixed prices (R, T) per kW and slot of capacity."""

    def __init__(self, problem: Problem, price: Floats) -> None:
        self.problem, self.price = problem, price
        self._cell = problem.slot_cost + price
        runs = np.unique(problem.length[problem.contiguous])
        slots = problem.cost.shape[1]
        self._starts = {
            float(n): start_costs(problem.slot_cost, price, n) for n in runs if n <= slots
        }
        self._window: dict[int, tuple[Bools, int, int]] = {}

    def best(self, job: int, room_kw: Floats) -> Option | None:
        """The cheapest placement that fits in ``room_kw`` (R, T); ``None`` when there is none."""
        if self.problem.contiguous[job]:
            return self._best_run(job, room_kw)
        return self._best_slots(job, room_kw)

    def run_costs(self, job: int, room_kw: Floats) -> Floats:
        """(regions, starts) cost of every contiguous run in the window, infinite without room."""
        problem = self.problem
        first, last = int(problem.first[job]), int(problem.last_start[job])
        touched = int(problem.touched[job])
        if last < first or float(problem.length[job]) not in self._starts:
            return np.full((1, 1), np.inf)
        inside = slice(first, last + touched)
        shut = ~problem.allowed[problem.mask[job]][:, inside]
        shut = shut | (room_kw[:, inside] < problem.power_kw[job] - FITS)
        sums = np.zeros((shut.shape[0], shut.shape[1] + 1), dtype=np.int64)
        np.cumsum(shut, axis=1, out=sums[:, 1:])
        free = sums[:, touched:] == sums[:, :-touched]
        costs: Floats = np.where(
            free, self._starts[float(problem.length[job])][:, first : last + 1], np.inf
        )
        return costs

    def _best_run(self, job: int, room_kw: Floats) -> Option | None:
        costs = self.run_costs(job, room_kw)
        region, offset = divmod(int(costs.argmin()), costs.shape[1])
        least = float(costs[region, offset])
        if least == np.inf:
            return None
        start = int(self.problem.first[job]) + offset
        placed = run_from(self.problem, job, region, start)
        return Option(least * float(self.problem.power_kw[job]), placed)

    def _best_slots(self, job: int, room_kw: Floats) -> Option | None:
        problem, power = self.problem, float(self.problem.power_kw[job])
        first, end = int(problem.first[job]), int(problem.end[job])
        open_ = problem.allowed[problem.mask[job]][:, first:end]
        room = np.minimum(room_kw[:, first:end], power)
        least = power if problem.on_off[job] else FITS
        cost = np.where(open_ & (room >= least - FITS / 2), self._cell[:, first:end], np.inf)
        loads = _fill(cost, room, power, power * float(problem.length[job]), least)
        if loads is None:
            return None
        region, slot, load = loads
        return Option(
            float((cost[region, slot] * load).sum()),
            Placed(region, slot + first, load, load / power),
        )


def _fill(
    cost: Floats, room: Floats, power: float, wanted: float, least: float
) -> tuple[np.ndarray, np.ndarray, Floats] | None:
    """Region, slot and kW of the cheapest cells that hold ``wanted`` kW-slots, in time order."""
    width = cost.shape[1]
    flat_cost, flat_room = cost.ravel(), room.ravel()
    in_slot = np.zeros(width)
    taken: list[tuple[int, int, float]] = []
    for cell in flat_cost.argsort():
        if wanted <= FITS or flat_cost[cell] == np.inf:
            break
        slot = int(cell % width)
        amount = min(float(flat_room[cell]), power - in_slot[slot], wanted)
        if amount < min(least, wanted) - FITS / 2:
            continue
        in_slot[slot] += amount
        wanted -= amount
        taken.append((slot, int(cell // width), amount))
    if wanted > FITS or not taken:
        return None
    taken.sort()
    slots, regions, loads = zip(*taken, strict=True)
    return np.array(regions), np.array(slots), np.array(loads)
