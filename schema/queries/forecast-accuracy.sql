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
    SELECT outcomes.*
    FROM outcomes, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment AND outcome IS NOT NULL
),
-- Vintages reach at most 15 days ahead, so older ones say nothing about these half hours. Not from
-- the view forecast_vintage_points: every vintage of all years would be unfolded first.
vintages AS MATERIALIZED (
    SELECT issued_at, first_timestamp, step_minutes::BIGINT AS step_minutes, forecast_values, source
    FROM forecast_vintages, clock
    WHERE series = 'carbon_intensity' AND region_number IS NOT DISTINCT FROM $region
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
    SELECT CASE WHEN $by = 'hour' THEN 0 ELSE bucket END AS bucket, value - outcome AS error,
           actuals.timestamp, against, 'synthetic' IN (issued.source, actuals.source) AS is_synthetic
    FROM issued JOIN actuals USING (timestamp)
    UNION ALL
    SELECT 7, revised - outcome, timestamp, against, source = 'synthetic'
    FROM actuals
    WHERE revised IS NOT NULL
),
cells AS (
    SELECT *, CASE WHEN $by <> 'horizon'
                   THEN hour(timezone('Europe/London', timestamp)) END AS hour
    FROM errors
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
