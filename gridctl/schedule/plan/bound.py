"""A bound that no plan can beat: the Lagrangian of the capacity limits.

For prices w >= 0 on capacity, L(w) = sum of the jobs' cheapest costs, capacity paid for, less w
times the capacity. Every plan within the limits costs at least L(w), whatever w is, so the best w
found is a proof. It is climbed by a subgradient method with Polyak's step (Fisher, "The Lagrangian
relaxation method", Management Science 27, 1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.plan.oracle import Answer, Oracle
from gridctl.schedule.plan.problem import Problem

_PATIENCE = 8  # steps without progress before they are halved


@dataclass(frozen=True)
class LowerBound:
    """``value`` no plan costs less than; ``price`` (R, T) per kW and slot, which proves it."""

    value: float
    price: Floats


def lagrangian(problem: Problem, answer: Answer, price: Floats) -> float:
    """L(w) of the oracle's answer at ``price``."""
    limited = problem.limited
    return float(answer.value.sum() - (price[limited] * problem.capacity_kw[limited]).sum())


def bound_at(problem: Problem, price: Floats) -> LowerBound:
    """The bound that these prices prove; below zero, or without a limit, a price counts as none."""
    price = np.where(problem.limited, np.maximum(price, 0.0), 0.0)
    return LowerBound(lagrangian(problem, Oracle(problem).ask(price), price), price)


def climb(
    problem: Problem, target: float, rounds: int = 200, start: Floats | None = None
) -> LowerBound:
    """The best bound in ``rounds`` steps of the subgradient method.

    ``target`` is about what the optimum should cost: a plan's cost, or a guess. Every job must
    have a placement of its own.
    """
    oracle = Oracle(problem)
    price = np.zeros(problem.cost.shape) if start is None else start
    best = LowerBound(-np.inf, price)
    scale, waiting = 1.0, 0
    direction = np.zeros(problem.cost.shape)
    for _ in range(rounds):
        answer = oracle.ask(price)
        value = lagrangian(problem, answer, price)
        over = np.where(problem.limited, answer.load_kw - problem.capacity_kw, 0.0)
        waiting += 1
        if value > best.value:
            best, waiting = LowerBound(value, price), 0
        if waiting >= _PATIENCE:
            scale, waiting, price = scale / 2, 0, best.price
            direction = np.zeros(problem.cost.shape)
            continue
        over[(price <= 0) & (over < 0)] = 0.0
        direction = over + 0.5 * direction  # a little of the last step: less zigzag
        norm = float((direction**2).sum())
        if norm < 1e-12:
            break
        goal = max(target - value, 1e-6 * (1 + abs(value)))
        price = np.maximum(price + scale * goal / norm * direction, 0.0)
    return best
