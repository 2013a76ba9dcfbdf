-- description: Error of the national carbon forecast by how far ahead it looked, and of its last revision
-- param: hours int = 744 : how many hours of actuals back
-- needs: carbon_intensity_national : gridctl fetch carbon-intensity
-- note: bias is forecast less actual; rows by horizon need stored forecast vintages
-- example: gridctl query forecast-accuracy --param hours=168
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
actuals AS (
    SELECT timestamp, actual_gco2_kwh, forecast_gco2_kwh, source
    FROM carbon_intensity_national, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment
      AND actual_gco2_kwh IS NOT NULL
),
-- Vintages reach at most 15 days ahead, so older ones say nothing about these half hours. Not from
-- the view forecast_vintage_points: every vintage of all years would be unfolded first.
vintages AS MATERIALIZED (
    SELECT issued_at, first_timestamp, step_minutes::BIGINT AS step_minutes, forecast_values, source
    FROM forecast_vintages, clock
    WHERE series = 'carbon_intensity' AND region_number IS NULL
      AND issued_at >= moment - to_hours($hours) - INTERVAL 15 DAY AND issued_at <= moment
),
points AS (
    SELECT issued_at, source, unnest(forecast_values) AS value,
           first_timestamp + to_minutes(
               step_minutes * (generate_subscripts(forecast_values, 1) - 1)) AS timestamp
    FROM vintages
),
issued AS (
    SELECT timestamp, value, source, date_diff('minute', issued_at, timestamp) / 60 AS ahead,
           CASE WHEN ahead < 1 THEN 1 WHEN ahead < 6 THEN 2 WHEN ahead < 12 THEN 3
                WHEN ahead < 24 THEN 4 WHEN ahead < 48 THEN 5 ELSE 6 END AS bucket
    FROM points
    WHERE value IS NOT NULL
),
errors AS (
    SELECT bucket, value - actual_gco2_kwh AS error, actuals.timestamp,
           'synthetic' IN (issued.source, actuals.source) AS is_synthetic
    FROM issued JOIN actuals USING (timestamp)
    UNION ALL
    SELECT 7, forecast_gco2_kwh - actual_gco2_kwh, timestamp, source = 'synthetic'
    FROM actuals
    WHERE forecast_gco2_kwh IS NOT NULL
)
SELECT
    ['0-1 h ahead', '1-6 h ahead', '6-12 h ahead', '12-24 h ahead', '24-48 h ahead',
     '48 h and more', 'last revision'][bucket] AS horizon,
    count(*) AS n,
    avg(error) AS bias_gco2_kwh,
    avg(abs(error)) AS mae_gco2_kwh,
    sqrt(avg(error * error)) AS rmse_gco2_kwh,
    min(timestamp) AS first_timestamp,
    max(timestamp) AS last_timestamp,
    bool_or(is_synthetic) AS is_synthetic
FROM errors
GROUP BY bucket
ORDER BY bucket;
