"""Time on the GB grid: half hours in UTC, settlement days in local time.

Everything inside gridctl is an aware ``datetime`` in UTC, and every interval is half-open and
named by its start. Other clocks are converted here, at the edge.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gridctl.errors import UsageError

HALF_HOUR = timedelta(minutes=30)
LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a person may type. Wide enough for any study, narrow enough that sums cannot overflow.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=36525)

Say = Callable[[str], None]
Moment = datetime | str  # as Python callers give one: aware, or text as people type it
Span = timedelta | str

_DURATION = re.compile(
    r"(?:(?P<days>\d+(?:\.\d+)?)d)?(?:(?P<hours>\d+(?:\.\d+)?)h)?"
    r"(?:(?P<minutes>\d+(?:\.\d+)?)m)?(?:(?P<seconds>\d+(?:\.\d+)?)s)?",
)
_DAY_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def now() -> datetime:
    """The present instant in UTC. Only commands read the clock; the library is passed a time."""
    return datetime.now(UTC)


def iso(instant: datetime) -> str:
    """``2025-11-25T14:00:00Z``: whole seconds, UTC, as every JSON answer spells it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def floor_half_hour(instant: datetime) -> datetime:
    """The start of the half hour that holds ``instant``."""
    return EPOCH + (instant - EPOCH) // HALF_HOUR * HALF_HOUR


def ceil_half_hour(instant: datetime) -> datetime:
    """The first half-hour edge at or after ``instant``."""
    return EPOCH - (EPOCH - instant) // HALF_HOUR * HALF_HOUR


def is_shown_twice(instant: datetime) -> bool:
    """Whether this machine's clock, set back, shows the time of ``instant`` at another one too."""
    shown = instant.astimezone().replace(tzinfo=None)
    return shown.replace(fold=0).astimezone(UTC) != shown.replace(fold=1).astimezone(UTC)


def parse_wire_time(text: str) -> datetime:
    """Read an upstream timestamp that states its zone (``2026-10-04T23:00Z``) as UTC.

    Raises ``ValueError`` when the text is no ISO 8601 time, has no zone, or lies outside the years
    1900 to 2199.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"time without zone: {text!r}")
    if not EARLIEST <= instant < LATEST:
        raise ValueError(f"time out of range: {text!r}")
    return instant.astimezone(UTC)


def settlement_start(day: date, period: int) -> datetime:
    """UTC start of a settlement period: local midnight plus ``period - 1`` half hours.

    Counted along the UTC line, so the 46 and 50 period days of the clock changes come out right.
    Raises ``ValueError`` for a period the day does not have.
    """
    midnight = datetime.combine(day, time(), LONDON).astimezone(UTC)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), LONDON).astimezone(UTC)
    if not 1 <= period <= (next_midnight - midnight) // HALF_HOUR:
        raise ValueError(f"{day} has no settlement period {period}")
    return midnight + (period - 1) * HALF_HOUR


def settlement_of(instant: datetime) -> tuple[date, int]:
    """The settlement date and period (1 to 50) that hold a UTC instant."""
    day = instant.astimezone(LONDON).date()
    midnight = datetime.combine(day, time(), LONDON).astimezone(UTC)
    return day, (instant - midnight) // HALF_HOUR + 1


def find_zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises :class:`UsageError` naming the closest."""
    wanted = name.strip()
    try:
        return ZoneInfo(wanted)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = {zone.lower(): zone for zone in available_timezones()}
    folded = wanted.lower().replace(" ", "_")
    close = [zone for low, zone in sorted(known.items()) if low.rpartition("/")[2] == folded]
    close = close or [known[low] for low in get_close_matches(folded, known, n=3)]
    hint = f"did you mean {' or '.join(close[:3])}?" if close else "write UTC or Europe/London"
    raise UsageError(f"there is no time zone {name!r}; {hint}")


def parse_duration(text: str) -> timedelta:
    """Read ``90m``, ``4h``, ``1h30m``, ``2d`` or ISO 8601 ``PT4H``. Raises :class:`UsageError`."""
    compact = text.strip().lower().replace(" ", "")
    if compact.startswith("p"):
        compact = compact[1:].replace("t", "", 1)
    match = _DURATION.fullmatch(compact)
    parts = {k: float(v) for k, v in match.groupdict().items() if v} if match else {}
    if not parts:
        raise UsageError(f"{text!r} is not a duration; write 90m, 4h, 1h30m or PT4H")
    try:
        span = timedelta(**parts)
    except OverflowError:
        span = timedelta.max
    if span > LONGEST:
        raise UsageError(f"{text!r} is too long: a duration is at most a hundred years")
    return span


def format_duration(span: timedelta) -> str:
    """``1h30m``, ``4h``, ``2d6h``, ``45s``: the shortest spelling :func:`parse_duration` reads."""
    seconds = round(span.total_seconds())
    if seconds <= 0:
        return "0m"
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{n}{unit}" for n, unit in parts if n)


def parse_time(text: str, now: datetime, say: Say | None = None) -> datetime:
    """Read a time typed by a person and return it in UTC.

    Understands ISO 8601, ``now``, ``+6h``, ``-30m``, and ``today``, ``tomorrow`` or ``yesterday``
    with an optional clock time. A time without a zone is Europe/London, and ``say`` is told so;
    an ambiguous local time is the first of the two, also told.

    Raises :class:`UsageError` for anything else, for a local time that the clocks skip, and for a
    year outside 1900 to 2199.
    """
    try:
        instant = _read_time(text, now, say or (lambda _: None))
    except OverflowError:
        instant = LATEST
    except ValueError:
        raise UsageError(
            f"{text!r} is not a time; write 2025-11-25T14:00Z, now, +6h or 'tomorrow 18:00'"
        ) from None
    return check_year(instant, text)


def as_moment(given: Moment, now: datetime) -> datetime:
    """A moment in UTC, text as :func:`parse_time` reads it.

    Raises :class:`UsageError` for a ``datetime`` without a zone, and for anything else.
    """
    if isinstance(given, str):
        return parse_time(given, now)
    if not isinstance(given, datetime) or given.tzinfo is None:
        raise UsageError(f"a time with a zone is wanted, or text such as '+6h', not {given!r}")
    return check_year(given.astimezone(UTC))


def as_span(given: Span) -> timedelta:
    """A duration, text as :func:`parse_duration` reads it. Raises :class:`UsageError`."""
    if isinstance(given, str):
        return parse_duration(given)
    if not isinstance(given, timedelta):
        raise UsageError(f"a timedelta is wanted, or text such as '4h', not {given!r}")
    return given


def check_year(instant: datetime, text: str | None = None) -> datetime:
    """``instant`` itself, or :class:`UsageError` when its year is not within 1900 to 2199."""
    if EARLIEST <= instant < LATEST:
        return instant
    what = repr(text) if text else iso(instant)
    raise UsageError(f"{what} is outside the years {EARLIEST.year} to {LATEST.year - 1}")


def _read_time(text: str, now: datetime, say: Say) -> datetime:
    lowered = text.strip().lower()
    if lowered == "now":
        return now
    if lowered[:1] in ("+", "-"):
        span = parse_duration(lowered[1:])
        return now + span if lowered[0] == "+" else now - span
    instant = _day_word(lowered, now) or datetime.fromisoformat(text.strip())
    return _from_local(instant, text, say) if instant.tzinfo is None else instant.astimezone(UTC)


def _day_word(lowered: str, now: datetime) -> datetime | None:
    word, _, clock = lowered.partition(" ")
    if word not in _DAY_WORDS:
        return None
    day = now.astimezone(LONDON).date() + timedelta(days=_DAY_WORDS[word])
    return datetime.combine(day, time.fromisoformat(clock.strip()) if clock else time())


def _from_local(naive: datetime, text: str, say: Say) -> datetime:
    local = naive.replace(tzinfo=LONDON)
    instant = local.astimezone(UTC)
    if instant.astimezone(LONDON).replace(tzinfo=None) != naive:
        raise UsageError(
            f"{text!r} does not exist: the clocks skip it in Europe/London; add a zone"
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        say(f"{text!r} comes twice that night; taking the first, {iso(instant)}")
    else:
        say(f"{text!r} has no zone: read as Europe/London, {iso(instant)}")
    return instant
