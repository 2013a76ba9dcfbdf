"""HiGHS, imported on use: linear programs from sparse triplets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gridctl.errors import UsageError
from gridctl.schedule.kernels.contiguous import Floats
from gridctl.schedule.plan.problem import Ints


@dataclass(frozen=True)
class Program:
    """Minimise cost x with lower <= A x <= upper, 0 <= x <= most.

    A by triplets (``row``, ``column``, ``entry``), each position once.
    """

    cost: Floats
    most: Floats
    lower: Floats
    upper: Floats
    row: Ints
    column: Ints
    entry: Floats


@dataclass(frozen=True)
class Solved:
    """The values of the columns and the duals of the rows."""

    value: Floats
    dual: Floats


def has_solver() -> bool:
    """Whether the optional extra is installed."""
    from importlib.util import find_spec

    return find_spec("highspy") is not None


def require_solver() -> Any:
    """The module ``highspy``. Raises :class:`UsageError` when it is not installed."""
    try:
        import highspy
    except ImportError:
        raise UsageError(
            "planning jobs that may be interrupted needs the solver HiGHS, which is not installed; "
            "run: pip install 'gridctl[solver]', or use --mode contiguous"
        ) from None
    return highspy


def solve(program: Program, *, seconds: float) -> Solved | None:
    """The best solution found within ``seconds``; ``None`` if none was."""
    highspy = require_solver()
    model = _quiet(highspy)()
    model.setOptionValue("time_limit", max(seconds, 0.01))
    model.setOptionValue("random_seed", 1)
    model.setOptionValue("solver", "ipm")  # with crossover: 1.3 s where simplex takes 8
    model.setOptionValue("threads", 1)  # the same plan on every machine
    model.passModel(_model(highspy, program))
    model.run()
    solution = model.getSolution()
    if not solution.value_valid:
        return None
    return Solved(np.array(solution.col_value), np.array(solution.row_dual))


def _quiet(highspy: Any) -> Any:
    """The solver's class without the banner that its callbacks write to stdout when enabled."""

    class Quiet(highspy.Highs):  # type: ignore[misc]  # highspy has no types to inherit from
        def enableCallbacks(self) -> None:
            self.silent()

    return Quiet


def _model(highspy: Any, program: Program) -> Any:
    columns, rows = len(program.cost), len(program.lower)
    order = np.lexsort((program.row, program.column))
    begins = np.zeros(columns + 1, dtype=np.int32)
    np.cumsum(np.bincount(program.column, minlength=columns), out=begins[1:])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, np.zeros(columns), program.most
    lp.row_lower_, lp.row_upper_ = program.lower, program.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = columns, rows
    lp.a_matrix_.start_ = begins
    lp.a_matrix_.index_ = program.row[order].astype(np.int32)
    lp.a_matrix_.value_ = program.entry[order]
    return lp
