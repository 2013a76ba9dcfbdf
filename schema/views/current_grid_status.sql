-- Great Britain now: the half hour in force, else the newest one that ended less than 2 h ago.
-- Never a half hour still to come, though the table holds forecasts for two days ahead. What goes
-- beside it is as-of, the newest at or before now, because publishers differ by minutes.
-- Two and a half hours back: a half hour named by its start ends 30 min later.
CREATE OR REPLACE VIEW current_grid_status AS
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
slot AS (
    SELECT carbon.*, moment
    FROM carbon_intensity_national AS carbon, clock
    WHERE timestamp <= moment AND timestamp > moment - INTERVAL 150 MINUTE
      AND coalesce(actual_gco2_kwh, forecast_gco2_kwh) IS NOT NULL
    ORDER BY timestamp DESC
    LIMIT 1
),
mix AS (
    SELECT renewable_pct, zero_carbon_pct, source
    FROM generation_mix_national, clock
    WHERE timestamp <= moment AND timestamp > moment - INTERVAL 150 MINUTE
    ORDER BY timestamp DESC
    LIMIT 1
),
demand AS (
    SELECT demand_mw, grid_stress_score, source
    FROM (
        SELECT timestamp, demand_mw, grid_stress_score, source, 0 AS preference
        FROM demand_actual_national
        UNION ALL
        SELECT timestamp, demand_mw, grid_stress_score, source,
               CASE forecast_type WHEN 'day_ahead' THEN 1 WHEN 'two_day_ahead' THEN 2
                                  WHEN 'seven_day_ahead' THEN 3 ELSE 4 END
        FROM demand_forecast_national
    ), clock
    WHERE timestamp <= moment AND timestamp > moment - INTERVAL 150 MINUTE
      AND demand_mw IS NOT NULL
    ORDER BY preference > 0, timestamp DESC, preference
    LIMIT 1
),
price AS (
    SELECT price_gbp_mwh, source
    FROM wholesale_prices, clock
    WHERE price_type = 'market_index' AND region_number IS NULL
      AND timestamp <= moment AND timestamp > moment - INTERVAL 24 HOUR
    ORDER BY timestamp DESC
    LIMIT 1
)
SELECT
    slot.timestamp,
    coalesce(slot.actual_gco2_kwh, slot.forecast_gco2_kwh) AS carbon_intensity,
    slot.actual_gco2_kwh IS NOT NULL AS is_actual,
    slot.intensity_index,
    mix.renewable_pct,
    mix.zero_carbon_pct,
    demand.demand_mw,
    demand.grid_stress_score,
    price.price_gbp_mwh AS wholesale_price_gbp_mwh,
    round(epoch(slot.moment - slot.fetched_at) / 60, 1) AS data_age_minutes,
    -- One made-up part makes the row synthetic.
    'synthetic' IN (slot.source, coalesce(mix.source, ''), coalesce(demand.source, ''),
                    coalesce(price.source, '')) AS is_synthetic
FROM slot
LEFT JOIN mix ON TRUE
LEFT JOIN demand ON TRUE
LEFT JOIN price ON TRUE;
