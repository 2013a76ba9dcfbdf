-- Work that could wait and should: pending or deferred, deferrable, and over its carbon cap if run
-- now. Measured where its asset stands, else on the national figure. The best start is the lowest
-- mean over the workload's own duration (one half hour when that is unknown), without gaps, begun
-- at or after now and over by the deadline. The smaller of the workload's and the asset's cap rules.
CREATE OR REPLACE VIEW workload_optimization_opportunities AS
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
carbon AS (  -- region 0 is Great Britain; a forecast reaches a few days, seven are plenty
    SELECT 0 AS region_number, timestamp, source, moment,
           coalesce(actual_gco2_kwh, forecast_gco2_kwh) AS intensity
    FROM carbon_intensity_national, clock
    WHERE timestamp > moment - INTERVAL 150 MINUTE AND timestamp < moment + INTERVAL 7 DAY
    UNION ALL
    SELECT region_number, timestamp, source, moment, forecast_gco2_kwh
    FROM carbon_intensity_regional, clock
    WHERE timestamp > moment - INTERVAL 150 MINUTE AND timestamp < moment + INTERVAL 7 DAY
),
current_slot AS (
    SELECT * FROM carbon
    WHERE timestamp <= moment AND intensity IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) = 1
),
mix AS (
    SELECT region_number, renewable_pct, source
    FROM (
        SELECT 0 AS region_number, timestamp, renewable_pct, source FROM generation_mix_national
        UNION ALL
        SELECT region_number, timestamp, renewable_pct, source FROM generation_mix_regional
    ), clock
    WHERE timestamp <= moment AND timestamp > moment - INTERVAL 150 MINUTE
    QUALIFY row_number() OVER (PARTITION BY region_number ORDER BY timestamp DESC) = 1
),
price AS (
    SELECT price_gbp_mwh, source
    FROM wholesale_prices, clock
    WHERE price_type = 'market_index' AND region_number IS NULL
      AND timestamp <= moment AND timestamp > moment - INTERVAL 24 HOUR
    ORDER BY timestamp DESC
    LIMIT 1
),
waiting AS (
    SELECT
        workload.*,
        coalesce(region.region_number, 0) AS region_number,
        least(workload.max_carbon_intensity_gco2_kwh, asset.carbon_intensity_cap_gco2_kwh) AS cap,
        2 * coalesce(workload.estimated_duration_hours, 0.5) AS half_hours,
        greatest(moment, coalesce(workload.earliest_start, moment)) AS not_before,
        moment
    FROM compute_workloads AS workload
    LEFT JOIN compute_assets AS asset ON asset.id = workload.asset_id
    LEFT JOIN uk_regions AS region ON region.id = asset.region_id,
    clock
    WHERE workload.status IN ('pending', 'deferred') AND workload.is_deferrable
),
over_cap AS (
    SELECT waiting.*, current_slot.intensity AS current_intensity, current_slot.source AS slot_source
    FROM waiting
    JOIN current_slot ON current_slot.region_number = waiting.region_number
    WHERE current_slot.intensity > waiting.cap
),
asked AS (  -- in whole microseconds: arithmetic on times with a zone is many times slower
    SELECT id, region_number, half_hours, ceil(half_hours)::BIGINT AS slots,
           epoch_us(not_before) AS earliest_us,
           epoch_us(latest_completion - to_seconds(1800 * half_hours)) AS latest_us
    FROM over_cap
),
running AS (  -- running totals make the mean of any stretch a subtraction
    SELECT region_number, timestamp, epoch_us(timestamp) AS slot_us, intensity, source,
           row_number() OVER by_time AS position,
           sum(intensity) OVER by_time AS total
    FROM carbon
    WHERE intensity IS NOT NULL
    WINDOW by_time AS (PARTITION BY region_number ORDER BY timestamp)
),
best AS (
    SELECT
        asked.id,
        first.timestamp AS best_start,
        -- the last half hour counts by the part of it that is used
        (last.total - last.intensity - first.total + first.intensity
         + last.intensity * (half_hours - slots + 1)) / half_hours AS mean_intensity,
        'synthetic' IN (first.source, last.source) AS is_synthetic
    FROM asked
    JOIN running AS first ON first.region_number = asked.region_number
    JOIN running AS last
        ON last.region_number = first.region_number
       AND last.slot_us = first.slot_us + 1800000000 * (slots - 1)
       AND last.position = first.position + slots - 1  -- no half hour missing in between
    WHERE first.slot_us >= earliest_us AND (latest_us IS NULL OR first.slot_us <= latest_us)
    QUALIFY row_number() OVER (
        PARTITION BY asked.id ORDER BY round(mean_intensity, 6), first.timestamp) = 1
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
    epoch(over_cap.latest_completion - over_cap.moment) / 3600 AS hours_until_deadline,
    'synthetic' IN (over_cap.slot_source, coalesce(mix.source, ''), coalesce(price.source, ''))
        OR coalesce(best.is_synthetic, FALSE) AS is_synthetic
FROM over_cap
LEFT JOIN best ON best.id = over_cap.id
LEFT JOIN mix ON mix.region_number = over_cap.region_number
LEFT JOIN price ON TRUE
ORDER BY carbon_excess DESC, workload_name;
