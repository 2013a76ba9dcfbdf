"""Which calls to make. The API selects by the END of a period, inclusive at both sides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gridctl.clock import HALF_HOUR, floor_half_hour
from gridctl.model import Request, Window
from gridctl.sources.base import Options

# The documentation says 14 days, the server's own refusal says 31: 14 satisfies both.
CHUNK = timedelta(days=14)
_MINUTE = timedelta(minutes=1)
_PATHS = {"intensity": "/intensity", "generation": "/generation", "regional": "/regional/intensity"}


def latest(now: datetime, ahead: timedelta, options: Options) -> list[Request]:
    """The running half hour and the forecast after it, and the last day's actuals and mix.

    The national mix has no forecast. Times are a half hour's edge plus one minute: that leaves
    out the period that ended on the edge, and lets caches work.
    """
    edge = _spelled(floor_half_hour(now) + _MINUTE)
    forward = "fw24h" if ahead <= timedelta(hours=24) else "fw48h"
    return [
        _request("intensity", f"{edge}/pt24h"),
        _request("generation", f"{edge}/pt24h"),
        _request("intensity", f"{edge}/{forward}", is_forecast=True),
        _request("regional", f"{edge}/{forward}", is_forecast=True),
    ]


def history(dataset: str, window: Window, options: Options) -> list[Request]:
    """Calls covering the slots that start in ``window``, at most 14 days each.

    ``/generation`` drops all that follows 31 December when a range straddles new year, so its
    ranges also stop there; they begin one period early, so that none is lost at the seam.
    """
    is_mix = dataset == "generation"
    first = timedelta(0) if is_mix else _MINUTE
    return [
        _request(dataset, f"{_spelled(chunk.start + first)}/{_spelled(chunk.end)}", chunk)
        for chunk in chunks(window, split_years=is_mix)
    ]


def chunks(window: Window, *, split_years: bool) -> Iterator[Window]:
    """Cut a window into pieces of at most 14 days, and at UTC new year where asked."""
    start = floor_half_hour(window.start)
    while start < window.end:
        end = min(start + CHUNK, window.end)
        new_year = datetime(start.year + 1, 1, 1, tzinfo=UTC)
        if split_years:
            end = min(end, new_year)
        yield Window(start, max(end, start + HALF_HOUR))
        start = end


def _request(
    dataset: str, span: str, window: Window | None = None, *, is_forecast: bool = False
) -> Request:
    return Request(
        "carbon-intensity", dataset, f"{_PATHS[dataset]}/{span}", {}, window, is_forecast
    )


def _spelled(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%MZ")
