"""What an explanation says of a decision: one thing, with the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gridctl.schedule.single.outcome import Outcome, alternative_dict, plain


@dataclass(frozen=True)
class Difference:
    """One run minus another: kg, GBP, g/kWh, GBP/MWh; ``None`` where either is unknown."""

    carbon_kg: float | None
    cost_gbp: float | None
    carbon_intensity: float | None
    price_gbp_mwh: float | None

    def as_dict(self) -> dict[str, Any]:
        """The difference as JSON shows it."""
        return {name: plain(value) for name, value in vars(self).items()}


@dataclass(frozen=True)
class Finding:
    """One thing to say about a decision.

    ``about`` is a bound (``max_carbon``, ``min_renewable``, ``max_price``, ``deadline``,
    ``earliest``, ``not_deferrable``, ``regions``), ``home`` (what leaving it brings),
    ``alternative`` (the next best) or ``costs_nothing`` (the other bounds). ``costs`` is the
    decided run minus ``other``, positive where the decided one has more; ``None`` when the request
    is rejected, and ``other`` is then the run that would be possible. ``step_saves`` is what one
    ``step`` of slack would save.
    """

    about: str
    text: str
    other: Outcome | None = None
    costs: Difference | None = None
    step: str | None = None
    step_saves: Difference | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON shows it, and as the record keeps it."""
        other = None if self.other is None else alternative_dict(self.other)
        return {
            "about": self.about,
            "text": self.text,
            "other": other and {key: value for key, value in other.items() if key != "relaxes"},
            "costs": self.costs and self.costs.as_dict(),
            "step": self.step,
            "step_saves": self.step_saves and self.step_saves.as_dict(),
        }
