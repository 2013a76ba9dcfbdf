"""SQL that users keep in notebooks runs as it stands, through DuckDB alone and through gridctl."""

from __future__ import annotations

import pytest
from query.querystore import Store

from gridctl.query.run import run_sql

QUERIES = {
    "status": "SELECT * FROM current_grid_status",
    "regions": """SELECT * FROM regional_compute_opportunities
        WHERE carbon_intensity < 150 ORDER BY carbon_intensity ASC LIMIT 5""",
    "conditions": """SELECT window_name, grid_area, renewable_mix, carbon_intensity,
            beckn_price_value, window_start, window_end
        FROM latest_grid_conditions
        WHERE renewable_mix >= 75 AND carbon_intensity <= 120 ORDER BY beckn_price_value ASC""",
    "hourly": """SELECT DATE_TRUNC('hour', timestamp) as hour,
            AVG(forecast_gco2_kwh) as avg_carbon, MIN(forecast_gco2_kwh) as min_carbon,
            MAX(forecast_gco2_kwh) as max_carbon
        FROM carbon_intensity_national WHERE timestamp >= NOW() - INTERVAL '24 hours'
        GROUP BY DATE_TRUNC('hour', timestamp) ORDER BY hour DESC""",
    "regional": """SELECT ur.region_name, cir.forecast_gco2_kwh as carbon_intensity,
            cir.intensity_index, cir.timestamp
        FROM carbon_intensity_regional cir JOIN uk_regions ur ON cir.region_id = ur.id
        WHERE cir.timestamp = (SELECT MAX(timestamp) FROM carbon_intensity_regional)
        ORDER BY cir.forecast_gco2_kwh ASC""",
    "negotiations": """SELECT initiator.agent_name as initiator, responder.agent_name as responder,
            negotiation_type, status, outcome
        FROM agent_negotiations an
        JOIN agents initiator ON an.initiator_agent_id = initiator.id
        LEFT JOIN agents responder ON an.responder_agent_id = responder.id
        ORDER BY started_at DESC""",
    "calls": """SELECT api_name, COUNT(*) as calls, AVG(records_fetched) as avg_records,
            COUNT(*) FILTER (WHERE error_message IS NOT NULL) as errors,
            MAX(request_timestamp) as last_call
        FROM api_logs WHERE request_timestamp >= NOW() - INTERVAL '1 hour' GROUP BY api_name""",
    "freshness": """SELECT 'Carbon (National)' as data_type, MAX(timestamp) as latest_data,
            NOW() - MAX(timestamp) as age FROM carbon_intensity_national
        UNION ALL
        SELECT 'Beckn Snapshots', MAX(snapshot_timestamp), NOW() - MAX(snapshot_timestamp)
        FROM grid_snapshots""",
}


@pytest.fixture
def lively(store: Store) -> Store:
    """A database with a little of everything, around the real present."""
    own = "'real', now(), uuid()"
    store.execute(f"""
        CREATE TEMP TABLE slots AS SELECT unnest(generate_series(
            time_bucket(INTERVAL 30 MINUTE, now()), now() + INTERVAL 2 HOUR,
            INTERVAL 30 MINUTE)) AS slot;
        INSERT INTO carbon_intensity_national
            (id, timestamp, forecast_gco2_kwh, source, fetched_at, payload_id)
            SELECT natural_id('n', slot::VARCHAR), slot, 90, {own} FROM slots;
        INSERT INTO carbon_intensity_regional
            (id, region_number, region_id, timestamp, forecast_gco2_kwh, source, fetched_at,
             payload_id)
            SELECT natural_id('r', slot::VARCHAR), 13, region('London'), slot, 90, {own} FROM slots;
        INSERT INTO compute_windows (id, item_id, window_name, source, fetched_at, payload_id)
            SELECT natural_id('w', '1'), '1', 'one', {own};
        INSERT INTO grid_snapshots (id, item_id, snapshot_timestamp, compute_window_id,
            window_start, window_end, renewable_mix, carbon_intensity, source,
            fetched_at, payload_id)
            SELECT natural_id('s', '1'), '1', now(), natural_id('w', '1'), now(),
                   now() + INTERVAL 1 HOUR, 80, 100, {own};
        INSERT INTO agents (id, agent_name, agent_type)
            SELECT natural_id('agents', 'a'), 'a', 'orchestrator';
        INSERT INTO agent_negotiations (id, negotiation_id, sequence, initiator_agent_id,
            negotiation_type, status, started_at)
            SELECT uuid(), 'n', 1, natural_id('agents', 'a'), 'flexibility_bid', 'proposed', now();
        INSERT INTO api_logs (id, api_name, endpoint, request_timestamp, attempts, records_fetched,
            records_inserted, records_updated, records_rejected)
            SELECT uuid(), 'neso', '/', now(), 1, 1, 1, 0, 0
    """)
    return store


@pytest.mark.parametrize("name", QUERIES)
def test_runs_and_returns_rows(lively: Store, reader, name: str) -> None:  # type: ignore[no-untyped-def]
    sql = QUERIES[name]
    assert len(reader(sql)) == len(run_sql(lively.config, sql).rows) > 0


def test_the_published_queries_run_as_they_stand(lively: Store, reader, real_data) -> None:  # type: ignore[no-untyped-def]
    """The file itself, where it is at hand: every statement, in gridctl and in plain DuckDB."""
    path = real_data.parent / "design" / "acceptance" / "readme_queries.sql"
    if not path.exists():
        pytest.skip(f"no published queries at {path}")
    statements = [part.strip() for part in path.read_text().split(";") if part.strip()]
    assert len(statements) == 10
    for sql in statements:
        assert len(reader(sql)) == len(run_sql(lively.config, sql).rows)
