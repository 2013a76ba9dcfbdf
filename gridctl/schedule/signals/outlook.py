"""How the coming hours are looked at: as published, corrected, with caution, or by a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridctl.errors import UsageError

FORECASTS = ("raw", "corrected")


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """``forecast`` is ``raw`` or ``corrected``; ``risk`` the quantile of the forecast's error to
    plan on, between 0 and 1, ``None`` for the forecast itself; ``signal_file`` replaces the store's
    signal. Raises :class:`UsageError` for anything else.
    """

    forecast: str = "raw"
    risk: float | None = None
    signal_file: Path | None = None

    def __post_init__(self) -> None:
        if self.forecast not in FORECASTS:
            raise UsageError(
                f"forecast must be one of {', '.join(FORECASTS)}, not {self.forecast!r}"
            )
        if self.risk is not None and not 0 < self.risk < 1:
            raise UsageError(
                f"risk is a quantile, more than 0 and less than 1, as 0.8, not {self.risk:g}"
            )

    @property
    def is_plain(self) -> bool:
        """Whether forecasts are taken as they are."""
        return self.forecast == "raw" and self.risk is None

    @property
    def text(self) -> str:
        """What was asked beyond the plain forecast: ``corrected forecast and risk 0.8``."""
        parts = ["corrected forecast"] if self.forecast == "corrected" else []
        if self.risk is not None:
            parts.append(f"risk {self.risk:g}")
        return " and ".join(parts)

    def request(self) -> dict[str, Any]:
        """What was asked, in JSON's types; :func:`outlook_of` rebuilds it."""
        file = self.signal_file
        return {
            "forecast": self.forecast,
            "risk": self.risk,
            "signal_file": None if file is None else str(file.absolute()),
        }


def outlook_of(request: Mapping[str, Any]) -> Outlook:
    """The outlook of a recorded request; the plain one where the record is older than this."""
    file = request.get("signal_file")
    return Outlook(
        forecast=request.get("forecast") or "raw",
        risk=request.get("risk"),
        signal_file=None if file is None else Path(file),
    )
