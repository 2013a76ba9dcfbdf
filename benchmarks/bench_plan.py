"""Seconds, gap and memory of planning 1,000 jobs over 96 half hours and 14 regions.

Run: python benchmarks/bench_plan.py [contiguous|interruptible|on-off] [seconds]
"""

from __future__ import annotations

import resource
import sys
from time import perf_counter, process_time

from plan_jobs import make_problem

from gridctl.schedule.plan.problem import broken_limits, load_of
from gridctl.schedule.plan.solve import Effort, solve_plan


def main() -> None:
    kinds = sys.argv[1:2] or ["interruptible", "on-off", "contiguous"]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 15.0
    for kind in kinds:
        problem = make_problem(kind)
        wall, work = perf_counter(), process_time()
        solution = solve_plan(problem, Effort(seconds))
        wall, work = perf_counter() - wall, process_time() - work
        planned = sum(placed is not None for placed in solution.plan)
        full = (load_of(problem, solution.plan) >= problem.capacity_kw - 1e-6).mean()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{kind}: {planned} of {problem.jobs} jobs planned by {solution.method}")
        print(f"  objective {solution.objective:.3f} kg, bound {solution.bound:.3f} kg")
        print(f"  gap {solution.gap_pct:.3f} %; {100 * full:.0f} % of region-slots at their limit")
        print(f"  {wall:.1f} s, {work:.1f} s of CPU, peak {memory:.0f} MiB")
        for broken in broken_limits(problem, solution.plan):
            print(f"  BROKEN: {broken}")


if __name__ == "__main__":
    main()
