-- theme: carbon
-- description: Carbon forecast of the coming hours, when it was issued, and how far forecasts of the last day differ
-- param: hours int = 48 : how many hours ahead
-- param: region region = none : a region instead of Great Britain
-- needs: forecast_vintages : gridctl fetch carbon-intensity
-- note: lowest and highest are of all forecasts issued in the last 24 h: their spread is no confidence interval
-- chart: line timestamp : forecast_gco2_kwh lowest_gco2_kwh highest_gco2_kwh : g/kWh
-- example: gridctl query carbon-forecast --param hours=12 --param region=London
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
vintages AS MATERIALIZED (
    SELECT issued_at, first_timestamp, step_minutes::BIGINT AS step_minutes, forecast_values, source
    FROM forecast_vintages, clock
    WHERE series = 'carbon_intensity' AND region_number IS NOT DISTINCT FROM $region::SMALLINT
      AND issued_at >= moment - INTERVAL 24 HOUR AND issued_at <= moment
),
points AS (
    SELECT issued_at, source, unnest(forecast_values) AS value,
           first_timestamp + to_minutes(
               step_minutes * (generate_subscripts(forecast_values, 1) - 1)) AS timestamp
    FROM vintages
)
SELECT
    timestamp,
    arg_max(value, issued_at) AS forecast_gco2_kwh,
    max(issued_at) AS issued_at,
    date_diff('minute', max(issued_at), timestamp) / 60 AS hours_ahead,
    min(value) AS lowest_gco2_kwh,
    max(value) AS highest_gco2_kwh,
    count(*) AS vintages,
    bool_or(source = 'synthetic') AS is_synthetic
FROM points, clock
WHERE value IS NOT NULL
  AND timestamp > moment - INTERVAL 30 MINUTE AND timestamp < moment + to_hours($hours)
GROUP BY timestamp
ORDER BY timestamp;
