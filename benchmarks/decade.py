"""Ten years of made-up data in one database, to measure with; all of it is labelled synthetic.

Run: python benchmarks/decade.py FOLDER [YEARS]
It makes FOLDER/grid.duckdb, ten years up to :data:`END` as they look at :data:`AS_OF`, about six
million rows. Of the last year it also has what a store gathers that fetches every half hour:
forecasts as issued, national and regional, Beckn catalogues, estimates of demand by region, the log
of calls; and decisions on 2,000 jobs. It takes about ten minutes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gridctl.clock import HALF_HOUR, floor_half_hour
from gridctl.config import Config, load_config
from gridctl.landing import Call, Landing
from gridctl.model import SYNTHETIC, Batch, Window, natural_id
from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.plan.capacity import Capacity
from gridctl.schedule.plan.run import Request, plan_workloads
from gridctl.sources import synthetic
from gridctl.sources.synthetic.scene import Scene
from gridctl.sources.synthetic.vintages import COLUMNS, issued_rows
from gridctl.store.connect import open_writer
from gridctl.store.load import load_waiting
from gridctl.store.merge import Origin
from gridctl.store.upsert import Part, column_types, upsert

SEED = 1
AS_OF = datetime(2025, 12, 31, 23, 35, tzinfo=UTC)
END = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)  # the forecasts known at AS_OF reach that far
YEAR = timedelta(days=365.25)
HORIZON = timedelta(hours=48)
HISTORY = (
    "carbon_intensity_national", "carbon_intensity_regional", "generation_mix_national",
    "generation_mix_regional", "demand_actual_national", "wholesale_prices", "flexibility_prices",
)  # fmt: skip
BECKN = ("grid_zones", "compute_windows", "grid_snapshots", "offers", "beckn_transactions")
VINTAGES_AT_ONCE = 500
JOBS = 2_000


def main() -> None:
    folder, years = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    config = load_config(environ={}).with_database(folder / "grid.duckdb")
    start = AS_OF.replace(hour=0, minute=0) + timedelta(days=1) - years * YEAR
    last_year = max(start, AS_OF - YEAR)
    for name, step in (
        ("land", lambda: _land(config, start, last_year)),
        ("load", lambda: load_waiting(config, AS_OF)),
        ("vintages", lambda: _store_vintages(config, last_year)),
        ("calls", lambda: _store_calls(config, last_year)),
        ("jobs", lambda: _plan_jobs(config)),
    ):
        begun = time.perf_counter()
        step()
        print(f"{name}: {time.perf_counter() - begun:.1f} s", flush=True)
    print(f"{config.database}: {config.database.stat().st_size / 1e6:.0f} MB")


def _land(config: Config, start: datetime, last_year: datetime) -> None:
    """The recipes: of all years the grid and its prices, of the last one all the rest."""
    landing = Landing(config.database)

    def land(window: Window, as_of: datetime, *tables: str) -> None:
        body = synthetic.recipe(SEED, window, as_of, tables)
        landing.land(
            Call(SYNTHETIC, "grid", "synthetic", "embedded", as_of, as_of, body, as_of, as_of)
        )

    for piece in synthetic.pieces(Window(start, END)):
        land(piece, AS_OF, *HISTORY)
        land(piece, piece.start, "demand_forecast_national")  # as foreseen, for all of it
    for piece in synthetic.pieces(Window(last_year, END)):
        land(piece, AS_OF, "demand_regional")
    for issued in _moments(last_year, timedelta(hours=24)):
        land(Window(issued, issued + HALF_HOUR), issued, *BECKN)


def _moments(start: datetime, step: timedelta) -> Iterator[datetime]:
    """Moments a ``step`` apart, the last of them :data:`AS_OF`."""
    count = (AS_OF - start) // step
    return (AS_OF - i * step for i in range(count, -1, -1))


def _store_vintages(config: Config, start: datetime) -> None:
    """Forecasts issued every half hour. A recipe makes two a day, so these do not pass landing."""
    issued = list(_moments(start, HALF_HOUR))
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        types = column_types(con)
        for first in range(0, len(issued), VINTAGES_AT_ONCE):
            moments = issued[first : first + VINTAGES_AT_ONCE]
            rows = [row for moment in moments for row in issued_rows(_scene(moment))]
            columns = map(list, zip(*rows, strict=True))
            batch = Batch("forecast_vintages", dict(zip(COLUMNS, columns, strict=True)))
            as_of = moments[-1]
            origin = Origin(SYNTHETIC, natural_id("payload", SYNTHETIC, as_of), as_of)
            con.execute("BEGIN")
            upsert(con, [Part(origin, batch)], config.limits(), types)
            con.execute("COMMIT")


def _scene(issued: datetime) -> Scene:
    start = floor_half_hour(issued)
    return Scene(synthetic.Recipe(SEED, Window(start, start + HORIZON), issued))


def _store_calls(config: Config, start: datetime) -> None:
    """What has no recipe: ten calls logged every half hour, talks of four agents, waiting jobs."""
    with open_writer(config.database, config["store.lock_timeout"]) as con:
        con.execute(CALLS, [start, AS_OF])
        con.execute(AGENTS)
        con.execute(TALKS, [AS_OF])
        con.execute(ASSETS)
        con.execute(WAITING, [AS_OF])


def _plan_jobs(config: Config) -> None:
    """Jobs of half an hour to eight hours, each with a cap that some hours break."""
    jobs = [
        make_workload(
            {
                "name": f"synthetic job {i}",
                "energy_kwh": 10.0 + i % 90,
                "duration": HALF_HOUR * (1 + i % 16),
                "deadline": AS_OF + timedelta(hours=20 + i % 24),
                "regions": [1 + i % 14],
            }
        )
        for i in range(JOBS)
    ]
    plan_workloads(
        config, jobs, Request(Capacity(), "contiguous", as_of=AS_OF, allow_synthetic=True)
    )


CALLS = """
INSERT INTO api_logs (id, api_name, endpoint, request_timestamp, response_timestamp, status_code,
    attempts, bytes, records_fetched, records_inserted, records_updated, records_rejected,
    error_message)
SELECT uuid(), ['carbon-intensity', 'neso', 'elexon', 'dfs', 'beckn'][1 + call % 5],
    'synthetic/' || call, moment, moment + to_milliseconds(200 + call * 37),
    CASE WHEN failed THEN 503 ELSE 200 END, 1 + failed::INT, 4000, 100, 50, 10, 0,
    CASE WHEN failed THEN 'made up: the server answered 503' END
FROM (SELECT moment, call, hash(moment, call) % 50 = 0 AS failed
      FROM range(?::TIMESTAMPTZ, ?::TIMESTAMPTZ, INTERVAL 30 MINUTE) moments (moment),
           range(10) calls (call))
"""
AGENTS = """
INSERT INTO agents (id, agent_name, agent_type)
SELECT natural_id('agents', name), name, type
FROM (VALUES ('synthetic compute', 'compute_operator'), ('synthetic grid', 'grid_operator'),
             ('synthetic storage', 'storage_operator'), ('synthetic referee', 'orchestrator')
     ) made (name, type)
"""
TALKS = """
INSERT INTO agent_negotiations (id, negotiation_id, sequence, initiator_agent_id,
    responder_agent_id, negotiation_type, proposal, status, outcome, started_at, completed_at)
SELECT natural_id('agent_negotiations', 'synthetic-' || talk || '|' || turn),
    'synthetic-' || talk, turn, natural_id('agents', 'synthetic compute'),
    natural_id('agents', 'synthetic grid'), 'flexibility_bid', '{"synthetic": true}',
    ['proposed', 'negotiating', 'accepted'][turn], CASE turn WHEN 3 THEN 'made up' END,
    ?::TIMESTAMPTZ - to_hours(4 * talk), NULL
FROM range(2000) talks (talk), range(1, 4) turns (turn)
"""
ASSETS = """
INSERT INTO compute_assets (id, asset_name, asset_type, region_id)
SELECT natural_id('compute_assets', 'synthetic ' || gsp_group), 'synthetic ' || gsp_group, 'hpc', id
FROM uk_regions
"""
WAITING = """
INSERT INTO compute_workloads (id, workload_name, asset_id, estimated_duration_hours,
    estimated_energy_kwh, max_carbon_intensity_gco2_kwh, latest_completion, status)
SELECT uuid(), 'synthetic waiting ' || job, asset.id, 0.25 * (1 + job % 32), 100, 3,
    ?::TIMESTAMPTZ + to_hours(10 + job % 30), 'pending'
FROM range(280) jobs (job)
LEFT JOIN uk_regions AS region ON region.region_number = job % 20
LEFT JOIN compute_assets AS asset ON asset.region_id = region.id
"""


if __name__ == "__main__":
    main()
