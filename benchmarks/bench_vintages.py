"""What planning on the carbon forecasts of March 2023, as they were issued, saves of what it could.

Each case is a job asked for at the moment a forecast was issued: run at once (0 %), placed on the
outturn (100 %, the oracle), or placed on a forecast: raw, corrected by what was known at its issue,
or corrected by what all other days teach (which nobody could have known, but has more cases).

Run: python benchmarks/bench_vintages.py [FOLDER]
FOLDER holds national_intensity_2023.csv and forecast_vintages_202303*.csv.
"""

from __future__ import annotations

import csv
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from gridctl.schedule.kernels.contiguous import cheapest_start, prepare
from gridctl.schedule.skill.correction import cross_fitted, enough, fit_history, usual_at
from gridctl.schedule.skill.history import SLOT, Actuals, Floats, History, Points

HOURS = (1, 4, 12)
SLACKS = (12, 24, 36)
DRAWS = 2_000
FEWEST_DAYS = 5  # for an interval
FILES = ("forecast_vintages_202303.csv", "forecast_vintages_202303_stale.csv")
Case = dict[str, float]  # g/kWh on the outturn by plan, and the day of issue


@dataclass(frozen=True)
class Vintage:
    """One forecast: when issued, its slots, and the plans' values for them in g/kWh."""

    issued: float
    points: Points
    plans: dict[str, Floats]


def read_history(folder: Path) -> History:
    """The vintages, and the actuals of the year; a zero or blank actual is none."""
    with (folder / "national_intensity_2023.csv").open(newline="") as lines:
        actuals = {
            _slot(row["from"]): float(row["actual"])
            for row in csv.DictReader(lines)
            if float(row["actual"] or 0) > 0
        }
    rows = []
    for name in FILES:
        with (folder / name).open(newline="") as lines:
            rows += [
                (_seconds(row["issued_at"]), _slot(row["from"]), float(row["forecast_gco2_kwh"]))
                for row in csv.DictReader(lines)
            ]
    issued, slots, values = (np.array(column) for column in zip(*sorted(rows), strict=True))
    return History(Points(issued, slots.astype(np.int64), values), Actuals.of(actuals))


def vintages_of(history: History) -> list[Vintage]:
    """Every forecast with its plans; ``then`` only where enough was known at its issue."""
    left_out = cross_fitted(history)
    found = []
    for moment in np.unique(history.points.issued):
        mine = history.points.issued == moment
        points = history.points.where(mine)
        assert np.all(np.diff(points.slot) == 1)
        plans = {"raw": points.value, "left out": left_out[mine]}
        known = history.known_at(moment)
        if enough(known.days):
            usual = usual_at(known.actuals, points.slot, moment)
            plans["then"] = fit_history(known).apply(points, usual)
        found.append(Vintage(moment, points, plans))
    return found


def case(history: History, vintage: Vintage, length: int, slack: int) -> Case | None:
    """One job of ``length`` slots, to be started within ``slack`` slots of the issue.

    ``None`` when the forecast ends sooner. A forecast for 48 h is issued a minute or so into its
    first slot, so that the longest window is cut short by that much.
    """
    points, count = vintage.points, length + slack + 1
    earliest = vintage.issued / SLOT - int(points.slot[0])
    latest = min(earliest + slack, len(points.slot) - length)
    actual = history.actuals.at(points.slot[:count])
    if latest < earliest + slack - 0.5 or not np.isfinite(actual).all():
        return None
    sums = np.concatenate(([0.0], np.cumsum(actual)))

    def outturn(start: float) -> float:
        edges = np.interp([start, start + length], np.arange(len(sums)), sums)
        return float(edges[1] - edges[0]) / length

    def planned(values: Floats) -> float:
        found = cheapest_start(prepare(values, np.isfinite(values)), length, earliest, latest)
        assert found is not None
        return outturn(found.start)

    plans = {name: planned(values[:count]) for name, values in vintage.plans.items()}
    day = vintage.issued // 86400
    return {"day": day, "now": outturn(earliest), "best": planned(actual), **plans}


def share(cases: list[Case], plan: str) -> float:
    """Saving of a plan over that of the oracle, summed over the cases, per cent."""
    possible = sum(case["now"] - case["best"] for case in cases)
    if possible <= 0:
        return float("nan")
    return 100 * sum(case["now"] - case[plan] for case in cases) / possible


def interval(cases: list[Case], plan: str) -> str:
    """95 % by bootstrap over days of issue: forecasts of one day err together."""
    rng = np.random.default_rng(1)
    by_day: dict[float, list[Case]] = {}
    for one in cases:
        by_day.setdefault(one["day"], []).append(one)
    days = list(by_day)
    if len(days) < FEWEST_DAYS:
        return "too few days"
    shares = [
        share([one for day in rng.choice(days, len(days)) for one in by_day[day]], plan)
        for _ in range(DRAWS)
    ]
    low, high = np.nanpercentile(shares, [2.5, 97.5])
    return f"{low:.0f} to {high:.0f}"


def print_errors(history: History, title: str, vintages: list[Vintage], plans: list[str]) -> None:
    cells = []
    for plan in plans:
        errors = np.concatenate(
            [v.plans[plan] - history.actuals.at(v.points.slot) for v in vintages]
        )
        cells.append(f"{np.nanmean(abs(errors)):.1f} / {np.nanmean(errors**2) ** 0.5:.1f}")
    print(f"\n{title}: {len(vintages)} forecasts")
    print("mean absolute / root mean square error, g/kWh: " + "; ".join(
        f"{plan} {cell}" for plan, cell in zip(plans, cells, strict=True)
    ))  # fmt: skip


def print_shares(history: History, vintages: list[Vintage], plans: list[str]) -> None:
    print(f"| job | slack | cases | days | oracle saves, g/kWh | {' | '.join(plans)} |")
    print("|---|---|---:|---:|---:|" + "---:|" * len(plans))
    for hours in HOURS:
        for slack in SLACKS:
            found = [case(history, vintage, 2 * hours, 2 * slack) for vintage in vintages]
            cases = [one for one in found if one is not None]
            saved = float(np.mean([one["now"] - one["best"] for one in cases]))
            days = len({one["day"] for one in cases})
            row = [f"{hours} h", f"{slack} h", str(len(cases)), str(days), f"{saved:.0f}"]
            row += [f"{share(cases, plan):.0f} % ({interval(cases, plan)})" for plan in plans]
            print(f"| {' | '.join(row)} |")


def main() -> None:
    default = Path(__file__).parents[2] / "shared" / "real"
    root = Path(os.environ.get("GRIDCTL_REAL_DATA") or default) / "carbonintensity"
    history = read_history(Path(sys.argv[1]) if len(sys.argv) > 1 else root)
    every = vintages_of(history)
    learnt = [vintage for vintage in every if "then" in vintage.plans]
    print("Share of the oracle's saving, run-now as zero, with its 95 % interval (bootstrap over")
    print("days of issue). raw: the forecast; then: corrected by what was known at its issue;")
    print("left out: corrected by all other days, earlier and later. A small sample of one month.")
    for title, some, plans in (
        ("Every forecast of March 2023", every, ["raw", "left out"]),
        ("Those with seven days of errors behind them", learnt, ["raw", "then", "left out"]),
    ):
        print_errors(history, title, some, plans)
        print_shares(history, some, plans)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _slot(text: str) -> int:
    return int(_seconds(text)) // SLOT


if __name__ == "__main__":
    main()
