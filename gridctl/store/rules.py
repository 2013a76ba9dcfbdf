"""What a record must satisfy to enter the store, as SQL conditions.

A broken rule with a ``field`` costs that field (NULL, the row stays); one without costs the row.
Either is quarantined in the landing journal with the rule's name. NULL never breaks a rule.
Names in braces are limits from the config.
"""

from __future__ import annotations

from dataclasses import dataclass

_HALF_HOURLY = (
    "carbon_intensity_national",
    "carbon_intensity_regional",
    "generation_mix_national",
    "generation_mix_regional",
    "demand_forecast_national",
    "demand_actual_national",
    "demand_regional",
    "wholesale_prices",
    "flexibility_prices",
)
_INDEX = "intensity_index IN ('very low', 'low', 'moderate', 'high', 'very high')"
_FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
_DEMANDS = ("national_demand_mw", "transmission_system_demand_mw")


@dataclass(frozen=True)
class Rule:
    """``holds`` is SQL over the record's columns and over ``as_of``."""

    name: str
    holds: str
    field: str | None = None


def rules_for(table: str) -> list[Rule]:
    """The rules of one table, row rules first."""
    rules = []
    if table in _HALF_HOURLY:
        rules.append(Rule("half_hour_edge", "epoch(timestamp) % 1800 = 0"))
        rules.append(
            Rule(
                "plausible_time",
                "timestamp BETWEEN TIMESTAMPTZ '2000-01-01' AND as_of + INTERVAL 400 DAY",
            )
        )
    return rules + _BY_TABLE.get(table, [])


def _mix_rules() -> list[Rule]:
    columns = [f"{fuel}_pct" for fuel in _FUELS]
    low, high = f"least({', '.join(columns)})", f"greatest({', '.join(columns)})"
    return [
        Rule("mix_share_range", f"{low} >= {{mix_share_min}} AND {high} <= {{mix_share_max}}"),
        Rule("mix_sum_range", f"{' + '.join(columns)} BETWEEN {{mix_sum_min}} AND {{mix_sum_max}}"),
    ]


_DEMAND_RULES = [
    Rule("demand_range", f"{column} BETWEEN {{demand_min}} AND {{demand_max}}", column)
    for column in _DEMANDS
]
_PRICE_RANGE = Rule("price_range", "price_gbp_mwh BETWEEN {price_min} AND {price_max}")
_NATIONAL_RANGE = "BETWEEN {national_intensity_min} AND {national_intensity_max}"
_BY_TABLE = {
    "carbon_intensity_national": [
        Rule("zero_actual", "actual_gco2_kwh <> 0", "actual_gco2_kwh"),
        Rule("intensity_range", f"forecast_gco2_kwh {_NATIONAL_RANGE}", "forecast_gco2_kwh"),
        Rule(
            "intensity_range",
            f"actual_gco2_kwh = 0 OR actual_gco2_kwh {_NATIONAL_RANGE}",
            "actual_gco2_kwh",
        ),
        Rule("known_index", _INDEX, "intensity_index"),
    ],
    "carbon_intensity_regional": [
        Rule(
            "intensity_range",
            "forecast_gco2_kwh BETWEEN {regional_intensity_min} AND {regional_intensity_max}",
        ),
        Rule("known_index", _INDEX, "intensity_index"),
    ],
    "generation_mix_national": _mix_rules(),
    "generation_mix_regional": _mix_rules(),
    "demand_forecast_national": _DEMAND_RULES,
    "demand_actual_national": _DEMAND_RULES,
    "wholesale_prices": [_PRICE_RANGE],
    "flexibility_prices": [_PRICE_RANGE],
    "grid_snapshots": [
        Rule(
            "intensity_range",
            "carbon_intensity BETWEEN {regional_intensity_min} AND {regional_intensity_max}",
        )
    ],
}
