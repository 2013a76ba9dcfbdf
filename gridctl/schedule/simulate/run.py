"""Replay jobs under each policy and put the results side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridctl.schedule.kernels.contiguous import EDGE, Bools, Floats
from gridctl.schedule.kernels.range_min import Ints
from gridctl.schedule.simulate.capacity import idle_share, queued
from gridctl.schedule.simulate.forecasts import Forecast, Shared
from gridctl.schedule.simulate.ground import Ground
from gridctl.schedule.simulate.jobs import Jobs
from gridctl.schedule.simulate.outcome import Accounts, Outcome
from gridctl.schedule.simulate.pieces import Runs, run_in_cheapest_slots, run_in_pieces
from gridctl.schedule.simulate.settings import IN_ONE_PIECE, Settings
from gridctl.schedule.simulate.starts import CHOOSERS, Seen, choose_by_views, choose_shared
from gridctl.schedule.simulate.statistics import percentage, saving_interval, share

Moved = Callable[[str, int, int, str], None]
_FORESEES = ("threshold", "lowest-slot", "optimal", "interruptible", "elastic")


@dataclass(frozen=True)
class PolicyResult:
    """A policy in figures, over the jobs compared. Percentages are ``None`` of nothing.

    ``jobs`` were compared; ``infeasible`` could not be run, or ran into missing data;
    ``saving_vs_run_now_pct`` has the 95 % interval (``saving_ci_low_pct``, ``saving_ci_high_pct``);
    ``share_of_oracle_pct`` is of what ``oracle_class`` saves with the truth foreseen. Delays are of
    completion, against running when requested. ``late`` finished after their window.
    """

    policy: str
    jobs: int
    carbon_kg: float
    cost_gbp: float | None
    saving_vs_run_now_pct: float | None
    saving_vs_window_mean_pct: float | None
    share_of_oracle_pct: float | None
    mean_delay_hours: float | None
    peak_concurrency: int
    infeasible: int
    saving_ci_low_pct: float | None
    saving_ci_high_pct: float | None
    oracle_class: str
    energy_kwh: float
    delay_p50_hours: float | None
    delay_p95_hours: float | None
    delay_max_hours: float | None
    late: int
    idle_carbon_kg: float | None


@dataclass(frozen=True)
class Replay:
    """The results, the outcome of each policy, and which jobs (n) are compared.

    A job is compared when every policy could run it on data that is there. ``without_forecast``
    counts those that could run but had no forecast to be planned on.
    """

    results: tuple[PolicyResult, ...]
    outcomes: dict[str, Outcome]
    compared: Bools
    without_forecast: int


def replay(
    jobs: Jobs,
    ground: Ground,
    forecast: Forecast,
    settings: Settings,
    moved: Moved = lambda *_: None,
) -> Replay:
    """Every policy of ``settings`` on the same jobs, accounted on ``ground``."""
    stage = _Stage(jobs, ground, forecast, settings, moved)
    outcomes = {policy: stage.outcome(policy) for policy in settings.policies}
    oracles = {name: stage.oracle(name) for name in {_class_of(p) for p in settings.policies}}
    now, mean_kg = stage.outcome("run-now"), stage.accounts.window_mean_kg(jobs)
    everything = [*outcomes.values(), *oracles.values(), now]
    compared = np.isfinite(mean_kg)
    for outcome in everything:
        compared &= np.isfinite(outcome.carbon_kg)
    unforeseen = np.zeros(len(jobs), dtype=bool)
    if not isinstance(forecast, Shared):
        possible = np.isfinite(stage.oracle("contiguous").carbon_kg)
        for policy in set(_FORESEES) & set(outcomes):
            unforeseen |= possible & stage.unplanned[policy]
    baseline = _Baseline(now, mean_kg, oracles, compared, unforeseen)
    results = tuple(
        _result(policy, outcome, jobs, stage, baseline) for policy, outcome in outcomes.items()
    )
    return Replay(results, outcomes, compared, int(unforeseen.sum()))


@dataclass(frozen=True)
class _Baseline:
    now: Outcome
    mean_kg: Floats
    oracles: dict[str, Outcome]
    compared: Bools
    unforeseen: Bools


class _Stage:
    """Jobs, ground and forecast, and the outcomes worked out so far."""

    def __init__(
        self, jobs: Jobs, ground: Ground, forecast: Forecast, settings: Settings, moved: Moved
    ) -> None:
        self.jobs, self.ground, self.forecast = jobs, ground, forecast
        self.settings, self._moved = settings, moved
        self.accounts = Accounts(ground)
        self.truth = Shared(ground.carbon)
        self._limits = _clean_limits(ground, settings)
        self._known: dict[str, Outcome] = {}
        self.unplanned: dict[str, Bools] = {}  # by policy, the jobs it found no time for

    def outcome(self, policy: str) -> Outcome:
        if policy not in self._known:
            self._known[policy] = self._run(policy)
            self._moved(policy, len(self.jobs), len(self.jobs), "jobs")
        return self._known[policy]

    def oracle(self, name: str) -> Outcome:
        """What the class of policies does with the truth foreseen."""
        if name == "contiguous":
            return self.outcome("oracle")
        foreseen = isinstance(self.forecast, Shared) and self.forecast.series is self.truth.series
        return self.outcome(name) if foreseen else self.outcome(f"oracle {name}")

    def _run(self, policy: str) -> Outcome:
        forecast = self.truth if policy.startswith("oracle") else self.forecast
        name = policy.removeprefix("oracle ")
        if name in IN_ONE_PIECE:
            starts = self._starts(name)
            self.unplanned[policy] = np.isnan(starts)
            return self.accounts.of_starts(self.jobs, self._queued(starts))
        runs = self._pieces(name, forecast, policy)
        self.unplanned[policy] = np.isnan(runs.start)
        return self.accounts.of_runs(runs)

    def _pieces(self, name: str, forecast: Forecast, policy: str) -> Runs:
        done = 0

        def moved(more: int) -> None:
            nonlocal done
            done += more
            self._moved(policy, done, len(self.jobs), "jobs")

        if name == "elastic" and self.settings.curve is not None:
            return run_in_pieces(self.jobs, forecast, self.ground, self.settings.curve, moved)
        if isinstance(forecast, Shared):
            return run_in_cheapest_slots(self.jobs, forecast, self.ground, moved)
        return run_in_pieces(self.jobs, forecast, self.ground, moved=moved)

    def _starts(self, policy: str) -> Floats:
        jobs = self.jobs
        if policy == "run-now":
            return np.where(jobs.fits, np.minimum(jobs.requested, jobs.latest), np.nan)
        limit = np.repeat(self._limits, self.ground.slots + 1)
        if policy == "oracle":
            seen = Seen(self.truth.series, limit)
            start = seen.optimal(jobs.duration, jobs.earliest, jobs.latest)
            return np.where(jobs.fits, start, np.nan)
        if isinstance(self.forecast, Shared):
            return choose_shared(CHOOSERS[policy], jobs, self.forecast, limit)
        return choose_by_views(
            CHOOSERS[policy], jobs, self.forecast, self._limits, self.ground.slots
        )

    def _queued(self, wanted: Floats) -> Floats:
        capacity, jobs = self.settings.capacity, self.jobs
        if capacity is None:
            return wanted
        sizes = capacity.sizes(jobs.power_kw)
        return queued(wanted - jobs.base, jobs.duration, sizes, capacity.room) + jobs.base

    def idle_carbon_kg(self, outcome: Outcome) -> float | None:
        """Of the room that stood idle, from the first submission to the last end of any policy."""
        capacity, jobs, ground = self.settings.capacity, self.jobs, self.ground
        if capacity is None or not self.settings.idle_power_kw:
            return None
        some = np.isfinite(outcome.start)
        ends = [o.end - jobs.base for o in self._known.values() if np.isfinite(o.end).any()]
        if not ends:
            return 0.0
        first = max(int((jobs.earliest - jobs.base)[jobs.fits].min()), 0)
        last = int(np.ceil(max(np.nanmax(end) for end in ends)))
        sizes = capacity.sizes(jobs.power_kw)
        idle = idle_share(
            (outcome.start - jobs.base)[some], jobs.duration[some], sizes[some],
            capacity.room, ground.slots,
        )  # fmt: skip
        known = np.nan_to_num(ground.carbon[: ground.slots])
        span = slice(first, min(last, ground.slots))
        energy = idle[span] * self.settings.idle_power_kw * ground.step_hours
        return float((energy * known[span]).sum()) / 1e3


def _clean_limits(ground: Ground, settings: Settings) -> Floats:
    """For each place the intensity at or below which a slot is clean enough."""
    if settings.threshold_gco2_kwh is not None:
        return np.full(len(ground.places), settings.threshold_gco2_kwh)
    return np.array([
        np.nanquantile(values, settings.quantile) if np.isfinite(values).any() else np.nan
        for values in ground.per_place(ground.carbon)
    ])  # fmt: skip


def _class_of(policy: str) -> str:
    return "contiguous" if policy in IN_ONE_PIECE else policy


def _result(
    policy: str, outcome: Outcome, jobs: Jobs, stage: _Stage, baseline: _Baseline
) -> PolicyResult:
    some = baseline.compared
    carbon, now_kg = outcome.carbon_kg[some], baseline.now.carbon_kg[some]
    total, run_now = float(carbon.sum()), float(now_kg.sum())
    mean_kg = float(baseline.mean_kg[some].sum())
    best = float(baseline.oracles[_class_of(policy)].carbon_kg[some].sum())
    cost = float(outcome.cost_gbp[some].sum()) if some.any() else np.nan
    hours = stage.ground.step_hours
    delay = np.round((outcome.end - jobs.requested - jobs.duration)[some] * hours, 6)
    p50, p95 = np.percentile(delay, [50, 95]) if len(delay) else (None, None)
    interval = saving_interval(carbon, now_kg, _blocks(jobs, stage)[some], stage.settings.seed)
    return PolicyResult(
        policy=policy,
        jobs=int(some.sum()),
        carbon_kg=total,
        cost_gbp=cost if np.isfinite(cost) else None,
        saving_vs_run_now_pct=percentage(run_now - total, run_now),
        saving_vs_window_mean_pct=percentage(mean_kg - total, mean_kg),
        share_of_oracle_pct=share(run_now - total, run_now - best, run_now),
        mean_delay_hours=float(delay.mean()) if len(delay) else None,
        peak_concurrency=outcome.peak,
        infeasible=int((np.isnan(outcome.carbon_kg) & ~baseline.unforeseen).sum()),
        saving_ci_low_pct=interval[0] if interval else None,
        saving_ci_high_pct=interval[1] if interval else None,
        oracle_class=_class_of(policy),
        energy_kwh=float(outcome.energy_kwh[some].sum()),
        delay_p50_hours=None if p50 is None else float(p50),
        delay_p95_hours=None if p95 is None else float(p95),
        delay_max_hours=float(delay.max()) + 0.0 if len(delay) else None,  # never a minus zero
        late=int((outcome.end > jobs.deadline + 2 * EDGE * (1 + jobs.deadline)).sum()),
        idle_carbon_kg=stage.idle_carbon_kg(outcome),
    )


def _blocks(jobs: Jobs, stage: _Stage) -> Ints:
    """Each job's block of days, by its submission, counted from the signal's start."""
    days = (jobs.earliest - jobs.base) * stage.ground.step_hours / 24.0
    return np.floor(days / stage.settings.block_days).astype(np.int64)
