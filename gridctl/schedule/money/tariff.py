"""The operator's own tariff: what a MWh costs in each half hour, VAT left out.

Bands are spelled ``16:00-19:00 weekdays 410``: local clock times on half hours, on which days
(``daily``, ``weekdays``, ``weekends``, ``mon``, ``mon-thu``; left out: daily), GBP/MWh. A band that
ends at or before its beginning crosses midnight, and its day is the one on which it begins. Of
several bands that fit, the first in the list counts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Literal

from gridctl.clock import LONDON
from gridctl.errors import UsageError

if TYPE_CHECKING:
    from gridctl.config import Config

TariffKind = Literal["flat", "time_of_use", "pass_through"]
KINDS = ("none", "flat", "time_of_use", "pass_through")

_DAY = 1440  # minutes
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_BAND = re.compile(
    r"(?P<h1>\d{1,2}):(?P<m1>\d\d)\s*-\s*(?P<h2>\d{1,2}):(?P<m2>\d\d)"
    r"(?:\s+(?P<days>[A-Za-z]+(?:-[A-Za-z]+)?))?\s+(?P<rate>\S+)"
)
_SPELLING = "write 16:00-19:00 weekdays 410"


@dataclass(frozen=True)
class Band:
    """A rate from one local clock time to another, in minutes; ``days`` count from Monday, 0."""

    first: int
    last: int
    days: tuple[int, ...]
    rate_gbp_mwh: float

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether a minute of a local day lies in it."""
        if self.first < self.last:
            return weekday in self.days and self.first <= minute < self.last
        evening = weekday in self.days and minute >= self.first
        morning = (weekday - 1) % 7 in self.days and minute < self.last
        return evening or morning


@dataclass(frozen=True)
class Tariff:
    """A tariff in GBP/MWh, VAT left out. Make one with :func:`make_tariff`, which checks it."""

    type: TariffKind
    rate_gbp_mwh: float | None = None
    bands: tuple[Band, ...] = ()
    adder_gbp_mwh: float = 0.0
    loss_pct: float = 0.0

    @property
    def kind(self) -> str:
        return f"tariff:{self.type}"

    @property
    def sha256(self) -> str:
        """The hash of its canonical JSON: keys sorted, no spaces."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def price_at(self, slot: int) -> float:
        """The fixed price of the half hour from ``slot`` (epoch seconds), GBP/MWh."""
        local = datetime.fromtimestamp(slot, UTC).astimezone(LONDON)
        rate = self._rate(local.weekday(), local.hour * 60 + local.minute)
        if rate is None:
            raise ValueError("a pass-through tariff has no price without the wholesale one")
        return rate

    def passed_through(self, wholesale_gbp_mwh: float) -> float:
        """What a MWh at the meter costs: the wholesale price of it and its losses, and adders."""
        return wholesale_gbp_mwh * (1 + self.loss_pct / 100) + self.adder_gbp_mwh

    @property
    def about(self) -> str:
        """The tariff in words."""
        if self.type == "flat":
            return f"a flat tariff of {self.rate_gbp_mwh:g} GBP/MWh, without VAT"
        if self.type == "time_of_use":
            bands = "1 band" if len(self.bands) == 1 else f"{len(self.bands)} bands"
            return f"a time-of-use tariff of {bands}, without VAT"
        return (
            f"the wholesale price with {self.loss_pct:g} % losses and {self.adder_gbp_mwh:g} "
            "GBP/MWh of adders, without VAT"
        )

    def _rate(self, weekday: int, minute: int) -> float | None:
        fits = (band.rate_gbp_mwh for band in self.bands if band.holds(weekday, minute))
        return next(fits, self.rate_gbp_mwh)


def make_tariff(
    kind: str,
    *,
    rate_gbp_mwh: float | None = None,
    bands: Sequence[str] = (),
    adder_gbp_mwh: float = 0.0,
    loss_pct: float = 0.0,
) -> Tariff | None:
    """A checked tariff, ``None`` for the kind ``none``.

    Raises :class:`UsageError` for an unknown kind, a rate that is missing or belongs to another
    kind, a band that cannot be read, and half hours of the week without a rate.
    """
    if kind not in KINDS:
        raise UsageError(f"tariff.kind is {kind!r}; it must be one of {', '.join(KINDS)}")
    _check_numbers(rate_gbp_mwh, adder_gbp_mwh, loss_pct)
    if kind == "none":
        return None
    if kind == "pass_through":
        if rate_gbp_mwh is not None or bands:
            raise UsageError("a pass_through tariff has tariff.adder_gbp_mwh and no rate or bands")
        return Tariff("pass_through", None, (), adder_gbp_mwh, loss_pct)
    if adder_gbp_mwh or loss_pct:
        raise UsageError(f"tariff.adder_gbp_mwh and tariff.loss_pct are not for a {kind} tariff")
    if kind == "flat":
        if rate_gbp_mwh is None or bands:
            raise UsageError("a flat tariff needs tariff.rate_gbp_mwh, and has no tariff.bands")
        return Tariff("flat", rate_gbp_mwh)
    if not bands:
        raise UsageError(f"a time_of_use tariff needs tariff.bands; {_SPELLING}")
    tariff = Tariff("time_of_use", rate_gbp_mwh, tuple(parse_band(text) for text in bands))
    _check_covers_the_week(tariff)
    return tariff


def tariff_of(config: Config) -> Tariff | None:
    """The tariff of the settings. Raises :class:`UsageError` as :func:`make_tariff` does."""
    given = config.origins["tariff.rate_gbp_mwh"] != "default"
    return make_tariff(
        config["tariff.kind"].strip().lower(),
        rate_gbp_mwh=float(config["tariff.rate_gbp_mwh"]) if given else None,
        bands=config["tariff.bands"],
        adder_gbp_mwh=float(config["tariff.adder_gbp_mwh"]),
        loss_pct=float(config["tariff.loss_pct"]),
    )


def parse_band(text: str) -> Band:
    """Read ``16:00-19:00 weekdays 410``. Raises :class:`UsageError`."""
    match = _BAND.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"tariff band {text!r} cannot be read; {_SPELLING}")
    first, last = (_minute(match[f"h{n}"], match[f"m{n}"], text) for n in (1, 2))
    if first == _DAY:
        raise UsageError(f"tariff band {text!r} begins at 24:00; write 00:00")
    if first == last:
        raise UsageError(f"tariff band {text!r} is empty; a whole day is 00:00-24:00")
    try:
        rate = float(match["rate"])
    except ValueError:
        raise UsageError(f"tariff band {text!r}: {match['rate']!r} is no rate in GBP/MWh") from None
    if not isfinite(rate):
        raise UsageError(f"tariff band {text!r}: {match['rate']!r} is no rate in GBP/MWh")
    return Band(first, last, _days((match["days"] or "daily").lower(), text), rate)


def _minute(hour: str, minute: str, text: str) -> int:
    at = int(hour) * 60 + int(minute)
    if at > _DAY or int(minute) not in (0, 30):
        raise UsageError(f"tariff band {text!r}: {hour}:{minute} is not a half hour of the day")
    return at


def _days(word: str, text: str) -> tuple[int, ...]:
    if word in _NAMED:
        return tuple(_NAMED[word])
    first, _, last = word.partition("-")
    if first in _DAYS and (last or first) in _DAYS:
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        return tuple(sorted({(begin + n) % 7 for n in range((end - begin) % 7 + 1)}))
    raise UsageError(
        f"tariff band {text!r}: {word!r} names no days; use daily, weekdays, weekends, mon, mon-thu"
    )


def _check_numbers(rate: float | None, adder: float, loss: float) -> None:
    for name, value in (("rate_gbp_mwh", rate), ("adder_gbp_mwh", adder)):
        if value is not None and not isfinite(value):
            raise UsageError(f"tariff.{name} must be a finite number, not {value}")
    if not 0 <= loss < 100:
        raise UsageError(f"tariff.loss_pct is per cent, from 0 and below 100, not {loss:g}")


def _check_covers_the_week(tariff: Tariff) -> None:
    for weekday in range(7):
        for minute in range(0, _DAY, 30):
            if tariff._rate(weekday, minute) is None:
                raise UsageError(
                    f"tariff.bands leave {_DAYS[weekday]} {minute // 60:02}:{minute % 60:02} "
                    "without a rate; set tariff.rate_gbp_mwh for what they do not cover"
                )
