-- theme: forecasts
-- description: Every forecast issued for one half hour, first to last, and how each changed the one before
-- param: at time = none : a moment in the half hour; the one in force when not given
-- param: series carbon_intensity|demand|demand_two_to_fourteen_day|embedded_wind|embedded_solar|wind|price = carbon_intensity : which forecast
-- param: region region = none : a region instead of Great Britain
-- needs: forecast_vintages : gridctl fetch
-- note: Only the vintages stored: a forecast that changed between two fetches was not seen
-- chart: line issued_at : value : g/kWh, MW or GBP/MWh
-- example: gridctl query forecast-revisions --param at=-6h --param series=demand
WITH clock AS (
    SELECT coalesce(getvariable('as_of')::TIMESTAMPTZ, now()) AS moment
),
asked AS (
    SELECT time_bucket(INTERVAL 30 MINUTE, coalesce($at::TIMESTAMPTZ, moment)) AS slot, moment
    FROM clock
),
-- Forecasts reach at most 15 days ahead.
vintages AS MATERIALIZED (
    SELECT issued_at, slot, source,
           forecast_values[
               1 + date_diff('minute', first_timestamp, slot) // step_minutes] AS value
    FROM forecast_vintages, asked
    WHERE series = $series AND region_number IS NOT DISTINCT FROM $region::SMALLINT
      AND issued_at >= slot - INTERVAL 15 DAY AND issued_at <= slot + INTERVAL 30 MINUTE
      AND issued_at <= moment AND first_timestamp <= slot
)
SELECT
    issued_at,
    slot AS timestamp,
    date_diff('minute', issued_at, slot) / 60 AS hours_ahead,
    value,
    value - lag(value) OVER (ORDER BY issued_at) AS change,
    CASE $series WHEN 'carbon_intensity' THEN 'g/kWh' WHEN 'price' THEN 'GBP/MWh' ELSE 'MW' END
        AS unit,
    source = 'synthetic' AS is_synthetic
FROM vintages
WHERE value IS NOT NULL
ORDER BY issued_at;
