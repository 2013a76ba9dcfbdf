-- theme: demand
-- description: National demand beside its forecast, half hour by half hour: the error in MW and per cent
-- param: hours int = 48 : how many hours back
-- param: ahead duration = 12h : the forecast is the newest issued at least so long before the half hour
-- needs: demand_actual_national : gridctl fetch neso
-- needs: forecast_vintages : gridctl fetch neso elexon
-- note: The error is forecast less actual; a half hour without a forecast that old has none
-- chart: line timestamp : forecast_mw actual_mw : MW
-- example: gridctl query demand-vs-forecast --param hours=24 --param ahead=6h
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
actuals AS MATERIALIZED (
    SELECT timestamp, national_demand_mw AS actual_mw, source
    FROM demand_actual_national, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment
      AND national_demand_mw IS NOT NULL
),
-- Forecasts reach at most 15 days ahead. Not from the view forecast_vintage_points: every vintage
-- of all years would be unfolded first.
vintages AS MATERIALIZED (
    SELECT issued_at, first_timestamp, step_minutes::BIGINT AS step_minutes, forecast_values, source
    FROM forecast_vintages, clock
    WHERE series = 'demand' AND region_number IS NULL
      AND issued_at >= moment - to_hours($hours) - INTERVAL 15 DAY AND issued_at <= moment
),
points AS (
    SELECT issued_at, source, unnest(forecast_values) AS value,
           first_timestamp + to_minutes(
               step_minutes * (generate_subscripts(forecast_values, 1) - 1)) AS timestamp
    FROM vintages
),
newest AS (
    SELECT timestamp, max(issued_at) AS issued_at, arg_max(value, issued_at) AS forecast_mw,
           arg_max(source, issued_at) AS source
    FROM points
    WHERE value IS NOT NULL AND issued_at <= timestamp - $ahead
    GROUP BY timestamp
)
SELECT
    actuals.timestamp,
    newest.forecast_mw,
    actuals.actual_mw,
    newest.forecast_mw - actuals.actual_mw AS error_mw,
    100 * (newest.forecast_mw - actuals.actual_mw) / nullif(actuals.actual_mw, 0) AS error_pct,
    newest.issued_at,
    date_diff('minute', newest.issued_at, actuals.timestamp) / 60 AS hours_ahead,
    'synthetic' IN (actuals.source, coalesce(newest.source, '')) AS is_synthetic
FROM actuals
LEFT JOIN newest ON newest.timestamp = actuals.timestamp
ORDER BY actuals.timestamp;
