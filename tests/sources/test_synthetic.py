"""The synthetic grid: the same rows every time, valid rows, and statistics like the real ones."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridctl.clock import HALF_HOUR, settlement_start
from gridctl.errors import DataError
from gridctl.model import SYNTHETIC, Batch, Payload, Window, natural_id
from gridctl.regions import all_regions
from gridctl.sources import synthetic
from gridctl.sources.synthetic.flow import demand_shares
from gridctl.sources.synthetic.grid import FACTORS, FUELS
from gridctl.sources.synthetic.scene import Scene
from gridctl.sources.synthetic.tables import index_band
from gridctl.store.connect import open_writer
from gridctl.store.merge import Origin
from gridctl.store.upsert import Part, column_types, upsert

REAL = Path(
    os.environ.get("GRIDCTL_REAL_DATA") or Path(__file__).parents[2].parent / "shared" / "real"
)
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason="no recorded data: set GRIDCTL_REAL_DATA to its folder"
)

NOW = datetime(2026, 1, 20, 14, 17, 5, tzinfo=UTC)
SEEDS = (1, 2, 3)

# Columns that name a row, by table; the same natural keys as the schema's.
KEYS = {
    "carbon_intensity_national": ["timestamp"],
    "carbon_intensity_regional": ["region_number", "timestamp"],
    "generation_mix_national": ["timestamp"],
    "generation_mix_regional": ["region_number", "timestamp"],
    "demand_forecast_national": ["forecast_type", "timestamp"],
    "demand_actual_national": ["timestamp"],
    "demand_regional": ["region_number", "timestamp", "is_forecast"],
    "wholesale_prices": ["price_type", "timestamp", "region_number"],
    "flexibility_prices": [
        "service_type", "record_type", "event_id", "timestamp", "zone", "provider_unit",
    ],
    "grid_zones": ["zone_id"],
    "compute_windows": ["item_id"],
    "grid_snapshots": ["item_id", "snapshot_timestamp"],
    "offers": ["offer_id", "item_id", "snapshot_timestamp"],
    "beckn_transactions": ["transaction_id", "message_id", "action"],
    "forecast_vintages": ["series", "region_number", "issued_at"],
}  # fmt: skip


def generate(start, end, issued_at=NOW, seed=1):
    """Rows by table, as columns."""
    body = synthetic.recipe(seed, Window(start, end), issued_at)
    parsed = synthetic.parse(as_payload(body))
    assert not parsed.rejects
    assert not parsed.dropped
    return {batch.table: batch.columns for batch in parsed.batches}


def as_payload(body):
    return Payload(uuid.uuid4(), SYNTHETIC, SYNTHETIC, body, NOW, NOW)


def scene(start, end, issued_at, seed=1):
    return Scene(synthetic.Recipe(seed, Window(start, end), issued_at))


def keyed(table, columns):
    """Rows by natural key."""
    names = KEYS[table]
    keys = zip(*(columns[name] for name in names), strict=True)
    return dict(zip(keys, zip(*columns.values(), strict=True), strict=True))


@cache
def fortnight():
    """Two weeks of past and two days ahead, as a first fetch would ask for."""
    return generate(NOW - timedelta(days=14), NOW + timedelta(days=2))


@cache
def year(seed, number):
    """A year of the truth: frame by slot start, UTC."""
    past = scene(
        datetime(number, 1, 1, tzinfo=UTC),
        datetime(number + 1, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        seed,
    )
    state = past.actual
    return pd.DataFrame(
        {
            "carbon": np.rint(state.carbon),
            "last_forecast": np.rint(past.outlook.carbon),
            "demand": state.national_demand,
            "transmission": state.transmission_demand,
            "embedded_wind": state.embedded_wind,
            "embedded_solar": state.embedded_solar,
            "price": state.price,
        },
        index=pd.DatetimeIndex(past.times),
    )


# The same rows every time ------------------------------------------------------------------------

moments = st.datetimes(datetime(2018, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
spans = st.integers(1, 120).map(lambda slots: slots * HALF_HOUR)


@settings(max_examples=12, deadline=None)
@given(moments, spans, st.integers(-60, 60), st.integers(-(2**70), 2**70))
def test_overlapping_windows_agree(start, span, shift, seed):
    seed %= 2**53  # what JSON carries everywhere
    issued_at = start + span / 2
    one = generate(start, start + span, issued_at, seed)
    two = generate(start + shift * HALF_HOUR, start + shift * HALF_HOUR + span, issued_at, seed)
    for table in one.keys() & two.keys() - {"forecast_vintages"}:
        first, second = keyed(table, one[table]), keyed(table, two[table])
        assert {key: first[key] for key in first.keys() & second.keys()} == {
            key: second[key] for key in first.keys() & second.keys()
        }


@settings(max_examples=8, deadline=None)
@given(moments, st.integers(1, 3000))
def test_what_is_over_does_not_depend_on_when_one_looks(start, later):
    end = start + timedelta(days=1)
    soon = generate(start, end, end + HALF_HOUR)
    late = generate(start, end, end + HALF_HOUR + timedelta(minutes=later))
    assert soon == late


def test_actuals_appear_as_time_passes_and_then_stay():
    start, end = NOW - timedelta(hours=6), NOW + timedelta(hours=6)
    before = generate(start, end)["carbon_intensity_national"]["actual_gco2_kwh"]
    after = generate(start, end, NOW + timedelta(days=1))["carbon_intensity_national"]
    known = [value for value in before if value is not None]
    assert len(known) == 12
    assert before == known + [None] * (len(before) - 12)
    assert after["actual_gco2_kwh"][:12] == known
    assert None not in after["actual_gco2_kwh"]


def test_a_slot_is_over_from_its_end_on():
    start = datetime(2026, 1, 20, 14, tzinfo=UTC)
    for issued_at, over in ((start + HALF_HOUR, True), (start + timedelta(minutes=29), False)):
        rows = generate(start, start + HALF_HOUR, issued_at)
        assert ("demand_actual_national" in rows) is over
        assert ("forecast_vintages" in rows) is not over
        assert (rows["carbon_intensity_national"]["actual_gco2_kwh"][0] is not None) is over


def test_seeds_differ():
    window = (NOW - timedelta(days=1), NOW)
    assert generate(*window, seed=1) != generate(*window, seed=2)


def test_same_rows_on_every_machine():
    """Pinned: a change here changes every synthetic database. Tell the users."""
    start = datetime(2024, 2, 29, 12, tzinfo=UTC)
    rows = generate(start, start + HALF_HOUR, datetime(2025, 1, 1, tzinfo=UTC))
    assert rows["carbon_intensity_national"]["actual_gco2_kwh"] == [133]
    assert rows["carbon_intensity_regional"]["forecast_gco2_kwh"] == [
        43, 24, 99, 105, 162, 190, 270, 185, 172, 130, 205, 178, 162, 146,
    ]  # fmt: skip


# Valid rows --------------------------------------------------------------------------------------


def test_every_table_is_filled():
    assert fortnight().keys() == KEYS.keys()


def test_history_has_no_windows_on_offer():
    rows = generate(NOW - timedelta(days=3), NOW - timedelta(days=1))
    assert not rows.keys() & {"grid_snapshots", "demand_forecast_national"}


def test_history_has_the_forecasts_issued_at_each_midnight_and_noon():
    rows = generate(NOW - timedelta(days=3), NOW - timedelta(days=1))["forecast_vintages"]
    issues = sorted(set(rows["issued_at"]))
    assert {issued.hour for issued in issues} == {0, 12}
    assert NOW - timedelta(days=3) <= issues[0] < issues[-1] < NOW - timedelta(days=1)
    assert set(map(len, rows["forecast_values"])) == {96}
    assert rows["first_timestamp"] == rows["issued_at"]
    # The same forecast whichever window it is part of.
    wider = generate(NOW - timedelta(days=5), NOW)["forecast_vintages"]
    keys = ("series", "region_number", "issued_at")
    all_issues = {
        key: values
        for *key_, values in zip(*(wider[k] for k in keys), wider["forecast_values"], strict=True)
        for key in [tuple(key_)]
    }
    for *key, values in zip(*(rows[k] for k in keys), rows["forecast_values"], strict=True):
        assert all_issues[tuple(key)] == values


@pytest.mark.parametrize("table", KEYS)
def test_rows_are_plain_complete_and_unique(table):
    columns = fortnight()[table]
    length = len(next(iter(columns.values())))
    assert {len(column) for column in columns.values()} == {length}
    assert len(keyed(table, columns)) == length
    for column in columns.values():
        for value in column:
            for part in value if isinstance(value, list) else [value]:
                assert type(part) in (float, int, str, bool, datetime, date, type(None))
                assert not isinstance(part, float) or math.isfinite(part)
                assert not isinstance(part, datetime) or part.tzinfo is UTC
    for start in columns.get("timestamp", []) if table != "beckn_transactions" else []:
        assert start.minute in (0, 30)
        assert start.second == start.microsecond == 0


def test_rows_pass_the_rules_and_the_schema(config):
    """Every column exists, no rule rejects a row, every CHECK and foreign key holds."""
    rows = generate(NOW - timedelta(days=8), NOW + timedelta(days=1))
    with open_writer(config.database, timedelta(seconds=1)) as con:
        types = column_types(con)
        for table, columns in rows.items():
            origin = Origin("synthetic", natural_id("p", table), NOW)
            [done] = upsert(con, [Part(origin, Batch(table, columns))], config.limits(), types)
            assert done.rejects == []
            assert done.inserted + done.repeated == len(next(iter(columns.values())))


@pytest.mark.parametrize("table", ["generation_mix_national", "generation_mix_regional"])
def test_shares(table):
    mix = pd.DataFrame(fortnight()[table])
    fuels = [f"{fuel}_pct" for fuel in FUELS]
    assert mix[fuels].min().min() >= 0
    assert mix[fuels].sum(axis=1).between(99.5, 100.5).all()


def test_carbon_follows_from_the_mix():
    rows = fortnight()
    for kind in ("national", "regional"):
        mix = pd.DataFrame(rows[f"generation_mix_{kind}"]).filter(like="_pct").to_numpy()[:, :9]
        carbon = pd.DataFrame(rows[f"carbon_intensity_{kind}"])
        known = carbon.get("actual_gco2_kwh", carbon.forecast_gco2_kwh)
        known = known.fillna(carbon.forecast_gco2_kwh)
        assert np.abs(mix @ FACTORS / 100.0 - known).max() < 1.5
        assert (known == known.round()).all()


def test_energy_is_conserved():
    for seed in SEEDS:
        state = scene(NOW - timedelta(days=365), NOW, NOW, seed).actual
        assert np.allclose(state.fuels.sum(axis=0), state.demand + state.exports)
        assert state.fuels.min() >= 0
        assert state.wind.min() >= 0
        assert state.exports.min() >= 0


def test_values_stay_within_the_validation_limits():
    for seed in SEEDS:
        rows = generate(NOW - timedelta(days=150), NOW + timedelta(days=2), seed=seed)
        limits = [
            ("carbon_intensity_national", "forecast_gco2_kwh", 1, 1_000),
            ("carbon_intensity_regional", "forecast_gco2_kwh", 0, 500),
            ("demand_actual_national", "demand_mw", 10_000, 60_000),
            ("demand_actual_national", "transmission_system_demand_mw", 12_000, 65_000),
            ("demand_actual_national", "grid_stress_score", 0, 1),
            ("wholesale_prices", "price_gbp_mwh", -100, 450),
            ("wholesale_prices", "volume_mwh", 100, 5_000),
        ]
        for table, column, low, high in limits:
            assert low <= min(rows[table][column])
            assert max(rows[table][column]) <= high


@pytest.mark.parametrize(
    ("day", "periods"),
    [
        (date(2026, 3, 29), 46),
        (date(2025, 10, 26), 50),
        (date(2024, 2, 29), 48),
        (date(2025, 6, 1), 48),
    ],
)
def test_settlement_days(day, periods):
    start = settlement_start(day, 1)
    end = settlement_start(day + timedelta(days=1), 1)
    rows = generate(start, end, datetime(2027, 1, 1, tzinfo=UTC))["demand_actual_national"]
    assert rows["settlement_date"] == [day] * periods
    assert rows["settlement_period"] == list(range(1, periods + 1))
    assert rows["timestamp"] == [start + i * HALF_HOUR for i in range(periods)]


def test_demand_keeps_the_local_clock():
    """The evening peak stays where people are when the clocks change; the sun does not."""
    demand = year(1, 2025).demand
    local = demand.tz_convert("Europe/London")
    for first, last in (("2025-03-17", "2025-03-28"), ("2025-03-31", "2025-04-11")):
        evening = local[first:last].between_time("12:00", "22:00")
        peak = evening.groupby(evening.index.hour).mean().idxmax()
        assert peak in (18, 19)


def test_the_sun_is_down_at_night():
    frame = year(1, 2025)
    assert frame.embedded_solar.between_time("23:00", "02:00").max() == 0
    assert frame.embedded_solar["2025-06-01":"2025-06-30"].between_time("12:00", "13:00").min() > 1


def test_index_of_the_year():
    slots = np.array([datetime(y, 7, 1, tzinfo=UTC).timestamp() // 1800 for y in (2023, 2026)])
    assert index_band(slots.astype(np.int64), np.array([39.0, 39.0])) == ["very low", "low"]
    assert index_band(slots.astype(np.int64), np.array([291.0, 89.0])) == ["very high", "low"]


def test_windows_lie_ahead_and_refer_to_each_other():
    rows = fortnight()
    zones = {str(natural_id("grid_zones", zone)) for zone in rows["grid_zones"]["zone_id"]}
    windows = {str(natural_id("compute_windows", i)) for i in rows["compute_windows"]["item_id"]}
    assert set(rows["compute_windows"]["grid_zone_id"]) == zones
    assert set(rows["grid_snapshots"]["compute_window_id"]) == windows
    assert set(rows["offers"]["compute_window_id"]) == windows
    assert all(name.endswith("(synthetic)") for name in rows["grid_zones"]["zone_name"])
    assert all(name.endswith("(synthetic)") for name in rows["compute_windows"]["window_name"])
    snapshots = rows["grid_snapshots"]
    now = NOW.replace(minute=0, second=0)
    assert set(snapshots["snapshot_timestamp"]) == {now}
    for start, end in zip(snapshots["window_start"], snapshots["window_end"], strict=True):
        assert now <= start < now + timedelta(hours=48)
        assert end - start == timedelta(hours=4)
    assert min(rows["offers"]["price_value"]) > 0
    request = json.loads(rows["beckn_transactions"]["request_payload"][0])
    assert request["context"]["action"] == "discover"


def test_flexibility_events():
    rows = generate(NOW - timedelta(days=365), NOW + timedelta(days=5))["flexibility_prices"]
    local = pd.DatetimeIndex(rows["timestamp"]).tz_convert("Europe/London")
    assert set(local.month) <= {11, 12, 1, 2, 3}
    assert set(local.day_of_week) <= {0, 1, 2, 3, 4}
    assert set(local.hour) == {17, 18}
    assert 5 <= len(set(rows["event_id"])) <= 45
    assert max(rows["timestamp"]) <= NOW + timedelta(days=1)
    frame = pd.DataFrame(rows)
    bids = frame[frame.record_type == "bid"].groupby("timestamp").cost_gbp.sum()
    summary = frame[frame.record_type == "summary"].set_index("timestamp").cost_gbp
    assert np.allclose(bids, summary[bids.index], atol=0.01)


def test_regions_rank_plausibly_and_average_to_the_nation():
    past = scene(NOW - timedelta(days=365), NOW, NOW)
    carbon = past.outlook_carbon
    mean = dict(zip((r.short_name for r in all_regions()), carbon.mean(axis=1), strict=True))
    assert mean["South Scotland"] < 50 < mean["North West England"] < mean["London"]
    assert mean["North Scotland"] < mean["London"] < mean["South Wales"]
    assert max(mean, key=mean.get) == "South Wales"
    assert np.abs(demand_shares() @ carbon - past.outlook.carbon).mean() < 12


def test_neighbours_share_their_wind():
    wind = scene(NOW - timedelta(days=365), NOW, NOW).actual.wind
    scotland, yorkshire, north_east, south_west = wind[0], wind[4], wind[3], wind[10]
    near = np.corrcoef(yorkshire, north_east)[0, 1]
    far = np.corrcoef(scotland, south_west)[0, 1]
    assert near > 0.7 > 0.5 > far


# Forecasts ---------------------------------------------------------------------------------------


@cache
def errors():
    """Carbon forecast less truth for 48 h issues over a year, (issues, 96)."""
    rows = []
    for n in range(150):
        issued_at = datetime(2025, 1, 1, 3, 31, tzinfo=UTC) + n * timedelta(hours=57)
        start = issued_at.replace(minute=30)
        seen = scene(start, start + timedelta(hours=48), issued_at, seed=1 + n % 3)
        rows.append(np.rint(seen.outlook.carbon) - np.rint(seen.actual.carbon))
    return np.array(rows)


def test_forecast_error_grows_with_horizon():
    by_six_hours = np.abs(errors()).reshape(len(errors()), 8, 12).mean(axis=(0, 2))
    assert by_six_hours[0] < 0.75 * by_six_hours[-1]
    assert np.polyfit(range(8), by_six_hours, 1)[0] > 0
    assert 22 < by_six_hours[-1] < 34
    assert abs(errors().mean()) < 4


def test_forecast_error_is_autocorrelated():
    close = np.mean([np.corrcoef(row[:-2], row[2:])[0, 1] for row in errors()])
    distant = np.mean([np.corrcoef(row[:-24], row[24:])[0, 1] for row in errors()])
    assert close > 0.75
    assert distant < 0.3


def test_next_issue_changes_its_mind_a_little():
    start = datetime(2026, 1, 21, tzinfo=UTC)
    seen = [
        scene(start, start + timedelta(days=2), start + timedelta(minutes=shift)).outlook.carbon[
            24:
        ]
        for shift in (1, 31, 60 * 11)
    ]
    soon, later = (np.abs(other - seen[0]).mean() for other in seen[1:])
    assert 0 < soon < later


def test_vintages_are_the_rows_as_issued():
    rows = fortnight()
    vintages = pd.DataFrame(rows["forecast_vintages"])
    vintages = vintages[vintages.issued_at == vintages.issued_at.max()]
    assert sorted(vintages.series.value_counts().to_dict().items()) == [
        ("carbon_intensity", 15), ("demand", 1), ("embedded_solar", 1), ("embedded_wind", 1),
        ("price", 1),
    ]  # fmt: skip
    first = vintages.first_timestamp.unique()
    assert list(first) == [pd.Timestamp("2026-01-20T14:00Z")]
    assert set(vintages.forecast_values.map(len)) == {97}
    national = vintages[(vintages.series == "carbon_intensity") & vintages.region_number.isna()]
    assert (
        national.forecast_values.iloc[0]
        == rows["carbon_intensity_national"]["forecast_gco2_kwh"][-97:]
    )


# Like the real grid ------------------------------------------------------------------------------


@cache
def real_carbon():
    frame = pd.read_csv(
        REAL / "carbonintensity" / "national_intensity_2023.csv", parse_dates=["from"]
    ).set_index("from")
    return frame[frame.actual > 0]


@cache
def real_demand():
    frame = pd.read_csv(REAL / "neso" / "historic_demand_2025.csv")
    frame.index = pd.DatetimeIndex(
        [
            settlement_start(date.fromisoformat(day), period)
            for day, period in zip(frame.SETTLEMENT_DATE, frame.SETTLEMENT_PERIOD, strict=True)
        ]
    )
    return frame.select_dtypes("number") / 1000.0  # GW


def pooled(column, number):
    return pd.concat([year(seed, number)[column] for seed in SEEDS])


def by_hour(series, months):
    local = series.tz_convert("Europe/London")
    local = local[local.index.month.isin(months)]
    return local.groupby(local.index.hour).mean()


SEASONS = [(12, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11)]


@needs_real
def test_carbon_is_distributed_like_2023():
    real, made = real_carbon().actual, pooled("carbon", 2023)
    assert made.mean() == pytest.approx(real.mean(), abs=12)
    assert made.std() == pytest.approx(real.std(), abs=10)
    for percent, band in ((5, 14), (25, 18), (50, 14), (75, 14), (95, 20)):
        assert np.percentile(made, percent) == pytest.approx(np.percentile(real, percent), abs=band)


@needs_real
@pytest.mark.parametrize("months", SEASONS)
def test_carbon_has_the_daily_shape_of_2023(months):
    real, made = by_hour(real_carbon().actual, months), by_hour(pooled("carbon", 2023), months)
    assert np.corrcoef(real, made)[0, 1] > 0.8
    assert np.ptp(made) == pytest.approx(np.ptp(real), rel=0.4)
    assert made.mean() == pytest.approx(real.mean(), abs=30)


@needs_real
def test_carbon_persists_like_2023():
    real = real_carbon().actual.asfreq("30min")
    for lag, band in ((1, 0.01), (6, 0.04), (48, 0.12), (96, 0.12)):
        made = np.mean([year(seed, 2023).carbon.autocorr(lag) for seed in SEEDS])
        assert made == pytest.approx(real.corr(real.shift(lag)), abs=band)
    made_daily = np.mean([year(seed, 2023).carbon.resample("D").mean().std() for seed in SEEDS])
    assert made_daily == pytest.approx(real.resample("D").mean().std(), abs=10)


@needs_real
def test_last_forecast_is_as_far_off_as_in_2023():
    real = (real_carbon().forecast - real_carbon().actual).abs().mean()
    made = (pooled("last_forecast", 2023) - pooled("carbon", 2023)).abs().mean()
    assert made == pytest.approx(real, abs=2.5)


@needs_real
def test_forecast_error_is_that_of_the_recorded_vintages():
    recorded = pd.read_csv(
        REAL / "carbonintensity" / "forecast_vintages_202303.csv", parse_dates=["from"]
    )
    actual = real_carbon().actual.reindex(recorded["from"]).to_numpy()
    real = np.nanmean(np.abs(recorded.forecast_gco2_kwh - actual))
    assert np.abs(errors()).mean() == pytest.approx(real, abs=4)
    assert 20 < np.abs(errors()).mean() < 28


@needs_real
def test_demand_is_that_of_2025():
    real = real_demand()
    for column, name in (("demand", "ND"), ("transmission", "TSD")):
        made = pooled(column, 2025)
        assert made.mean() == pytest.approx(real[name].mean(), rel=0.04)
        assert made.std() == pytest.approx(real[name].std(), rel=0.15)
        for percent in (5, 50, 95):
            assert np.percentile(made, percent) == pytest.approx(
                np.percentile(real[name], percent), rel=0.07
            )


@needs_real
@pytest.mark.parametrize("months", SEASONS)
def test_demand_has_the_seasons_and_days_of_2025(months):
    real = by_hour(real_demand().ND, months)
    made = by_hour(pooled("demand", 2025), months)
    assert made.mean() == pytest.approx(real.mean(), rel=0.06)
    assert np.corrcoef(real, made)[0, 1] > 0.9  # 2025 had the sunniest spring on record
    assert np.ptp(made) == pytest.approx(np.ptp(real), rel=0.15)


@needs_real
def test_christmas_and_weekends_are_quiet():
    real, made = real_demand(), year(1, 2025)
    real_use = real.ND + real.EMBEDDED_WIND_GENERATION + real.EMBEDDED_SOLAR_GENERATION
    made_use = made.demand + made.embedded_wind + made.embedded_solar
    for use in (real_use, made_use):
        daily = use.resample("D").mean()
        assert daily["2025-12-25"] < 0.9 * daily["2025-12-15":"2025-12-19"].mean()
        assert daily[daily.index.day_of_week == 6].mean() < 0.95 * daily.mean()


@needs_real
def test_embedded_generation_is_that_of_2025():
    real = real_demand()
    for column, name in (
        ("embedded_wind", "EMBEDDED_WIND_GENERATION"),
        ("embedded_solar", "EMBEDDED_SOLAR_GENERATION"),
    ):
        made = pooled(column, 2025)
        assert made.mean() == pytest.approx(real[name].mean(), rel=0.12)
        assert made.std() == pytest.approx(real[name].std(), rel=0.15)
        assert np.percentile(made, 95) == pytest.approx(np.percentile(real[name], 95), rel=0.15)


@needs_real
def test_index_bands_are_the_published_ones():
    with (REAL / "carbonintensity" / "index_bands_by_year.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            slot = int(datetime(int(row["year"]), 6, 1, tzinfo=UTC).timestamp()) // 1800
            edges = [float(row[f"{n}_max"]) for n in ("very_low", "low", "moderate", "high")]
            slots = np.full(4, slot)
            assert index_band(slots, np.array(edges)) == ["very low", "low", "moderate", "high"]
            assert index_band(slots, np.array(edges) + 1)[-1] == "very high"


@needs_real
def test_prices_move_like_the_auction():
    """The level of 2021 and 2022 is another market; the shape of the day is not."""
    auction = pd.read_csv(
        REAL / "prices" / "gb_day_ahead_auctions_hourly_2021_2022.csv", sep=";", skiprows=[1]
    )
    hour = auction.iloc[:, 0].str[12:14].astype(int)
    price = pd.to_numeric(auction.price_first_auction)
    real = (price / price.mean()).groupby(hour).mean()
    made = pooled("price", 2025)
    shape = made.groupby(made.index.tz_convert("Europe/London").hour).mean() / made.mean()
    assert np.corrcoef(real, shape)[0, 1] > 0.75
    assert 65 < made.median() < 90
    assert 0.002 < (made < 0).mean() < 0.05
    assert 0.003 < (made > 150).mean() < 0.04
    assert 150 < made.max() < 450


# Recipes -----------------------------------------------------------------------------------------


def test_recipe_is_read_back():
    body = synthetic.recipe(7, Window(NOW, NOW + timedelta(minutes=20)), NOW)
    assert json.loads(body) == {
        "synthetic": {
            "seed": 7,
            "from": "2026-01-20T14:00:00Z",
            "to": "2026-01-20T15:00:00Z",
            "issued_at": "2026-01-20T14:17:05Z",
        }
    }
    order = synthetic.read_recipe(body)
    assert order.issued_at == NOW
    assert order.window.end - order.window.start == timedelta(hours=1)


GOOD = {
    "seed": 1,
    "from": "2026-01-20T14:00:00Z",
    "to": "2026-01-20T15:00:00Z",
    "issued_at": "2026-01-20T14:17:05Z",
}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"<html>",
        b"[]",
        b"1",
        b"{}",
        b'{"synthetic": null}',
        b'{"synthetic": []}',
        *(
            json.dumps({"synthetic": GOOD | change}).encode()
            for change in (
                {"seed": "1"},
                {"seed": True},
                {"seed": 1.5},
                {"seed": None},
                {"from": None},
                {"from": 5},
                {"from": "soon"},
                {"from": "2026-01-20T14:00:00"},
                {"from": "2026-01-20T14:10:00Z"},
                {"from": "2026-01-20T15:00:00Z"},
                {"to": "2026-01-20T13:00:00Z"},
                {"to": "0001-01-01T00:00:00+14:00"},
                {"issued_at": "9999-12-31T23:59:59-10:00"},
            )
        ),
        *(
            json.dumps({"synthetic": {k: v for k, v in GOOD.items() if k != gone}}).encode()
            for gone in GOOD
        ),
    ],
)
def test_a_bad_recipe_is_bad_data(body):
    with pytest.raises(DataError):
        synthetic.parse(as_payload(body))


def test_importing_the_source_does_not_import_numpy():
    code = "import sys, gridctl.sources.synthetic; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(half_hours=st.integers(1, 200_000))
def test_a_long_window_is_cut_into_pieces_that_cover_it_once(half_hours: int) -> None:
    window = Window(NOW.replace(minute=0, second=0), NOW + half_hours * HALF_HOUR)
    pieces = synthetic.pieces(window)
    assert (pieces[0].start, pieces[-1].end) == (window.start, window.end)
    for before, after in pairwise(pieces):
        assert before.end == after.start
    for piece in pieces:
        assert timedelta(0) < piece.end - piece.start <= synthetic.LONGEST_PIECE
