-- Great Britain now, as the view of this name in schema/views tells it.
CREATE VIEW current_grid_status AS
WITH clock AS (
    SELECT coalesce((SELECT datetime(moment) FROM gridctl_as_of), datetime('now')) AS moment
),
slot AS (
    SELECT carbon.*, moment
    FROM clock CROSS JOIN carbon_intensity_national AS carbon
    WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
      AND coalesce(actual_gco2_kwh, forecast_gco2_kwh) IS NOT NULL
    ORDER BY timestamp DESC
    LIMIT 1
),
mix AS (
    SELECT renewable_pct, zero_carbon_pct, source
    FROM clock CROSS JOIN generation_mix_national
    WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
    ORDER BY timestamp DESC
    LIMIT 1
),
demands AS (
    SELECT timestamp, demand_mw, grid_stress_score, source, 0 AS preference
    FROM clock CROSS JOIN demand_actual_national
    WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
    UNION ALL
    SELECT timestamp, demand_mw, grid_stress_score, source,
           CASE forecast_type WHEN 'day_ahead' THEN 1 WHEN 'two_day_ahead' THEN 2
                              WHEN 'seven_day_ahead' THEN 3 ELSE 4 END
    FROM clock CROSS JOIN demand_forecast_national
    WHERE timestamp <= moment AND timestamp > datetime(moment, '-150 minutes')
),
demand AS (
    SELECT demand_mw, grid_stress_score, source
    FROM demands
    WHERE demand_mw IS NOT NULL
    ORDER BY preference > 0, timestamp DESC, preference
    LIMIT 1
),
price AS (
    SELECT price_gbp_mwh, source
    FROM clock CROSS JOIN wholesale_prices
    -- the plus: else SQLite first indexes all prices by their type
    WHERE +price_type = 'market_index' AND region_number IS NULL
      AND timestamp <= moment AND timestamp > datetime(moment, '-24 hours')
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
    round((julianday(slot.moment) - julianday(slot.fetched_at)) * 1440, 1) AS data_age_minutes,
    'synthetic' IN (slot.source, coalesce(mix.source, ''), coalesce(demand.source, ''),
                    coalesce(price.source, '')) AS is_synthetic
FROM slot
LEFT JOIN mix ON TRUE
LEFT JOIN demand ON TRUE
LEFT JOIN price ON TRUE;
