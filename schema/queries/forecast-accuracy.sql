-- theme: forecasts
-- description: Error of the carbon forecasts by how far ahead they looked, or by hour of the day
-- param: hours int = 744 : how many hours of actuals back
-- param: by horizon|hour|both = horizon : one row per horizon, per hour of the day (Europe/London), or per both
-- param: region region = none : a region instead of Great Britain
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- needs: forecast_vintages : gridctl fetch
-- note: bias is forecast less actual; rows by horizon need stored forecast vintages
-- note: a region has no actuals: its forecasts are held against the last stored one (column against)
-- chart: bar horizon : mae_gco2_kwh rmse_gco2_kwh : g/kWh
-- example: gridctl query forecast-accuracy --param hours=168 --param by=hour
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
outcomes AS (
    SELECT timestamp, actual_gco2_kwh AS outcome, forecast_gco2_kwh AS revised, 'actual' AS against,
           source
    FROM carbon_intensity_national
    WHERE $region::SMALLINT IS NULL
    UNION ALL
    SELECT timestamp, forecast_gco2_kwh, NULL, 'last stored forecast', source
    FROM carbon_intensity_regional
    WHERE region_number = $region
),
actuals AS MATERIALIZED (
    SELECT timestamp, epoch_us(timestamp) AS slot_us, outcome, revised, against,
           source = 'synthetic' AS is_synthetic,
           CASE WHEN $by <> 'horizon' THEN hour(timezone('Europe/London', timestamp)) END AS hour
    FROM outcomes, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment AND outcome IS NOT NULL
),
-- Vintages reach at most 15 days ahead, so older ones say nothing about these half hours. Not from
-- the view forecast_vintage_points: every vintage of all years would be unfolded first. Whole
-- microseconds from here on: arithmetic on times with a zone is many times slower.
vintages AS MATERIALIZED (
    SELECT epoch_us(issued_at) // 60000000 AS issued_minute, epoch_us(first_timestamp) AS first_us,
           60000000 * step_minutes::BIGINT AS step_us, forecast_values,
           source = 'synthetic' AS is_synthetic
    FROM forecast_vintages, clock
    WHERE series = 'carbon_intensity' AND region_number IS NOT DISTINCT FROM $region
      AND issued_at >= moment - to_hours($hours) - INTERVAL 15 DAY AND issued_at <= moment
      AND first_us + step_us * len(forecast_values) > epoch_us(moment - to_hours($hours))
),
points AS (
    SELECT issued_minute, is_synthetic, unnest(forecast_values) AS value,
           first_us + step_us * (generate_subscripts(forecast_values, 1) - 1) AS slot_us
    FROM vintages
),
issued AS (
    SELECT slot_us, value, is_synthetic, slot_us // 60000000 - issued_minute AS minutes_ahead,
           CASE WHEN minutes_ahead < 60 THEN 1 WHEN minutes_ahead < 360 THEN 2
                WHEN minutes_ahead < 720 THEN 3 WHEN minutes_ahead < 1440 THEN 4
                WHEN minutes_ahead < 2880 THEN 5 ELSE 6 END AS bucket
    FROM points
    WHERE value IS NOT NULL
),
cells AS (
    SELECT CASE WHEN $by = 'hour' THEN 0 ELSE bucket END AS bucket, hour, value - outcome AS error,
           timestamp, against, issued.is_synthetic OR actuals.is_synthetic AS is_synthetic
    FROM issued JOIN actuals USING (slot_us)
    UNION ALL
    SELECT 7, hour, revised - outcome, timestamp, against, is_synthetic
    FROM actuals
    WHERE revised IS NOT NULL
)
SELECT
    ['as issued', '0-1 h ahead', '1-6 h ahead', '6-12 h ahead', '12-24 h ahead', '24-48 h ahead',
     '48 h and more', 'last revision'][bucket + 1] AS horizon,
    hour,
    count(*) AS n,
    avg(error) AS bias_gco2_kwh,
    avg(abs(error)) AS mae_gco2_kwh,
    sqrt(avg(error * error)) AS rmse_gco2_kwh,
    min(timestamp) AS first_timestamp,
    max(timestamp) AS last_timestamp,
    any_value(against) AS against,
    bool_or(is_synthetic) AS is_synthetic
FROM cells
GROUP BY bucket, hour
ORDER BY bucket, hour;
