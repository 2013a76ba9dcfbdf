"""Plans against exhaustive search: never a limit broken, never a bound above the optimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule.plan.small import (
    best_plan,
    best_worth,
    crowded,
    every_placement,
    full_program,
    problems,
)

from gridctl.errors import UsageError
from gridctl.schedule.plan import solver
from gridctl.schedule.plan.bound import bound_at, climb
from gridctl.schedule.plan.exact import search
from gridctl.schedule.plan.heuristic import State, compare, construct, improve
from gridctl.schedule.plan.infeasible import explain
from gridctl.schedule.plan.linear import solve_linear
from gridctl.schedule.plan.oracle import Oracle
from gridctl.schedule.plan.place import Placer
from gridctl.schedule.plan.problem import (
    Problem,
    broken_limits,
    cost_of,
    load_of,
    run_from,
    total_cost,
)
from gridctl.schedule.plan.solve import Effort, solve_plan

QUICK = Effort(seconds=0.02, gap=0.0)
WHOLE = ("contiguous", "on-off")


@settings(max_examples=60, deadline=None)
@given(problems())
def test_a_plan_keeps_every_limit_and_its_bound_is_below_it(problem):
    solution = solve_plan(problem, QUICK)
    assert broken_limits(problem, solution.plan) == []
    assert solution.objective == pytest.approx(total_cost(problem, solution.plan))
    assert solution.bound <= solution.objective + 1e-6
    assert solution.gap_pct >= 0


@settings(max_examples=60, deadline=None)
@given(problems(kinds=WHOLE))
def test_the_bound_is_never_above_the_true_optimum(problem):
    best = best_plan(problem)
    solution = solve_plan(problem, QUICK)
    if best == np.inf:
        assert None in solution.plan
        return
    assert best >= climb(problem, best, 60).value - 1e-6
    if None not in solution.plan:
        assert best - 1e-6 <= solution.objective
        assert solution.bound <= best + 1e-6


@settings(max_examples=60, deadline=None)
@given(problems(kinds=WHOLE), st.integers(0, 2**32 - 1))
def test_any_price_gives_a_bound(problem, seed):
    best = best_plan(problem)
    if best == np.inf:
        return  # no plan, so any bound will do
    price = np.random.default_rng(seed).uniform(-1, 5, problem.cost.shape)
    assert bound_at(problem, price).value <= best + 1e-6


@settings(max_examples=60, deadline=None)
@given(problems(kinds=WHOLE), st.integers(0, 2**32 - 1))
def test_the_oracle_and_the_placer_agree_with_trying_everything(problem, seed):
    price = np.random.default_rng(seed).uniform(0, 5, problem.cost.shape)
    answer, placer = Oracle(problem).ask(price), Placer(problem, price)
    for job in range(problem.jobs):
        paid = [
            (cost_of(problem, job, p) + float((price[p.region, p.slot] * p.load_kw).sum()), p)
            for p in every_placement(problem, job)
        ]
        least = min((cost for cost, _ in paid), default=np.inf)
        assert answer.value[job] == pytest.approx(least)
        room = problem.capacity_kw
        fitting = [c for c, p in paid if (p.load_kw <= room[p.region, p.slot] + 1e-9).all()]
        option = placer.best(job, room)
        assert (option.cost if option else np.inf) == pytest.approx(min(fitting, default=np.inf))


@settings(max_examples=60, deadline=None)
@given(problems(kinds=("interruptible",), jobs=5, slots=6, regions=3))
def test_the_linear_program_equals_the_one_with_every_variable(problem):
    cost, left = full_program(problem)
    found = solve_linear(problem)
    assert found is not None
    assert found.missing.sum() == pytest.approx(left.sum(), abs=1e-5)
    solution = solve_plan(problem, QUICK)
    if left.max() < 1e-6:
        assert None not in solution.plan
        assert solution.objective == pytest.approx(cost, abs=1e-5)
        assert solution.bound == pytest.approx(cost, abs=1e-5), "proven"
        assert solution.gap_pct < 1e-3
    for priority in np.unique(problem.priority):  # lower ones never crowd out higher ones
        higher = np.flatnonzero(problem.priority >= priority)
        _, alone = full_program(problem.only(higher))
        assert found.missing[higher].sum() == pytest.approx(alone.sum(), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(problems(jobs=4))
def test_what_lets_a_job_in_does_and_no_less(problem):
    plan = solve_plan(problem, QUICK).plan
    room = problem.capacity_kw - load_of(problem, plan)
    price = np.zeros(problem.cost.shape)
    placer = Placer(problem, price)
    for misfit in explain(problem, plan):
        assert plan[misfit.job] is None
        assert placer.best(misfit.job, room) is None, "it is out because it does not fit"
        if misfit.cause == "nowhere":
            assert placer.best(misfit.job, np.full(room.shape, 100.0)) is None
            assert misfit.extra is None
        elif misfit.extra is not None:
            extra = misfit.extra
            for share, fits in ((1.0, True), (0.98, False)):
                wider = room.copy()
                wider[extra.region, extra.first : extra.end] += share * extra.kw + 1e-7 * fits
                assert (placer.best(misfit.job, wider) is not None) is fits
        if misfit.later_end is not None:
            later = with_end(problem, misfit.job, misfit.later_end)
            assert Placer(later, price).best(misfit.job, room) is not None
            sooner = with_end(problem, misfit.job, misfit.later_end - 1)
            assert Placer(sooner, price).best(misfit.job, room) is None


def with_end(problem: Problem, job: int, end: int) -> Problem:
    ends, last = problem.end.copy(), problem.last_start.copy()
    ends[job], last[job] = end, end - problem.touched[job]
    return Problem(**{**vars_of(problem), "end": ends, "last_start": last})


def vars_of(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in problem.__dataclass_fields__}


def two_jobs(**changed):
    """Two contiguous jobs of two slots at 3 kW, four slots, one region of 3 kW."""
    given = {
        "cost": np.array([[1.0, 2.0, 3.0, 4.0]]), "capacity_kw": np.full((1, 4), 3.0),
        "step_hours": 0.5, "power_kw": np.array([3.0, 3.0]), "length": np.array([2.0, 2.0]),
        "first": np.array([0, 0]), "end": np.array([4, 4]), "last_start": np.array([2, 2]),
        "mask": np.array([0, 0]), "allowed": np.ones((1, 1, 4), dtype=bool),
        "priority": np.array([50, 50]), "contiguous": np.ones(2, dtype=bool),
        "on_off": np.zeros(2, dtype=bool),
    }  # fmt: skip
    return Problem(**{**given, **changed})


@pytest.mark.parametrize("divided", [False, True])
def test_the_lower_priority_is_left_out(divided):
    for priority in ([80, 20], [20, 80]):
        problem = two_jobs(
            end=np.array([3, 3]), last_start=np.array([1, 1]), priority=np.array(priority),
            contiguous=np.full(2, not divided),
        )  # fmt: skip
        plan = solve_plan(problem, QUICK).plan
        assert [placed is None for placed in plan] == [p == 20 for p in priority]


def test_a_higher_priority_moves_aside_when_that_lets_a_lower_one_in():
    problem = two_jobs(
        first=np.array([0, 1]), end=np.array([5, 3]), last_start=np.array([3, 1]),
        cost=np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), capacity_kw=np.full((1, 5), 3.0),
        allowed=np.ones((1, 1, 5), dtype=bool), priority=np.array([90, 10]),
    )  # fmt: skip
    state, price = State(problem), np.zeros((1, 5))
    state.put(0, run_from(problem, 0, 0, 0))
    improve(state, price, 0.0, seconds=60, rounds=50)
    for plan in (construct(problem, price).plan, state.plan, solve_plan(problem, QUICK).plan):
        assert [placed.slot[0] for placed in plan if placed] == [3, 1]


def test_one_of_high_priority_counts_more_than_many_of_low_ones():
    (few, many), cost = ((90,), (50, 50, 10)), 0.0
    assert compare((many, 9.0, cost), (few, 1.0, cost)) < 0
    assert compare(((50,), 9.0, cost), (many, 1.0, cost)) < 0
    assert compare((few, 1.0, 2.0), (few, 1.0, 1.0)) > 0
    assert compare((few, 1.0, 1.0), (few, 1.0, 1.0 + 1e-15)) == 0


@settings(max_examples=60, deadline=None)
@given(problems(kinds=("contiguous",), jobs=4))
def test_a_few_jobs_in_one_piece_get_the_best_plan(problem):
    solution = solve_plan(problem, QUICK)
    state = State(problem)
    for job, placed in enumerate(solution.plan):
        if placed is not None:
            state.put(job, placed)
    assert compare(state.worth(range(problem.jobs)), best_worth(problem)) == 0
    assert solution.bound == solution.objective


@pytest.mark.parametrize("jobs", [3, 5])
@pytest.mark.parametrize("seed", range(20))
def test_the_search_equals_trying_everything(seed, jobs):
    problem = crowded(seed, jobs)
    price = np.random.default_rng(seed).uniform(0, 3, (1, 8))  # any will do
    state = State(problem)
    assert search(state, price)
    assert compare(state.worth(range(jobs)), best_worth(problem)) == 0


def test_too_many_branches_end_the_search_with_what_it_found(monkeypatch):
    problem = two_jobs()
    monkeypatch.setattr("gridctl.schedule.plan.exact._BRANCHES", 3)
    state = State(problem)
    assert not search(state, np.zeros((1, 4)))
    assert None not in state.plan
    assert broken_limits(problem, state.plan) == []


@pytest.mark.parametrize("kind", WHOLE)
def test_the_heuristic_leaves_out_what_trying_everything_does(kind):
    excess = []
    for seed in range(30):
        problem = crowded(seed, 4, kind)
        best = best_worth(problem)
        bound = bound_at(problem, np.random.default_rng(seed).uniform(0, 3, (1, 8)))
        state = construct(problem, bound.price)
        improve(state, bound.price, bound.value, seconds=60, rounds=500)
        worth = state.worth(range(4))
        assert worth[:2] == best[:2], f"seed {seed}"
        excess.append(worth[2] / best[2] - 1 if best[2] else 0.0)
    assert min(excess) >= -1e-9
    assert max(excess) < 0.02


def test_the_checker_sees_every_broken_rule():
    problem = two_jobs()
    good = [run_from(problem, 0, 0, 0), run_from(problem, 1, 0, 2)]
    assert broken_limits(problem, good) == []
    crowded = [run_from(problem, 0, 0, 1), run_from(problem, 1, 0, 2)]
    assert "capacity exceeded by 3 kW" in broken_limits(problem, crowded)
    narrow = two_jobs(end=np.array([4, 3]), last_start=np.array([2, 1]))
    assert any("window" in text for text in broken_limits(narrow, good))
    longer = two_jobs(length=np.array([2.0, 1.5]))
    assert any("2 slots of 1.5" in text for text in broken_limits(longer, good))
    assert any("neither" in t for t in broken_limits(
        two_jobs(contiguous=np.zeros(2, dtype=bool), on_off=np.ones(2, dtype=bool),
                 power_kw=np.array([3.0, 6.0])), good))  # fmt: skip


def test_a_part_of_a_slot_takes_its_whole_room():
    problem = two_jobs(length=np.array([1.5, 2.0]))
    plan = solve_plan(problem, QUICK).plan
    assert None not in plan
    assert broken_limits(problem, plan) == []


def test_the_same_seed_gives_the_same_plan():
    rng = np.random.default_rng(5)
    problem = two_jobs(cost=rng.uniform(0, 1, (1, 4)))
    first, second = (solve_plan(problem, QUICK) for _ in range(2))
    assert first.objective == second.objective


def test_without_the_solver_one_line_says_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "highspy", None)
    with pytest.raises(UsageError, match=r"pip install 'gridctl\[solver\]'"):
        solver.require_solver()
    with pytest.raises(UsageError, match="--mode contiguous"):
        solve_plan(two_jobs(contiguous=np.zeros(2, dtype=bool)), QUICK)


def test_the_solver_writes_nothing(capfd):
    solve_linear(two_jobs(contiguous=np.zeros(2, dtype=bool)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("divided", [[False, False], [True, False]])
def test_a_program_that_ran_out_of_time_gives_way_to_the_heuristic(monkeypatch, divided):
    monkeypatch.setattr("gridctl.schedule.plan.solve.solve_linear", lambda *_: None)
    problem = two_jobs(contiguous=np.array(divided))
    solution = solve_plan(problem, QUICK)
    assert solution.method.startswith("ruin and recreate")
    assert None not in solution.plan
    assert broken_limits(problem, solution.plan) == []
