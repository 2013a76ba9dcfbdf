"""What a simulation found: one row a policy, in 80 columns, and all of it as JSON."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from gridctl.clock import format_duration
from gridctl.render.tables import write_document, write_file, write_rows, write_text
from gridctl.render.values import compact_json, json_value

if TYPE_CHECKING:
    from gridctl.schedule.simulate.run import PolicyResult
    from gridctl.schedule.simulate.simulation import Simulation

_TEXT = ("policy", "oracle_class")
_WHOLE = ("jobs", "peak_concurrency", "infeasible", "late")


def write_simulation(simulation: Simulation, format: str) -> None:
    """Print a simulation as table, json, jsonl, csv or markdown."""
    if format == "json":
        return write_document(_document(simulation))
    if format == "jsonl":
        return write_text(f"{compact_json(json_value(_document(simulation)))}\n")
    if format == "table":
        return write_text(_page(simulation))
    from gridctl.schedule.simulate.run import PolicyResult

    names = [field.name for field in fields(PolicyResult)]
    columns = [(name, _kind(name)) for name in names]
    rows = [tuple(getattr(r, name) for name in names) for r in simulation.replay.results]
    write_rows(columns, rows, format)


def write_jobs(simulation: Simulation, output: Path) -> None:
    """Write the outcome of every job as Parquet, whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gridctl.schedule.simulate.simulation import per_job_table

    sink = pa.BufferOutputStream()
    pq.write_table(per_job_table(simulation), sink)
    write_file(output, sink.getvalue().to_pybytes())


def _kind(name: str) -> str:
    return "VARCHAR" if name in _TEXT else "BIGINT" if name in _WHOLE else "DOUBLE"


def _document(simulation: Simulation) -> dict[str, Any]:
    settings, ground = simulation.settings, simulation.ground
    return {
        "policies": [asdict(result) for result in simulation.replay.results],
        "jobs": len(simulation.jobs),
        "left_out": simulation.left_out,
        "without_forecast": simulation.replay.without_forecast,
        "skipped_rows": len(simulation.skipped),
        "contention": simulation.contention,
        "forecast": str(settings.forecast),
        "length": "known" if settings.known_length else "mean",
        "seed": settings.seed,
        "signal": {
            "source": ground.label,
            "start": ground.start,
            "end": simulation.time_of(ground.slots),
            "step_minutes": ground.step.total_seconds() / 60,
        },
        "notes": list(simulation.notes),
    }


_HEADS = {
    "policy": ("", "policy"),
    "carbon": ("carbon", "kg"),
    "cost": ("cost", "GBP"),
    "saving": ("saving, %", "(95 %)"),
    "mean": ("vs", "mean %"),
    "oracle": ("of", "best %"),
    "delay": ("mean", "delay h"),
    "p95": ("95 %", "within h"),
    "peak": ("at", "once"),
    "infeasible": ("not", "run"),
}


def _page(simulation: Simulation) -> str:
    """The table, and below it what it must be read with."""
    results = simulation.replay.results
    rows = [_cells(result) for result in results]
    names = [name for name in _HEADS if name != "cost" or any(r.cost_gbp for r in results)]
    if "cost" in names:
        names.remove("p95")  # for want of room; every figure is in the other formats
    lines = [[_HEADS[name][line] for name in names] for line in (0, 1)]
    lines += [[row[name] for name in names] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    drawn = [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*_heading(simulation), "", *drawn, "", *_footing(simulation)]) + "\n"


def _cells(result: PolicyResult) -> dict[str, str]:
    return {
        "policy": result.policy,
        "carbon": _amount(result.carbon_kg),
        "cost": "" if result.cost_gbp is None else _amount(result.cost_gbp),
        "saving": _saving(result),
        "mean": _one(result.saving_vs_window_mean_pct),
        "oracle": _one(result.share_of_oracle_pct),
        "delay": _one(result.mean_delay_hours),
        "p95": _one(result.delay_p95_hours),
        "peak": f"{result.peak_concurrency}",
        "infeasible": f"{result.infeasible}",
    }


def _amount(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < 1e8 else f"{value:.4g}"


def _saving(result: PolicyResult) -> str:
    if result.saving_ci_low_pct is None or result.saving_ci_high_pct is None:
        return _one(result.saving_vs_run_now_pct)
    if result.policy == "run-now":
        return "0.0"
    half = (result.saving_ci_high_pct - result.saving_ci_low_pct) / 2
    return f"{_one(result.saving_vs_run_now_pct)} ±{half:.1f}"


def _one(value: float | None) -> str:
    return "-" if value is None else f"{value + 0.0:.1f}".replace("-0.0", "0.0")


def _heading(simulation: Simulation) -> list[str]:
    ground, settings = simulation.ground, simulation.settings
    compared = len(simulation.jobs) - simulation.left_out
    step = format_duration(ground.step)
    end = simulation.time_of(ground.slots)
    forecast = str(settings.forecast)
    seed = f", seed {settings.seed}" if settings.forecast.name in ("noise", "realistic") else ""
    known = "known" if settings.known_length else "unknown, the class's mean is planned"
    return [
        f"{compared:,} of {len(simulation.jobs):,} jobs compared",
        f"signal    {ground.label}",
        f"          {ground.start:%Y-%m-%d} to {end:%Y-%m-%d} in steps of {step}",
        f"forecast  {forecast}{seed}; lengths {known}",
        f"room      {_room(simulation)}",
    ]


def _room(simulation: Simulation) -> str:
    if simulation.settings.capacity is None:
        return "no contention: every job runs when its policy says"
    return f"{simulation.contention}, first come first served"


def _footing(simulation: Simulation) -> list[str]:
    """What the figures mean, and what was left out of them."""
    lines = [
        "saving: against running when requested; vs mean: the mean of the job's window.",
        "of best: of what its oracle saves, the same class with the truth foreseen.",
        "delay: of completion. Location-based average intensity; not an offset.",
    ]
    replayed = simulation.replay
    if replayed.without_forecast:
        lines.append(f"counted apart, for want of a forecast: {replayed.without_forecast:,}")
    other = simulation.left_out - replayed.without_forecast
    if other > 0:
        lines.append(f"in no sum, as some policy could not run them: {other:,}")
    if late := {r.policy: r.late for r in replayed.results if r.late}:
        lines.append("late: " + ", ".join(f"{policy} {count:,}" for policy, count in late.items()))
    idle = [r for r in replayed.results if r.idle_carbon_kg is not None]
    if idle:
        told = ", ".join(f"{r.policy} {_amount(r.idle_carbon_kg or 0.0)}" for r in idle)
        lines.append(f"idle power, kg beside the above: {told}")
    return [part for line in lines for part in wrap(line, 80, subsequent_indent="    ")]
