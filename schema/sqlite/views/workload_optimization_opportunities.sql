-- Work that could wait and should, as the view of this name in schema/views tells it.
-- SQLite need not have ceil(): whole_slots is half_hours rounded up.
CREATE VIEW workload_optimization_opportunities AS
WITH clock AS (
    SELECT coalesce((SELECT datetime(moment) FROM gridctl_as_of), datetime('now')) AS moment
),
carbon AS (
    SELECT 0 AS region_number, timestamp, source, moment,
           coalesce(actual_gco2_kwh, forecast_gco2_kwh) AS intensity
    FROM clock CROSS JOIN carbon_intensity_national
    WHERE timestamp > datetime(moment, '-150 minutes') AND timestamp < datetime(moment, '+7 days')
    UNION ALL
    SELECT region_number, timestamp, source, moment, forecast_gco2_kwh
    FROM clock CROSS JOIN carbon_intensity_regional
    WHERE timestamp > datetime(moment, '-150 minutes') AND timestamp < datetime(moment, '+7 days')
),
current_slot AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) AS place
        FROM carbon WHERE timestamp <= moment AND intensity IS NOT NULL
    ) WHERE place = 1
),
mixes AS (
    SELECT 0 AS region_number, timestamp, renewable_pct, source
    FROM clock CROSS JOIN generation_mix_national
    WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
    UNION ALL
    SELECT region_number, timestamp, renewable_pct, source
    FROM clock CROSS JOIN generation_mix_regional
    WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
),
mix AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) AS place
        FROM mixes
    ) WHERE place = 1
),
price AS (
    SELECT price_gbp_mwh, source
    FROM clock CROSS JOIN wholesale_prices
    -- the plus: else SQLite first indexes all prices by their type
    WHERE +price_type = 'market_index' AND region_number IS NULL
      AND timestamp <= moment AND timestamp > datetime(moment, '-24 hours')
    ORDER BY timestamp DESC
    LIMIT 1
),
waiting AS (
    SELECT
        workload.*,
        coalesce(region.region_number, 0) AS region_number,
        -- of two caps the smaller, of one that one
        min(coalesce(workload.max_carbon_intensity_gco2_kwh, asset.carbon_intensity_cap_gco2_kwh),
            coalesce(asset.carbon_intensity_cap_gco2_kwh, workload.max_carbon_intensity_gco2_kwh))
            AS cap,
        2 * coalesce(workload.estimated_duration_hours, 0.5) AS half_hours,
        max(moment, coalesce(workload.earliest_start, moment)) AS not_before,
        moment
    FROM clock CROSS JOIN compute_workloads AS workload
    LEFT JOIN compute_assets AS asset ON asset.id = workload.asset_id
    LEFT JOIN uk_regions AS region ON region.id = asset.region_id
    WHERE workload.status IN ('pending', 'deferred') AND workload.is_deferrable
),
over_cap AS (
    SELECT waiting.*, current_slot.intensity AS current_intensity,
           current_slot.source AS slot_source,
           CAST(half_hours AS INTEGER) + (half_hours > CAST(half_hours AS INTEGER)) AS whole_slots
    FROM waiting
    JOIN current_slot ON current_slot.region_number = waiting.region_number
    WHERE current_slot.intensity > waiting.cap
),
running AS (
    SELECT region_number, timestamp, intensity, source,
           row_number() OVER by_time AS position,
           sum(intensity) OVER by_time AS total
    FROM carbon
    WHERE intensity IS NOT NULL
    WINDOW by_time AS (PARTITION BY region_number ORDER BY timestamp)
),
stretches AS (
    SELECT
        over_cap.id,
        first.timestamp AS best_start,
        (last.total - last.intensity - first.total + first.intensity
         + last.intensity * (half_hours - whole_slots + 1)) / half_hours AS mean_intensity,
        'synthetic' IN (first.source, last.source) AS is_synthetic
    FROM over_cap
    JOIN running AS first ON first.region_number = over_cap.region_number
    JOIN running AS last
        ON last.region_number = first.region_number
       AND last.position = first.position + whole_slots - 1
       AND last.timestamp = datetime(
           first.timestamp, (30 * (last.position - first.position)) || ' minutes')
    WHERE first.timestamp >= not_before
      AND (latest_completion IS NULL
           OR julianday(first.timestamp) + half_hours / 48 <= julianday(latest_completion) + 1e-8)
),
best AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY id ORDER BY round(mean_intensity, 6), best_start) AS place
        FROM stretches
    ) WHERE place = 1
)
SELECT
    over_cap.id AS workload_id,
    over_cap.workload_name,
    over_cap.current_intensity AS current_carbon_intensity,
    over_cap.cap AS carbon_cap,
    over_cap.current_intensity - over_cap.cap AS carbon_excess,
    mix.renewable_pct,
    price.price_gbp_mwh,
    over_cap.estimated_energy_kwh * price.price_gbp_mwh / 1000 AS estimated_cost_gbp,
    best.best_start,
    best.mean_intensity AS best_carbon_intensity,
    over_cap.estimated_energy_kwh * (over_cap.current_intensity - best.mean_intensity) / 1000
        AS potential_carbon_saving_kg,
    (julianday(over_cap.latest_completion) - julianday(over_cap.moment)) * 24
        AS hours_until_deadline,
    'synthetic' IN (over_cap.slot_source, coalesce(mix.source, ''), coalesce(price.source, ''))
        OR coalesce(best.is_synthetic, FALSE) AS is_synthetic
FROM over_cap
LEFT JOIN best ON best.id = over_cap.id
LEFT JOIN mix ON mix.region_number = over_cap.region_number
LEFT JOIN price ON TRUE
ORDER BY carbon_excess DESC, workload_name;
