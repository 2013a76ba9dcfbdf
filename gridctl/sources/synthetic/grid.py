"""The national system: what generates, what it emits, what it costs, half hour by half hour.

Wind and sun come first, nuclear and biomass hardly move, trade leans against scarcity, gas fills
the rest. When there is too much, exports rise and then wind and solar are turned down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridctl.regions import all_regions
from gridctl.sources.synthetic.demand import demand_gw, season
from gridctl.sources.synthetic.noise import Floats, Slots
from gridctl.sources.synthetic.weather import Weather

# The order in which the Carbon Intensity API lists fuels.
FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
# gCO2/kWh as published at /intensity/factors; gas is combined cycle. Imports are a blend of French
# 53, Norwegian hydro, Dutch 474 and others: what the API's own GB answer of 2026-05-05 implies.
FACTORS = np.array([120.0, 937.0, 120.0, 394.0, 0.0, 300.0, 0.0, 0.0, 0.0])

# GW installed per region 1 to 14, rough figures for the mid 2020s: wind on land, at sea and
# embedded; solar to the total of NESO's EMBEDDED_SOLAR_CAPACITY in 2025.
WIND_GW = np.array([5.6, 5.0, 2.2, 0.9, 4.6, 1.6, 0.9, 0.1, 2.3, 3.2, 0.5, 0.3, 0.05, 1.5])
SOLAR_GW = np.array([0.2, 0.4, 0.6, 0.5, 0.9, 0.6, 1.3, 1.8, 2.7, 3.7, 3.1, 3.0, 0.2, 1.6])
EMBEDDED_WIND_GW = 6.6  # NESO historic demand data 2025

GAS_MIN_GW, GAS_MAX_GW = 2.0, 28.0  # inertia needs some gas running; the fleet ends somewhere
TRADE_MIN_GW, TRADE_MAX_GW = -4.4, 7.0  # net imports over the interconnectors
EXTRA_EXPORT_GW = 1.2
STATION_LOAD_GW = 0.6  # power stations' own use, part of transmission demand


@dataclass(frozen=True)
class State:
    """The system per slot. GW throughout but for price (GBP/MWh) and carbon (gCO2/kWh)."""

    demand: Floats  # used by people, (n,)
    wind: Floats  # by region, after turning down, (14, n)
    solar: Floats  # (14, n)
    fuels: Floats  # national generation and gross imports in the order of FUELS, (9, n)
    exports: Floats
    embedded_wind: Floats
    embedded_solar: Floats
    price: Floats

    @property
    def carbon(self) -> Floats:
        """Average intensity of what is generated and imported, gCO2/kWh."""
        return np.asarray(FACTORS @ self.fuels / self.fuels.sum(axis=0))

    @property
    def national_demand(self) -> Floats:
        """What the transmission system must supply to people: embedded generation taken off."""
        return self.demand - self.embedded_wind - self.embedded_solar

    @property
    def transmission_demand(self) -> Floats:
        """National demand with station load and exports."""
        return self.national_demand + STATION_LOAD_GW + self.exports


def run(slots: Slots, weather: Weather) -> State:
    """The system in half hours ``slots`` (counted from 1970) under the given drivers."""
    demand = demand_gw(slots, weather.temperature)
    wind = WIND_GW[:, None] * _wind_yield(slots, weather.wind)
    solar = SOLAR_GW[:, None] * _solar_yield(slots, weather.cloud)
    nuclear = np.clip(4.0 + 0.45 * weather.nuclear, 2.6, 5.4)
    other = 0.75 + 0.05 * weather.biomass
    free = demand - wind.sum(axis=0) - solar.sum(axis=0) - nuclear - other
    # Rain comes with wind in the north; pumped storage, counted with hydro, helps at the peaks.
    rain = 0.45 + 0.15 * season(slots, 10.0) + 0.12 * weather.wind[0]
    hydro = np.clip(rain + 0.06 * (free - 13.5), 0.1, 2.0)
    biomass = np.clip(1.65 + 0.45 * weather.biomass + 0.04 * (free - 13.5), 0.4, 3.0)
    need = free - hydro - biomass

    trade = np.clip(3.1 + 2.0 * weather.trade + 0.22 * (need - 12.5), TRADE_MIN_GW, TRADE_MAX_GW)
    gas = need - trade
    spill = np.maximum(GAS_MIN_GW - gas, 0.0)
    trade = trade - np.minimum(spill, EXTRA_EXPORT_GW)
    surplus = np.maximum(spill - EXTRA_EXPORT_GW, 0.0)
    kept = 1.0 - surplus / (wind.sum(axis=0) + solar.sum(axis=0))
    wind, solar = wind * kept, solar * kept
    trade = trade + np.maximum(gas - GAS_MAX_GW, 0.0)
    gas = np.clip(gas, GAS_MIN_GW, GAS_MAX_GW)

    # Some links export while others import; the mix counts imports before exports.
    exports = 1.3 * np.log1p(np.exp((3.4 - trade) / 1.3))
    wind_total, solar_total = wind.sum(axis=0), solar.sum(axis=0)
    fuels = np.stack(
        [biomass, 0.0 * gas, trade + exports, gas, nuclear, other, hydro, solar_total, wind_total]
    )
    return State(
        demand=demand,
        wind=wind,
        solar=solar,
        fuels=fuels,
        exports=exports,
        embedded_wind=wind_total / WIND_GW.sum() * EMBEDDED_WIND_GW,
        embedded_solar=solar_total,
        price=_price(gas, surplus + np.minimum(spill, EXTRA_EXPORT_GW), weather),
    )


def _wind_yield(slots: Slots, wind: Floats) -> Floats:
    """Output over capacity: an S of the driver, windier in winter."""
    return np.asarray(0.92 / (1.0 + np.exp(1.12 - 0.58 * season(slots, 15.0) - 1.75 * wind)))


def _solar_yield(slots: Slots, cloud: Floats) -> Floats:
    """Output over capacity from the height of the sun and the clearness of the sky."""
    clear = 0.22 + 0.78 / (1.0 + np.exp(-0.25 - 1.3 * cloud))
    return np.asarray(0.92 * sun_height(slots) ** 1.25 * clear)


def sun_height(slots: Slots) -> Floats:
    """Sine of the sun's elevation over each region in the middle of each half hour, 0 at night.

    Declination after Cooper (1969); the equation of time (a quarter of an hour) is left out.
    """
    middle = slots + 0.5
    declination = np.radians(-23.45) * season(slots, -10.0)
    latitude = np.radians([[r.latitude] for r in all_regions()])
    longitude = np.radians([[r.longitude] for r in all_regions()])
    hour_angle = 2.0 * np.pi * (middle / 48.0 % 1.0 - 0.5) + longitude
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.cos(hour_angle)
    return np.asarray(np.maximum(height, 0.0))


def _price(gas: Floats, surplus: Floats, weather: Weather) -> Floats:
    """GBP/MWh: the cost of the dearest plant running.

    Gas sets it, dearer as less efficient plant is called and steeply so near the end of the fleet.
    With gas at its floor the price sinks, and below zero when wind must be paid to stop.
    """
    fuel = 1.0 + 0.10 * weather.fuel
    thermal = fuel * (49.0 + 2.9 * gas) + 20.0 * np.exp((gas - 21.5) / 2.5)
    idle = 28.0 * np.exp(-(gas - GAS_MIN_GW) / 1.2) + 34.0 * (1.0 - np.exp(-surplus / 4.0))
    return np.asarray(np.minimum(thermal - idle, 400.0) + 5.0 * weather.market)
