"""Carbon intensity lies where its mix of fuels puts it.

Intensity is the mix times a factor for each fuel, as the Carbon Intensity API publishes them at
/intensity/factors. What an import emits depends on where it comes from: next to nothing from Norway
up to 474 g/kWh from the Netherlands. So the mix gives a span, not a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridctl.store.checks.finding import WARNING, Asked, Check, Found, bad_rows

# g/kWh; gas is combined cycle. Nuclear, wind, solar and hydro are 0.
_FACTORS = {"biomass": 120, "coal": 937, "gas": 394, "other": 300}
_DIRTIEST_IMPORT = 474
# 79 recorded half hours, regional and national, lie within 0.5 of their span. Rounded shares give
# at most 2; 4 per cent of open-cycle gas (651 instead of 394) gives 10.
_TOLERANCE = 10

# What is compared: intensity of a table, with the mix of another, row by row.
_INTENSITIES = {
    "carbon_intensity_national": ("actual_gco2_kwh", "generation_mix_national", "timestamp"),
    "carbon_intensity_regional": (
        "forecast_gco2_kwh",
        "generation_mix_regional",
        "region_number, timestamp",
    ),
}


def _find(con: Any, table: str, asked: Asked) -> Iterator[Found]:
    column, mix, key = _INTENSITIES[table]
    least = " + ".join(f"{factor} * {fuel}_pct" for fuel, factor in _FACTORS.items())
    relation = f"""(
        SELECT {key}, {column} AS intensity, ({least}) / 100 AS least,
               least + greatest(imports_pct, 0) * {_DIRTIEST_IMPORT} / 100 AS most
        FROM {table} JOIN {mix} USING ({key}))"""
    yield from bad_rows(
        con,
        asked,
        table,
        f"intensity NOT BETWEEN least - {_TOLERANCE} AND most + {_TOLERANCE}",
        f"half hours of {column} more than {_TOLERANCE} g/kWh off what the mix allows",
        relation=relation,
        example="intensity::BIGINT || ' where the mix allows ' || least::BIGINT || ' to '"
        " || most::BIGINT",
        worst="greatest(least - intensity, intensity - most)",
    )


CHECK = Check(
    "intensity_against_mix", WARNING,
    "intensity is more than 10 g/kWh outside what mix x published factors allow",
    tuple(_INTENSITIES), _find,
)  # fmt: skip
