"""Who consumes what: national generation shared among the 14 regions.

Each fuel is generated at known places; a region consumes mostly what is generated in it and near
it. A fixed matrix says which part of the output at each place reaches each region, balanced so
that on an average day all are served and everything is used. The national mix is then the mean
of the regional ones. The published figures come from a power-flow model with the same flavour.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from gridctl.regions import all_regions
from gridctl.sources.synthetic.grid import FACTORS, FUELS, SOLAR_GW, WIND_GW, State
from gridctl.sources.synthetic.noise import Floats
from gridctl.sources.synthetic.weather import distances_km

_REACH_KM = 55.0
_AVERAGE_GW = dict(zip(FUELS, (1.6, 0.0, 4.9, 9.0, 4.3, 0.75, 0.45, 2.1, 8.6), strict=True))

# Per cent of each fuel by region 1 to 14, roughly, from where the large stations stand: Pembroke,
# Keadby, Grain; Torness, Heysham, Hartlepool, Sizewell; Drax, Lynemouth; the converter stations.
_PLACES = {
    "biomass": (0, 2, 5, 14, 62, 2, 1, 1, 3, 6, 1, 1, 1, 1),
    "imports": (0, 0, 1, 16, 1, 6, 1, 1, 9, 5, 1, 16, 4, 39),
    "gas": (2, 0, 5, 4, 13, 10, 19, 3, 11, 10, 7, 6, 3, 7),
    "nuclear": (0, 22, 40, 20, 0, 0, 0, 0, 0, 18, 0, 0, 0, 0),
    "hydro": (70, 16, 1, 1, 0, 9, 3, 0, 0, 0, 0, 0, 0, 0),
}


def demand_shares() -> Floats:
    """Each region's share of GB electricity use, by its customers; sums to 1."""
    customers = np.array([region.customers_millions for region in all_regions()])
    return np.asarray(customers / customers.sum())


def regional_mix(state: State) -> Floats:
    """Shares of consumption in per cent, shape (fuel, region, slot): regions in number order."""
    delivered = np.stack([_reaching() @ at for at in _generation(state)])
    return np.asarray(100.0 * delivered / delivered.sum(axis=0))


def regional_carbon(mix: Floats) -> Floats:
    """gCO2/kWh by region and slot, (14, n), from shares as :func:`regional_mix` gives them."""
    return np.asarray(np.einsum("f,frn->rn", FACTORS, mix) / 100.0)


def _generation(state: State) -> list[Floats]:
    """GW of each fuel at each place, (14, n) per fuel."""
    where = {fuel: _places(fuel)[:, None] * state.fuels[i] for i, fuel in enumerate(FUELS)}
    return list((where | {"wind": state.wind, "solar": state.solar}).values())


def _places(fuel: str) -> Floats:
    if fuel in _PLACES:
        share = np.array(_PLACES[fuel], dtype=float)
    else:
        share = {"wind": WIND_GW, "solar": SOLAR_GW}.get(fuel, demand_shares())
    return np.asarray(share / share.sum())


@cache
def _reaching() -> Floats:
    """The part of what is generated at each place (column) that reaches each region (row).

    A kernel of distance, scaled by rows and columns in turn (Sinkhorn) until both sums fit.
    """
    made = sum((_AVERAGE_GW[fuel] * _places(fuel) for fuel in FUELS), np.zeros(14))
    used = demand_shares() * made.sum()
    power = np.exp(-distances_km() / _REACH_KM)
    for _ in range(200):
        power *= (used / power.sum(axis=1))[:, None]
        power *= made / power.sum(axis=0)
    return np.asarray(power / made)
