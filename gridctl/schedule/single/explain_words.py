"""The sentences of an explanation: differences between runs, in plain English."""

from __future__ import annotations

from collections.abc import Sequence

from gridctl.schedule.job.workload import Cap, Workload
from gridctl.schedule.single.finding import Difference
from gridctl.schedule.single.outcome import Outcome
from gridctl.schedule.single.reasons import brief_time, figure, place_name

_SHOWN = 5e-4  # a difference below this in its unit is not worth a word
_LEAST = {"GBP": 5e-3}
HINDSIGHT = " (by stored values whose issue time is unknown: better than was known then)"


def difference(run: Outcome, other: Outcome) -> Difference:
    """``run`` minus ``other``."""
    return Difference(
        *(
            None if mine is None or theirs is None else mine - theirs
            for mine, theirs in (
                (run.carbon_kg, other.carbon_kg),
                (run.cost_gbp, other.cost_gbp),
                (run.carbon_intensity, other.carbon_intensity),
                (run.price_gbp_mwh, other.price_gbp_mwh),
            )
        )
    )


def worth(workload: Workload, run: Outcome) -> float | None:
    """What the objective comes to: kg or GBP, or g/kWh or GBP/MWh of a job without energy."""
    has_energy = workload.energy_kwh is not None
    carbon = run.carbon_kg if has_energy else run.carbon_intensity
    price = run.cost_gbp if has_energy else run.price_gbp_mwh
    if workload.objective == "carbon":
        return carbon
    if workload.objective == "cost" or price is None or carbon is None:
        return price
    return price + carbon * (workload.carbon_price or 0.0) / 1000


def cap_name(cap: Cap) -> str:
    """``the cap of 120 g/kWh``, ``the floor of 40 % renewable``, ``the limit of 80 GBP/MWh``."""
    if cap.name == "max_carbon":
        return f"the cap of {cap.limit:g} {cap.unit}"
    if cap.name == "min_renewable":
        return f"the floor of {cap.limit:g} % renewable"
    return f"the limit of {cap.limit:g} {cap.unit}"


def keeping_to(regions: Sequence[int]) -> str:
    """``keeping to London and South Wales``; many of them are counted."""
    if len(regions) > 3:
        return f"keeping to the {len(regions)} regions named"
    return "keeping to " + _all([place_name(region) for region in regions])


def bound_costs(bound: str, workload: Workload, run: Outcome, other: Outcome) -> str:
    """``the cap of 120 g/kWh costs 14 kg (5 %) and saves 3.20 GBP: without it ...``."""
    return f"{bound} {_costs(workload, run, other)}: without it {_would_run(workload, run, other)}"


def possible_without(bound: str, workload: Workload, other: Outcome) -> str:
    """Of a request that cannot be met: what dropping this bound alone would allow."""
    return f"without {bound} {_would_run(workload, None, other)}"


def leaving_home(workload: Workload, run: Outcome, home: Outcome) -> str:
    """What moving brings against the best that could be had at home."""
    moving = f"moving to {place_name(run.place)}"
    return f"{moving} {_costs(workload, run, home)}: at home {_would_run(workload, run, home)}"


def costs_nothing(bounds: Sequence[str]) -> str:
    """The bounds that change nothing."""
    verb = "costs" if len(bounds) == 1 else "cost"
    return f"{_all(bounds)} {verb} nothing"


def step_saves(step: str, workload: Workload, saves: Difference) -> str:
    """``1 g/kWh more would save 2 kg``, or that it would change nothing."""
    terms = _terms(workload, saves)
    if not terms:
        return f"{step} would change nothing"
    total = _total(workload, saves)
    if total is not None:
        verb = "save" if total > 0 else "cost"
        return f"{step} would {verb} {_money(workload, total)} {_carbon_at(workload)}"
    return f"{step} would {_verbs(terms, 'save', 'cost')}"


def instead(workload: Workload, run: Outcome, other: Outcome) -> str:
    """Why not this one: what it would emit and cost against the run that was decided."""
    where = f" in {place_name(other.place)}" if other.place != run.place else ""
    start = f"starting at {brief_time(other.start)}{where} would"
    gap = difference(other, run)
    terms = _terms(workload, gap)
    if not terms:
        order = "; of equals the earlier is taken" if other.start > run.start else ""
        return f"{start} come to the same{order}"
    parts = _all([f"{text} {_way(value)}{_share(other, run, text)}" for value, text in terms])
    total = _total(workload, gap)
    if total is None:
        return f"{start} mean {parts}"
    money = f"{_money(workload, total)} {_way(total)}"
    return f"{start} mean {money} {_carbon_at(workload)}: {parts}"


def _costs(workload: Workload, run: Outcome, other: Outcome) -> str:
    gap = difference(run, other)
    terms = _terms(workload, gap)
    if not terms:
        return "costs nothing to speak of"
    total = _total(workload, gap)
    if total is not None:
        verb = "costs" if total > 0 else "saves"
        parts = _verbs(terms, "costs", "saves")
        return f"{verb} {_money(workload, total)} {_carbon_at(workload)} ({parts})"
    first, text = terms[0]
    terms[0] = first, text + _share(run, other, text, signed=False)
    return _verbs(terms, "costs", "saves")


def _verbs(terms: Sequence[tuple[float, str]], positive: str, negative: str) -> str:
    """``costs 14 kg and saves 3.20 GBP``."""
    parts, last = [], ""
    for value, text in terms:
        verb = positive if value > 0 else negative
        parts.append(text if verb == last else f"{verb} {text}")
        last = verb
    return _all(parts)


def _terms(workload: Workload, gap: Difference) -> list[tuple[float, str]]:
    """The differences worth a word, that of the objective first, each without its sign."""
    if workload.energy_kwh is not None:
        carbon = (gap.carbon_kg, "kg")
        money = (gap.cost_gbp, "GBP")
    else:
        carbon = (gap.carbon_intensity, "g/kWh")
        money = (gap.price_gbp_mwh, "GBP/MWh")
    both = [carbon, money] if workload.objective == "carbon" else [money, carbon]
    return [
        (value, f"{amount(value, unit)} {unit}")
        for value, unit in both
        if value is not None and abs(value) >= _LEAST.get(unit, _SHOWN)
    ]


def _total(workload: Workload, gap: Difference) -> float | None:
    """Of a balanced objective both terms in one, GBP or GBP/MWh; ``None`` of the others."""
    if workload.objective != "balanced":
        return None
    has_energy = workload.energy_kwh is not None
    money = gap.cost_gbp if has_energy else gap.price_gbp_mwh
    carbon = gap.carbon_kg if has_energy else gap.carbon_intensity
    if money is None or carbon is None:
        return None
    return money + carbon * (workload.carbon_price or 0.0) / 1000


def _money(workload: Workload, value: float) -> str:
    unit = "GBP" if workload.energy_kwh is not None else "GBP/MWh"
    return f"{amount(value, unit)} {unit}"


def _carbon_at(workload: Workload) -> str:
    return f"with carbon at {workload.carbon_price or 0.0:g} GBP/t"


def _way(value: float) -> str:
    return "more" if value > 0 else "less"


def amount(value: float, unit: str) -> str:
    """A size without its sign: money to the penny, the rest to three digits."""
    size = abs(value)
    return f"{size:,.2f}" if unit == "GBP" else f"{size:,.0f}" if size >= 1000 else figure(size)


def _share(run: Outcome, other: Outcome, text: str, *, signed: bool = True) -> str:
    """The difference as a percentage of ``other``; none of zero or less, nor of pounds below."""
    name = {"kg": "carbon_kg", "g/kWh": "carbon_intensity",
            "GBP": "cost_gbp", "GBP/MWh": "price_gbp_mwh"}[text.split()[-1]]  # fmt: skip
    mine, theirs = getattr(run, name), getattr(other, name)
    if mine is None or theirs is None or theirs <= 0 or mine < 0:
        return ""
    percent = 100 * (mine - theirs) / theirs
    if not 0.5 <= abs(percent) < 1000:
        return ""
    return f" ({percent:+.0f} %)" if signed else f" ({abs(percent):.0f} %)"


def _would_run(workload: Workload, run: Outcome | None, other: Outcome) -> str:
    """``the job would start at 2025-11-25T02:00Z, at 98 g/kWh``."""
    moved = other.place is not None and (run is None or run.place != other.place)
    where = f" in {place_name(other.place)}" if moved else ""
    at = []
    if other.carbon_intensity is not None:
        at.append(f"{figure(other.carbon_intensity)} g/kWh")
    if other.price_gbp_mwh is not None and workload.objective != "carbon":
        at.append(f"{figure(other.price_gbp_mwh)} GBP/MWh")
    level = f", at {_all(at)}" if at else ""
    return f"the job would start at {brief_time(other.start)}{where}{level}"


def _all(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
