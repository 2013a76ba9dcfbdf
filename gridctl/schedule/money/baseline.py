"""What a meter would have read: the baseline BL01 of the Balancing and Settlement Code.

Of the 60 days before day D those count that are of D's type (working, or weekend and bank holiday),
have a reading in every half hour, and are neither event days nor days of a clock change. A working
day takes the mean of the 10 most recent, of all when there are 5 to 9; another day takes the 4 most
recent and of these the middle two by their daily total. With fewer the baseline is the metering
itself, so that nothing counts as delivered. Elexon, Baselining Methodology Document (P376, P415).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isnan

from gridctl.clock import LONDON, settlement_start
from gridctl.errors import UsageError
from gridctl.schedule.money.holidays import is_working_day
from gridctl.schedule.money.metering import KwhByDay, half_hours_of

LOOK_BACK_DAYS = 60
MOST_WORKING, FEWEST_WORKING = 10, 5
OTHER_DAYS = 4
_A_DAY = 48
# The in-day adjustment looks at the 3 hours that end an hour before the event.
_WINDOW, _GAP = 6, 2


@dataclass(frozen=True)
class Baseline:
    """kWh of each half hour of ``day``. ``days`` were used, newest first; none: insufficient.

    ``adjustment_kwh`` was added to each half hour of the event.
    """

    day: date
    kwh: tuple[float, ...]
    metered_kwh: tuple[float, ...]
    days: tuple[date, ...]
    eligible: int
    adjustment_kwh: float = 0.0

    @property
    def is_sufficient(self) -> bool:
        return bool(self.days)

    @property
    def about(self) -> str:
        """What it is made of, in a sentence."""
        kind = "working" if is_working_day(self.day) else "non-working"
        if not self.days:
            least = FEWEST_WORKING if kind == "working" else OTHER_DAYS
            days = "day" if self.eligible == 1 else "days"
            return (
                f"insufficient: {self.eligible} eligible {kind} {days} in the {LOOK_BACK_DAYS} "
                f"before {self.day}, {least} are needed; the baseline is the metering"
            )
        text = f"the mean of {len(self.days)} {kind} days, {self.days[-1]} to {self.days[0]}"
        if self.adjustment_kwh:
            text += f"; {self.adjustment_kwh:+.3f} kWh in-day adjustment in the event"
        return text


def bl01(
    metering: KwhByDay,
    day: date,
    *,
    event_days: Collection[date] = (),
    event: range | None = None,
    in_day_adjustment: bool = False,
) -> Baseline:
    """The baseline of ``day``, which must be in ``metering``.

    ``event`` counts half hours of the day from 0; the in-day adjustment needs it. Raises
    :class:`UsageError` when the adjustment has not its four hours before the event.
    """
    metered = metering[day]
    eligible = eligible_days(metering, day, event_days)
    chosen = _chosen(metering, day, eligible)
    if not chosen:
        return Baseline(day, metered, metered, (), len(eligible))
    places = _places(day)
    kwh = [sum(metering[other][place] for other in chosen) / len(chosen) for place in places]
    adjustment = 0.0
    if in_day_adjustment:
        adjustment = _adjustment(metered, kwh, event)
        for index in event or ():
            kwh[index] += adjustment
    return Baseline(day, tuple(kwh), metered, chosen, len(eligible), adjustment)


def eligible_days(
    metering: KwhByDay, day: date, event_days: Collection[date] = ()
) -> tuple[date, ...]:
    """The days a baseline of ``day`` may rest on, newest first."""
    before = (day - timedelta(days=n) for n in range(1, LOOK_BACK_DAYS + 1))
    return tuple(
        other
        for other in before
        if other in metering
        and other not in event_days
        and half_hours_of(other) == _A_DAY
        and is_working_day(other) == is_working_day(day)
        and not any(isnan(value) for value in metering[other])
    )


def _chosen(metering: KwhByDay, day: date, eligible: Sequence[date]) -> tuple[date, ...]:
    if is_working_day(day):
        return tuple(eligible[:MOST_WORKING]) if len(eligible) >= FEWEST_WORKING else ()
    if len(eligible) < OTHER_DAYS:
        return ()
    by_total = sorted(eligible[:OTHER_DAYS], key=lambda other: sum(metering[other]))
    return tuple(sorted(by_total[1:3], reverse=True))


def _places(day: date) -> list[int]:
    """For each half hour of ``day`` the one of a plain day with the same local clock time."""
    first = settlement_start(day, 1)
    clocks = (
        (first + timedelta(minutes=30 * n)).astimezone(LONDON) for n in range(half_hours_of(day))
    )
    return [clock.hour * 2 + clock.minute // 30 for clock in clocks]


def _adjustment(metered: Sequence[float], kwh: Sequence[float], event: range | None) -> float:
    if event is None or event.start < _WINDOW + _GAP:
        raise UsageError(
            "the in-day adjustment needs an event, and on its day the four hours before it"
        )
    window = range(event.start - _GAP - _WINDOW, event.start - _GAP)
    difference = sum(metered[index] - kwh[index] for index in window) / _WINDOW
    if isnan(difference):
        raise UsageError("the in-day adjustment needs every reading of the three hours it looks at")
    return difference


def event_half_hours(day: date, span: str) -> range:
    """Which half hours of ``day`` a span of local clock times covers: ``16:00-19:00``.

    A time that comes twice is its first. Raises :class:`UsageError` for a span that is no such
    thing, and for a time that the clocks skip.
    """
    first, _, last = span.partition("-")
    start = _half_hour_of(day, first.strip(), span)
    end = half_hours_of(day) if last.strip() == "24:00" else _half_hour_of(day, last.strip(), span)
    if end <= start:
        raise UsageError(f"event {span!r} ends before it begins; write 16:00-19:00, local time")
    return range(start, end)


def _half_hour_of(day: date, clock: str, span: str) -> int:
    try:
        moment = datetime.strptime(clock, "%H:%M")
    except ValueError:
        raise UsageError(f"event {span!r} cannot be read; write 16:00-19:00, local time") from None
    place = moment.hour * 2 + moment.minute // 30
    places = _places(day)
    if moment.minute not in (0, 30) or place not in places:
        raise UsageError(f"event {span!r}: {clock} is no half hour of {day}, local time")
    return places.index(place)
