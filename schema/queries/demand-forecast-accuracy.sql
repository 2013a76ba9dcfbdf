-- theme: forecasts
-- description: Error of the forecasts of demand, or of embedded wind and solar, in MW
-- param: hours int = 744 : how many hours of outturn back
-- param: by horizon|hour|both = horizon : one row per horizon, per hour of the day (Europe/London), or per both
-- param: series demand|demand_two_to_fourteen_day|embedded_wind|embedded_solar = demand : which forecast
-- needs: demand_actual_national : gridctl fetch neso
-- needs: forecast_vintages : gridctl fetch neso elexon
-- note: bias is forecast less outturn; embedded generation has no meters, its outturn is an estimate
-- chart: bar horizon : mae_mw rmse_mw : MW
-- example: gridctl query demand-forecast-accuracy --param series=embedded_solar --param by=hour
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
actuals AS MATERIALIZED (
    SELECT timestamp, epoch_us(timestamp) AS slot_us, source = 'synthetic' AS is_synthetic,
           CASE WHEN $by <> 'horizon' THEN hour(timezone('Europe/London', timestamp)) END AS hour,
           CASE $series WHEN 'embedded_wind' THEN embedded_wind_generation_mw
                        WHEN 'embedded_solar' THEN embedded_solar_generation_mw
                        ELSE national_demand_mw END AS outcome
    FROM demand_actual_national, clock
    WHERE timestamp >= moment - to_hours($hours) AND timestamp <= moment AND outcome IS NOT NULL
),
-- Forecasts reach at most 15 days ahead, so older ones say nothing about these half hours. Not from
-- the view forecast_vintage_points: every vintage of all years would be unfolded first. Whole
-- microseconds from here on: arithmetic on times with a zone is many times slower.
vintages AS MATERIALIZED (
    SELECT epoch_us(issued_at) // 60000000 AS issued_minute, epoch_us(first_timestamp) AS first_us,
           60000000 * step_minutes::BIGINT AS step_us, forecast_values,
           source = 'synthetic' AS is_synthetic
    FROM forecast_vintages, clock
    WHERE series = $series AND region_number IS NULL
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
           timestamp, issued.is_synthetic OR actuals.is_synthetic AS is_synthetic
    FROM issued JOIN actuals USING (slot_us)
)
SELECT
    ['as issued', '0-1 h ahead', '1-6 h ahead', '6-12 h ahead', '12-24 h ahead', '24-48 h ahead',
     '48 h and more'][bucket + 1] AS horizon,
    hour,
    count(*) AS n,
    avg(error) AS bias_mw,
    avg(abs(error)) AS mae_mw,
    sqrt(avg(error * error)) AS rmse_mw,
    min(timestamp) AS first_timestamp,
    max(timestamp) AS last_timestamp,
    bool_or(is_synthetic) AS is_synthetic
FROM cells
GROUP BY bucket, hour
ORDER BY bucket, hour;
