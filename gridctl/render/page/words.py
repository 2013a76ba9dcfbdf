"""How the page spells numbers, times and steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridctl.clock import HALF_HOUR, format_duration

NOTHING = "–"


def number(value: float | None, places: int = 0) -> str:
    """``1,234``; a dash where there is none."""
    if value is None:
        return NOTHING
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def pounds(value: float | None) -> str:
    """``£1,234.50``, ``-£3.00``; a dash where there is none."""
    if value is None:
        return NOTHING
    text = number(value, 2)
    return f"-£{text[1:]}" if text.startswith("-") else f"£{text}"


def when(instant: datetime | None) -> str:
    """``Tue 25 Nov 2025 22:00`` in UTC."""
    if instant is None:
        return NOTHING
    utc = instant.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %Y %H:%M}"


def steps(step: timedelta) -> str:
    """What a point stands for: ``half hours``, or ``means over 3h``."""
    return "half hours" if step == HALF_HOUR else f"means over {format_duration(step)}"


def share(part: float, whole: float) -> str:
    """``12 %``; neither a nought nor a whole that is none: ``under 1 %``, ``over 99 %``."""
    per_cent = 100 * part / whole
    if 0 < per_cent < 1:
        return "under 1 %"
    return "over 99 %" if 99 < per_cent < 100 else f"{per_cent:.0f} %"


def counted(count: int, what: str) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def millis(instant: datetime) -> int:
    """Milliseconds since 1970, as a browser counts."""
    return round(instant.timestamp() * 1000)
