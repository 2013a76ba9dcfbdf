-- A long reading of forecast_vintages: one row per forecast value, with how far ahead it looked.
CREATE OR REPLACE VIEW forecast_vintage_points AS
SELECT
    series,
    region_number,
    issued_at,
    first_timestamp + to_minutes(step_minutes::BIGINT * step) AS timestamp,
    forecast_values[step + 1] AS value,
    date_diff('minute', issued_at,
              first_timestamp + to_minutes(step_minutes::BIGINT * step)) / 60.0 AS horizon_hours,
    source
FROM (
    SELECT *, unnest(range(len(forecast_values)::BIGINT)) AS step FROM forecast_vintages
)
WHERE forecast_values[step + 1] IS NOT NULL;
