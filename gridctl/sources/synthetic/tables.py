"""The rows of every table, by column: plain Python values, ready to be loaded."""

from __future__ import annotations

from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridctl.clock import settlement_of
from gridctl.model import Batch
from gridctl.sources.synthetic import Recipe
from gridctl.sources.synthetic.flow import demand_shares
from gridctl.sources.synthetic.grid import FUELS, State
from gridctl.sources.synthetic.market import flexibility_prices, wholesale_prices
from gridctl.sources.synthetic.noise import Floats, Slots
from gridctl.sources.synthetic.scene import Scene
from gridctl.sources.synthetic.vintages import forecast_vintages
from gridctl.sources.synthetic.windows import beckn_batches

REGIONS = range(1, 15)
_INDEX = np.array(["very low", "low", "moderate", "high", "very high"])
# Upper edges of the four lower index bands, 2017 to 2030, as the Carbon Intensity API has them.
_BANDS = np.array(
    [(99, 199, 299, 400), (79, 179, 279, 380), (59, 159, 259, 360)]
    + [(54 - 5 * n, 149 - 10 * n, 229 - 10 * n, 350 - 20 * n) for n in range(11)]  # 2020 to 2030
)
# grid_stress_score is 0 up to 20 GW of transmission demand and 1 from 48 GW on.
_CALM_GW, _STRESS_SPAN_GW = 20.0, 28.0
_REGIONAL_DEMAND = "synthetic national demand x uk_regions.demand_share"


def batches(order: Recipe) -> list[Batch]:
    """Every table's rows for a recipe; a table without rows is left out."""
    scene = Scene(order)
    made = [
        _carbon_national(scene),
        _carbon_regional(scene),
        _mix_national(scene),
        _mix_regional(scene),
        _demand_forecast(scene),
        _demand_actual(scene),
        _demand_regional(scene),
        wholesale_prices(scene),
        flexibility_prices(scene),
        *beckn_batches(scene),
        forecast_vintages(scene),
    ]
    return [batch for batch in made if len(batch)]


def index_band(slots: Slots, carbon: Floats) -> list[str]:
    """The published word for an intensity in the year of each slot; carbon (n,) or (14, n)."""
    year = (slots // 48).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    edges = _BANDS[np.clip(year - 2017, 0, len(_BANDS) - 1)].T
    band = sum((carbon > edge).astype(int) for edge in edges)
    words: list[str] = _INDEX[band].ravel().tolist()
    return words


def _carbon_national(scene: Scene) -> Batch:
    forecast, actual = np.rint(scene.outlook.carbon), np.rint(scene.actual.carbon)
    return Batch(
        "carbon_intensity_national",
        {
            "timestamp": scene.times,
            "forecast_gco2_kwh": forecast.tolist(),
            "actual_gco2_kwh": [
                value if over else None
                for value, over in zip(actual.tolist(), scene.over.tolist(), strict=True)
            ],
            # Like the API: by the actual once there is one.
            "intensity_index": index_band(scene.slots, np.where(scene.over, actual, forecast)),
            "forecast_issued_at": scene.forecast_times,
        },
    )


def _carbon_regional(scene: Scene) -> Batch:
    carbon = np.rint(scene.outlook_carbon)
    return Batch(
        "carbon_intensity_regional",
        _by_region(scene)
        | {
            "forecast_gco2_kwh": carbon.ravel().tolist(),
            "intensity_index": index_band(scene.slots, carbon),
            "forecast_issued_at": scene.forecast_times * len(REGIONS),
        },
    )


def _mix_national(scene: Scene) -> Batch:
    fuels = np.where(scene.over, scene.actual.fuels, scene.outlook.fuels)
    return Batch(
        "generation_mix_national",
        {"timestamp": scene.times} | _shares(100.0 * fuels / fuels.sum(axis=0)),
    )


def _mix_regional(scene: Scene) -> Batch:
    return Batch("generation_mix_regional", _by_region(scene) | _shares(scene.outlook_mix))


def _shares(mix: Floats) -> dict[str, list[Any]]:
    """One column per fuel from shares (fuel, ...) in per cent."""
    tenths = np.round(mix, 1).reshape(len(FUELS), -1)
    return {f"{fuel}_pct": share.tolist() for fuel, share in zip(FUELS, tenths, strict=True)}


def _by_region(scene: Scene) -> dict[str, list[Any]]:
    """Key columns of a table by region: all slots of region 1, then of region 2, ..."""
    return {
        "region_number": np.repeat(REGIONS, len(scene.slots)).tolist(),
        "timestamp": scene.times * len(REGIONS),
    }


def _demand_columns(state: State, where: NDArray[np.bool_]) -> dict[str, list[Any]]:
    """The measures both demand tables share; ``demand_mw`` is national demand."""
    transmission = state.transmission_demand
    gw = {
        "demand_mw": state.national_demand,
        "national_demand_mw": state.national_demand,
        "transmission_system_demand_mw": transmission,
        "embedded_wind_generation_mw": state.embedded_wind,
        "embedded_solar_generation_mw": state.embedded_solar,
    }
    stress = np.round(np.clip((transmission - _CALM_GW) / _STRESS_SPAN_GW, 0.0, 1.0), 3)
    columns = {name: np.rint(1000.0 * value[where]).tolist() for name, value in gw.items()}
    return columns | {"grid_stress_score": stress[where].tolist()}


def _demand_forecast(scene: Scene) -> Batch:
    ahead = ~scene.over
    count = int(ahead.sum())
    return Batch(
        "demand_forecast_national",
        {
            "forecast_type": ["day_ahead"] * count,
            "timestamp": list(compress(scene.times, ahead)),
            **_demand_columns(scene.outlook, ahead),
            "is_interpolated": [False] * count,
            "forecast_issued_at": list(compress(scene.forecast_times, ahead)),
        },
    )


def _demand_actual(scene: Scene) -> Batch:
    times = list(compress(scene.times, scene.over))
    settlement = [settlement_of(start) for start in times]
    return Batch(
        "demand_actual_national",
        {
            "timestamp": times,
            **_demand_columns(scene.actual, scene.over),
            "settlement_date": [day for day, _ in settlement],
            "settlement_period": [period for _, period in settlement],
        },
    )


def _demand_regional(scene: Scene) -> Batch:
    national = np.where(scene.over, scene.actual.national_demand, scene.outlook.national_demand)
    regional_mw = np.rint(1000.0 * demand_shares()[:, None] * national)
    return Batch(
        "demand_regional",
        _by_region(scene)
        | {
            "is_forecast": (~scene.over).tolist() * len(REGIONS),
            "demand_mw": regional_mw.ravel().tolist(),
            "method": [_REGIONAL_DEMAND] * regional_mw.size,
        },
    )
