"""What moves the grid: wind and cloud over the 14 regions, temperature, trade, fuel prices.

The true state comes from the seed and the time. A forecast is the same state seen through an
error that grows with the horizon, so that everything computed from it (mix, carbon, price, demand)
is wrong in one consistent way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from gridctl.regions import all_regions
from gridctl.sources.synthetic.noise import Floats, Keys, Octaves, Slots, fold, key, process, turn

HOUR = 2.0  # half hours
DAY = 48.0

# Knot spacings and variance shares. Wind follows the autocorrelation of transmission wind in
# NESO's day-ahead forecasts 2021-2024: 0.97 after 3 h, 0.77 after 12 h, 0.56 after a day, 0.27
# after four.
_WIND: Octaves = ((11 * HOUR, 0.16), (1.1 * DAY, 0.50), (4 * DAY, 0.20), (14 * DAY, 0.14))
_CLOUD: Octaves = ((5 * HOUR, 0.25), (1.2 * DAY, 0.40), (5 * DAY, 0.35))
_TEMPERATURE: Octaves = ((1 * DAY, 0.15), (4 * DAY, 0.5), (10 * DAY, 0.35))
_TRADE: Octaves = ((7 * HOUR, 0.25), (2 * DAY, 0.3), (12 * DAY, 0.45))
_SLOW: Octaves = ((9 * DAY, 0.4), (45 * DAY, 0.6))
_MARKET: Octaves = ((2 * HOUR, 0.5), (9 * HOUR, 0.5))

# How far wind and cloud at one place say something about another, in km. Chosen so that the
# spread of the national sum comes out like that of the recorded embedded wind and solar.
_WIND_REACH_KM = 380.0
_CLOUD_REACH_KM = 350.0

# Forecast error in units of each process, at long horizons. Together they give a mean absolute
# error of about 24 g/kWh over 48 h in national carbon, as the recorded vintages of March 2023 show.
_WIND_ERROR = 0.58
_CLOUD_ERROR = 0.60
_TEMPERATURE_ERROR = 0.5
_TRADE_ERROR = 1.1
_MARKET_ERROR = 0.60
_ERROR: Octaves = ((4 * HOUR, 0.50), (14 * HOUR, 0.50))
_NOWCAST = 0.33  # error at horizon zero, of the error at long horizons
_HORIZON = 13 * HOUR  # growth constant
_OPINION = 6 * HOUR  # a forecast changes its mind over about this long


@dataclass(frozen=True)
class Weather:
    """Standard-normal drivers per slot: ``wind`` and ``cloud`` (14, n), the others (n,).

    ``cloud`` is clear when positive, ``temperature`` warm, ``trade`` importing, ``fuel`` dear.
    """

    wind: Floats
    cloud: Floats
    temperature: Floats
    trade: Floats
    market: Floats
    nuclear: Floats
    biomass: Floats
    fuel: Floats


def actual(seed: int, slots: Slots) -> Weather:
    """The true drivers in half hours ``slots``, counted from 1970."""

    def national(stream: str, octaves: Octaves) -> Floats:
        return process(key(seed, stream), slots, octaves)

    return Weather(
        wind=_mixing(_WIND_REACH_KM) @ process(_each_region(seed, "wind"), slots, _WIND),
        cloud=_mixing(_CLOUD_REACH_KM) @ process(_each_region(seed, "cloud"), slots, _CLOUD),
        temperature=national("temperature", _TEMPERATURE),
        trade=national("trade", _TRADE),
        market=national("market", _MARKET),
        nuclear=national("nuclear", _SLOW),
        biomass=national("biomass", _SLOW),
        fuel=national("fuel", _SLOW),
    )


def foreseen(true: Weather, seed: int, slots: Slots, issued: Floats) -> Weather:
    """The drivers of ``slots`` as forecast at ``issued``: half hours, one issue per slot."""
    ahead = np.maximum(slots - issued, 0.0)
    growth = np.sqrt(_NOWCAST**2 + (1.0 - _NOWCAST**2) * (1.0 - np.exp(-ahead / _HORIZON)))

    def error(keys: Keys) -> Floats:
        opinion, before, after = turn(issued / _OPINION)
        one = process(fold(keys, opinion), slots, _ERROR)
        two = process(fold(keys, opinion + 1), slots, _ERROR)
        return growth * (before * one + after * two)

    def national(stream: str) -> Floats:
        return error(key(seed, f"{stream} error"))

    # A front comes early everywhere; a shower misses one place.
    wind = 0.85 * national("wind") + 0.53 * _mixing(_WIND_REACH_KM) @ error(
        _each_region(seed, "wind error")
    )
    return Weather(
        wind=true.wind + _WIND_ERROR * wind,
        cloud=true.cloud + _CLOUD_ERROR * national("cloud"),
        temperature=true.temperature + _TEMPERATURE_ERROR * national("temperature"),
        trade=true.trade + _TRADE_ERROR * national("trade"),
        market=true.market + _MARKET_ERROR * national("market"),
        nuclear=true.nuclear,
        biomass=true.biomass,
        fuel=true.fuel,
    )


def _each_region(seed: int, stream: str) -> Keys:
    return fold(key(seed, stream), np.arange(1, len(all_regions()) + 1))[:, None]


def distances_km() -> Floats:
    """Distances between the regions' centroids, (14, 14), on a flat map: good to 1 % here."""
    north = np.array([r.latitude for r in all_regions()]) * 111.2
    east = np.array([r.longitude for r in all_regions()]) * 111.2 * np.cos(np.radians(53.0))
    return np.asarray(np.hypot(north[:, None] - north, east[:, None] - east))


@cache
def _mixing(reach_km: float) -> Floats:
    """Turns independent unit processes into ones whose correlation falls as a Gaussian of distance.

    A small independent part keeps the matrix positive definite.
    """
    kernel = np.exp(-0.5 * (distances_km() / reach_km) ** 2)
    return np.asarray(np.linalg.cholesky(0.97 * kernel + 0.03 * np.eye(len(kernel))))
