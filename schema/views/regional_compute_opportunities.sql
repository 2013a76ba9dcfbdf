-- A region now, greenest first: the half hour in force there (else the newest one that ended less
-- than 2 h ago), the lowest half hour of the coming 24 h, and the compute windows on offer in it.
-- Regional intensity is forecast only and counts what is consumed: compare regions with regions.
CREATE OR REPLACE VIEW regional_compute_opportunities AS
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
slots AS (
    SELECT region_number, timestamp, forecast_gco2_kwh, intensity_index, source, moment
    FROM carbon_intensity_regional, clock
    WHERE timestamp > moment - INTERVAL 150 MINUTE AND timestamp < moment + INTERVAL 24 HOUR
      AND forecast_gco2_kwh IS NOT NULL
),
current_slot AS (
    SELECT * FROM slots
    WHERE timestamp <= moment
    QUALIFY row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) = 1
),
best_slot AS (  -- the half hour in force counts: nothing beats running now when it is the lowest
    SELECT * FROM slots
    WHERE timestamp > moment - INTERVAL 30 MINUTE
    QUALIFY row_number() OVER (PARTITION BY region_number ORDER BY forecast_gco2_kwh, timestamp) = 1
),
mix AS (
    SELECT region_number, renewable_pct, wind_pct, solar_pct, source
    FROM generation_mix_regional, clock
    WHERE timestamp <= moment AND timestamp > moment - INTERVAL 150 MINUTE
    QUALIFY row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) = 1
),
demand AS (
    SELECT region_number, demand_mw, source
    FROM demand_regional, clock
    WHERE timestamp <= moment AND timestamp > moment - INTERVAL 150 MINUTE
      AND demand_mw IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY region_number ORDER BY is_forecast, timestamp DESC) = 1
),
newest_snapshots AS (  -- per window: one global newest would hide the other windows
    SELECT compute_window_id, max(snapshot_timestamp) AS snapshot_timestamp
    FROM grid_snapshots
    GROUP BY compute_window_id
),
latest_snapshot AS (
    SELECT grid_snapshots.*
    FROM grid_snapshots JOIN newest_snapshots USING (compute_window_id, snapshot_timestamp)
    QUALIFY row_number() OVER (PARTITION BY compute_window_id ORDER BY fetched_at DESC) = 1
),
windows AS (
    SELECT zone.region_id, count(*) AS available
    FROM latest_snapshot AS snapshot
    JOIN compute_windows AS compute ON compute.id = snapshot.compute_window_id
    JOIN grid_zones AS zone ON zone.id = compute.grid_zone_id,
    clock
    WHERE snapshot.window_start < moment + INTERVAL 24 HOUR AND snapshot.window_end > moment
    GROUP BY zone.region_id
)
SELECT
    region.id AS region_id,
    region.region_number,
    region.region_name,
    current_slot.forecast_gco2_kwh AS carbon_intensity,
    current_slot.intensity_index,
    mix.renewable_pct,
    mix.wind_pct,
    mix.solar_pct,
    demand.demand_mw,
    coalesce(windows.available, 0) AS available_windows,
    best_slot.timestamp AS best_start,
    best_slot.forecast_gco2_kwh AS best_carbon_intensity,
    rank() OVER (ORDER BY current_slot.forecast_gco2_kwh) AS rank,
    'synthetic' IN (current_slot.source, coalesce(best_slot.source, ''), coalesce(mix.source, ''),
                    coalesce(demand.source, '')) AS is_synthetic
FROM uk_regions AS region
JOIN current_slot ON current_slot.region_number = region.region_number
LEFT JOIN best_slot ON best_slot.region_number = region.region_number
LEFT JOIN mix ON mix.region_number = region.region_number
LEFT JOIN demand ON demand.region_number = region.region_number
LEFT JOIN windows ON windows.region_id = region.id
ORDER BY rank, region.region_number;
