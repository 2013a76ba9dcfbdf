-- A region now, greenest first, as the view of this name in schema/views tells it.
CREATE VIEW regional_compute_opportunities AS
WITH clock AS (
    SELECT coalesce((SELECT datetime(moment) FROM gridctl_as_of), datetime('now')) AS moment
),
slots AS (
    SELECT region_number, timestamp, forecast_gco2_kwh, intensity_index, source, moment
    FROM clock CROSS JOIN carbon_intensity_regional
    WHERE timestamp > datetime(moment, '-150 minutes') AND timestamp < datetime(moment, '+24 hours')
      AND forecast_gco2_kwh IS NOT NULL
),
current_slot AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) AS place
        FROM slots WHERE timestamp <= moment
    ) WHERE place = 1
),
best_slot AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY region_number ORDER BY forecast_gco2_kwh, timestamp) AS place
        FROM slots WHERE timestamp > datetime(moment, '-30 minutes')
    ) WHERE place = 1
),
mix AS (
    SELECT * FROM (
        SELECT region_number, renewable_pct, wind_pct, solar_pct, source,
               row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) AS place
        FROM clock CROSS JOIN generation_mix_regional
        WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
    ) WHERE place = 1
),
demand AS (
    SELECT * FROM (
        SELECT region_number, demand_mw, source,
               row_number() OVER (
                   PARTITION BY region_number ORDER BY is_forecast, timestamp DESC) AS place
        FROM clock CROSS JOIN demand_regional
        WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
          AND demand_mw IS NOT NULL
    ) WHERE place = 1
),
latest_snapshot AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY compute_window_id ORDER BY snapshot_timestamp DESC, fetched_at DESC
        ) AS place
        FROM grid_snapshots
    ) WHERE place = 1
),
windows AS (
    SELECT zone.region_id, count(*) AS available
    FROM clock CROSS JOIN latest_snapshot AS snapshot
    JOIN compute_windows AS compute ON compute.id = snapshot.compute_window_id
    JOIN grid_zones AS zone ON zone.id = compute.grid_zone_id
    WHERE snapshot.window_start < datetime(moment, '+24 hours') AND snapshot.window_end > moment
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
