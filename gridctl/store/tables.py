"""How rows of fetched tables are keyed and merged.

A *group* is columns that change together: a forecast and the time it was issued. A group says
something when its first column is not NULL. ``fixed`` columns are set when a row is first written
and never updated: they are indexed (foreign keys), and other tables refer to the row. ``derived``
columns follow from others by SQL, whatever a batch says of them; names in braces are limits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

_MIX = tuple(
    f"{fuel}_pct"
    for fuel in (
        "biomass",
        "coal",
        "imports",
        "gas",
        "nuclear",
        "other",
        "hydro",
        "solar",
        "wind",
        "renewable",
        "zero_carbon",
    )
)


# What the rows of a table are of in time, the first that a table has.
_TIME_COLUMNS = (
    "timestamp",
    "snapshot_timestamp",
    "issued_at",
    "request_timestamp",
    "decision_timestamp",
    "started_at",
    "created_at",
)


def time_of(columns: Collection[str]) -> str:
    """The column of a table that says what time its rows are of."""
    return next(name for name in _TIME_COLUMNS if name in columns)


@dataclass(frozen=True)
class Table:
    """A table that payloads are loaded into."""

    name: str
    key: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    fixed: tuple[str, ...] = ()
    derived: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """All columns that carry values, in group order."""
        return tuple(column for group in self.groups for column in group)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns a batch may carry: the key first, then what is fixed, then the fields."""
        return tuple(dict.fromkeys((*self.key, *self.fixed, *self.fields)))


def _each(*columns: str) -> tuple[tuple[str, ...], ...]:
    return tuple((column,) for column in columns)


_DEMAND = (
    ("transmission_system_demand_mw", "grid_stress_score"),
    ("embedded_wind_generation_mw",),
    ("embedded_solar_generation_mw",),
)
# How strained the grid is, 0 to 1, from what all power stations together must deliver. A demand
# outside the limits is quarantined, and says nothing about strain either.
_DEMAND_SUMS = {
    "demand_mw": "national_demand_mw",
    "grid_stress_score": """CASE
        WHEN transmission_system_demand_mw BETWEEN {demand_min} AND {demand_max}
        THEN round(least(1, greatest(0, (transmission_system_demand_mw - {stress_low})
                                        / ({stress_high} - {stress_low}))), 3) END""",
}
_FORECAST = ("forecast_gco2_kwh", "forecast_issued_at")

# Rounded to what is published: adding tenths in binary leaves 35.300000000000004.
_MIX_SUMS = {
    "renewable_pct": "round(wind_pct + solar_pct + hydro_pct + biomass_pct, 2)",
    "zero_carbon_pct": "round(wind_pct + solar_pct + hydro_pct + nuclear_pct, 2)",
}

TABLES = {
    table.name: table
    for table in (
        Table(
            "carbon_intensity_national",
            ("timestamp",),
            (_FORECAST, ("actual_gco2_kwh",), ("intensity_index",)),
        ),
        Table(
            "carbon_intensity_regional",
            ("region_number", "timestamp"),
            (_FORECAST, ("intensity_index",)),
        ),
        Table("generation_mix_national", ("timestamp",), (_MIX,), derived=_MIX_SUMS),
        Table(
            "generation_mix_regional", ("region_number", "timestamp"), (_MIX,), derived=_MIX_SUMS
        ),
        Table(
            "demand_forecast_national",
            ("forecast_type", "timestamp"),
            (
                ("national_demand_mw", "demand_mw", "is_interpolated", "forecast_issued_at"),
                *_DEMAND,
            ),
            derived=_DEMAND_SUMS,
        ),
        Table(
            "demand_actual_national",
            ("timestamp",),
            (
                ("national_demand_mw", "demand_mw"),
                *_DEMAND,
                ("settlement_date", "settlement_period"),
            ),
            derived=_DEMAND_SUMS,
        ),
        Table(
            "demand_regional",
            ("region_number", "timestamp", "is_forecast"),
            (("method", "demand_mw"),),
        ),
        Table(
            "wholesale_prices",
            ("price_type", "timestamp", "region_number"),
            (("price_gbp_mwh",), ("volume_mwh",), ("settlement_date", "settlement_period")),
        ),
        Table(
            "flexibility_prices",
            ("service_type", "record_type", "event_id", "timestamp", "zone", "provider_unit"),
            _each(
                "direction", "price_gbp_mwh", "price_gbp_mw_h", "volume_mw", "cost_gbp", "status"
            ),
        ),
        Table(
            "grid_zones",
            ("zone_id",),
            _each(
                "zone_name",
                "grid_area",
                "grid_zone_code",
                "locality",
                "region",
                "country",
                "latitude",
                "longitude",
            ),
            fixed=("region_id",),
        ),
        Table(
            "compute_windows",
            ("item_id",),
            _each(
                "window_name",
                "description",
                "provider_id",
                "provider_name",
                "capacity_mw",
                "reservation_required",
            ),
            fixed=("grid_zone_id",),
        ),
        Table(
            "grid_snapshots",
            ("item_id", "snapshot_timestamp"),
            (
                ("window_start", "window_end"),
                ("renewable_mix",),
                ("carbon_intensity",),
                ("available_capacity_mw",),
                ("catalog_id",),
                ("transaction_id",),
                ("message_id",),
                ("extra",),
            ),
            fixed=("compute_window_id",),
        ),
        Table(
            "offers",
            ("offer_id", "item_id", "snapshot_timestamp"),
            (
                ("price_value", "price_currency", "price_unit"),
                ("price_stability",),
                ("provider_id",),
            ),
            fixed=("compute_window_id",),
        ),
        Table(
            "beckn_transactions",
            ("transaction_id", "message_id", "action"),
            _each(
                "bap_id",
                "bpp_id",
                "request_payload",
                "response_payload",
                "http_status",
                "status",
                "timestamp",
            ),
            fixed=("agent_id", "workload_id", "compute_window_id"),
        ),
        Table(
            "forecast_vintages",
            ("series", "region_number", "issued_at"),
            (("forecast_values", "first_timestamp", "step_minutes"),),
        ),
    )
}
