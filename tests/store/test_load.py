"""From landed payloads to rows: validation, precedence, replay, and failure."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridctl.clock import HALF_HOUR
from gridctl.config import Config
from gridctl.landing import Landing, Waiting
from gridctl.model import SYNTHETIC, Batch, natural_id
from gridctl.sources.carbon_intensity import bodies
from gridctl.store.connect import init
from gridctl.store.load import Loaded, _groups, load_waiting, replay
from gridctl.store.merge import Origin
from gridctl.store.upsert import Part, column_types, upsert

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
T0 = datetime(2026, 5, 5, 23, 30, tzinfo=UTC)
Load = Callable[..., Loaded]
Ask = Callable[..., list[tuple[Any, ...]]]
CARBON = "carbon_intensity_national"
NATIONAL = (
    "SELECT forecast_gco2_kwh, actual_gco2_kwh, intensity_index FROM carbon_intensity_national"
)


def national(*values: tuple[Any, Any], start: datetime = T0) -> dict[str, Any]:
    data = []
    for i, (forecast, actual) in enumerate(values):
        t = start + i * HALF_HOUR
        data.append(
            {
                "from": f"{t:%Y-%m-%dT%H:%MZ}",
                "to": f"{t + HALF_HOUR:%Y-%m-%dT%H:%MZ}",
                "intensity": {"forecast": forecast, "actual": actual, "index": "low"},
            }
        )
    return {"data": data}


def test_rows_go_in_with_their_ids_and_origin(load: Load, ask: Ask) -> None:
    result = load("intensity", national((100, 90), (101, None)))
    assert (result.status, result.inserted, result.fetched) == ("loaded", 2, 2)
    [(id_, source, fetched_at, payload_id)] = ask(
        "SELECT id, source, fetched_at, payload_id FROM carbon_intensity_national LIMIT 1"
    )
    assert id_ == natural_id("carbon_intensity_national", "2026-05-05T23:30:00Z")
    assert (source, fetched_at, payload_id) == ("carbon-intensity", NOW, result.payload_id)


def test_the_call_is_logged_with_its_counts(load: Load, ask: Ask) -> None:
    load("intensity", national((100, 0), (5000, 90)))
    assert ask("""SELECT api_name, endpoint, status_code, attempts, records_fetched,
                  records_inserted, records_updated, records_rejected, error_message
                  FROM api_logs""") == [("carbon-intensity", "/x", 200, 1, 2, 2, 0, 2, None)]


def test_zero_actuals_and_outliers_cost_the_field_and_the_row_stays(
    load: Load, ask: Ask, config: Config
) -> None:
    load("intensity", national((100, 0), (13579, 90), (100, 2000)))
    assert ask(f"{NATIONAL} ORDER BY timestamp") == [
        (100, None, "low"),
        (None, 90, "low"),
        (100, None, "low"),
    ]
    rejects = Landing(config.database).rejects()
    assert sorted((r[4], r[5]) for r in rejects) == [
        ("actual_gco2_kwh", "intensity_range"),
        ("actual_gco2_kwh", "zero_actual"),
        ("forecast_gco2_kwh", "intensity_range"),
    ]


def test_limits_are_settings(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDCTL_LIMITS_NATIONAL_INTENSITY_MAX", "95")
    from gridctl.config import load_config
    from gridctl.store.rules import rules_for

    limits = load_config().limits()
    [rule] = [r for r in rules_for("carbon_intensity_national") if r.field == "forecast_gco2_kwh"]
    assert "95" in rule.holds.format_map(limits)


def test_an_unaligned_or_absurd_time_is_quarantined(load: Load, ask: Ask) -> None:
    odd = T0 + timedelta(minutes=7)
    far = datetime(2099, 1, 1, tzinfo=UTC)
    assert load("intensity", national((100, 90), start=odd)).rules == {
        "carbon_intensity_national: half_hour_edge": 1
    }
    assert load("intensity", national((100, 90), start=far)).rules == {
        "carbon_intensity_national: plausible_time": 1
    }
    assert ask("SELECT count(*) FROM carbon_intensity_national") == [(0,)]


def test_an_unknown_index_costs_the_field(load: Load, ask: Ask) -> None:
    body = national((100, 90))
    body["data"][0]["intensity"]["index"] = "extreme"
    assert load("intensity", body).rules == {
        "carbon_intensity_national.intensity_index: known_index": 1
    }
    assert ask(NATIONAL) == [(100, 90, None)]


def test_of_duplicates_the_last_counts_and_the_other_is_quarantined(load: Load, ask: Ask) -> None:
    body = {
        "data": [
            *national((100, 90))["data"],
            *national((110, 95))["data"],
            *national((110, 95))["data"],
        ]
    }
    assert load("intensity", body).rules == {
        "carbon_intensity_national: duplicate_with_other_value": 1
    }
    assert ask(NATIONAL) == [(110, 95, "low")]


@pytest.mark.parametrize(
    ("shares", "rule"),
    [
        ([50] + [0] * 8, "mix_sum_range"),
        ([-5, 105] + [0] * 7, "mix_share_range"),
        ([0] * 9, "mix_sum_range"),
    ],
)
def test_impossible_mixes_are_quarantined(load: Load, shares: list[float], rule: str) -> None:
    mix = [{"fuel": fuel, "perc": share} for fuel, share in zip(bodies.FUELS, shares, strict=True)]
    record = {k: v for k, v in national((1, 1))["data"][0].items() if k != "intensity"}
    result = load("generation", {"data": [{**record, "generationmix": mix}]})
    assert rule in " ".join(result.rules)
    assert result.inserted == 0


def test_the_sums_of_a_mix_follow_from_its_shares(load: Load, ask: Ask) -> None:
    shares = {
        "biomass": 6.5,
        "imports": 22.3,
        "gas": 13.5,
        "nuclear": 16.5,
        "hydro": 1,
        "wind": 40.2,
    }
    mix = [{"fuel": fuel, "perc": shares.get(fuel, 0)} for fuel in bodies.FUELS]
    record = {k: v for k, v in national((1, 1))["data"][0].items() if k != "intensity"}
    load("generation", {"data": [{**record, "generationmix": mix}]})
    assert ask("SELECT wind_pct, renewable_pct, zero_carbon_pct FROM generation_mix_national") == [
        (40.2, 47.7, 57.7)
    ]


def test_loading_again_changes_nothing(load: Load, ask: Ask, config: Config) -> None:
    load("intensity", national((100, 90), (101, None)))
    before = ask("SELECT * FROM carbon_intensity_national ORDER BY id")
    assert replay(config) == 1
    [result] = load_waiting(config, NOW)
    assert (result.inserted, result.updated) == (0, 0)
    assert ask("SELECT * FROM carbon_intensity_national ORDER BY id") == before


def test_null_never_overwrites_a_value(load: Load, ask: Ask) -> None:
    load("intensity", national((100, 90)))
    load("intensity", national((105, None)), NOW + HALF_HOUR)
    assert ask(NATIONAL) == [(105, 90, "low")]


def test_an_earlier_payload_never_overwrites_a_later_one(load: Load, ask: Ask) -> None:
    load("intensity", national((105, None)), NOW)
    load("intensity", national((100, 90)), NOW - HALF_HOUR)
    assert ask(NATIONAL) == [(105, 90, "low")]  # it fills what the later one left open


def test_the_same_values_confirmed_later_are_no_change(load: Load, ask: Ask) -> None:
    load("intensity", national((100, 90)), NOW, is_forecast=True)
    [(first, _)] = ask("SELECT updated_at, fetched_at FROM carbon_intensity_national")
    result = load("intensity", national((100, 90)), NOW + HALF_HOUR, is_forecast=True)
    assert result.updated == 0
    [(updated_at, fetched_at)] = ask("SELECT updated_at, fetched_at FROM carbon_intensity_national")
    assert updated_at == first
    assert fetched_at == NOW + HALF_HOUR


_payloads = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 3]),  # as_of, in half hours: ties are wanted
        st.sampled_from([None, 0, 50, 60, 5000]),
        st.sampled_from([None, 0, 70, 80]),
        st.booleans(),  # synthetic
    ),
    min_size=2,
    max_size=5,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_payloads, st.randoms(use_true_random=False))
def test_the_final_state_does_not_depend_on_the_order_of_loading(
    config: Config, payloads: list[tuple[int, Any, Any, bool]], random: Any
) -> None:
    states = set()
    for order in (payloads, payloads[::-1], random.sample(payloads, len(payloads))):
        states.add(_state_after(config, [[payload] for payload in order]))
    # Brought together, the older first, as the loader does with small ones of one source.
    together = [[p for p in payloads if p[3] is made_up] for made_up in (False, True)]
    states.add(_state_after(config, [group for group in together if group]))
    assert len(states) == 1


def _state_after(config: Config, groups: list[list[tuple[int, Any, Any, bool]]]) -> str:
    path = config.database.with_name("order.duckdb")
    if not path.exists():
        init(path, timedelta(seconds=1))
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"DELETE FROM {CARBON}")
        types = column_types(con)
        for group in groups:
            parts = sorted(map(_part, group), key=lambda part: part.origin.version)
            upsert(con, parts, config.limits(), types)
        return str(
            con.execute(f"SELECT * EXCLUDE (created_at, updated_at) FROM {CARBON}").fetchall()
        )


def _part(payload: tuple[int, Any, Any, bool]) -> Part:
    step, forecast, actual, is_synthetic = payload
    as_of = NOW + step * HALF_HOUR
    source = SYNTHETIC if is_synthetic else "carbon-intensity"
    columns = {
        "timestamp": [T0],
        "forecast_gco2_kwh": [forecast],
        "actual_gco2_kwh": [actual],
        "intensity_index": [None],
        "forecast_issued_at": [as_of if step % 2 else None],
    }
    origin = Origin(source, natural_id("p", as_of, forecast, actual, source), as_of)
    return Part(origin, Batch(CARBON, columns))


def test_small_payloads_loaded_together_are_counted_apart(
    land: Any, ask: Ask, config: Config
) -> None:
    land("intensity", national((100, 90), (5000, 80)), NOW, location="/a")
    land("intensity", {"data": []}, NOW, location="/b")
    land("intensity", b'{"data":[', NOW, location="/c")
    land("intensity", national((110, 90), (120, 80), (130, 70)), NOW + HALF_HOUR, location="/d")
    done = {loaded.location: loaded for loaded in load_waiting(config, NOW)}
    assert [(d.status, d.inserted, d.updated, d.rejected) for _, d in sorted(done.items())] == [
        ("loaded", 2, 0, 1),
        ("loaded", 0, 0, 0),
        ("failed", 0, 0, 0),
        ("loaded", 1, 2, 0),
    ]
    assert ask(f"{NATIONAL} ORDER BY timestamp") == [
        (110, 90, "low"),
        (120, 80, "low"),
        (130, 70, "low"),
    ]
    logged = "SELECT endpoint, records_inserted, records_rejected FROM api_logs ORDER BY 1"
    assert ask(logged) == [("/a", 2, 1), ("/b", 0, 0), ("/c", 0, 0), ("/d", 1, 0)]


def test_one_that_breaks_a_constraint_does_not_take_the_others_along(
    land: Any, ask: Ask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gridctl.sources import SOURCES

    parse = bodies.parse

    def without_time(payload: Any) -> Any:
        parsed = parse(payload)
        if payload.location == "/b":
            parsed.batches[0].columns["timestamp"] = [None]
        return parsed

    source = SOURCES["carbon-intensity"]
    monkeypatch.setitem(SOURCES, source.name, replace(source, parse=without_time))
    for i, place in enumerate("abc"):
        land("intensity", national((100 + i, 90)), NOW + i * HALF_HOUR, location=f"/{place}")
    done = {loaded.location: loaded.status for loaded in load_waiting(config, NOW)}
    assert done == {"/a": "loaded", "/b": "failed", "/c": "loaded"}
    assert ask(NATIONAL) == [(102, 90, "low")]
    assert Landing(config.database).counts_by_state() == {"failed": 1, "loaded": 2}


def test_real_rows_replace_synthetic_ones_whole_and_never_the_reverse(config: Config) -> None:
    path = config.database
    init(path, timedelta(seconds=1))
    table = "carbon_intensity_national"
    made_up = Origin(SYNTHETIC, uuid.uuid4(), NOW + HALF_HOUR)
    real = Origin("carbon-intensity", uuid.uuid4(), NOW)
    with duckdb.connect(str(path)) as con:
        types = column_types(con)

        def put(origin: Origin, forecast: float | None, actual: float | None) -> tuple[Any, ...]:
            columns = {
                "timestamp": [T0],
                "forecast_gco2_kwh": [forecast],
                "actual_gco2_kwh": [actual],
            }
            upsert(con, [Part(origin, Batch(table, columns))], config.limits(), types)
            row: tuple[Any, ...] = con.execute(
                f"SELECT source, forecast_gco2_kwh, actual_gco2_kwh FROM {table}"
            ).fetchall()[0]
            return row

        assert put(made_up, 1, 2) == ("synthetic", 1, 2)
        assert put(real, 100, None) == ("carbon-intensity", 100, None)
        assert put(made_up, 1, 2) == ("carbon-intensity", 100, None)


def test_a_bad_payload_fails_alone_and_is_kept(load: Load, ask: Ask, config: Config) -> None:
    assert load("intensity", b'{"data":[').status == "failed"
    assert load("intensity", national((100, 90))).status == "loaded"
    assert Landing(config.database).counts_by_state() == {"failed": 1, "loaded": 1}
    [(error,)] = ask("SELECT error_message FROM api_logs WHERE error_message IS NOT NULL")
    assert "cut short" in error


def test_a_parser_fix_can_be_replayed(
    load: Load, ask: Ask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = bodies.parse

    def broken(payload: Any) -> Any:
        parsed = parse(payload)
        for batch in parsed.batches:
            column = batch.columns["forecast_gco2_kwh"]
            batch.columns["forecast_gco2_kwh"] = [value + 10 for value in column]
        return parsed

    from gridctl.sources import SOURCES

    with monkeypatch.context() as patch:
        source = SOURCES["carbon-intensity"]
        patch.setitem(SOURCES, source.name, replace(source, parse=broken))
        load("intensity", national((100, 90)))
    assert ask(NATIONAL) == [(110, 90, "low")]
    replay(config)
    assert load_waiting(config, NOW)[0].updated == 1
    assert ask(NATIONAL) == [(100, 90, "low")]


def test_vintages_are_kept_and_repeats_are_not(load: Load, ask: Ask) -> None:
    minute = timedelta(minutes=1)
    load("intensity", national((100, None), (101, None)), T0 + minute, is_forecast=True)
    load("intensity", national((100, None), (101, None)), T0 + 5 * minute, is_forecast=True)
    load("intensity", national((100, None), (99, None)), T0 + 9 * minute, is_forecast=True)
    load("intensity", national((100, None), (99, None)), T0 + 31 * minute, is_forecast=True)
    assert ask("SELECT forecast_values FROM forecast_vintages ORDER BY issued_at") == [
        ([100, 101],),
        ([100, 99],),
        ([99],),
    ]
    points = ask(
        "SELECT timestamp, value, horizon_hours FROM forecast_vintage_points "
        "ORDER BY issued_at, timestamp"
    )
    assert points[1] == (T0 + HALF_HOUR, 101, pytest.approx(29 / 60))
    assert len(points) == 5


def test_an_outlier_in_a_vintage_is_a_gap(load: Load, ask: Ask) -> None:
    load("intensity", national((100, None), (13579, None)), T0, is_forecast=True)
    assert ask("SELECT forecast_values FROM forecast_vintages") == [([100, None],)]


def test_the_order_of_loading_real_files_does_not_matter(
    real_data: Path, config: Config, tmp_path: Path
) -> None:
    from gridctl.store.files import load_files

    files = sorted((real_data / "carbonintensity").glob("*"))
    states = set()
    orders = [files, files[::-1], [*files[7:], *files[:7]]]
    for i, order in enumerate(orders):
        own = config.with_database(tmp_path / f"order{i}.duckdb")
        for file in order:  # one by one, as separate commands would
            load_files(own, [file], NOW)
        with duckdb.connect(str(own.database), read_only=True) as con:
            con.execute("SET TimeZone = 'UTC'")
            states.add(
                "".join(
                    str(
                        con.execute(
                            f"SELECT md5(string_agg(r::VARCHAR, '' ORDER BY id)), count(*) FROM "
                            f"(SELECT * EXCLUDE (created_at, updated_at) FROM {table}) r"
                        ).fetchall()
                    )
                    for table in (
                        "carbon_intensity_national",
                        "carbon_intensity_regional",
                        "generation_mix_national",
                        "generation_mix_regional",
                        "forecast_vintages",
                    )
                )
            )
    assert len(states) == 1


def test_a_parser_that_trips_fails_its_payload_alone(
    load: Load, ask: Ask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gridctl.sources import SOURCES

    def trip(payload: Any) -> Any:
        raise TypeError("unhashable type: 'list'")

    with monkeypatch.context() as patch:
        source = SOURCES["carbon-intensity"]
        patch.setitem(SOURCES, source.name, replace(source, parse=trip))
        failed = load("intensity", national((100, 90)))
    assert failed.status == "failed"
    assert failed.error == "its reader failed: TypeError: unhashable type: 'list'"
    replay(config)  # after the fix
    assert load_waiting(config, NOW)[0].inserted == 1


def test_a_wrong_type_of_index_costs_the_field_of_its_record(
    load: Load, ask: Ask, config: Config
) -> None:
    body = national((100, 90), (110, 80), (120, 70))
    body["data"][0]["intensity"]["index"] = 5
    body["data"][1]["intensity"]["index"] = ["low"]
    assert load("intensity", body).rules == {
        "carbon_intensity_national.intensity_index: not_a_text": 2
    }
    assert ask(f"{NATIONAL} ORDER BY timestamp") == [
        (100, 90, None),
        (110, 80, None),
        (120, 70, "low"),
    ]


def test_an_issue_that_comes_late_from_between_two_is_kept(
    land: Any, ask: Ask, config: Any
) -> None:
    at = [NOW + timedelta(minutes=minutes) for minutes in (5, 10, 15)]
    for moment, value in ((at[0], 100), (at[2], 120), (at[1], 100)):
        land("intensity", national((value, None), start=NOW), moment, is_forecast=True)
        load_waiting(config, NOW)
    assert ask("SELECT issued_at, forecast_values[1] FROM forecast_vintages ORDER BY 1") == [
        (at[0], 100),
        (at[1], 100),
        (at[2], 120),
    ]


def test_what_was_brought_is_told_after_a_crash_before_it_was_noted(
    land: Any, ask: Ask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("intensity", national((100, 90), (101, 91)))
    with monkeypatch.context() as patch:
        patch.setattr(Landing, "mark_loaded", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            load_waiting(config, NOW)
    assert load_waiting(config, NOW)[0].inserted == 0
    assert ask("SELECT records_inserted, records_fetched FROM api_logs") == [(2, 2)]


def test_synthetic_recipes_are_never_stored_together(config: Config) -> None:
    waiting = [Waiting(uuid.uuid4(), SYNTHETIC, "grid", 150) for _ in range(3)]
    assert [len(group) for group in _groups(waiting)] == [1, 1, 1]
    small = [Waiting(uuid.uuid4(), "elexon", "system_price", 400_000) for _ in range(3)]
    assert [len(group) for group in _groups(small)] == [2, 1]
